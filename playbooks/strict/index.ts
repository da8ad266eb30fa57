// What isolation 'strict' has besides the document's layout: users live outside their groups, and pods are held to
// rules.
import {
  clusterWideName,
  type Inventory,
  identityNamespace,
  makeable,
  type Resource,
  type Target,
} from '../../lib/playbook.ts'
import { admissionPolicy } from '../../tasks/admission-policy.ts'
import { admissionPolicyBinding } from '../../tasks/admission-policy-binding.ts'
import { defaultServiceAccount } from '../../tasks/default-service-account.ts'
import { mutatingPolicy } from '../../tasks/mutating-policy.ts'
import { mutatingPolicyBinding } from '../../tasks/mutating-policy-binding.ts'
import { namespace } from '../../tasks/namespace.ts'
import { networkPolicy } from '../../tasks/network-policy.ts'
import { resourceQuota } from '../../tasks/resource-quota.ts'
import { makerMark, makerPolicy, ownUsers, podPolicy, priorityPolicy, servicePolicy } from './policies.ts'

/**
 * 90 days: a token is renewed in its last fifth, 18 days, so that setup every two weeks keeps all alive, and one that
 * was copied unseen dies within a season.
 */
export const TOKEN_SECONDS = 90 * 86_400

/** More than any group has had so far, and less than makes an API server slow for all. */
const OBJECTS: Record<string, number> = {
  pods: 2000,
  services: 2000,
  'services.nodeports': 0,
  'services.loadbalancers': 0,
  configmaps: 2000,
  secrets: 500,
  persistentvolumeclaims: 500,
  replicationcontrollers: 500,
  'count/deployments.apps': 500,
  'count/replicasets.apps': 5000,
  'count/statefulsets.apps': 500,
  'count/jobs.batch': 2000,
  'count/cronjobs.batch': 200,
}

/** Of kinds that not every cluster has; the scheduler makes claims for pods, too. */
const CLAIMS = { 'count/resourceclaims.resource.k8s.io': 500 }

/** Of anything else that a role lets somebody make. */
const OTHERS = 2000

/** What the cluster has once for all groups. */
export interface Strict {
  /** Where all users' service accounts are; nobody has a right there. */
  namespace: ReturnType<typeof namespace>
  /** That nothing runs there. */
  quota: Resource
  /** The rules for what users make, and what puts them in force. */
  policies: readonly Resource[]
}

/** What isolation strict wants in a cluster before anybody has a right. */
export const strictIn = (cluster: Target, inventory: Inventory): Strict => {
  const name = identityNamespace(inventory)
  const made = makeable(inventory.roles)
  const space = namespace(cluster, { name, podSecurity: 'restricted' })
  const nothing = { namespace: name, name: 'no-pods', objects: { pods: 0 } }
  return {
    namespace: space,
    quota: resourceQuota(cluster, nothing, { needs: [space] }),
    policies: [
      ...ruled(cluster, inventory, 'pods', podPolicy(name)),
      ...ruled(cluster, inventory, 'priorities', priorityPolicy()),
      ...ruled(cluster, inventory, 'services', servicePolicy(name)),
      ...ruled(cluster, inventory, 'makers', makerPolicy(name, made)),
      ...patched(cluster, inventory, 'makers', makerMark(name, made)),
      ...(inventory.groups.some(({ pods }) => pods?.hostUsers === false)
        ? patched(cluster, inventory, 'users', { ...ownUsers(), unserved: NOT_SET })
        : []),
    ],
  }
}

const ruled = (
  cluster: Target,
  { name: inventory }: Inventory,
  what: string,
  rules: Omit<Parameters<typeof admissionPolicy>[1], 'name'>,
): Resource[] => {
  const name = clusterWideName(inventory, what)
  const policy = admissionPolicy(cluster, { name, ...rules })
  const binding = { name, policy: name, inventory, params: rules.paramKind !== undefined }
  return [policy, admissionPolicyBinding(cluster, binding, { needs: [policy] })]
}

/** Where nothing sets it, a pod has it only if its template says so. */
const NOT_SET =
  'this API server has no MutatingAdmissionPolicy (Kubernetes from 1.36), so where pods.hostUsers is ' +
  'false only pods whose template says hostUsers: false itself are made, and those that `arena ' +
  'submit` makes are refused: upgrade the cluster, or leave hostUsers out'

const patched = (
  cluster: Target,
  { name: inventory }: Inventory,
  what: string,
  patch: Omit<Parameters<typeof mutatingPolicy>[1], 'name'>,
): Resource[] => {
  const name = clusterWideName(inventory, what)
  const policy = mutatingPolicy(cluster, { name, ...patch })
  return [policy, mutatingPolicyBinding(cluster, { name, policy: name, inventory }, { needs: [policy] })]
}

/** What keeps the pods of a group to themselves. */
export const guardsOf = (cluster: Target, space: Resource<{ name: string }>): Resource[] => {
  const options = { needs: [space], belongs: space.belongs }
  const want = { namespace: space.want.name }
  return [networkPolicy(cluster, want, options), defaultServiceAccount(cluster, want, options)]
}

/**
 * How many of each kind a group may have, also of those that only some of its roles can make; what the group's own
 * quota limits is left to it.
 */
export const countsOf = (
  cluster: Target,
  space: Resource<{ name: string }>,
  roles: Inventory['roles'],
  limited: readonly string[],
): Resource[] => {
  const options = { needs: [space], belongs: space.belongs }
  const quota = { namespace: space.want.name }
  const makeable = roles
    .flatMap(({ rules }) => rules.filter(({ verbs }) => verbs.includes('create')))
    .flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((kind) => (group === '' ? kind : `${kind}.${group}`))),
    )
  const others = makeable
    .filter((kind) => !kind.includes('/') && !(kind in OBJECTS) && !(`count/${kind}` in OBJECTS))
    .map((kind) => [`count/${kind}`, OTHERS] as const)
  return [
    resourceQuota(
      cluster,
      {
        ...quota,
        name: 'object-counts',
        objects: except(OBJECTS, limited),
        kinds: { ...CLAIMS, ...Object.fromEntries(others) },
      },
      options,
    ),
    resourceQuota(
      cluster,
      {
        ...quota,
        name: 'system-priorities',
        objects: { pods: 0 },
        priorityClasses: ['system-node-critical', 'system-cluster-critical'],
      },
      options,
    ),
  ]
}

const except = (counts: Record<string, number>, keys: readonly string[]): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([key]) => !keys.includes(key)))
