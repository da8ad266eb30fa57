import { defined } from '../base/defined.ts'
import { type Script, sh } from '../base/shell.ts'
import { type Change, type FieldDiff, KEEP, type Step } from '../resource/type.ts'
import { type WantedAccount, writable } from './account-obstacle.ts'
import { type Account, type Accounts, inOrder } from './accounts.ts'
import { ACCOUNTS_AT_ONCE, HOMES_AT_ONCE } from './at-once.ts'
import { type Beside, besideGroups, resign } from './gshadow.ts'
import { type Homes, homeDifferences, homeScript } from './home.ts'
import { firstPassword, type PasswordSource } from './password.ts'

/** An account as it is wanted; the uid is also the gid of its private group. */
export interface AccountWant extends PasswordSource, WantedAccount {
  /** Supplementary groups: these and no others. */
  groups: readonly string[]
  shell: string
  gecos?: string | undefined
}

/** What it takes to make an account that nothing stands in the way of, with its home and first password. */
export const newAccount = (want: AccountWant, accounts: Accounts, { at, placeOf }: Homes): Change => {
  const { name, uid, groups, marker, shell, home, gecos } = want
  const shown = { uid, groups, shell, home, ...defined({ gecos }) }
  const password = firstPassword(want, undefined, accounts.today)
  const own = [name, ...groups, marker]
  const left = accounts.groupsOf(name).filter((group) => !own.includes(group))
  const beside = besideGroups(name, own, accounts)
  const change: Change = {
    op: 'create',
    diffs: [
      ...Object.entries(shown).map(([field, to]) => ({ field, to })),
      ...(left.length > 0 ? [{ field: 'groups left behind', from: left }] : []),
      ...beside.diffs,
      ...password.diffs,
    ],
    steps: [
      accountStep(want, hasGroup(want, accounts), left, beside),
      homeStep(want, at),
      ...(password.scripts.length > 0 ? inOrder(...password.scripts) : []),
    ],
    place: placeOf(home),
    ...(password.missing && { noPassword: true }),
  }
  return writable(noting(change, password.warnings), accounts)
}

/** Makes the account; where it is like all others, many can be made at once. */
const accountStep = (
  want: AccountWant,
  hasOwnGroup: boolean,
  left: readonly string[],
  beside: Beside,
): Step => {
  const { name, uid, gecos = '', home, shell, groups, marker } = want
  // With one gid to choose from, -U makes the private group with that gid or fails; a groupadd takes as long as this.
  const ownGroup = hasOwnGroup ? sh`-g ${uid}` : sh`-U -K ${`GID_MIN=${uid}`} -K ${`GID_MAX=${uid}`}`
  const corrections = [
    ...(left.length > 0 || beside.hidden.length > 0 ? [sh`usermod ${fields(want)}`] : []),
    ...(beside.administers.length > 0 ? [resign(name, beside.administers)] : []),
  ]
  const [step] = inOrder(sh`useradd -u ${uid} ${ownGroup} -d ${home} -M ${fields(want)}`, ...corrections)
  if (hasOwnGroup || corrections.length > 0) return step
  const item = [name, uid, gecos, home, shell, [...groups, marker].join(',')].join(':')
  return { ...step, among: { by: ACCOUNTS_AT_ONCE, name, item } }
}

const homeStep = (owner: AccountWant, at: Homes['at']): Step => {
  const { name, uid, home } = owner
  const [step] = inOrder(homeScript(owner, at))
  return at(home) === undefined
    ? { ...step, among: { by: HOMES_AT_ONCE, name, item: [name, uid, home].join(':') } }
    : step
}

/** What it takes to have an account, its home and its password as wanted; what the account gets beside that goes. */
export const accountChange = (
  want: AccountWant,
  account: Account,
  accounts: Accounts,
  { at, placeOf }: Homes,
): Change => {
  const { name, uid, groups, marker, shell, gecos = account.gecos } = want
  const [primary] = accounts.withGid(account.gid)
  const memberOf = accounts.groupsOf(name).filter((group) => group !== primary?.name)
  const member = membership(want, memberOf)
  const differing = [
    { field: 'primary group', from: primary?.name ?? account.gid, to: name },
    ...member.compared,
    { field: 'shell', from: account.shell, to: shell },
    { field: 'gecos', from: account.gecos, to: gecos },
  ].filter(differs)
  const beside = besideGroups(name, [...groups, marker], accounts)
  const home = homeDifferences(want, at)
  const password = firstPassword(want, account, accounts.today)
  const warnings = [...member.warnings, ...password.warnings]
  const inFiles = [...differing, ...beside.diffs, ...password.diffs]
  const diffs = [...differing, ...beside.diffs, ...home, ...password.diffs]
  const lacks: Pick<Change, 'noPassword'> = password.missing ? { noPassword: true } : {}
  if (diffs.length === 0) return noting({ ...KEEP, ...lacks }, warnings)
  const change: Change = {
    op: member.op,
    diffs,
    steps: inOrder(
      ...(hasGroup(want, accounts) ? [] : [sh`groupadd -g ${uid} ${name}`]),
      ...(differing.length > 0 || beside.hidden.length > 0 ? [sh`usermod -g ${uid} ${fields(want)}`] : []),
      ...(beside.administers.length > 0 ? [resign(name, beside.administers)] : []),
      ...(home.length > 0 ? [homeScript(want, at)] : []),
      ...password.scripts,
    ),
    ...(home.length > 0 && { place: placeOf(want.home) }),
    ...lacks,
  }
  return noting(inFiles.length > 0 ? writable(change, accounts) : change, warnings)
}

/** What differs between the groups that an account is in and those that it is wanted in, and what it loses thereby. */
export const membership = (
  { name, groups, marker }: Pick<AccountWant, 'name' | 'groups' | 'marker'>,
  memberOf: readonly string[],
) => {
  const others = memberOf.filter((group) => group !== marker)
  const marked = memberOf.includes(marker)
  const lost = marked ? [] : others.filter((group) => !groups.includes(group))
  const compared: FieldDiff[] = [
    { field: 'groups', from: others, to: groups.toSorted() },
    { field: 'marker', from: marked ? marker : undefined, to: marker },
  ]
  return {
    op: marked ? ('update' as const) : ('adopt' as const),
    compared,
    warnings: lost.length > 0 ? [`${name} loses the groups ${lost.join(', ')}`] : [],
  }
}

/** Whether what was found is not what is wanted, by what it reads like. */
export const differs = ({ from, to }: FieldDiff): boolean => String(from) !== String(to)

const hasGroup = ({ name }: AccountWant, { groupsNamed }: Accounts): boolean => groupsNamed(name).length > 0

/** What useradd and usermod take alike; the whole list of groups, so none stays that is not wanted. */
const fields = ({ name, groups, marker, shell, gecos }: AccountWant): Script =>
  sh`-G ${[...groups, marker].join(',')} -s ${shell} ${gecos === undefined ? sh`` : sh`-c ${gecos} `}${name}`

/** The change with more to say. */
export const noting = (change: Change, warnings: readonly string[]): Change =>
  warnings.length === 0 ? change : { ...change, warnings: [...(change.warnings ?? []), ...warnings] }
