import { type Script, sh } from '../base/shell.ts'

/** Sets `value` to the number of the mount on which the shell stands; no path is asked about, so none can mislead. */
export const MOUNT = sh`{ value=; while read -r key value && [ "$key" != mnt_id: ]; do :; done 3<. </proc/self/fdinfo/3; }`

const ENTER = sh`for path; do
cd -P "$path" 2>/dev/null && ${MOUNT} && [ "$value" = "$mount" ] || continue
here=$(readlink /proc/self/cwd && echo .) && here=\${here%??} || continue
case $here/ in "$top"/*) ;; *) continue ;; esac`

/**
 * Functions of shell for directories that others can exchange for links while root is at work. `below DIRECTORY`, which
 * only root can exchange, says where that is. `within DEED` reads paths of directories, ended by NUL, and runs the
 * deed, a text of shell, in each: only once the kernel says that the shell stands below DIRECTORY and on its mount,
 * so that no link and no mount leads elsewhere. The deed finds the path in `here`, and works on `.` and on what is in
 * it.
 */
export const CAREFUL: Script = sh`enter=${String(ENTER)}
below() {
  top=$(cd -P "$1" && readlink /proc/self/cwd) && mount=$(cd -P "$1" && ${MOUNT} && echo "$value") || return
  export top mount
}
within() { xargs -0 -r sh -c "$enter
$1
done" within; }`
