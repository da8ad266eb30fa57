import type { Answers, Probe } from '../resource-type.ts'
import { type Script, sh } from '../shell.ts'

/** Somebody who left: his account may be gone already, what bears his uid may not. */
export interface Departed {
  name: string
  uid: number
}

/** What of him still works on a machine. */
export interface Lively {
  /** `pid command`, at most twenty. */
  processes: readonly string[]
  /** Files of cron, at and systemd that would start something as him. */
  starters: readonly string[]
}

/** Where cron, at and systemd keep what they start for people, by name or by owner. */
const NAMED = ['/var/spool/cron/crontabs', '/var/spool/cron', '/var/lib/systemd/linger']
const OWNED = ['/var/spool/cron/atjobs', '/var/spool/at']

/** Looks for running processes and for what would start new ones, in a few processes however many have left. */
export const livelyProbe = (all: readonly Departed[]): Probe => ({
  id: 'departed',
  script: sh`awk -v uids=${` ${all.map(({ uid }) => uid).join(' ')} `} '
FNR == 1 { name = "" }
/^Name:/ { name = $2 }
/^Uid:/ && index(uids, " " $2 " ") { split(FILENAME, path, "/"); print "process", $2, path[3], name }
' /proc/[0-9]*/status 2>/dev/null
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

/** Takes away what would start new processes, then ends those that run: asked first, killed after two seconds. */
export const endScript = ({ uid }: Departed, { starters }: Lively): Script => sh`rm -f -- ${starters} &&
running() {
  awk -v uid=${uid} '/^Uid:/ && $2 == uid { split(FILENAME, path, "/"); print path[3] }' /proc/[0-9]*/status 2>/dev/null
}
for signal in TERM TERM KILL KILL KILL; do
  left=$(running)
  [ -n "$left" ] || exit 0
  kill -"$signal" $left 2>/dev/null
  sleep 1
done
left=$(running)
[ -z "$left" ] || { echo "these processes do not end:" $left >&2; exit 1; }`
