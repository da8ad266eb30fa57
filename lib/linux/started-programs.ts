import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'

const STARTED = String(shellFile(new URL('./scripts/started-programs.awk', import.meta.url)))

/** Defines `crontabs` and `units`, which print command lines of root, and `started`, which reads programs in such. */
export const STARTED_PROGRAMS = sh`started() { awk ${STARTED}; }
${shellFile(new URL('./scripts/tables-of-root.sh', import.meta.url))}`
