import { type Grant, grantsIn, sourceOf } from '../audit/rbac.ts'
import { counted } from '../base/counted.ts'
import { accountsNamespace, isInGroup, powersOver } from '../checks/rights/holdings.ts'
import { type Power, powersInANutshell } from '../checks/rights/powers.ts'
import { type People, standingOf } from '../checks/rights/subjects.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { rbacOf, type Subject } from '../kube/rbac.ts'
import { entryKeyOf, type Note } from './remark.ts'
import type { World } from './world.ts'

export type TrustedInput = NonNullable<InventoryInput['trusted']>[number]

/** Somebody outside the inventory with what one binding gives over its groups. */
interface Holding {
  grant: Grant
  powers: readonly Power[]
  entry: TrustedInput
}

/** Nobody can know from outside what a person or an account in a group is for. */
const UNKNOWN = 'CHANGE-ME'
const ADD_ON = 'An add-on of the cluster, found by adopt'

/**
 * Who has rights over the groups and is neither a user, the cluster's own nor who asks, each with a remark on what
 * they can do.
 */
export const trustedIn = (
  world: World,
  { users, ...about }: Pick<InventoryInput, 'name' | 'isolation' | 'groups' | 'users'>,
  note: Note,
): TrustedInput[] => {
  const inventory: People = { ...about, users: users.map(asLoaded), trusted: [] }
  const holdings = grantsIn(rbacOf(world.items), () => false).flatMap((grant): Holding[] => {
    const powers = powersOver(inventory, world.resources, grant)
    const standing = standingOf(inventory, world.admin, grant)
    if (powers.length === 0 || (standing !== 'stranger' && standing !== 'elsewhere')) return []
    const isAddOn = standing === 'elsewhere' && !isInGroup(inventory, grant.namespace)
    return [{ grant, powers, entry: isAddOn ? addOn(grant.subject) : stranger(grant.subject) }]
  })
  return [...Map.groupBy(holdings, ({ entry }) => entryKeyOf(entry))].map(([key, of]) => {
    for (const { grant, powers } of of)
      note(key, inWords(grant, powers), 'take it out where it is not meant: verify then fails for it')
    return of[0]!.entry
  })
}

const addOn = (subject: Subject): TrustedInput => ({
  kind: 'ServiceAccount',
  namespace: accountsNamespace(subject)!,
  reason: ADD_ON,
})

const stranger = (subject: Subject): TrustedInput =>
  subject.kind === 'ServiceAccount'
    ? { kind: subject.kind, namespace: subject.namespace, name: subject.name, reason: UNKNOWN }
    : { kind: subject.kind, name: subject.name, reason: UNKNOWN }

const inWords = (grant: Grant, powers: readonly Power[]): string => {
  const { count, worst } = powersInANutshell(powers)
  const { kind, name } = grant.subject
  const where = grant.namespace === undefined ? 'in the whole cluster' : `in ${grant.namespace}`
  return (
    `${kind} ${name} by ${sourceOf(grant)}: ${counted(count, 'right')} ${where}, ` +
    `such as ${worst.join(', ')}`
  )
}

/** A user with groups as they are once the file is loaded. */
const asLoaded = ({ groups, ...user }: InventoryInput['users'][number]) => ({
  ...user,
  groups: groups.map((one) => (typeof one === 'string' ? { group: one } : one)),
})
