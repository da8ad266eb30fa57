import { BUILT_IN_ROLES, type PolicyRule } from '../inventory/roles.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  objectId,
  ROLE,
  ROLE_BINDING,
} from '../kube/object.ts'
import { command } from './remark.ts'
import type { World } from './world.ts'

/** Whom a binding gives its role to. */
export interface Subject {
  kind: string
  name: string
  namespace?: string
}

/** A service account. */
export interface Identity {
  namespace: string
  name: string
}

/** A role that somebody bound to a service account. */
export interface Grant {
  binding: string
  /** Undefined: in the whole cluster. */
  namespace?: string
  role: string
  /** As a person says it: `ClusterRole edit`. */
  words: string
  readOnly: boolean
  /** Takes the grant away. */
  cure: string
}

/** All that is bound to a service account by its name; rights of groups are not among it. */
export const grantsOf = (world: World, identity: Identity): Grant[] =>
  [...world.items(ROLE_BINDING), ...world.items(CLUSTER_ROLE_BINDING)]
    .filter((binding) => subjectsOf(binding).some((subject) => isFor(subject, identity)))
    .map((binding) => grantOf(world, binding, identity))

/** Whether a role is one of those that every inventory has. */
export const isBuiltIn = (role: string): boolean => BUILT_IN_ROLES.some(({ name }) => name === role)

const subjectsOf = (binding: KubeObject): Subject[] => (binding['subjects'] ?? []) as Subject[]

const isFor = ({ kind, name, namespace }: Subject, identity: Identity): boolean =>
  kind === 'ServiceAccount'
    ? name === identity.name && namespace === identity.namespace
    : kind === 'User' && name === `system:serviceaccount:${identity.namespace}:${identity.name}`

const grantOf = (world: World, binding: KubeObject, identity: Identity): Grant => {
  const { name, namespace } = binding.metadata
  const { kind, name: role } = binding['roleRef'] as { kind: string; name: string }
  const object = namespace === undefined ? 'clusterrolebinding' : 'rolebinding'
  const where = namespace === undefined ? '' : command` -n ${namespace}`
  const alone = subjectsOf(binding).every((subject) => isFor(subject, identity))
  return {
    binding: name,
    ...(namespace !== undefined && { namespace }),
    role,
    words: `${kind} ${role}`,
    readOnly: onlyReads(rulesOf(world, kind, role, namespace)),
    cure: alone
      ? `${command`kubectl delete ${object} ${name}`}${where}`
      : `take the service account ${objectId(identity)} out of it: ${command`kubectl edit ${object} ${name}`}${where}`,
  }
}

const rulesOf = (
  world: World,
  kind: string,
  name: string,
  namespace: string | undefined,
): readonly PolicyRule[] => {
  const roles = world.items(kind === 'ClusterRole' ? CLUSTER_ROLE : ROLE)
  const role = roles.find(
    ({ metadata }) => metadata.name === name && (kind === 'ClusterRole' || metadata.namespace === namespace),
  )
  return (role?.['rules'] ?? []) as PolicyRule[]
}

const onlyReads = (rules: readonly PolicyRule[]): boolean =>
  rules.length > 0 &&
  rules.every(({ verbs }) => verbs.every((verb) => ['get', 'list', 'watch'].includes(verb)))
