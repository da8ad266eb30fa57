// What isolation 'strict' has besides the document's layout: users live outside their groups, and pods are held to
// rules.
import {
  clusterWideName,
  type Inventory,
  identityNamespace,
  isCountable,
  makeable,
  noPlaybook,
  type Resource,
  type Stamp,
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
import { staticFiles, staticStamp } from './static.ts'

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

/** Where the API server reads policies from files: the directory, on this machine. */
export interface Static {
  directory: string
  here: Target
}

/** What isolation strict wants in a cluster before anybody has a right. */
export const strictIn = (cluster: Target, inventory: Inventory, files?: Static): Strict => {
  const name = identityNamespace(inventory)
  const space = namespace(cluster, { name, podSecurity: 'restricted' })
  const nothing = { namespace: name, name: 'no-pods', objects: { pods: 0 } }
  return {
    namespace: space,
    quota: resourceQuota(cluster, nothing, { needs: [space] }),
    policies: files === undefined ? policiesOf(cluster, inventory) : inFiles(cluster, inventory, files),
  }
}

/** The files, and the same in the API until the files are known to be as wanted. */
const inFiles = (cluster: Target, inventory: Inventory, { directory, here }: Static): Resource[] => {
  const files = staticFiles(here, directory, policiesOf(cluster, inventory), inventory)
  return [...files, ...policiesOf(cluster, inventory, files)]
}

/** What API servers answer that have read the files of an inventory. */
export const stampIn = (inventory: Inventory): Stamp => {
  const cluster: Target = { type: 'cluster', name: inventory.cluster.name }
  return staticStamp(policiesOf(cluster, inventory), inventory)
}

/** The rules for what users make, and what puts them in force; `files` have the same. */
const policiesOf = (cluster: Target, inventory: Inventory, files: readonly Resource[] = []): Resource[] => {
  const name = identityNamespace(inventory)
  const made = makeable(inventory.roles)
  const to: Place = { cluster, inventory: inventory.name, files }
  return [
    ...ruled(to, 'pods', podPolicy(name, inventory.kinds)),
    ...ruled(to, 'priorities', priorityPolicy()),
    ...ruled(to, 'services', servicePolicy(name)),
    ...ruled(to, 'makers', makerPolicy(name, made)),
    ...patched(to, 'makers', makerMark(name, made)),
    ...(inventory.groups.some(({ pods }) => pods?.hostUsers === false)
      ? patched(to, 'users', { ...ownUsers(), unserved: NOT_SET })
      : []),
  ]
}

/** Where policies go, and the files that have the same: first that of validating policies, then of mutating ones. */
interface Place {
  cluster: Target
  inventory: string
  files: readonly Resource[]
}

const instead = (file: Resource | undefined): { instead?: string } => (file ? { instead: file.key } : {})

const ruled = (
  { cluster, inventory, files }: Place,
  what: string,
  rules: Omit<Parameters<typeof admissionPolicy>[1], 'name'>,
): Resource[] => {
  const name = clusterWideName(inventory, what)
  const params = rules.paramKind !== undefined
  const same = params ? [] : files
  const policy = admissionPolicy(cluster, { name, ...rules, ...instead(same[0]) }, { needs: same })
  const binding = { name, policy: name, inventory, params, ...instead(same[0]) }
  return [policy, admissionPolicyBinding(cluster, binding, { needs: [policy, ...same] })]
}

/** Where nothing sets it, a pod has it only if its template says so. */
const NOT_SET =
  'this API server has no MutatingAdmissionPolicy (Kubernetes from 1.36), so where pods.hostUsers is ' +
  'false only pods whose template says hostUsers: false itself are made, and those that `arena ' +
  'submit` makes are refused: upgrade the cluster, or leave hostUsers out'

const patched = (
  { cluster, inventory, files }: Place,
  what: string,
  patch: Omit<Parameters<typeof mutatingPolicy>[1], 'name'>,
): Resource[] => {
  const name = clusterWideName(inventory, what)
  const policy = mutatingPolicy(cluster, { name, ...patch, ...instead(files[1]) }, { needs: files })
  const binding = { name, policy: name, inventory, ...instead(files[1]) }
  return [policy, mutatingPolicyBinding(cluster, binding, { needs: [policy, ...files] })]
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
export const objectCountsOf = (
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
    .filter(
      (kind) =>
        !kind.includes('/') && isCountable(kind) && !(kind in OBJECTS) && !(`count/${kind}` in OBJECTS),
    )
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

if (import.meta.main) noPlaybook(import.meta.filename)
