import { identityNamespace, markerOf, serviceAccountOf } from '../conventions/names.ts'
import { homeOf } from '../conventions/presets.ts'
import { linuxId, userName } from '../inventory/names.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { homeDirectory } from '../inventory/values.ts'
import { dayOf } from '../kube/bound-token.ts'
import { isShut } from '../linux/accounts.ts'
import type { Departed } from '../linux/departed.ts'
import type { GroupInput, Note } from './remark.ts'
import { accountsNamed, type World } from './world.ts'

export type RetiredInput = NonNullable<InventoryInput['retired']>[number]

/**
 * Who left, as far as machines tell: accounts of the inventory that setup has shut and that are nobody in the cluster,
 * and the archives of homes. Whose account is gone without an archive, nothing tells.
 */
export const retiredIn = (
  world: World,
  owner: string,
  groups: readonly GroupInput[],
  note: Note,
): RetiredInput[] => {
  const withAccount = shutIn(world, owner, groups, note)
  const archived = archivedIn(world, withAccount, groups, note)
  return [...withAccount, ...archived].toSorted((a, b) => a.uid - b.uid)
}

/** Members of the group that marks an inventory's accounts, without a service account. */
const shutIn = (world: World, owner: string, groups: readonly GroupInput[], note: Note): RetiredInput[] => {
  const marker = markerOf(owner)
  const spaces = [...groups.map(({ name }) => name), identityNamespace({ name: owner })]
  const marked = world.machines.flatMap(({ accounts }) =>
    accounts.groupsNamed(marker).flatMap(({ members }) => members),
  )
  const left = [...new Set(marked)].filter((name) =>
    spaces.every((space) => !world.serviceAccounts.has(`${space}/${serviceAccountOf(name)}`)),
  )
  return left.flatMap((name): RetiredInput[] => {
    const places = accountsNamed(world, name)
    const [first] = places
    if (first === undefined) return []
    const { uid } = first.account
    const since = dayOf(Math.max(...places.map(({ machine }) => machine.accounts.today * DAY)))
    const open = places.find(
      (place) => place.from === 'directory' || !isShut(place.account, place.machine.accounts.today),
    )
    const other = places.find(({ account }) => account.uid !== uid)
    if (other !== undefined || open !== undefined) {
      note(
        name,
        `was a user of this inventory, as the Linux group ${marker} tells, and has no service account: ` +
          (other === undefined
            ? `the account can be logged in to on ${open!.machine.name}`
            : `it has uid ${uid} on ${first.machine.name} and ${other.account.uid} on ${other.machine.name}`),
        `if the user has left, retired: [{ name: '${name}', uid: ${uid}, since: '${since}' }] locks the account ` +
          'and keeps name and uid from others',
      )
      return []
    }
    note(
      name,
      'has left, and no machine tells when: since is the day on which adopt looked',
      'put the day there on which the user left, if it is known',
    )
    const { home } = first.account
    return [{ name, uid, ...(home !== homeOf(name) && homeDirectory(home) === undefined && { home }), since }]
  })
}

/** Of whom remove-user has archived what they had; name and uid are kept from others while nobody has them. */
const archivedIn = (
  world: World,
  known: readonly RetiredInput[],
  groups: readonly GroupInput[],
  note: Note,
): RetiredInput[] => {
  const byPerson = Map.groupBy(
    world.machines.flatMap(({ archived }) => archived),
    ({ name, uid }) => `${name} ${uid}`,
  )
  return [...byPerson.values()].flatMap((archives): RetiredInput[] => {
    const { name, uid } = archives[0]!
    if (known.some((one) => one.name === name && one.uid === uid)) return []
    const holder = holderOf(world, groups, { name, uid })
    if (holder === 'same') return []
    if (holder !== undefined) {
      note(
        name,
        `has left with uid ${uid}, as an archive tells, and ${holder} has that name or uid now`,
        `what ${name} left in volumes belongs to them too where the uid is the same: see whether that is meant`,
      )
      return []
    }
    const since = dayOf(Math.min(...archives.map(({ seconds }) => seconds)))
    const isLocal = userName('local')(name) === undefined && linuxId('local')(uid) === undefined
    return [{ name, uid, ...(!isLocal && { accounts: 'directory' as const }), since }]
  })
}

/** Who has the name or the uid of somebody: the same person, or another account or group. */
const holderOf = (
  world: World,
  groups: readonly GroupInput[],
  { name, uid }: Departed,
): string | undefined => {
  const accounts = [
    ...accountsNamed(world, name).map(({ account }) => account),
    ...world.machines.flatMap((machine) => machine.accounts.withUid(uid)),
  ]
  if (accounts.some((one) => one.name === name && one.uid === uid)) return 'same'
  const [account] = accounts
  if (account !== undefined) return `the account ${account.name} (${account.uid})`
  const group = groups.find((one) => one.name === name || one.gid === uid)
  return group && `the group ${group.name} (${group.gid})`
}

const DAY = 86_400
