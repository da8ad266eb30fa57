import { serviceAccountOf } from '../conventions/names.ts'
import { homeOf } from '../conventions/presets.ts'
import { SERVICE_ACCOUNT } from '../kube/object.ts'
import { type Candidate, obstacleTo, serviceAccountFor } from './identity.ts'
import { managedKeysOf } from './keys.ts'
import { membershipsOf } from './memberships.ts'
import { isIn, namesOf } from './on-machines.ts'
import { pointerOf } from './pointer.ts'
import type { GroupInput, Note, Say, UserInput } from './remark.ts'
import type { RetiredInput } from './retired.ts'
import { tellTokens } from './tokens.ts'
import { accountsNamed, inside, isPersons, type World } from './world.ts'

/** Users as an inventory has them. */
export interface FoundUsers {
  users: UserInput[]
  /** Addresses of the API server in the kubeconfigs that hold a token of this cluster. */
  servers: string[]
}

/** What is known of an inventory, by its name, before its users. */
interface Known {
  owner: string
  groups: readonly GroupInput[]
  /** Namespaces in which users have their service accounts: those of groups, or in isolation strict one beside them. */
  homes: readonly string[]
  retired: readonly RetiredInput[]
  /** Service accounts whose tokens end. */
  bound: ReadonlySet<string>
}

/** Accounts that have a service account in the namespace of a group. */
export const usersIn = (
  world: World,
  known: Known,
  noteOn: (part: 'groups' | 'users') => Note,
): FoundUsers => {
  const { groups, homes, retired } = known
  const names = groups.map(({ name }) => name)
  const isKnown = (name: string): boolean =>
    homes.some((home) => world.serviceAccounts.has(`${home}/${name}`))
  const everyone = new Set(
    world.machines.flatMap(({ accounts, directory }) => [
      ...accounts.all.filter(({ name, uid }) => isPersons(uid) || isKnown(name)).map(({ name }) => name),
      ...directory.accounts.map(({ name }) => name),
    ]),
  )
  const candidates = [...everyone]
    .filter((name) => retired.every((one) => one.name !== name))
    .map((name) => candidateOf(world, groups, name))
  const users = candidates.flatMap((candidate) => userOf(world, known, candidate, noteOn('users')))
  const servers = candidates.flatMap(({ pointers }) =>
    pointers.flatMap(({ identity, server }) => (identity && server !== undefined ? [server] : [])),
  )
  tellServiceAccounts(world, names, everyone, noteOn('groups'))
  return { users: users.toSorted((a, b) => a.uid - b.uid), servers }
}

const candidateOf = (world: World, groups: readonly GroupInput[], name: string): Candidate => {
  const places = accountsNamed(world, name)
  return {
    name,
    account: places[0]!.account,
    from: places[0]!.from,
    places,
    pointers: places.flatMap(({ machine, account }) => pointerOf(world, machine, account) ?? []),
    linuxGroups: groups
      .filter((group) => places.some((place) => isIn(place, group)))
      .map((group) => group.name),
  }
}

const userOf = (world: World, known: Known, candidate: Candidate, note: Note): UserInput[] => {
  const { owner, homes, bound } = known
  const groups = known.groups.map((group) => group.name)
  const { name, account, from } = candidate
  const say: Say = (says, next) => note(name, says, next)
  const identity = serviceAccountFor(world, owner, homes, candidate, say)
  if (identity === undefined) return []
  const obstacle = obstacleTo(world, owner, candidate)
  if (obstacle !== undefined) {
    say(...obstacle)
    return []
  }
  const { uid, gecos, home, shell } = account
  const memberships = membershipsOf(world, owner, groups, candidate, identity, say)
  tellAccount(candidate, say)
  tellDirectory(known.groups, memberships, candidate, say)
  tellTokens(world, { owner, homes, bound }, name, identity, say)
  const sshKeys = managedKeysOf(owner, candidate, say)
  return [
    {
      name,
      uid,
      groups: memberships,
      ...(from === 'directory'
        ? { accounts: from }
        : {
            ...(gecos !== '' && { gecos }),
            ...(shell !== '/bin/bash' && { shell: shell || '/bin/sh' }),
          }),
      ...(home !== homeOf(name) && { home }),
      ...(sshKeys.length > 0 && { sshKeys }),
    },
  ]
}

/** What machines do not agree on. */
const tellAccount = ({ account, from, places }: Candidate, say: Say): void => {
  if (from === 'directory') return
  for (const field of ['gecos', 'shell'] as const) {
    const other = places.find((place) => place.account[field] !== account[field])
    if (other !== undefined)
      say(
        `has another ${field} on ${other.machine.name}: ${JSON.stringify(other.account[field])}`,
        `setup makes it ${JSON.stringify(account[field])} everywhere`,
      )
  }
}

/** Groups of the directory in which the directory does not have the user, although they have rights there. */
const tellDirectory = (
  groups: readonly GroupInput[],
  memberships: UserInput['groups'],
  { name, from, linuxGroups }: Candidate,
  say: Say,
): void => {
  if (from !== 'directory') return
  const names = namesOf({ groups: memberships })
  const absent = groups
    .filter((group) => group.linuxGroup === 'directory')
    .map((group) => group.name)
    .filter((group) => names.includes(group) && !linuxGroups.includes(group))
  if (absent.length > 0)
    say(
      `is not in ${absent.join(', ')} in the directory`,
      `have the directory put ${name} in there first: until then setup refuses the user`,
    )
}

/** Service accounts of a group's namespace that are nobody's. */
const tellServiceAccounts = (
  world: World,
  groups: readonly string[],
  everyone: ReadonlySet<string>,
  note: Note,
): void => {
  const named = new Set([...everyone].flatMap((name) => [name, serviceAccountOf(name)]))
  for (const group of groups) {
    const names = inside(world.items(SERVICE_ACCOUNT), group)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== 'default' && !named.has(name))
    if (names.length > 0)
      note(
        group,
        `the service accounts ${names.join(', ')} have no account on a machine: they are left alone`,
        `if one is a person's, { name, uid, groups: ['${group}'] } in users, and setup makes the account`,
      )
  }
}
