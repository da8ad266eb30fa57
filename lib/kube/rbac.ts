// What the objects of RBAC say, as LISTs give them: whom a binding names, and what its role allows.
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type Kind,
  type KubeObject,
  objectId,
  ROLE,
  ROLE_BINDING,
} from './object.ts'
import { serviceAccountNamed, userNameOf } from './user-name.ts'

/** The objects that RBAC decides by. */
export interface Rbac {
  roles: readonly KubeObject[]
  clusterRoles: readonly KubeObject[]
  roleBindings: readonly KubeObject[]
  clusterRoleBindings: readonly KubeObject[]
}

/** The same among what a cluster has. */
export const rbacOf = (items: (kind: Kind) => readonly KubeObject[]): Rbac => ({
  roles: items(ROLE),
  clusterRoles: items(CLUSTER_ROLE),
  roleBindings: items(ROLE_BINDING),
  clusterRoleBindings: items(CLUSTER_ROLE_BINDING),
})

/** A rule as a role in the cluster has it. */
export type LiveRule = {
  verbs: readonly string[]
  apiGroups?: readonly string[]
  resources?: readonly string[]
  resourceNames?: readonly string[]
  nonResourceURLs?: readonly string[]
}

/** Whom a binding gives its role to; a service account is never written as a user here. */
export type Subject =
  | { kind: 'User' | 'Group'; name: string }
  | { kind: 'ServiceAccount'; name: string; namespace: string }

/** The role that a binding gives. */
export type RoleRef = {
  kind: 'Role' | 'ClusterRole'
  name: string
}

/** Subjects as a binding has them, in its order. */
const listed = (binding: KubeObject) =>
  (binding['subjects'] ?? []) as readonly { kind?: string; name: string; namespace?: string }[]

/** Names of the subjects of a binding, in its order. */
export const subjectNames = (binding: KubeObject): string[] => listed(binding).map(({ name }) => name)

/** Everybody that a binding names. */
export const subjectsOf = (binding: KubeObject): Subject[] =>
  listed(binding).map(({ kind, name, namespace = binding.metadata.namespace ?? '' }) => {
    if (kind === 'Group') return { kind, name }
    if (kind === 'ServiceAccount') return { kind, name, namespace }
    const account = serviceAccountNamed(name)
    return account === undefined ? { kind: 'User', name } : { kind: 'ServiceAccount', ...account }
  })

/** Somebody at the API server. */
interface Who {
  username: string
  groups: readonly string[]
}

/** What a subject stands for, in one word that two have alike only where they stand for the same. */
export const holderOf = (subject: Subject): string => {
  if (subject.kind === 'Group') return `group ${subject.name}`
  return `user ${subject.kind === 'ServiceAccount' ? userNameOf(subject.namespace, subject.name) : subject.name}`
}

/** All that stands for somebody, as `holderOf` says it: by name, or by a group. */
export const holdersOf = ({ username, groups }: Who): string[] => [
  `user ${username}`,
  ...new Set(groups.map((name) => `group ${name}`)),
]

/** Whether a subject stands for somebody, by name or by a group. */
export const isFor = (subject: Subject, who: Who): boolean => holdersOf(who).includes(holderOf(subject))

/** Which role a binding gives. */
export const roleOf = (binding: KubeObject): RoleRef => binding['roleRef'] as RoleRef

/** Tells the rules of a binding's role; none where the role is absent. */
export const rulesIn = (roles: readonly KubeObject[]): ((binding: KubeObject) => readonly LiveRule[]) => {
  const rules = new Map(roles.map((role) => [objectId(role.metadata), (role['rules'] ?? []) as LiveRule[]]))
  return (binding) => {
    const { kind, name } = roleOf(binding)
    return rules.get(kind === 'Role' ? `${binding.metadata.namespace}/${name}` : name) ?? []
  }
}
