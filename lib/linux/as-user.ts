import { LIMITED } from '../base/limited.ts'
import { type Script, sh } from '../base/shell.ts'
import type { AccountsFrom } from '../conventions/names.ts'

/** What is done for a user is done in this time, or killed: a pipe or a process of the user's may hold it up. */
const SECONDS = 60

/** Somebody as whom something is run. */
export interface AsWhom {
  name: string
  uid: number
  /** A local account has a private group with the same id; of one of a directory the machine knows the group. */
  accounts?: AccountsFrom | undefined
}

/** The gid of a user's primary group as a word of shell. */
export const primaryGroup = ({ name, uid, accounts }: AsWhom): Script =>
  accounts === 'directory' ? sh`"$(id -g ${name})"` : sh`${uid}`

/**
 * Runs a text for `sh -c`, with arguments from $1, as a user with all their groups, within a minute if not told
 * otherwise; as a script's last command. Standard input is passed on; no profile of the user's is read.
 */
export const asUser = (
  actor: AsWhom,
  program: string,
  args: readonly string[],
  seconds = SECONDS,
): Script => sh`${LIMITED}set -- ${program} as-user ${args}
${become(sh`${actor.name}`, sh`${actor.uid}`, { start: sh`limited ${seconds} `, gid: primaryGroup(actor) })}`

interface Become {
  /** What it begins with. */
  start: Script
  gid?: Script
  /** How `setpriv` is told the other groups. */
  groups?: Script
}

/** The same with the name and the uid as words of shell; the text and its arguments are "$@". */
export const become = (
  name: Script,
  uid: Script,
  { start, gid = uid, groups = sh`--init-groups` }: Become,
): Script => sh`if [ -x /usr/bin/setpriv ] && [ ! -L /usr/bin/setpriv ]; then
  ${start}/usr/bin/setpriv --reuid=${uid} --regid=${gid} ${groups} sh -c "$@"
elif command -v runuser >/dev/null; then ${start}runuser -u ${name} -- sh -c "$@"
else ${start}su -s /bin/sh ${name} -c "$@"
fi`
