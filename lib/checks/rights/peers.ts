import { ownToken } from '../../audit/credentials.ts'
import type { Scene } from '../../audit/facts.ts'
import type { Actor } from '../../audit/question.ts'
import { type Given, type Grant, grantsIn, grantsTo } from '../../audit/rbac.ts'
import { type Right, rightsOf, subjectsOfRights, VERBS } from '../../audit/rights.ts'
import { onceFor } from '../../base/once-for.ts'
import { isOwnedBy } from '../../conventions/labels.ts'
import { type Identity, identityOf } from '../../inventory/identity.ts'
import { arenaStart, rolesIn } from '../../inventory/roles.ts'
import type { Inventory, User } from '../../inventory/schema.ts'
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, type Metadata, ROLE, ROLE_BINDING } from '../../kube/object.ts'
import { rbacOf } from '../../kube/rbac.ts'
import { belongsOf } from '../../resource/object-type.ts'
import { isBaseline } from './baseline.ts'
import { mayStay } from './subjects.ts'

/** Users whom RBAC treats alike, and what they may do: as it should be, and as it is. */
export interface Peers {
  users: readonly User[]
  /** The first of them, who stands for all. */
  who: Identity
  /** The same, by their own credential. */
  as: Extract<Actor, { kind: 'user' }>
  /** Namespaces in which the inventory gives them something. */
  own: readonly string[]
  grants: readonly Grant[]
  expected: ReadonlyMap<string, Right>
  actual: ReadonlyMap<string, Right<Grant>>
}

/** Users whom RBAC treats alike, in one of their groups. */
export interface PeersIn extends Peers {
  namespace: string
  /** Each of them, as a finding about the namespace names them. */
  subjects: readonly string[]
}

export const MATRIX_KINDS = [ROLE, CLUSTER_ROLE, ROLE_BINDING, CLUSTER_ROLE_BINDING]

/**
 * Namespaces in which rights are compared: every group's, the identities', and those of the cluster that matter most.
 */
export const namespacesOf = ({ inventory }: Pick<Scene, 'inventory'>): readonly string[] =>
  namespacesIn(inventory, () => [
    ...new Set([
      ...inventory.groups.map(({ name }) => name),
      ...inventory.users.map((user) => identityOf(inventory, user).namespace),
      'kube-system',
      'default',
    ]),
  ])

const namespacesIn = onceFor<readonly string[]>()

/** The users in the selection, by what their bindings give them. */
export const peersOf = (scene: Scene): readonly Peers[] => computed(scene, () => compute(scene))

const computed = onceFor<readonly Peers[]>()

/** The same in each of their groups. */
export const peersInGroups = (scene: Scene): PeersIn[] =>
  peersOf(scene).flatMap((peers) =>
    peers.own.map((namespace) => ({
      ...peers,
      namespace,
      subjects: peers.users.map(({ name }) => `${name} in ${namespace}`),
    })),
  )

/** How many rights were computed: for each user, every verb on every resource in every place. */
export const cellsOf = (scene: Scene): number => {
  const places = namespacesOf(scene).length + 1
  const cells = subjectsOfRights(scene.resources()).reduce(
    (sum, { namespaced, verbs = VERBS }) => sum + verbs.length * (namespaced ? places : 1),
    0,
  )
  return cells * scene.users.length
}

/** All that RBAC gives to anybody. */
export const grantsOf = (scene: Scene): readonly Grant[] =>
  granted(scene, () => {
    const { inventory, admin } = scene
    return grantsIn(
      rbacOf(scene.items),
      (binding) => isMended(inventory, binding),
      (holding) => mayStay(inventory, admin, holding),
    )
  })

const granted = onceFor<readonly Grant[]>()

/** Whether setup puts a binding right: it leaves those of whoever is not in the inventory any more. */
const isMended = ({ name, users, groups, retired }: Inventory, binding: Metadata): boolean => {
  if (!isOwnedBy(binding, name)) return false
  const { user, groups: of = [] } = belongsOf(binding)
  return user === undefined
    ? of.every((group) => groups.some((one) => one.name === group))
    : [...users, ...retired].some((one) => one.name === user)
}

const compute = (scene: Scene): readonly Peers[] => {
  const { inventory, users } = scene
  const namespaces = namespacesOf(scene)
  const resources = scene.resources()
  const each = users.map((user) => {
    const who = identityOf(inventory, user)
    const grants = grantsTo(who, grantsOf(scene))
    const wanted = wantedGrants(inventory, user)
    return {
      user,
      who,
      grants,
      wanted,
      key: JSON.stringify([who.namespace, alike(grants, inventory), rulesOf(wanted)]),
    }
  })
  return [...Map.groupBy(each, ({ key }) => key).values()].map((alike) => {
    // Nothing about those who are alike is told by somebody who has put another thing in place of their token.
    const hasToken = ({ user, who }: (typeof each)[number]): boolean =>
      ownToken(scene, user.name, who) !== undefined
    const speaker = alike.length > 1 ? alike.find(hasToken) : undefined
    const same = speaker === undefined ? alike : [speaker, ...alike.filter((one) => one !== speaker)]
    const [{ who, grants, wanted, user }] = same as [(typeof each)[number]]
    // A binding in a namespace that nobody had in mind counts as much.
    const places = [...new Set([...namespaces, ...grants.flatMap(({ namespace = [] }) => namespace)])]
    return {
      users: same.map((one) => one.user),
      who: { username: who.username, groups: who.groups },
      as: { kind: 'user', user: user.name },
      own: user.groups.map(({ group }) => group),
      grants,
      expected: rightsOf<Given>([...wanted, ...grants.filter(isBaseline)], resources, places),
      actual: rightsOf(grants, resources, places),
    }
  })
}

/** Grants of others that give only what another grant gives too, with what each gives beyond the inventory. */
export const givenTwice = (
  { grants, actual, expected }: Peers,
  scene: Scene,
): readonly (readonly [Grant, readonly Right[]])[] => {
  const told = new Set([...actual.values()].map(({ grant }) => grant))
  return grants
    .filter((grant) => !told.has(grant) && grant.binding.owner !== scene.inventory.name)
    .flatMap((grant) => {
      const places = [...new Set([...namespacesOf(scene), ...(grant.namespace ? [grant.namespace] : [])])]
      const rights = [...rightsOf([grant], scene.resources(), places)]
        .filter(([key]) => !expected.has(key))
        .map(([, right]) => right)
      return rights.length === 0 ? [] : [[grant, rights] as const]
    })
}

/**
 * Two users whose grants come to the same here are alike: the same rules in the same places, by bindings of ours or
 * by the same ones.
 */
const alike = (grants: readonly Grant[], { name: owner }: Inventory): unknown =>
  grants
    .map(({ binding, rules }) => {
      const { kind, namespace, name } = binding
      return JSON.stringify(binding.owner === owner ? [namespace, rules] : [kind, namespace, name, rules])
    })
    .toSorted()

const rulesOf = (wanted: readonly Given[]): unknown =>
  wanted.map(({ namespace, rules }) => JSON.stringify([namespace, rules])).toSorted()

const wantedGrants = (inventory: Inventory, { groups }: User): Given[] => [
  { rules: arenaStart(inventory) },
  ...groups.map(({ group, role }) => ({
    rules: rolesIn(inventory, group).find(({ name }) => name === role)?.rules ?? [],
    namespace: group,
  })),
]
