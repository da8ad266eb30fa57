import { sh } from './shell.ts'
import { shellFile } from './shell-file.ts'

/** Exit status of what was killed because it took too long. */
export const KILLED = 137

/**
 * Shell that defines `limited SECONDS COMMAND…`: a program, not a function, with its standard input, which is killed
 * when it takes longer. What its own user holds up or stops ends with it.
 */
export const LIMITED = sh`${shellFile(new URL('./scripts/limited.sh', import.meta.url))}\n`
