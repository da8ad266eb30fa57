// Service accounts that pods of a group can run as.
import {
  type Check,
  deedKeyOf,
  type Finding,
  type Grant,
  gap,
  grantsTo,
  type Identity,
  identityOf,
  type KubeObject,
  orPass,
  overgranted,
  pass,
  promisedByStrict,
  type Right,
  rightsOf,
  rolesIn,
  type Scene,
  SERVICE_ACCOUNT,
  serviceAccountIdentity,
  serviceAccountOf,
  sourceOf,
} from '../check.ts'
import { IN_PODS } from './in-pods/checks.ts'
import { grantsOf, MATRIX_KINDS, namespacesOf } from './rights/peers.ts'

/** What somebody is given by name, not as one of a group. */
const ownGrants = (scene: Scene, who: Identity): Grant[] =>
  grantsTo(who, grantsOf(scene)).filter(({ subject }) => subject.kind !== 'Group')

const accountsIn = (scene: Scene, namespace: string): KubeObject[] =>
  scene.items(SERVICE_ACCOUNT).filter(({ metadata }) => metadata.namespace === namespace)

const byDefault: Check = {
  ...IN_PODS['I1'],
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT],
  *trials(scene) {
    for (const { name } of scene.groups) {
      const who = serviceAccountIdentity(name, 'default')
      const grants = ownGrants(scene, who)
      for (const grant of grants) yield overgranted(name, `gives every pod rights: ${sourceOf(grant)}`, grant)
      const account = accountsIn(scene, name).find(({ metadata }) => metadata.name === 'default')
      const mounted = account !== undefined && account['automountServiceAccountToken'] !== false
      if (mounted)
        yield {
          ...promisedByStrict(scene),
          subjects: [name],
          says: 'puts the token of default into every pod',
        }
      if (grants.length === 0 && !mounted) yield pass(name, 'gives its pods nothing')
    }
  },
}

const operators: Check = {
  id: 'I4',
  goal: 3,
  title: "No service account in a group's namespace may do more than its members",
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT],
  *trials(scene) {
    for (const group of scene.groups) {
      const known = membersIn(scene, group.name)
      const names = [
        ...accountsIn(scene, group.name).map(({ metadata }) => metadata.name),
        ...boundIn(scene, group.name),
      ]
      const others = [...new Set(names)].filter((name) => !known.has(name))
      const found = others.flatMap((name) => powers(scene, group.name, name))
      yield* orPass(found, group.name, 'has no such account')
    }
  },
}

/** Whom bindings name there: also one that is not there yet, for operators make accounts for what users make. */
const boundIn = (scene: Scene, namespace: string): string[] =>
  grantsOf(scene).flatMap(({ subject }) =>
    subject.kind === 'ServiceAccount' && subject.namespace === namespace ? [subject.name] : [],
  )

/** Accounts that are looked at by other checks: those of users, and the one that I1 is about. */
const membersIn = ({ inventory }: Scene, namespace: string): Set<string> =>
  new Set([
    'default',
    ...inventory.users
      .filter((user) => identityOf(inventory, user).namespace === namespace)
      .map(({ name }) => serviceAccountOf(name)),
  ])

const powers = (scene: Scene, namespace: string, name: string): Finding[] => {
  const grants = ownGrants(scene, serviceAccountIdentity(namespace, name))
  const places = new Set([...namespacesOf(scene), ...grants.flatMap(({ namespace: place = [] }) => place)])
  const may = memberRights(scene, namespace)
  const beyond = [...rightsOf(grants, scene.resources(), [...places]).values()].filter(({ deed }) => {
    const { name: _, ...whole } = deed
    return !may.has(deedKeyOf(deed)) && !may.has(deedKeyOf(whole))
  })
  const sources = [...Map.groupBy(beyond, ({ grant }) => grant).keys()]
  return sources.map((grant) => {
    const source = sourceOf(grant)
    const found =
      scene.inventory.isolation === 'strict'
        ? gap(
            namespace,
            `only admission keeps pods here from running as ${name} with ${source}`,
            grant.repair,
          )
        : overgranted(namespace, `whoever runs a pod here can run it as ${name} with ${source}`, grant)
    return { ...found, otherwise: `move ${name} to a namespace of its own` }
  })
}

/** What the inventory lets the users of a group do there; an operator's helper may have as much. */
const memberRights = ({ inventory, resources }: Scene, namespace: string): ReadonlyMap<string, Right> => {
  const given = new Set(
    inventory.users.flatMap(({ groups }) =>
      groups.filter(({ group }) => group === namespace).map(({ role }) => role),
    ),
  )
  const grants = rolesIn(inventory, namespace)
    .filter(({ name }) => given.has(name))
    .map(({ rules }) => ({ rules, namespace }))
  return rightsOf(grants, resources(), [namespace])
}

/** That pods give nobody more rights than they have. */
export const accounts: readonly Check[] = [byDefault, operators]
