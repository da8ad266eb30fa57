import { quote } from '../base/shell.ts'
import { markerOf } from '../conventions/names.ts'
import { homeOf } from '../conventions/presets.ts'
import { userName } from '../inventory/names.ts'
import { objectId } from '../kube/object.ts'
import { accountObstacle } from '../linux/account-obstacle.ts'
import { type Account, isShut } from '../linux/accounts.ts'
import type { Pointer } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { AccountRef } from './rights.ts'
import { accountsNamed, type Machine, type World } from './world.ts'

/** An account on one machine. */
export interface AccountOnMachine {
  machine: Machine
  account: Account
}

/** Somebody who may be a user, with what speaks for it. */
export interface Candidate {
  name: string
  /** The account as the first machine has it. */
  account: Account
  places: readonly AccountOnMachine[]
  pointers: readonly Pointer[]
  /** Groups of the inventory that the user is in on some machine. */
  linuxGroups: readonly string[]
}

/** The service account that the user works as; without one it is no user yet. */
export const serviceAccountFor = (
  world: World,
  owner: string,
  groups: readonly string[],
  candidate: Candidate,
  say: Say,
): AccountRef | undefined => {
  const { name, pointers, linuxGroups } = candidate
  const own = groups.filter((group) => world.serviceAccounts.has(`${group}/${name}`))
  const held = pointers
    .flatMap(({ identity }) => identity ?? [])
    .find(({ namespace }) => groups.includes(namespace))
  const stranger = held !== undefined && held.name !== name ? held : undefined
  if (stranger !== undefined && accountsNamed(world, stranger.name).length > 0) {
    say(
      `has the token of ${stranger.name} in the ` +
        `kubeconfig${own.length === 0 ? ' and no service account of their own' : ''}`,
      own.length === 0
        ? `take the file away; ${entryFor(world, owner, candidate, stranger.namespace)}`
        : 'setup gives the user a token of their own',
    )
    if (own.length === 0) return undefined
  } else if (stranger !== undefined && own.length === 0) {
    say(
      `works as the service account ${objectId(stranger)}: setup makes ` +
        `${stranger.namespace}/${name}, with a token of its own`,
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
  if (another === undefined) return { namespace: only, name }
  const pointed = pointers.flatMap(({ namespace = '' }) => (own.includes(namespace) ? [namespace] : []))
  const namespace = pointed[0] ?? linuxGroups.find((group) => own.includes(group)) ?? only
  const others = own.filter((group) => group !== namespace)
  say(
    `has a service account in ${own.join(', ')}: an inventory gives one, in ${namespace}, the first of the groups`,
    'after setup, once nothing runs as the others: ' +
      `${others.map((group) => command`kubectl delete serviceaccount ${name} -n ${group}`).join('; ')}`,
  )
  return { namespace, name }
}

/** What makes a user of the account, or first an account that can be one. */
const entryFor = (world: World, owner: string, candidate: Candidate, group: string): string => {
  const { name, account } = candidate
  const [says, next] = obstacleTo(world, owner, candidate) ?? []
  const wish = 'if this person is to use the cluster'
  return says === undefined
    ? `${wish}: { name: '${name}', uid: ${account.uid}, groups: ['${group}'] } in users, and setup makes the rest`
    : `${wish}, the account must change first, as it ${says}: ${next}`
}

/** Commands that give an account a name that an inventory can hold. */
const renaming = (name: string, { home }: Account): string => {
  const better = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 32)
  const to = userName(better) === undefined ? better : '<name>'
  const moved = home === homeOf(name) ? ` -d ${homeOf(to)} -m` : ''
  return `usermod -l ${to}${moved} ${quote(name)} && groupmod -n ${to} ${quote(name)}`
}

/** Why the account cannot be one of an inventory as it is. */
export const obstacleTo = (
  { machines }: World,
  owner: string,
  { name, account, places }: Candidate,
): [says: string, next: string] | undefined => {
  const mistake = userName(name)
  if (mistake !== undefined)
    return [
      `has a name that no inventory can hold: ${mistake.reason}`,
      `on each machine, while the user is logged out: ${renaming(name, account)}; then run adopt again`,
    ]
  const other = places.find((place) => place.account.uid !== account.uid)
  if (other !== undefined)
    return [
      `has uid ${account.uid} on ${places[0]!.machine.name} and ${other.account.uid} on ${other.machine.name}`,
      'decide for one; on the other machine, while the user is logged out: usermod -u <uid> ' +
        `${quote(name)}, groupmod -g <uid> ${quote(name)}, give their files to the new uid, and run ` +
        'adopt again',
    ]
  const shut = places.find(({ machine, account }) => isShut(account, machine.accounts.today))
  if (shut !== undefined)
    return [
      `is locked and expired on ${shut.machine.name}`,
      `if the user has left, retired: [{ name: '${name}', uid: ${account.uid}, since: '…' }] has setup ` +
        `take away what lets them in; otherwise ${command`usermod -U -e '' ${name}`} there, and run ` +
        'adopt again',
    ]
  for (const { name: machine, accounts } of machines) {
    const twin = accounts.withUid(account.uid).find((one) => one.name !== name)
    if (twin !== undefined)
      return [
        `shares uid ${account.uid} with ${twin.name} on ${machine}`,
        'decide whose it is; give the other account another one there, while it is logged out ' +
          '(usermod -u <uid>, groupmod -g <uid>, its files to the new uid), and run adopt again',
      ]
  }
  const wanted = { name, uid: account.uid, home: account.home, marker: markerOf(owner) }
  for (const { name: machine, accounts } of machines) {
    const { reason, hint } = accountObstacle(wanted, accounts) ?? {}
    if (reason !== undefined) return [`${reason}, on ${machine}`, `${hint}; then run adopt again`]
  }
  return undefined
}
