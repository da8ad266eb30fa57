import { type Answers, KEEP, type Probe, type Question, type Step, type Stray } from '../resource-type.ts'
import { type Script, sh } from '../shell.ts'

/** What a password field lets somebody do; the hash itself never leaves the host. */
export type PasswordState = 'never set' | 'locked' | 'set' | 'empty'

/** A line of /etc/passwd with what /etc/shadow adds to it. */
export interface Account {
  name: string
  uid: number
  gid: number
  gecos: string
  home: string
  shell: string
  password: PasswordState
  /** Day since 1970 from which nobody may log in as it. */
  expires?: number
  /** Whether the next login begins with a new password. */
  mustChange?: true
}

/** A line of /etc/group. */
export interface Group {
  name: string
  gid: number
  members: readonly string[]
}

/** The local accounts of a host. A name or an id that stands in several lines has them all here. */
export interface Accounts {
  all: readonly Account[]
  named(name: string): readonly Account[]
  withUid(uid: number): readonly Account[]
  groupsNamed(name: string): readonly Group[]
  withGid(gid: number): readonly Group[]
  /** Every uid and gid in use. */
  ids: readonly number[]
  /** Names of the groups that list this member, sorted. */
  groupsOf(member: string): readonly string[]
  /** What a directory (LDAP, SSSD, NIS) has of that name or id although the files do not, as `name (id)`. */
  inDirectory(name: string, id?: number): string | undefined
  /** Day since 1970 by the host's clock. */
  today: number
}

/** Group whose members belong to an inventory. */
export const markerOf = (owner: string): string => `arena-${owner}`

/** Names that account tools of every distribution take, and no more than they take. */
export const ACCOUNT_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/

/** Prints passwd, group and shadow in one go; fails, and so tells nothing, where shadow may not be read. */
export const accountsProbe: Probe = {
  id: 'accounts',
  script: sh`awk -F: -v OFS=: '
function state(hash) {
  return hash == "" ? "empty" : hash ~ /^[!*]+$/ ? "never set" : hash ~ /^[!*]/ ? "locked" : "set"
}
/^[-+#]/ || NF < 3 { next }
FILENAME == "/etc/passwd" { print "passwd", $1, $2 == "x" ? "x" : state($2), $3, $4, $5, $6, $7 }
FILENAME == "/etc/group" { print "group", $1, $3, $4 }
FILENAME == "/etc/shadow" { print "shadow", $1, state($2), $8, $3 }
' /etc/passwd /etc/group /etc/shadow && date +today:%s`,
}

/**
 * `accountsProbe`, and a question to directories about names and ids that the files do not hold; it costs nothing
 * once they are in the files.
 */
export const accountProbes = (
  database: 'passwd' | 'group',
  keys: readonly (string | number | undefined)[],
): Probe[] => [
  accountsProbe,
  {
    id: `directory ${database}`,
    script: sh`command -v getent >/dev/null || exit 0
printf '%s\\n' ${keys.filter((key) => key !== undefined).map(String)} |
awk -F: 'NR == FNR { known[$1]; known[$3]; next } NF && !($0 in known)' ${`/etc/${database}`} - |
xargs -r getent ${database} | cut -d: -f1,3`,
  },
]

/** The answers to `accountsProbe`, or to `accountProbes` of a database. */
export const readAccounts = (answers: Answers, database?: 'passwd' | 'group'): Accounts => {
  const rows = Map.groupBy(
    answers
      .text(accountsProbe.id)
      .split('\n')
      .map((line) => line.split(':')),
    ([file]) => file,
  )
  const shadow = new Map(
    rows.get('shadow')?.map(([, name, state, day, changed]) => [name, { state, day, changed }]),
  )
  const accounts = (rows.get('passwd') ?? []).map(
    ([, name, state, uid, gid, gecos, home, shell]): Account => {
      const secret = shadow.get(name)
      const expires = Number.parseInt(secret?.day ?? '', 10)
      return {
        name: name!,
        uid: Number(uid),
        gid: Number(gid),
        gecos: gecos ?? '',
        home: home ?? '',
        shell: shell ?? '',
        password: (state === 'x' ? (secret?.state ?? 'never set') : state) as PasswordState,
        ...(expires >= 0 ? { expires } : {}),
        ...(secret?.changed === '0' ? { mustChange: true } : {}),
      }
    },
  )
  const groups = (rows.get('group') ?? []).map(
    ([, name, gid, members = '']): Group => ({
      name: name!,
      gid: Number(gid),
      members: members.split(',').filter(Boolean),
    }),
  )
  const directory = database === undefined ? '' : answers.text(`directory ${database}`)
  return {
    ...index(accounts, groups),
    inDirectory: directoryOf(directory),
    today: Math.floor(Number(rows.get('today')?.[0]?.[1]) / 86_400),
  }
}

/** The question of what needs nothing but the local accounts. */
export const askAccounts = (): Question<unknown, Accounts> => ({
  probes: [accountsProbe],
  read(answers) {
    const accounts = readAccounts(answers)
    return { find: () => accounts }
  },
})

/** An account that has the name or the uid of somebody, and is not his. */
export const strangerTo = (
  { named, withUid }: Pick<Accounts, 'named' | 'withUid'>,
  { name, uid }: Pick<Account, 'name' | 'uid'>,
): Account | undefined =>
  [...named(name), ...withUid(uid)].find((account) => account.name !== name || account.uid !== uid)

const index = (
  accounts: readonly Account[],
  groups: readonly Group[],
): Omit<Accounts, 'inDirectory' | 'today'> => {
  const names = Map.groupBy(accounts, ({ name }) => name)
  const uids = Map.groupBy(accounts, ({ uid }) => uid)
  const groupNames = Map.groupBy(groups, ({ name }) => name)
  const gids = Map.groupBy(groups, ({ gid }) => gid)
  const memberships = Map.groupBy(
    groups.flatMap(({ name, members }) => members.map((member) => ({ name, member }))),
    ({ member }) => member,
  )
  return {
    all: accounts,
    named: (name) => names.get(name) ?? [],
    withUid: (uid) => uids.get(uid) ?? [],
    groupsNamed: (name) => groupNames.get(name) ?? [],
    withGid: (gid) => gids.get(gid) ?? [],
    ids: [...uids.keys(), ...gids.keys()],
    groupsOf: (member) => [...new Set(memberships.get(member)?.map(({ name }) => name))].sort(),
  }
}

/** Accounts in a group, without those of these names. */
export const membersBesides = (
  { named, groupsNamed }: Accounts,
  group: string,
  names: readonly string[],
): Account[] => {
  const known = new Set(names)
  return groupsNamed(group)
    .flatMap(({ members }) => members)
    .filter((member) => !known.has(member))
    .flatMap((member) => named(member).slice(0, 1))
}

/** Whether the day from which nobody may log in has come. */
export const isExpired = ({ expires }: Account, today: number): boolean =>
  expires !== undefined && expires <= today

/** Whether nobody can log in to it, with whatever credential. */
export const isShut = (account: Account, today: number): boolean =>
  (account.password === 'locked' || account.password === 'never set') && isExpired(account, today)

/** Accounts of an inventory beside the wanted ones; whoever left keeps his files, so none is deleted. */
export const strayAccounts = (accounts: Accounts, marker: string, wanted: readonly string[]): Stray[] =>
  membersBesides(accounts, marker, wanted).map((account) => ({
    id: account.name,
    belongs: { user: account.name },
    ...(isShut(account, accounts.today) ? {} : { access: 'can log in' }),
    change: KEEP,
  }))

const directoryOf = (text: string): Accounts['inDirectory'] => {
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':') as [name: string, id: string])
  return (name, id) => {
    const clash = entries.find((entry) => entry[0] === name || Number(entry[1]) === id)
    return clash && `${clash[0]} (${clash[1]})`
  }
}

/** One step of scripts that run one after the other, as far as the first that fails. */
export const inOrder = (...scripts: readonly Script[]): Step[] => [
  { do: 'run', script: scripts.reduce((before, next) => sh`${before} &&\n${next}`) },
]
