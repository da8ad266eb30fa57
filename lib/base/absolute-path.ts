import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** A path of the inventory on this machine: `~/` is the home of whoever runs, the rest is relative to the file. */
export const localPath = (path: string, directory: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(directory, path)

/** An absolute path without `.` and `..`, and without characters that end a line or a field on a host. */
export const PLAIN_PATH = /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}:\\]+)+$/u

/** The directories above a path, from the top, without the root. */
export const parentsOf = (path: string): string[] => {
  const names = path.split('/').slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}

/** Whether a text is an absolute path without `..`, colons and control characters. */
export const isPlainPath = (text: string): boolean => PLAIN_PATH.test(text)
