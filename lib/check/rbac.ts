import type { ApiResource } from '../connect/connection.ts'
import type { PolicyRule } from '../inventory/roles.ts'
import type { KubeObject } from '../kube-object.ts'
import { OWNER_LABEL } from '../object.ts'
import { quote } from '../shell.ts'
import type { Deed, Identity } from './question.ts'

/** The objects that RBAC decides by, as LISTs gave them. */
export interface Rbac {
  roles: readonly KubeObject[]
  clusterRoles: readonly KubeObject[]
  roleBindings: readonly KubeObject[]
  clusterRoleBindings: readonly KubeObject[]
}

/** A rule as a role in the cluster has it. */
export type LiveRule = PolicyRule & { nonResourceURLs?: readonly string[] }

/** Some rules in one namespace, or everywhere, and the binding that gives them. */
export interface Grant {
  rules: readonly LiveRule[]
  namespace?: string
  /** `RoleBinding dev1/bob-member of Role member`. */
  source: string
  /** The command that takes it away. */
  repair: string
  /** Given to a group such as all authenticated, and so to more than this one. */
  toGroup?: string
}

interface Subject {
  kind?: string
  name?: string
  namespace?: string
}

interface Binding extends KubeObject {
  subjects?: readonly Subject[]
  roleRef: { kind: string; name: string }
}

/** What mends a thing of ours. */
export const RUN_SETUP = 'run setup: npx tsx playbooks/setup.ts <inventory>'
/** For tokens that look well and are refused all the same. */
export const MAKE_NEW_TOKENS =
  'make new tokens: npx tsx playbooks/rotate-credentials.ts <inventory> --older-than 1m'

/** What RBAC gives somebody; `owner` is the inventory whose own bindings setup mends. RBAC only adds, so this is all of it; a binding of a role that is absent gives nothing. */
export const grantsTo = (who: Identity, rbac: Rbac, owner: string): Grant[] => {
  const rulesOf = new Map(
    [...rbac.roles, ...rbac.clusterRoles].map((role) => [roleId(role), (role['rules'] ?? []) as LiveRule[]]),
  )
  return [...rbac.roleBindings, ...rbac.clusterRoleBindings].flatMap((object): Grant[] => {
    const binding = object as Binding
    const subject = (binding.subjects ?? []).find((one) => isFor(one, who, binding.metadata.namespace))
    if (subject === undefined) return []
    const { name, namespace, labels } = binding.metadata
    const { kind, name: role } = binding.roleRef
    const rules = rulesOf.get(kind === 'Role' ? `${namespace}/${role}` : role) ?? []
    const place = namespace === undefined ? '' : ` -n ${namespace}`
    return [
      {
        rules,
        ...(namespace !== undefined && { namespace }),
        source: `${binding.kind} ${namespace === undefined ? name : `${namespace}/${name}`} of ${kind} ${role}`,
        repair:
          labels?.[OWNER_LABEL] === owner
            ? RUN_SETUP
            : `kubectl delete ${binding.kind.toLowerCase()} ${quote(name)}${place}`,
        ...(subject.kind === 'Group' && { toGroup: subject.name! }),
      },
    ]
  })
}

const roleId = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`

const isFor = ({ kind, name, namespace }: Subject, who: Identity, here: string | undefined): boolean => {
  switch (kind) {
    case 'ServiceAccount':
      return who.username === `system:serviceaccount:${namespace ?? here}:${name}`
    case 'Group':
      return who.groups.includes(name!)
    default:
      return who.username === name
  }
}

/** The verbs that a right can be about: those of requests, and those that other rights are made of. */
export const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'escalate',
  'bind',
  'approve',
  'sign',
  'use',
  'proxy',
  'attest',
] as const

/** One right: the deed, and what grants it. */
export interface Right {
  deed: Deed
  grant: Grant
}

/** A deed in a word, the same for the same deed. */
export const keyOf = ({ verb, group, resource, subresource, namespace, name, path }: Deed): string =>
  [verb, path ?? '', group ?? '', resource ?? '', subresource ?? '', namespace ?? '', name ?? ''].join('|')

/**
 * Every right that grants come to: for each resource that the API serves, each verb, and each of these namespaces or
 * the whole cluster. Rules that no resource matches give nothing. Keyed by `keyOf`; the first grant that gives it is named.
 */
export const rightsOf = (
  grants: readonly Grant[],
  resources: readonly ApiResource[],
  namespaces: readonly string[],
): Map<string, Right> => {
  const rights = new Map<string, Right>()
  const add = (deed: Deed, grant: Grant): void => {
    const key = keyOf(deed)
    if (!rights.has(key)) rights.set(key, { deed, grant })
  }
  for (const grant of grants)
    for (const rule of grant.rules) {
      for (const path of pathsIn(rule, grant)) for (const verb of verbsIn(rule)) add({ verb, path }, grant)
      for (const { group, resource, subresource, namespaced } of resources) {
        if (!matches(rule, group, resource, subresource)) continue
        for (const namespace of scopesOf(grant, namespaced || resource === 'namespaces', namespaces))
          for (const verb of verbsIn(rule))
            for (const name of rule.resourceNames?.length ? rule.resourceNames : [undefined])
              add(
                {
                  verb,
                  group,
                  resource,
                  ...(subresource !== undefined && { subresource }),
                  ...(namespace !== undefined && { namespace }),
                  ...(name !== undefined && { name }),
                },
                grant,
              )
      }
    }
  return rights
}

const pathsIn = (rule: LiveRule, { namespace }: Grant) =>
  namespace === undefined ? (rule.nonResourceURLs ?? []) : []

const verbsIn = ({ verbs }: PolicyRule): readonly string[] =>
  verbs.includes('*') ? VERBS : verbs.filter((verb) => (VERBS as readonly string[]).includes(verb))

/** As the RBAC authorizer matches: `*` is everything, `*` before a slash is every resource with that subresource. */
const matches = (
  { apiGroups = [], resources = [] }: PolicyRule,
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

/** Where a grant holds: its own namespace, or each one and the cluster as a whole. A role cannot give what lives in no namespace. */
const scopesOf = (
  { namespace }: Grant,
  namespaced: boolean,
  namespaces: readonly string[],
): readonly (string | undefined)[] => {
  if (namespace !== undefined) return namespaced && namespaces.includes(namespace) ? [namespace] : []
  return namespaced ? [...namespaces, undefined] : [undefined]
}
