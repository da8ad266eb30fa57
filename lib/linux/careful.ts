import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'

/** Defines `mount_here`, which sets `value` to the number of the mount on which the shell stands. */
export const MOUNT_HERE = shellFile(new URL('./scripts/mount-here.sh', import.meta.url))

const ENTER = shellFile(new URL('./scripts/enter-directories.sh', import.meta.url))

/**
 * Functions of shell for directories that others can exchange for links while root is at work. `below DIRECTORY`,
 * which only root can exchange, says where that is. `within DEED` reads paths of directories, ended by NUL, and runs
 * the deed, a text of shell, in each: only once the kernel says that the shell stands below DIRECTORY and on its
 * mount, so that no link and no mount leads elsewhere. The deed finds the path in `here`, and works on `.` and on
 * what is in it.
 */
export const CAREFUL: Script = sh`${MOUNT_HERE}
enter=${String(sh`${MOUNT_HERE}\n${ENTER}`)}
${shellFile(new URL('./scripts/careful.sh', import.meta.url))}`
