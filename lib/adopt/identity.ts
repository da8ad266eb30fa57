import { quote } from '../base/shell.ts'
import { type AccountsFrom, markerOf, serviceAccountOf } from '../conventions/names.ts'
import { homeOf } from '../conventions/presets.ts'
import { userName } from '../inventory/names.ts'
import { objectId } from '../kube/object.ts'
import { accountObstacle } from '../linux/account-obstacle.ts'
import { type Account, type DirectoryAccount, isShut } from '../linux/accounts.ts'
import { directoryObstacle } from '../linux/directory-account.ts'
import type { Pointer } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { AccountRef } from './rights.ts'
import { type AccountOnMachine, accountsNamed, type World } from './world.ts'

/** Somebody who may be a user, with what speaks for it. */
export interface Candidate {
  name: string
  /** The account as the first machine has it, and from where. */
  account: Account | DirectoryAccount
  from: AccountsFrom
  places: readonly AccountOnMachine[]
  pointers: readonly Pointer[]
  /** Groups of the inventory that the user is in on some machine. */
  linuxGroups: readonly string[]
}

/** The service account in one of these namespaces that the user works as; without one it is no user yet. */
export const serviceAccountFor = (
  world: World,
  owner: string,
  homes: readonly string[],
  candidate: Candidate,
  say: Say,
): AccountRef | undefined => {
  const { name, from, pointers, linuxGroups } = candidate
  const called = from === 'directory' ? serviceAccountOf(name) : name
  const own = homes.filter((group) => world.serviceAccounts.has(`${group}/${called}`))
  const held = pointers
    .flatMap(({ identity }) => identity ?? [])
    .find(({ namespace }) => homes.includes(namespace))
  const stranger = held !== undefined && held.name !== called ? held : undefined
  if (stranger !== undefined && accountsNamed(world, stranger.name).length > 0) {
    say(
      `has the token of ${stranger.name} in the ` +
        `kubeconfig${own.length === 0 ? ' and no service account of their own' : ''}`,
      own.length === 0
        ? `take the file away; ${entryFor(world, owner, candidate, linuxGroups[0] ?? stranger.namespace)}`
        : 'setup gives the user a token of their own',
    )
    if (own.length === 0) return undefined
  } else if (stranger !== undefined && own.length === 0) {
    say(
      `works as the service account ${objectId(stranger)}: setup makes ` +
        `${stranger.namespace}/${called}, with a token of its own`,
      `after setup: ${command`kubectl delete serviceaccount ${stranger.name} -n ${stranger.namespace}`}`,
    )
    return stranger
  }
  const [only, another] = own
  if (only === undefined) {
    const [group] = linuxGroups
    if (group !== undefined)
      say(
        `is in the Linux group ${group} and has no service account in its namespace`,
        entryFor(world, owner, candidate, group),
      )
    return undefined
  }
  if (another === undefined) return { namespace: only, name: called }
  const pointed = pointers.flatMap(({ namespace = '' }) => (own.includes(namespace) ? [namespace] : []))
  const namespace = pointed[0] ?? linuxGroups.find((group) => own.includes(group)) ?? only
  const others = own.filter((group) => group !== namespace)
  say(
    `has a service account in ${own.join(', ')}: an inventory gives one, in ${namespace}, the first of the groups`,
    'after setup, once nothing runs as the others: ' +
      `${others.map((group) => command`kubectl delete serviceaccount ${called} -n ${group}`).join('; ')}`,
  )
  return { namespace, name: called }
}

/** What makes a user of the account, or first an account that can be one. */
const entryFor = (world: World, owner: string, candidate: Candidate, group: string): string => {
  const { name, account, from } = candidate
  const entry = `name: '${name}', uid: ${account.uid}, ${from === 'directory' ? "accounts: 'directory', " : ''}`
  const [says, next] = obstacleTo(world, owner, candidate) ?? []
  const wish = 'if this person is to use the cluster'
  return says === undefined
    ? `${wish}: { ${entry}groups: ['${group}'] } in users, and setup makes the rest`
    : `${wish}, the account must change first, as it ${says}: ${next}`
}

/** Whether a group of the account's own name has to change with it. */
const hasGroup = ({ machines }: World, name: string): boolean =>
  machines.some(({ accounts }) => accounts.groupsNamed(name).length > 0)

/** Commands that give an account a name that an inventory can hold and that nobody has. */
const renaming = (world: World, name: string, { home }: Pick<Account, 'home'>): string => {
  const better = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 32)
  const isFree = accountsNamed(world, better).length === 0 && !hasGroup(world, better)
  const to = userName('local')(better) === undefined && isFree ? better : '<name>'
  const moved = home === homeOf(name) ? ` -d ${homeOf(to)} -m` : ''
  const renamed = hasGroup(world, name) ? ` && groupmod -n ${to} ${quote(name)}` : ''
  return `usermod -l ${to}${moved} ${quote(name)}${renamed}`
}

/** Why the account cannot be one of an inventory as it is. */
export const obstacleTo = (
  world: World,
  owner: string,
  candidate: Candidate,
): [says: string, next: string] | undefined => {
  const { name, from, places } = candidate
  const stranger = places.find((place) => place.from !== from)
  if (stranger !== undefined) {
    const [[local], [directory]] = (['local', 'directory'] as const).map((kind) =>
      places.filter((place) => place.from === kind),
    ) as [AccountOnMachine[], AccountOnMachine[]]
    return [
      `is an account of ${local!.machine.name} itself, and on ${directory!.machine.name} one of a directory`,
      `decide for one: userdel ${quote(name)} on ${local!.machine.name} leaves the directory's; then run adopt again`,
    ]
  }
  return from === 'directory'
    ? obstacleInDirectory(world, owner, candidate)
    : obstacleHere(world, owner, candidate)
}

const obstacleInDirectory = (
  { machines }: World,
  owner: string,
  { name, account }: Candidate,
): [says: string, next: string] | undefined => {
  const mistake = userName('directory')(name)
  if (mistake !== undefined)
    return [`has a name that no inventory can hold: ${mistake.reason}`, 'have the directory give it another']
  const { uid, home } = account
  for (const { name: machine, ...seen } of machines) {
    const { reason, hint } = directoryObstacle({ name, uid, home, marker: markerOf(owner) }, seen) ?? {}
    if (reason !== undefined) return [`${reason}, on ${machine}`, `${hint}; then run adopt again`]
  }
  return undefined
}

const obstacleHere = (
  world: World,
  owner: string,
  { name, account, places }: Candidate,
): [says: string, next: string] | undefined => {
  const { machines } = world
  const mistake = userName('local')(name)
  if (mistake !== undefined)
    return [
      `has a name that no inventory can hold: ${mistake.reason}`,
      `on each machine, while the user is logged out: ${renaming(world, name, account)}; then run adopt again`,
    ]
  const other = places.find((place) => place.account.uid !== account.uid)
  if (other !== undefined)
    return [
      `has uid ${account.uid} on ${places[0]!.machine.name} and ${other.account.uid} on ${other.machine.name}`,
      'decide for one; on the other machine, while the user is logged out: usermod -u <uid> ' +
        `${quote(name)}, ${hasGroup(world, name) ? `groupmod -g <uid> ${quote(name)}, ` : ''}` +
        'give their files to the new uid, and run adopt again',
    ]
  const shut = places.find(
    (place) => place.from === 'local' && isShut(place.account, place.machine.accounts.today),
  )
  if (shut !== undefined)
    return [
      `is locked and expired on ${shut.machine.name}`,
      `if the user has left, retired: [{ name: '${name}', uid: ${account.uid}, since: '…' }] has setup ` +
        `take away what lets them in; otherwise ${command`usermod -U -e '' ${name}`} there, and run ` +
        'adopt again',
    ]
  for (const { name: machine, accounts } of machines) {
    const twin = accounts.withUid(account.uid).find((one) => one.name !== name)
    if (twin !== undefined) {
      const group = [name, twin.name].some((one) => hasGroup(world, one)) ? 'groupmod -g <uid>, ' : ''
      return [
        `shares uid ${account.uid} with ${twin.name} on ${machine}`,
        'decide whose it is; give the other account another one there, while it is logged out ' +
          `(usermod -u <uid>, ${group}its files to the new uid), and run adopt again`,
      ]
    }
  }
  const wanted = { name, uid: account.uid, home: account.home, marker: markerOf(owner) }
  for (const { name: machine, accounts } of machines) {
    const { reason, hint } = accountObstacle(wanted, accounts) ?? {}
    if (reason !== undefined) return [`${reason}, on ${machine}`, `${hint}; then run adopt again`]
  }
  return undefined
}
