import { defined } from '../base/defined.ts'
import { onceFor } from '../base/once-for.ts'
import { quote } from '../base/shell.ts'
import { OWNER_LABEL } from '../conventions/labels.ts'
import type { Identity } from '../inventory/identity.ts'
import type { KubeObject, Metadata } from '../kube/object.ts'
import {
  holderOf,
  holdersOf,
  type LiveRule,
  type Rbac,
  type RoleRef,
  roleOf,
  rulesIn,
  type Subject,
  subjectNames,
  subjectsOf,
} from '../kube/rbac.ts'
import type { Deed } from './question.ts'
import { type Command, RUN_SETUP } from './repair.ts'

/** The object that grants. */
export interface Binding {
  kind: 'RoleBinding' | 'ClusterRoleBinding'
  name: string
  namespace?: string
  /** The inventory that it is labelled with. */
  owner?: string
}

/** Some rules in one namespace, or everywhere. */
export interface Given {
  rules: readonly LiveRule[]
  namespace?: string
}

/** What one binding gives to one of its subjects. */
export interface Grant extends Given {
  binding: Binding
  role: RoleRef
  subject: Subject
  /** What takes it away, and everybody else out of the binding who may not stay in it. */
  repair: Command
}

/** Somebody to whom a role is bound. */
export type Holding = Pick<Grant, 'subject' | 'role' | 'namespace'>

/**
 * All that RBAC gives, to everybody; `mends` says which bindings setup puts right, `mayStay` whom the repair of
 * another binding leaves in it. RBAC only adds, so this is all of it; a binding of a role that is absent
 * has no rules.
 */
export const grantsIn = (
  rbac: Rbac,
  mends: (binding: Metadata) => boolean,
  mayStay: (holding: Holding) => boolean = () => false,
): Grant[] => {
  const rulesOf = rulesIn([...rbac.roles, ...rbac.clusterRoles])
  return [...rbac.roleBindings, ...rbac.clusterRoleBindings].flatMap((object): Grant[] => {
    const binding = bindingOf(object)
    const { namespace } = binding
    const role = roleOf(object)
    const rules = rulesOf(object)
    const given = subjectsOf(object).map((subject) => ({
      binding,
      role,
      subject,
      rules,
      ...defined({ namespace }),
    }))
    const gone = given.flatMap((one, index) => (mayStay(one) ? [] : [index]))
    const repair = mends(object.metadata) ? RUN_SETUP : removal(binding, subjectNames(object), gone)
    return given.map((one) => ({ ...one, repair }))
  })
}

/** What RBAC gives somebody: of each binding that names them, or a group of theirs, one grant. */
export const grantsTo = (who: Identity, grants: readonly Grant[]): Grant[] => {
  const held = heldIn(grants, () => byHolder(grants))
  const theirs = holdersOf(who)
    .flatMap((name) => held.get(name) ?? [])
    .toSorted((a, b) => a - b)
  const bindings = new Set<Binding>()
  return theirs.flatMap((index) => {
    const grant = grants[index]!
    if (bindings.has(grant.binding)) return []
    bindings.add(grant.binding)
    return [grant]
  })
}

/** Where the grants of each holder are among all: a cluster may have many more bindings than users here. */
const heldIn = onceFor<ReadonlyMap<string, readonly number[]>>()

const byHolder = (grants: readonly Grant[]): ReadonlyMap<string, readonly number[]> =>
  Map.groupBy(grants.keys(), (index) => holderOf(grants[index]!.subject))

/** A grant in words: `RoleBinding dev1/bob-member of Role member`. */
export const sourceOf = ({ binding, role }: Pick<Grant, 'binding' | 'role'>): string => {
  const { kind, namespace, name } = binding
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`} of ${role.kind} ${role.name}`
}

/** The grant by which RBAC allows a deed, whether or not the API serves such a resource. */
export const allowing = <G extends Given>(grants: readonly G[], deed: Deed): G | undefined =>
  grants.find((grant) => allows(grant, deed))

const bindingOf = ({ kind, metadata: { name, namespace, labels } }: KubeObject): Binding => {
  const owner = labels?.[OWNER_LABEL]
  return {
    kind: kind as Binding['kind'],
    name,
    ...defined({ namespace, owner }),
  }
}

/**
 * Deletes a binding, or takes subjects out of it, the last first; one that others changed meanwhile is left as it is.
 */
const removal = (
  { kind, name, namespace }: Binding,
  names: readonly string[],
  gone: readonly number[],
): Command => {
  const object = `${kind.toLowerCase()} ${quote(name)}${namespace === undefined ? '' : ` -n ${quote(namespace)}`}`
  if (gone.length === 0 || gone.length === names.length) return `kubectl delete ${object}`
  const patch = gone.toReversed().flatMap((index) => [
    { op: 'test', path: `/subjects/${index}/name`, value: names[index] },
    { op: 'remove', path: `/subjects/${index}` },
  ])
  return `kubectl patch ${object} --type json -p ${quote(JSON.stringify(patch))}`
}

/** As the RBAC authorizer decides. */
export const allows = ({ rules, namespace }: Given, deed: Deed): boolean => {
  if (deed.path !== undefined)
    return namespace === undefined && rules.some((rule) => hasVerb(rule, deed) && hasPath(rule, deed.path!))
  if (namespace !== undefined && namespace !== deed.namespace) return false
  return rules.some(
    (rule) =>
      hasVerb(rule, deed) &&
      hasResource(rule, deed.group ?? '', deed.resource ?? '', deed.subresource) &&
      (!rule.resourceNames?.length || (deed.name !== undefined && rule.resourceNames.includes(deed.name))),
  )
}

const hasVerb = ({ verbs }: LiveRule, { verb }: Deed): boolean => verbs.includes('*') || verbs.includes(verb)

const hasPath = ({ nonResourceURLs = [] }: LiveRule, path: string): boolean =>
  nonResourceURLs.some((url) => isPathOf(url, path))

/** Whether a path of a rule, which may end with a star, is about a path. */
const isPathOf = (url: string, path: string): boolean =>
  url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))

/**
 * Whether a rule is about a resource: `*` is everything, `*` before a slash is every resource with that subresource.
 */
export const hasResource = (
  { apiGroups = [], resources = [] }: LiveRule,
  group: string,
  resource: string,
  subresource: string | undefined,
): boolean => {
  if (!apiGroups.includes('*') && !apiGroups.includes(group)) return false
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  return (
    resources.includes('*') ||
    resources.includes(whole) ||
    (subresource !== undefined && resources.includes(`*/${subresource}`))
  )
}
