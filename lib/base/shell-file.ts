import { readFileSync } from 'node:fs'
import { Script } from './shell.ts'

/**
 * The text of a file of POSIX shell, without lines that are blank or comments. Functions are put before the line that
 * calls them, which gives them its values as arguments or, as the file says, in variables; a text for a `sh -c` on the
 * host is itself such a value. Nothing is ever filled into the text. Read once, where a module is loaded.
 */
export const shellFile = (file: URL): Script =>
  new Script([
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(#|$)/.test(line))
      .join('\n'),
  ])
