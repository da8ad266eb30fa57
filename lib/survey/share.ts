import { quantity, sameQuantity } from '../base/quantity.ts'
import { OWNER_LABEL } from '../conventions/labels.ts'
import { POD_OPTIONS, podAnnotations } from '../conventions/pods.ts'
import type { Inventory } from '../inventory/schema.ts'
import {
  type Kind,
  type KubeObject,
  LIMIT_RANGE,
  NAMESPACE,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
} from '../kube/object.ts'
import { GPU, isScoped, shareName, shareOf, sharesOf } from '../kube/quota.ts'
import type { Accounts } from '../linux/accounts.ts'

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
  /** The accounts of each machine that was read. */
  accounts: ReadonlyMap<string, Accounts>
  /** Every object of a kind; undefined where it was not read. */
  items(kind: Kind): readonly KubeObject[] | undefined
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
export const actualShare = ({ inventory, accounts, items }: ShareSource, name: string): Partial<ShareRow> => {
  const here = ({ metadata }: KubeObject): boolean => metadata.namespace === name
  const quotas = items(RESOURCE_QUOTA)?.filter(here)
  const wanted = new Set(inventory.volumes.filter(({ group }) => group === name).map((one) => one.name))
  const volumes = items(PERSISTENT_VOLUME_CLAIM)
    ?.filter(here)
    .filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Bound')
    .map(({ metadata }) => metadata)
    .filter((claim) => wanted.has(claim.name) || claim.labels?.[OWNER_LABEL] === inventory.name)
    .map((claim) => claim.name)
    .toSorted()
  const ranges = items(LIMIT_RANGE)?.filter(here)
  const spaces = items(NAMESPACE)?.filter(({ metadata }) => metadata.name === name)
  const wantedHere = wantedLimits(inventory, name)
  return {
    ...(accounts.size > 0 && { users: membersOf(name, accounts) }),
    ...(quotas &&
      ranges &&
      spaces && {
        limits: {
          ...limitsOf(quotas, wantedHere),
          ...mostsOf(ranges, inventory.name, wantedHere),
          ...(inventory.isolation === 'strict' && optionsIn(spaces[0]?.metadata.annotations ?? {})),
        },
      }),
    ...(volumes && { volumes }),
  }
}

const membersOf = (group: string, accounts: ReadonlyMap<string, Accounts>): Member[] => {
  const places = [...accounts].flatMap(([host, { named, groupsNamed }]) =>
    groupsNamed(group)
      .flatMap(({ members }) => members)
      .filter((member) => named(member).length > 0)
      .map((member) => ({ member, host })),
  )
  return [...Map.groupBy(places, ({ member }) => member)].map(([name, of]) => ({
    name,
    ...(of.length < accounts.size && { onlyOn: of.map(({ host }) => host) }),
  }))
}

/**
 * The smallest of all quotas holds; a key that the server does not enforce is no limit, and neither is a count that
 * only protects the API server.
 */
const limitsOf = (quotas: readonly KubeObject[], wanted: Limits): Limits => {
  const enforced = quotas
    .filter((quota) => !isScoped(quota))
    .flatMap(({ status }) => {
      const { hard = {}, used = {} } = (status ?? {}) as Record<'hard' | 'used', Record<string, string>>
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

interface LimitRangeSpec {
  limits?: readonly { type?: string; max?: Readonly<Record<string, string>> }[]
}

/** The most that containers may ask for; what others say counts where the inventory says something too. */
const mostsOf = (ranges: readonly KubeObject[], owner: string, wanted: Limits): Limits =>
  smallest(
    ranges.flatMap(
      ({ metadata, spec }) =>
        ((spec ?? {}) as LimitRangeSpec).limits
          ?.filter(({ type }) => type === 'Container')
          .flatMap(({ max = {} }) => Object.entries(max))
          .map(([resource, amount]) => ({ name: mostOf(resource === GPU ? 'gpu' : resource), amount }))
          .filter(({ name }) => name in wanted || metadata.labels?.[OWNER_LABEL] === owner) ?? [],
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
