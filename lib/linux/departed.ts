import { type Script, sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** Somebody who left: the account may be gone already, what bears the uid may not. */
export interface Departed {
  name: string
  uid: number
}

/** What of theirs still works on a machine. */
export interface Lively {
  /** `pid command`, at most twenty. */
  processes: readonly string[]
  /** Files of cron, at and systemd that would start something as the user. */
  starters: readonly string[]
}

/** Where cron, at and systemd keep what they start for people, by name or by owner. */
const NAMED = [
  '/var/spool/cron/crontabs',
  '/var/spool/cron',
  '/var/lib/systemd/linger',
  '/var/spool/cron/tabs',
]
const OWNED = ['/var/spool/cron/atjobs', '/var/spool/at', '/var/spool/atjobs']

/** Prints what processes are, whichever of them end meanwhile; awk would stop at the first that has. */
const STATUS = sh`(cd /proc && printf '%s\\0' [0-9]*/status | xargs -0 grep -hE '^(Name|State|Pid|Uid):') 2>/dev/null`

/**
 * Awk: the uid of these by which a process acts, by any of its four; a program of theirs with the set-user-id bit
 * runs for others with theirs. Root's own may take on somebody's for a moment, as file servers do.
 */
const ACTS_AS = `function acts(uids, field) {
  for (field = 2; field <= 5; field++)
    if (index(uids, " " $field " ") && (field == 2 || $2 != 0)) return $field
}`

/** Looks for running processes and for what would start new ones, in a few processes however many have left. */
export const livelyProbe = (all: readonly Departed[]): Probe => ({
  id: 'departed',
  script: sh`${STATUS} | awk -v uids=${` ${all.map(({ uid }) => uid).join(' ')} `} ${`${ACTS_AS}
/^Name:/ { name = $2 }
/^State:/ { ended = $2 ~ /[ZX]/ }
/^Pid:/ { pid = $2 }
/^Uid:/ && !ended && acts(uids) { print "process", acts(uids), pid, name }`}
for name in ${all.map(({ name }) => name)}; do
  for directory in ${NAMED}; do [ ! -f "$directory/$name" ] || echo "starter $name $directory/$name"; done
done
for directory in ${OWNED}; do
  [ ! -d "$directory" ] || find "$directory" -type f -exec stat -c 'owned %u %n' {} +
done`,
})

/** The answer to `livelyProbe`, by person. */
export const readLively = (answers: Answers): ((departed: Departed) => Lively) => {
  const rows = answers
    .text('departed')
    .split('\n')
    .map((line) => line.split(' '))
  return ({ name, uid }) => ({
    processes: rows
      .filter(([kind, of]) => kind === 'process' && of === String(uid))
      .slice(0, 20)
      .map(([, , pid, command]) => `${pid} ${command}`),
    starters: rows
      .filter(([kind, of]) => (kind === 'starter' && of === name) || (kind === 'owned' && of === String(uid)))
      .map(([, , ...path]) => path.join(' ')),
  })
}

/**
 * Ends what runs, asked first and killed after two seconds, and takes away what would start it again, also what
 * somebody put there since it was looked for.
 */
export const endScript = (departed: Departed): Script => sh`${signals(departed)}
look
all TERM
for second in 1 2; do [ -z "$(running 0)" ] || sleep 1; done
killed || exit
rm -f -- ${NAMED.map((directory) => `${directory}/${departed.name}`)} || exit
for directory in ${OWNED}; do
  [ ! -d "$directory" ] || find "$directory" -type f -user ${departed.uid} -exec rm -f -- {} + || exit
done
killed || exit`

/** Kills whatever runs, however fast it forks; nothing of the user's is touched while any of it is left. */
export const killScript = (departed: Departed): Script => sh`${signals(departed)}\nkilled || exit`

/** How often killing is tried, a tenth of a second apart. */
const ROUNDS = 50

/**
 * The function `killed`. A list of processes is old before it has been read, so that one which forks all the time gets
 * away for ever; one call as the user reaches all of them at once. That call can itself be reached by them, so it is
 * tried again, after they were stopped one by one, until it went through and none is left. What has ended, but was not
 * looked at by its parent, is waited for a little: userdel takes it for something that runs. The call reaches what
 * runs in user namespaces of theirs too. What came out of one bears a uid of their range in /etc/subuid, and is
 * looked for: it goes unless that is an account or in the range of another.
 */
const signals = (departed: Departed): Script => sh`${uidsOf(departed)}
running() {
  ${STATUS} | awk -v uids=" $uids " -v dead="$1" ${`${ACTS_AS}
/^State:/ { ended = $2 ~ /[ZX]/ }
/^Pid:/ { pid = $2 }
/^Uid:/ && ended == dead + 0 && acts(uids) { print pid }`}
}
limit=
! command -v timeout >/dev/null || limit='timeout -s KILL 5'
all() {
  every=yes
  for one in $uids; do as "$one" "$1" || every=; done
  [ -n "$every" ]
}
as() {
  set -- "$1" ${ALL} all "$1" "$2"
  id=$1
  shift
  if [ -x /usr/bin/setpriv ] && [ ! -L /usr/bin/setpriv ]; then
    $limit /usr/bin/setpriv --reuid="$id" --regid="$id" --clear-groups sh -c "$@"
  elif command -v runuser; then $limit runuser -u ${departed.name} -- sh -c "$@"
  elif chroot --userspec="$id:$id" / true; then $limit chroot --userspec="$id:$id" / sh -c "$@"
  else $limit su -s /bin/sh ${departed.name} -c "$@"
  fi >/dev/null 2>&1
}
killed() {
  round=0
  while [ $round -lt ${ROUNDS} ]; do
    round=$((round + 1))
    look
    all KILL && reached=yes || reached=
    left=$(running 0)
    if [ -n "$left" ]; then
      [ -n "$reached" ] || kill -STOP $left 2>/dev/null
      kill -KILL $left 2>/dev/null
    elif [ -n "$reached" ] || [ $round -ge 5 ]; then
      reaped
      return 0
    fi
    sleep 0.1
  done
  echo "these processes do not end:" $left >&2
  return 1
}
reaped() {
  tries=0
  while [ $tries -lt 20 ] && [ -n "$(running 1)" ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}`

/** The function `look`, which adds to the uids that something of theirs runs as; once seen, one stays. */
const uidsOf = ({ name, uid }: Departed): Script => sh`uids=${uid} ranges=
[ ! -e /etc/subuid ] || ranges=$(awk -F: -v name=${name} -v uid=${uid} '$1 == name || $1 == uid' /etc/subuid)
look() {
  [ -n "$ranges" ] || return 0
  for one in $( ${STATUS} | awk '/^Uid:/ { print $2; if ($2 != 0) print $3 "\\n" $4 "\\n" $5 }' | sort -u | awk -F: -v name=${name} -v uid=${uid} '
NR == FNR { own[NR] = $1 == name || $1 == uid; first[NR] = $2; last[NR] = $2 + $3 - 1; lines = NR; next }
{
  ours = 0
  for (line = 1; line <= lines; line++)
    if (first[line] != "" && $1 + 0 >= first[line] + 0 && $1 + 0 <= last[line]) { if (own[line]) ours++; else next }
  if (ours) print $1
}' /etc/subuid -); do
    case " $uids " in *" $one "*) continue ;; esac
    awk -F: -v id="$one" '$3 == id { found = 1 } END { exit !found }' /etc/passwd ||
    getent passwd "$one" >/dev/null 2>&1 || uids="$uids $one"
  done
}`

/** Run as the user; whatever else became of it must not send a signal to everybody. */
const ALL = `while read -r key real rest; do
  [ "$key" = Uid: ] || continue
  [ "$real" = "$1" ] && kill "-$2" -1
  exit
done </proc/self/status`
