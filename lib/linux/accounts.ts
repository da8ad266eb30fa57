import { onceFor } from '../base/once-for.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { AccountsFrom } from '../conventions/names.ts'
import {
  type Answers,
  KEEP,
  type Probe,
  type Question,
  type RunStep,
  rowsOf,
  type Stray,
} from '../resource/type.ts'

/** What a password field lets somebody do; the hash itself never leaves the host. */
export type PasswordState = 'never set' | 'locked' | 'set' | 'empty'

/** A line of passwd, the password apart. */
interface PasswdLine {
  name: string
  uid: number
  gid: number
  gecos: string
  home: string
  shell: string
}

/** A line of /etc/passwd with what /etc/shadow adds to it. Of several lines the first counts, as it does for PAM. */
export interface Account extends PasswdLine {
  password: PasswordState
  /** Where the password stands if not in /etc/shadow alone; everybody can read it then. */
  exposed?: 'without a shadow line' | 'beside a shadow line'
  /** Day since 1970 from which nobody may log in as it. */
  expires?: number
  /** The same day for a password that was not changed in time. */
  inactive?: number
  /** Whether the next login begins with a new password. */
  mustChange?: true
}

/** A line of /etc/group with what /etc/gshadow adds to it. */
export interface LinuxGroup {
  name: string
  gid: number
  members: readonly string[]
  /** Whoever knows its password enters it with sg. */
  hasPassword: boolean
  /** Who may add and remove members. */
  administrators: readonly string[]
  /** Members that only /etc/gshadow lists: they enter it with sg. */
  hiddenMembers: readonly string[]
}

/** An account that a directory (LDAP, AD) gives, by NSS and not by the machine's files. */
export interface DirectoryAccount extends PasswdLine {
  /** What all can see of its password: nothing as a rule. */
  password: 'hidden' | 'empty' | 'set'
}

/** Files in which the first line of a name counts. */
export type AccountFile = 'passwd' | 'shadow' | 'group' | 'gshadow'

/** The local accounts of a host. A name or an id that stands in several lines has them all here. */
export interface Accounts {
  all: readonly Account[]
  named(name: string): readonly Account[]
  withUid(uid: number): readonly Account[]
  groupsNamed(name: string): readonly LinuxGroup[]
  withGid(gid: number): readonly LinuxGroup[]
  groupsHere: readonly LinuxGroup[]
  /** Members of groups of the files whom a directory has, and the files have not. */
  fromDirectory: readonly DirectoryAccount[]
  /** Every uid and gid in use. */
  ids: readonly number[]
  /** Names of the groups that list this member, sorted. */
  groupsOf(member: string): readonly string[]
  /** Names of the groups that list this member in /etc/gshadow only. */
  hiddenGroupsOf(member: string): readonly string[]
  /** Names of the groups whose members this account may change. */
  administeredBy(name: string): readonly string[]
  /** Numbers of the lines of a name that has several in a file, the one that counts first. */
  linesOf(file: AccountFile, name: string): readonly number[]
  /** Numbers of the lines in which blanks stand before a name; NSS reads over them, usermod does not. */
  blanksBefore(file: AccountFile, name: string): readonly number[]
  /**
   * What a directory (LDAP, SSSD, NIS) answers for that name or id although the files do not have it, as `name (id)`.
   */
  inDirectory(name: string, id?: number): string | undefined
  /** The same for the private group of an account. */
  groupInDirectory(name: string, id: number): string | undefined
  /** Which of the files that hold accounts cannot be written, or /etc itself. */
  readOnly: readonly string[]
  /** Day since 1970 by the host's clock. */
  today: number
}

/** Prints the files of accounts in one go; fails, and so tells nothing, where shadow may not be read. */
export const accountsProbe: Probe = {
  id: 'accounts',
  script: shellFile(new URL('./scripts/print-accounts.sh', import.meta.url)),
}

/** A question to directories about names and ids that the files do not hold; it costs nothing once they do. */
const directoryProbe = (
  id: string,
  database: 'passwd' | 'group',
  keys: readonly (string | number | undefined)[],
): Probe => ({
  id,
  // All at once first: which answer belongs to which key cannot be seen then, as a directory may spell a name
  // otherwise.
  script: sh`command -v getent >/dev/null || exit 0
keys=$(printf '%s\\n' ${keys.filter((key) => key !== undefined).map(String)} |
awk -F: 'NR == FNR { known[$1]; known[$3]; next } NF && !($0 in known)' ${`/etc/${database}`} -)
[ -n "$keys" ] && [ -n "$(printf '%s\\n' "$keys" | xargs getent ${database})" ] || exit 0
printf '%s\\n' "$keys" | while IFS= read -r key; do
  found=$(getent ${database} "$key" | head -n 1 | cut -d: -f1,3)
  [ -z "$found" ] || printf '%s:%s\\n' "$key" "$found"
done`,
})

const DIRECTORY = {
  accounts: 'directory accounts',
  own: 'directory private groups',
  groups: 'directory groups',
}

/** `accountsProbe`, and whether a directory has these accounts or their private groups. */
export const accountProbes = (accounts: readonly Pick<Account, 'name' | 'uid'>[]): Probe[] => {
  const keys = accounts.flatMap(({ name, uid }) => [name, uid])
  return [
    accountsProbe,
    directoryProbe(DIRECTORY.accounts, 'passwd', keys),
    directoryProbe(DIRECTORY.own, 'group', keys),
  ]
}

/** `accountsProbe`, and whether a directory has these groups. */
export const groupProbes = (groups: readonly { name: string; gid?: number | undefined }[]): Probe[] => [
  accountsProbe,
  directoryProbe(
    DIRECTORY.groups,
    'group',
    groups.flatMap(({ name, gid }) => [name, gid]),
  ),
]

/** The answers to `accountsProbe`, or to all of `accountProbes` or `groupProbes`. */
export const readAccounts = (answers: Answers, asked?: 'accounts' | 'groups'): Accounts => ({
  ...onceFromFiles(answers, () => fromFiles(rowsOf(answers, accountsProbe.id, ':'))),
  inDirectory: asked === undefined ? noDirectory : directoryOf(answers.text(DIRECTORY[asked])),
  groupInDirectory: asked === 'accounts' ? directoryOf(answers.text(DIRECTORY.own)) : noDirectory,
})

type FromFiles = Omit<Accounts, 'inDirectory' | 'groupInDirectory'>

/** Several tasks look at the accounts of a machine, each of which may have thousands. */
const onceFromFiles = onceFor<FromFiles>()

const fromFiles = (rows: readonly string[][]): FromFiles => {
  const of = byWord(rows)
  const shadow = firstByName(of('shadow'))
  const gshadow = firstByName(of('gshadow'))
  return {
    ...index(
      of('passwd').map((row) => accountFrom(row, shadow.get(row[1]!))),
      of('group').map((row) => groupFrom(row, gshadow.get(row[1]!))),
    ),
    fromDirectory: of('directory').map(directoryAccountIn),
    linesOf: linesIn(of('again')),
    blanksBefore: linesIn(of('blank')),
    readOnly: of('read-only').map(([, path]) => path!),
    today: Math.floor(Number(of('today')[0]?.[1]) / 86_400),
  }
}

/** Those of a machine without any. */
export const noAccounts = (): Accounts => ({
  ...fromFiles([]),
  inDirectory: noDirectory,
  groupInDirectory: noDirectory,
})

/** Rows by the word that they begin with. */
export const byWord = (rows: readonly string[][]): ((word: string) => string[][]) => {
  const found = Map.groupBy(rows, ([word]) => word)
  return (word) => found.get(word) ?? []
}

const firstByName = (rows: readonly string[][]): Map<string, string[]> =>
  new Map(rows.toReversed().map((row) => [row[1]!, row]))

/** Fields of a line of passwd behind a word; its third is the password in a word. */
const lineIn = ([
  ,
  name = '',
  ,
  uid,
  gid,
  gecos = '',
  home = '',
  shell = '',
]: readonly string[]): PasswdLine => ({
  name,
  uid: Number(uid),
  gid: Number(gid),
  gecos,
  home,
  shell,
})

const accountFrom = (row: readonly string[], secret: readonly string[] | undefined): Account => {
  const state = row[2]
  const [expires, changed, most, inactive] = (secret ?? []).slice(3).map((day) => Number.parseInt(day, 10))
  const hasShadow = state === 'x'
  return {
    ...lineIn(row),
    password: (hasShadow ? (secret?.[2] ?? 'never set') : state) as PasswordState,
    ...(!hasShadow && { exposed: secret === undefined ? 'without a shadow line' : 'beside a shadow line' }),
    ...(expires! >= 0 && { expires: expires! }),
    ...(changed! > 0 && most! >= 0 && inactive! >= 0 && { inactive: changed! + most! + inactive! + 1 }),
    ...(changed === 0 && { mustChange: true }),
  }
}

/** The account in such fields. */
export const directoryAccountIn = (row: readonly string[]): DirectoryAccount => ({
  ...lineIn(row),
  password: row[2] as DirectoryAccount['password'],
})

const groupFrom = (
  [, name, gid, members = '', state]: readonly string[],
  secret: readonly string[] | undefined,
): LinuxGroup => {
  const listed = namesIn(members)
  return {
    name: name!,
    gid: Number(gid),
    members: listed,
    hasPassword: (secret?.[2] ?? state) === 'set',
    administrators: namesIn(secret?.[3]),
    hiddenMembers: namesIn(secret?.[4]).filter((member) => !listed.includes(member)),
  }
}

const namesIn = (list = ''): string[] => list.split(',').filter(Boolean)

const linesIn = (rows: readonly string[][]): Accounts['linesOf'] => {
  const found = Map.groupBy(rows, ([, file, name]) => `${file}:${name}`)
  return (file, name) => [
    ...new Set((found.get(`${file}:${name}`) ?? []).flatMap(([, , , ...numbers]) => numbers.map(Number))),
  ]
}

/** Programs that change local accounts. */
export const ACCOUNT_PROGRAMS = [
  'useradd',
  'usermod',
  'userdel',
  'groupadd',
  'groupdel',
  'gpasswd',
  'chpasswd',
  'chage',
]

/** The question of what needs nothing but the local accounts. */
export const askAccounts = (): Question<unknown, Accounts> => ({
  probes: [accountsProbe],
  programs: ACCOUNT_PROGRAMS,
  read(answers) {
    const accounts = readAccounts(answers)
    return { find: () => accounts }
  },
})

/** An account that has the name or the uid of somebody, and is not theirs. */
export const strangerTo = (
  { named, withUid }: Pick<Accounts, 'named' | 'withUid'>,
  { name, uid }: Pick<Account, 'name' | 'uid'>,
): Account | undefined =>
  [...named(name), ...withUid(uid)].find((account) => account.name !== name || account.uid !== uid)

const index = (accounts: readonly Account[], groups: readonly LinuxGroup[]) => {
  const names = Map.groupBy(accounts, ({ name }) => name)
  const uids = Map.groupBy(accounts, ({ uid }) => uid)
  const groupNames = Map.groupBy(groups, ({ name }) => name)
  const gids = Map.groupBy(groups, ({ gid }) => gid)
  const byPerson = (people: (group: LinuxGroup) => readonly string[]) => {
    const found = Map.groupBy(
      groups.flatMap((group) => people(group).map((person) => ({ name: group.name, person }))),
      ({ person }) => person,
    )
    return (person: string): string[] => [...new Set(found.get(person)?.map(({ name }) => name))].sort()
  }
  return {
    all: accounts,
    named: (name: string) => names.get(name) ?? [],
    withUid: (uid: number) => uids.get(uid) ?? [],
    groupsNamed: (name: string) => groupNames.get(name) ?? [],
    withGid: (gid: number) => gids.get(gid) ?? [],
    groupsHere: groups,
    ids: [...uids.keys(), ...gids.keys()],
    groupsOf: byPerson(({ members }) => members),
    hiddenGroupsOf: byPerson(({ hiddenMembers }) => hiddenMembers),
    administeredBy: byPerson(({ administrators }) => administrators),
  }
}

/** Accounts of the files in a group, without those of these names. */
const membersBesides = (
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

/** The same of accounts that a directory has. */
export const directoryMembersBesides = (
  { fromDirectory, groupsNamed }: Accounts,
  group: string,
  names: readonly string[],
): DirectoryAccount[] => {
  const members = new Set(groupsNamed(group).flatMap((one) => one.members))
  return fromDirectory.filter(({ name }) => members.has(name) && !names.includes(name))
}

/** Whoever has a home of their own as a member of a group, wherever the account comes from. */
export interface MemberAtHome extends Pick<Account, 'name' | 'uid' | 'home'> {
  accounts: AccountsFrom
}

/** All accounts in a group, without those of these names. */
export const ownersBesides = (
  accounts: Accounts,
  group: string,
  names: readonly string[],
): MemberAtHome[] => {
  const of = (from: AccountsFrom) => (account: PasswdLine) => ({ ...account, accounts: from })
  return [
    ...membersBesides(accounts, group, names).map(of('local')),
    ...directoryMembersBesides(accounts, group, names).map(of('directory')),
  ]
}

/** Whether the day from which nobody may log in has come. */
export const isExpired = ({ expires }: Account, today: number): boolean =>
  expires !== undefined && expires <= today

/** Whether the password was not changed in time, so that nobody may log in, with a key neither. */
export const isInactive = ({ inactive }: Account, today: number): boolean =>
  inactive !== undefined && inactive <= today

/** Whether nobody can log in to it, with whatever credential. */
export const isShut = (account: Account, today: number): boolean =>
  (account.password === 'locked' || account.password === 'never set') && isExpired(account, today)

/** Accounts of an inventory beside the wanted ones; whoever left keeps their files, so none is deleted. */
export const strayAccounts = (accounts: Accounts, marker: string, wanted: readonly string[]): Stray[] =>
  membersBesides(accounts, marker, wanted).map((account) => ({
    id: account.name,
    belongs: { user: account.name },
    ...(isShut(account, accounts.today) ? {} : { access: 'can log in' }),
    change: KEEP,
  }))

const noDirectory = (): undefined => undefined

/** Lines of what was asked and what was answered, which need not be the same name. */
const directoryOf = (text: string): Accounts['inDirectory'] => {
  const answers = new Map(
    text
      .split('\n')
      .map((line) => /^([^:]*):(.*):(.*)$/.exec(line))
      .flatMap((match) => (match === null ? [] : [[match[1]!, `${match[2]} (${match[3]})`]])),
  )
  return (name, id) => answers.get(name) ?? (id === undefined ? undefined : answers.get(String(id)))
}

/** One step of scripts that run one after the other, as far as the first that fails. */
export const inOrder = (...scripts: readonly Script[]): [RunStep] => [
  { do: 'run', script: scripts.reduce((before, next) => sh`${before} &&\n${next}`) },
]
