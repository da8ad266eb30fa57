import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Probe, rowsOf } from '../resource/type.ts'

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

const file = (name: string): Script => shellFile(new URL(`./scripts/${name}`, import.meta.url))

const DIRECTORIES = sh`named=${NAMED.join(' ')} owned=${OWNED.join(' ')}`
const ACTS_AS = String(file('acts-as.awk'))
const STATUS = file('print-status.sh')
const NEWEST = file('newest.sh')
const LIVELY = file('lively.sh')
const SIGNAL_ALL = String(file('signal-all.sh'))
const KILLED = file('killed.sh')

/** Looks for running processes, also those that fork all the time, and for what would start new ones. */
export const livelyProbe = (all: readonly Departed[]): Probe => ({
  id: 'departed',
  script: sh`acts=${ACTS_AS} ${DIRECTORIES}
${STATUS}
${NEWEST}
${LIVELY}
lively ${all.map(({ uid }) => String(uid))}
starters ${all.map(({ name }) => name)}`,
})

/** The answer to `livelyProbe`, by person. */
export const readLively = (answers: Answers): ((departed: Departed) => Lively) => {
  const rows = rowsOf(answers, 'departed', ' ')
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
export const endScript = (departed: Departed): Script => sh`${signals(departed)}\nended || exit`

/** Kills whatever runs, however fast it forks; nothing of the user's is touched while any of it is left. */
export const killScript = (departed: Departed): Script => sh`${signals(departed)}\nkilled || exit`

const signals = ({ name, uid }: Departed): Script => sh`leaver=${name} uid=${uid} acts=${ACTS_AS}
signal_all=${SIGNAL_ALL} ${DIRECTORIES}
${STATUS}
${NEWEST}
${KILLED}`
