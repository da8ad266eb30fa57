import { defined } from '../base/defined.ts'
import { quantity, sameQuantity } from '../base/quantity.ts'
import { isOwnedBy } from '../conventions/labels.ts'
import { POD_OPTIONS, podAnnotations } from '../conventions/pods.ts'
import type { Group, Inventory, User } from '../inventory/schema.ts'
import {
  type Kind,
  type KubeObject,
  LIMIT_RANGE,
  NAMESPACE,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
} from '../kube/object.ts'
import { GPU, isScoped, shareName, shareOf, sharesOf } from '../kube/quota.ts'
import type { LimitRange, ResourceQuota, WithPhase } from '../kube/shapes.ts'
import type { Accounts } from '../linux/accounts.ts'
import type { NameService } from '../linux/directory.ts'

/** A row of the document's table: what a group has, as it should be or as it is. */
export interface ShareRow {
  users: readonly Member[]
  limits: Limits
  volumes: readonly string[]
}

/** Somebody in a group. */
export interface Member {
  name: string
  /** The machines where the user is in it, when these are not all that were read. */
  onlyOn?: readonly string[]
}

/** Amounts by what they limit, as `shareName` says it; what is left out is not limited. */
export type Limits = Readonly<Record<string, string>>

/** What of a group's share could be read. */
export interface ShareSource {
  inventory: Inventory
  /** Those whom it is about, and machines were asked about. */
  users: readonly User[]
  /** Each machine that was read. */
  machines: ReadonlyMap<string, AccountsOfMachine>
  /** Every object of a kind; undefined where it was not read. */
  items(kind: Kind): readonly KubeObject[] | undefined
}

/** Who there is on a machine, by its own files and by the directory that it asks. */
export interface AccountsOfMachine {
  accounts: Accounts
  directory: NameService
}

/** What the inventory gives a group. */
export const wantedShare = (inventory: Inventory, name: string): ShareRow => {
  const { users, volumes } = inventory
  return {
    users: users
      .filter((user) => user.groups.some(({ group }) => group === name))
      .map((user) => ({ name: user.name })),
    limits: wantedLimits(inventory, name),
    volumes: volumes
      .filter(({ group }) => group === name)
      .map((volume) => volume.name)
      .toSorted(),
  }
}

const wantedLimits = ({ groups, isolation }: Inventory, name: string): Limits => {
  const { quota, pods = {} } = groups.find((group) => group.name === name)!
  return {
    ...Object.fromEntries(sharesOf(quota).map((share) => [shareName(share), String(share.amount)])),
    ...Object.fromEntries(
      Object.entries(quota.max ?? {}).map(([word, amount]) => [mostOf(word), String(amount)]),
    ),
    // In isolation document they mean nothing.
    ...(isolation === 'strict' && optionsIn(podAnnotations(pods))),
  }
}

/** The most that one container may ask for. */
const mostOf = (word: string): string => `max ${word}`

/** What the pods of a group may or must besides, as the annotations of its namespace say it. */
const optionsIn = (annotations: Readonly<Record<string, string | null>>): Limits =>
  Object.fromEntries(
    Object.entries(POD_OPTIONS).flatMap(([key, word]) => {
      const said = annotations[key] ?? ''
      return said === '' ? [] : [[word, said]]
    }),
  )

/** What a group has: its Linux group, the limits that are enforced, and its claims that are bound. */
export const actualShare = (source: ShareSource, name: string): Partial<ShareRow> => {
  const { inventory, machines, items } = source
  const here = ({ metadata }: KubeObject): boolean => metadata.namespace === name
  const quotas = items(RESOURCE_QUOTA)?.filter(here)
  const wanted = new Set(inventory.volumes.filter(({ group }) => group === name).map((one) => one.name))
  const volumes = items(PERSISTENT_VOLUME_CLAIM)
    ?.filter(here)
    .filter(({ status }: WithPhase) => status?.phase === 'Bound')
    .map(({ metadata }) => metadata)
    .filter((claim) => wanted.has(claim.name) || isOwnedBy(claim, inventory.name))
    .map((claim) => claim.name)
    .toSorted()
  const ranges = items(LIMIT_RANGE)?.filter(here)
  const spaces = items(NAMESPACE)?.filter(({ metadata }) => metadata.name === name)
  const wantedHere = wantedLimits(inventory, name)
  return {
    ...(machines.size > 0 && knowsMembers(name, source) && { users: membersOf(name, source) }),
    ...(quotas &&
      ranges &&
      spaces && {
        limits: {
          ...limitsOf(quotas, wantedHere),
          ...mostsOf(ranges, inventory.name, wantedHere),
          ...(inventory.isolation === 'strict' && optionsIn(spaces[0]?.metadata.annotations ?? {})),
        },
      }),
    ...defined({ volumes }),
  }
}

const groupOf = (name: string, { groups }: Inventory): Group => groups.find((one) => one.name === name)!

/** Files have all members of a group; a directory may tell of one only when it is asked about them. */
const knowsMembers = (name: string, { inventory, users }: ShareSource): boolean =>
  groupOf(name, inventory).linuxGroup !== 'directory' ||
  wantedShare(inventory, name).users.every((member) => users.some((user) => user.name === member.name))

const membersOf = (name: string, { inventory, machines }: ShareSource): Member[] => {
  const group = groupOf(name, inventory)
  const membersOn = group.linuxGroup === 'directory' ? usersInDirectory(group, inventory) : membersHere(name)
  const places = [...machines].flatMap(([host, machine]) =>
    membersOn(machine).map((member) => ({ member, host })),
  )
  return [...Map.groupBy(places, ({ member }) => member)].map(([name, of]) => ({
    name,
    ...(of.length < machines.size && { onlyOn: of.map(({ host }) => host) }),
  }))
}

/** Whoever the machine's files have in a group, wherever the account comes from. */
const membersHere =
  (group: string) =>
  ({ accounts: { named, groupsNamed, fromDirectory } }: AccountsOfMachine): string[] => {
    const known = new Set(fromDirectory.map((account) => account.name))
    return groupsNamed(group)
      .flatMap(({ members }) => members)
      .filter((member) => named(member).length > 0 || known.has(member))
  }

/** Users in a group of the directory: whom else the directory has there has nothing by it. */
const usersInDirectory =
  ({ gid }: Group, { users }: Inventory) =>
  ({ directory }: AccountsOfMachine): string[] =>
    users
      .map(({ name }) => name)
      .filter((name) => directory.account(name)?.gid === gid || directory.groupsOf(name).includes(gid))

/**
 * The smallest of all quotas holds; a key that the server does not enforce is no limit, and neither is a count that
 * only protects the API server.
 */
const limitsOf = (quotas: readonly KubeObject[], wanted: Limits): Limits => {
  const enforced = quotas
    .filter((quota) => !isScoped(quota))
    .flatMap(({ status }: ResourceQuota) => {
      const { hard = {}, used = {} } = status ?? {}
      return Object.entries(hard).flatMap(([key, amount]) => {
        const share = shareOf(key)
        if (share?.keys[0] !== key || !(key in used)) return []
        const name = shareName(share)
        return share.resource !== undefined || name in wanted ? [{ name, amount }] : []
      })
    })
  return smallest(enforced)
}

interface Enforced {
  name: string
  amount: string
}

const smallest = (enforced: readonly Enforced[]): Limits =>
  Object.fromEntries(
    [...Map.groupBy(enforced, ({ name }) => name)].map(([name, of]) => {
      const amounts = of.map(({ amount }) => amount)
      return [name, amounts.toSorted((a, b) => ((quantity(a) ?? 0n) < (quantity(b) ?? 0n) ? -1 : 1))[0]!]
    }),
  )

/** The most that containers may ask for; what others say counts where the inventory says something too. */
const mostsOf = (ranges: readonly KubeObject[], owner: string, wanted: Limits): Limits =>
  smallest(
    ranges.flatMap(
      ({ metadata, spec }: LimitRange) =>
        spec?.limits
          ?.filter(({ type }) => type === 'Container')
          .flatMap(({ max = {} }) => Object.entries(max))
          .map(([resource, amount]) => ({ name: mostOf(resource === GPU ? 'gpu' : resource), amount }))
          .filter(({ name }) => name in wanted || isOwnedBy(metadata, owner)) ?? [],
    ),
  )

/** Whether a group has what it should have, as far as it could be read. */
export const isAsWanted = (wanted: ShareRow, { users, limits, volumes }: Partial<ShareRow>): boolean =>
  (users === undefined || sameNames(wanted.users.map(nameOf), users.map(nameOf))) &&
  (volumes === undefined || sameNames(wanted.volumes, volumes)) &&
  (limits === undefined ||
    Object.keys({ ...wanted.limits, ...limits }).every(
      (key) => wanted.limits[key] === limits[key] || sameQuantity(wanted.limits[key], limits[key]),
    ))

const nameOf = ({ name, onlyOn = [] }: Member): string => [name, ...onlyOn].join(' ')

const sameNames = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join('\n') === other.toSorted().join('\n')
