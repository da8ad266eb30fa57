import { defined } from '../base/defined.ts'
import { BUILT_IN_ROLES } from '../inventory/roles.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  objectId,
  ROLE,
  ROLE_BINDING,
} from '../kube/object.ts'
import { isFor, type LiveRule, roleOf, rulesIn, subjectsOf } from '../kube/rbac.ts'
import { userNameOf } from '../kube/user-name.ts'
import { command } from './remark.ts'
import type { World } from './world.ts'

/** A service account. */
export interface AccountRef {
  namespace: string
  name: string
}

/** A role that somebody bound to a service account. */
export interface BoundRole {
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
export const rolesOf = (world: World, account: AccountRef): BoundRole[] =>
  [...world.items(ROLE_BINDING), ...world.items(CLUSTER_ROLE_BINDING)]
    .filter((binding) => subjectsOf(binding).some((subject) => isFor(subject, byName(account))))
    .map((binding) => boundRole(world, binding, account))

/** Whether a role is one of those that every inventory has. */
export const isBuiltIn = (role: string): boolean => BUILT_IN_ROLES.some(({ name }) => name === role)

/** As bindings may name it, groups left out. */
const byName = ({ namespace, name }: AccountRef) => ({ username: userNameOf(namespace, name), groups: [] })

const boundRole = (world: World, binding: KubeObject, account: AccountRef): BoundRole => {
  const { name, namespace } = binding.metadata
  const { kind, name: role } = roleOf(binding)
  const object = namespace === undefined ? 'clusterrolebinding' : 'rolebinding'
  const where = namespace === undefined ? '' : command` -n ${namespace}`
  const alone = subjectsOf(binding).every((subject) => isFor(subject, byName(account)))
  return {
    binding: name,
    ...defined({ namespace }),
    role,
    words: `${kind} ${role}`,
    readOnly: onlyReads(rulesIn([...world.items(ROLE), ...world.items(CLUSTER_ROLE)])(binding)),
    cure: alone
      ? `${command`kubectl delete ${object} ${name}`}${where}`
      : `take the service account ${objectId(account)} out of it: ${command`kubectl edit ${object} ${name}`}${where}`,
  }
}

const onlyReads = (rules: readonly LiveRule[]): boolean =>
  rules.length > 0 &&
  rules.every(({ verbs }) => verbs.every((verb) => ['get', 'list', 'watch'].includes(verb)))
