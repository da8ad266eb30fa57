import { markerOf } from '../conventions/names.ts'
import { homeOf } from '../conventions/presets.ts'
import { SERVICE_ACCOUNT } from '../kube/object.ts'
import { type AccountOnMachine, type Candidate, obstacleTo, serviceAccountFor } from './identity.ts'
import { membershipsOf } from './memberships.ts'
import { pointerOf } from './pointer.ts'
import type { GroupInput, Note, Say, UserInput } from './remark.ts'
import { tellTokens } from './tokens.ts'
import { accountsNamed, inside, isPersons, type World } from './world.ts'

/** Users as an inventory has them. */
export interface FoundUsers {
  users: UserInput[]
  /** Addresses of the API server in the kubeconfigs that hold a token of this cluster. */
  servers: string[]
}

/** Accounts that have a service account in the namespace of a group. */
export const usersIn = (
  world: World,
  owner: string,
  groups: readonly GroupInput[],
  note: { groups: Note; users: Note },
): FoundUsers => {
  const names = groups.map(({ name }) => name)
  const isKnown = (name: string): boolean =>
    names.some((group) => world.serviceAccounts.has(`${group}/${name}`))
  const everyone = new Set(
    world.machines.flatMap(({ accounts }) =>
      accounts.all.filter(({ name, uid }) => isPersons(uid) || isKnown(name)).map(({ name }) => name),
    ),
  )
  const candidates = [...everyone].map((name) => candidateOf(world, groups, name))
  const users = candidates.flatMap((candidate) => userOf(world, owner, names, candidate, note.users))
  const servers = candidates.flatMap(({ pointers }) =>
    pointers.flatMap(({ identity, server }) => (identity && server !== undefined ? [server] : [])),
  )
  tellServiceAccounts(world, names, everyone, note.groups)
  return { users: users.toSorted((a, b) => a.uid - b.uid), servers }
}

const candidateOf = (world: World, groups: readonly GroupInput[], name: string): Candidate => {
  const places = accountsNamed(world, name)
  const isIn = ({ machine, account }: AccountOnMachine, group: GroupInput): boolean =>
    account.gid === group.gid || machine.accounts.groupsOf(name).includes(group.name)
  return {
    name,
    account: places[0]!.account,
    places,
    pointers: places.flatMap(({ machine, account }) => pointerOf(world, machine, account) ?? []),
    linuxGroups: groups
      .filter((group) => places.some((place) => isIn(place, group)))
      .map((group) => group.name),
  }
}

const userOf = (
  world: World,
  owner: string,
  groups: readonly string[],
  candidate: Candidate,
  note: Note,
): UserInput[] => {
  const { name, account } = candidate
  const say: Say = (says, next) => note(name, says, next)
  const identity = serviceAccountFor(world, owner, groups, candidate, say)
  if (identity === undefined) return []
  const obstacle = obstacleTo(world, owner, candidate)
  if (obstacle !== undefined) {
    say(...obstacle)
    return []
  }
  const { uid, gecos, home, shell } = account
  const memberships = membershipsOf(world, owner, groups, candidate, identity, say)
  tellAccount(world, groups, candidate, say)
  tellTokens(world, groups, name, identity, say)
  return [
    {
      name,
      uid,
      groups: memberships,
      ...(gecos !== '' && { gecos }),
      ...(shell !== '/bin/bash' && { shell: shell || '/bin/sh' }),
      ...(home !== homeOf(name) && { home }),
    },
  ]
}

/** Linux groups that setup takes the user out of, and what machines do not agree on. */
const tellAccount = (
  { machines }: World,
  groups: readonly string[],
  { name, account, places }: Candidate,
  say: Say,
): void => {
  const lost = new Set(
    machines.flatMap(({ accounts }) =>
      accounts
        .groupsOf(name)
        .filter((group) => group !== name && !groups.includes(group) && !group.startsWith(markerOf(''))),
    ),
  )
  if (lost.size > 0)
    say(
      `is in the Linux groups ${[...lost].toSorted().join(', ')} too, which an inventory does not ` +
        'hold: setup takes the user out',
      'whoever needs them, to administer the machine for instance, has another account for that',
    )
  for (const field of ['gecos', 'shell'] as const) {
    const other = places.find((place) => place.account[field] !== account[field])
    if (other !== undefined)
      say(
        `has another ${field} on ${other.machine.name}: ${JSON.stringify(other.account[field])}`,
        `setup makes it ${JSON.stringify(account[field])} everywhere`,
      )
  }
}

/** Service accounts of a group's namespace that are nobody's. */
const tellServiceAccounts = (
  world: World,
  groups: readonly string[],
  everyone: ReadonlySet<string>,
  note: Note,
): void => {
  for (const group of groups) {
    const names = inside(world.items(SERVICE_ACCOUNT), group)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== 'default' && !everyone.has(name))
    if (names.length > 0)
      note(
        group,
        `the service accounts ${names.join(', ')} have no account on a machine: they are left alone`,
        `if one is a person's, { name, uid, groups: ['${group}'] } in users, and setup makes the account`,
      )
  }
}
