import { objectId } from '../kube-object.ts'
import { accountObstacle } from '../linux/account-obstacle.ts'
import { type Account, isShut, markerOf } from '../linux/accounts.ts'
import { quote } from '../shell.ts'
import type { Pointer } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { Identity } from './rights.ts'
import { accountsNamed, type Machine, type World } from './world.ts'

/** An account on one machine. */
export interface Place {
  machine: Machine
  account: Account
}

/** Somebody who may be a user, with what speaks for it. */
export interface Candidate {
  name: string
  /** The account as the first machine has it. */
  account: Account
  places: readonly Place[]
  pointers: readonly Pointer[]
  /** Groups of the inventory that he is in on some machine. */
  linuxGroups: readonly string[]
}

/** The service account that he works as; without one he is not a user yet. */
export const identityOf = (
  world: World,
  groups: readonly string[],
  { name, pointers, linuxGroups, account }: Candidate,
  say: Say,
): Identity | undefined => {
  const own = groups.filter((group) => world.serviceAccounts.has(`${group}/${name}`))
  const held = pointers
    .flatMap(({ identity }) => identity ?? [])
    .find(({ namespace }) => groups.includes(namespace))
  const stranger = held !== undefined && held.name !== name ? held : undefined
  const line = (group: string): string => `{ name: '${name}', uid: ${account.uid}, groups: ['${group}'] }`
  if (stranger !== undefined && accountsNamed(world, stranger.name).length > 0) {
    say(
      `has the token of ${stranger.name} in his kubeconfig${own.length === 0 ? ' and no service account of his own' : ''}`,
      own.length === 0
        ? `take the file away; if he is to use the cluster: ${line(stranger.namespace)} in users, and setup makes the rest`
        : 'setup gives him a token of his own',
    )
    if (own.length === 0) return undefined
  } else if (stranger !== undefined && own.length === 0) {
    say(
      `works as the service account ${objectId(stranger)}: setup makes ${stranger.namespace}/${name}, with a token of its own`,
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
        `if he is to use the cluster: ${line(group)} in users, and setup makes the rest`,
      )
    return undefined
  }
  if (another === undefined) return { namespace: only, name }
  const pointed = pointers.flatMap(({ namespace = '' }) => (own.includes(namespace) ? [namespace] : []))
  const namespace = pointed[0] ?? linuxGroups.find((group) => own.includes(group)) ?? only
  const others = own.filter((group) => group !== namespace)
  say(
    `has a service account in ${own.join(', ')}: an inventory gives him one, in ${namespace}, the first of his groups`,
    `after setup, once nothing runs as the others: ${others.map((group) => command`kubectl delete serviceaccount ${name} -n ${group}`).join('; ')}`,
  )
  return { namespace, name }
}

/** Why the account cannot be one of an inventory as it is. */
export const obstacleTo = (
  { machines }: World,
  owner: string,
  { name, account, places }: Candidate,
): [says: string, next: string] | undefined => {
  const other = places.find((place) => place.account.uid !== account.uid)
  if (other !== undefined)
    return [
      `has uid ${account.uid} on ${places[0]!.machine.name} and ${other.account.uid} on ${other.machine.name}`,
      `decide for one; on the other machine, while he is logged out: usermod -u <uid> ${quote(name)}, groupmod -g <uid> ${quote(name)}, give his files to the new uid, and run adopt again`,
    ]
  const shut = places.find(({ machine, account }) => isShut(account, machine.accounts.today))
  if (shut !== undefined)
    return [
      `is locked and expired on ${shut.machine.name}`,
      `if he has left, retired: [{ name: '${name}', uid: ${account.uid}, since: '…' }] has setup take away what lets him in; otherwise ${command`usermod -U -e '' ${name}`} there, and run adopt again`,
    ]
  const wanted = { name, uid: account.uid, home: account.home, marker: markerOf(owner) }
  for (const { name: machine, accounts } of machines) {
    const { reason, hint } = accountObstacle(wanted, accounts) ?? {}
    if (reason !== undefined) return [`${reason}, on ${machine}`, `${hint}; then run adopt again`]
  }
  return undefined
}
