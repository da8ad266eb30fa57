import { type Mistake, type Rule, shown } from '../base/rules.ts'
import { type AccountsFrom, serviceAccountOf } from '../conventions/names.ts'
import { linuxId, userName } from './names.ts'
import { elements, type Fields, fieldsOf, type Path, placeOf, type ReportMistake, unique } from './raw.ts'

const PEOPLE = ['retired', 'users'] as const

/** What of an account is the directory's own to say, and whom it is told there. */
const OF_THE_DIRECTORY = {
  password: 'whoever has the directory gives and changes passwords',
  passwordHash: 'whoever has the directory gives and changes passwords',
  shell: 'it is what `getent passwd` shows',
  gecos: 'it is what `getent passwd` shows',
}

const from = (inventory: Fields, own: unknown): AccountsFrom =>
  (own ?? inventory['accounts']) === 'directory' ? 'directory' : 'local'

/** Names and ids as those who give them may give them, and nothing that only a directory could change. */
export const accountMistakes = (inventory: Fields, report: ReportMistake): void => {
  for (const [index, { gid, linuxGroup }] of elements(inventory['groups'])) {
    const mistake =
      typeof gid === 'number' ? mistakeIn(linuxId, from({}, linuxGroup), gid, 'linuxGroup') : undefined
    if (mistake !== undefined) report(['groups', index, 'gid'], mistake.reason, mistake.hint)
  }
  for (const list of PEOPLE)
    for (const [index, person] of elements(inventory[list])) {
      const accounts = from(inventory, person['accounts'])
      const { name, uid } = person
      const mistakes = {
        name: typeof name === 'string' ? mistakeIn(userName, accounts, name, 'accounts') : undefined,
        uid: typeof uid === 'number' ? mistakeIn(linuxId, accounts, uid, 'accounts') : undefined,
      }
      for (const [field, mistake] of Object.entries(mistakes))
        if (mistake !== undefined) report([list, index, field], mistake.reason, mistake.hint)
      if (list === 'users' && accounts === 'directory') ofTheDirectory(person, ['users', index], report)
    }
  serviceAccounts(inventory, report)
  memberships(inventory, report)
}

/** What a rule says of a value, and where only a directory may give it, the field that says so. */
const mistakeIn = <T>(
  rule: (accounts: AccountsFrom) => Rule<T>,
  accounts: AccountsFrom,
  value: T,
  field: string,
): Mistake | undefined => {
  const mistake = rule(accounts)(value)
  if (mistake === undefined || rule('directory')(value) !== undefined) return mistake
  return { ...mistake, hint: `${mistake.hint}; if a directory (LDAP) has it: ${field}: 'directory'` }
}

const ofTheDirectory = (user: Fields, path: Path, report: ReportMistake): void => {
  for (const [field, why] of Object.entries(OF_THE_DIRECTORY))
    if (field in user)
      report(
        [...path, field],
        "is the directory's to say, as this account comes from there",
        `leave it out (${why}), or give the user an account of the machines: accounts: 'local'`,
      )
}

/** Linux keeps users' private groups and other groups in one space of names and one of gids. */
export const identityMistakes = (inventory: Fields, report: ReportMistake): void => {
  const name = unique(report)
  const gid = unique(report)
  const uid = unique(report)
  const hint =
    'choose another: a user has a private group of their name with their uid as gid, and what retired ' +
    'users had is not given away'
  for (const [list, number] of [
    ['retired', 'uid'],
    ['groups', 'gid'],
    ['users', 'uid'],
  ] as const)
    for (const [index, fields] of elements(inventory[list])) {
      const place = placeOf([list, index], inventory)
      name(fields['name'], [list, index, 'name'], `the name of ${list}[${index}]`, hint)
      // A directory may give an account and a group the same number, and the account another primary group.
      const spaces =
        list === 'groups' ? [gid] : from(inventory, fields['accounts']) === 'local' ? [uid, gid] : [uid]
      spaces.every((space) => space(fields[number], [list, index, number], `the ${number} of ${place}`, hint))
    }
}

/** Two accounts must not be one in the cluster. */
const serviceAccounts = (inventory: Fields, report: ReportMistake): void => {
  const taken = new Map<string, string>()
  for (const list of PEOPLE)
    for (const [index, { name }] of elements(inventory[list])) {
      if (typeof name !== 'string') continue
      const account = serviceAccountOf(name)
      const other = taken.get(account)
      if (other !== undefined && other !== name)
        report(
          [list, index, 'name'],
          `${shown(name)} is the service account ${account} in the cluster, as is ${shown(other)}`,
          'give one of the two another account',
        )
      taken.set(account, name)
    }
}

/** Who is in a group of the directory, the directory says; it does not know the accounts of the machines. */
const memberships = (inventory: Fields, report: ReportMistake): void => {
  const theirs = new Set(
    elements(inventory['groups'])
      .filter(([, { linuxGroup }]) => linuxGroup === 'directory')
      .map(([, { name }]) => name),
  )
  const local = new Set<unknown>()
  const refuse = (group: unknown, path: Path): void => {
    if (!theirs.has(group)) return
    report(
      path,
      `${shown(group)} is a Linux group of the directory, and this account is the machines' own`,
      "give the user an account of the directory (accounts: 'directory'), or the group a local one " +
        "(linuxGroup: 'local')",
    )
  }
  for (const [index, { name, accounts, groups }] of elements(inventory['users'])) {
    if (from(inventory, accounts) === 'directory') continue
    local.add(name)
    for (const [at, member] of (Array.isArray(groups) ? groups : []).entries())
      refuse(typeof member === 'string' ? member : fieldsOf(member)['group'], ['users', index, 'groups', at])
  }
  for (const [index, host] of elements(inventory['hosts']))
    for (const [name, groups] of Object.entries(fieldsOf(host['memberships'])))
      for (const [at, group] of (local.has(name) && Array.isArray(groups) ? groups : []).entries())
        refuse(group, ['hosts', index, 'memberships', name, at])
}
