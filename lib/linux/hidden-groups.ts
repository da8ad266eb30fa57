import { sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { type AccountOwner, eachUser, readEachUser } from './each-user.ts'

const PROBE = 'hidden groups'

/** No password is asked of a member; nothing is there to answer if it is. */
const TRY = `for group; do
  ! sg "$group" -c true </dev/null >/dev/null 2>&1 || printf '%s\\n' "$group"
done`

/** Tries as each user whether sg takes them into a group in which only /etc/gshadow lists them. */
export const hiddenGroupsProbe = (users: readonly AccountOwner[]): Probe => ({
  id: PROBE,
  script: eachUser({
    users,
    once: sh`[ ! -e /etc/gshadow ] || awk -F: '
FILENAME == "/etc/group" { listed[$1] = "," $4 ","; next }
{ for (at = split($4, names, ","); at > 0; at--) if (!index(listed[$1], "," names[at] ",")) print names[at], $1 }
' /etc/group /etc/gshadow`,
    script: sh`set --
while read -r member group; do [ "$member" != "$name" ] || set -- "$@" "$group"; done <"$once"
[ $# -gt 0 ] || exit 0
as_user ${TRY} "$@"`,
  }),
})

/** The answer to `hiddenGroupsProbe`: the groups that a user entered; undefined where it was not tried. */
export const readHiddenGroups = (
  answers: Answers,
): ((user: { name: string }) => readonly string[] | undefined) => {
  const { of } = readEachUser(answers, PROBE)
  return (user) => of(user)?.stdout.split('\n').filter(Boolean)
}
