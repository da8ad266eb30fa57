import { JOB_KIND_NAMES, type JobKindName, jobKind, USUAL_KINDS } from '../conventions/job-kinds.ts'
import { ANCHOR_TYPE, FIELD_MANAGER } from '../conventions/labels.ts'

/** Any JSON value, as the Kubernetes API speaks it. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** What an object goes with when it is deleted. */
export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
}

export interface Metadata {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  generation?: number
  finalizers?: readonly string[]
  ownerReferences?: readonly OwnerReference[]
  deletionGracePeriodSeconds?: number
  managedFields?: readonly {
    manager?: string
    operation?: string
    time?: string
    [key: string]: Json | undefined
  }[]
  [key: string]: Json | undefined
}

/** A Kubernetes object in raw JSON; everything but the metadata is unknown until read. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: Metadata
  [key: string]: Json | undefined
}

/** A kind of object and where the API serves it. */
export interface Kind {
  apiVersion: string
  kind: string
  plural: string
  namespaced: boolean
  /** Server-side restriction of LISTs and WATCHes, for kinds of which we must not read everything. */
  fieldSelector?: string
  /** The same, by labels. */
  labelSelector?: string
  /** May not be installed: then there are none. */
  optional?: true
}

export interface ObjectRef {
  kind: Kind
  name: string
  namespace?: string
}

/** Leaves out who set which field: half of an object, for whoever keeps many and does not ask. */
export const forgetManagers = ({ metadata }: Pick<KubeObject, 'metadata'>): void => {
  delete metadata.managedFields
}

/** Whether we set a field and nobody has changed it since, as the API server keeps account of it. */
export const isSetByUs = ({ metadata: { managedFields = [] } }: KubeObject, ...path: string[]): boolean =>
  managedFields.some(
    ({ manager, fieldsV1 }) =>
      manager === FIELD_MANAGER &&
      path.reduce<unknown>(
        (of, key) => (of as Record<string, unknown> | undefined)?.[`f:${key}`],
        fieldsV1,
      ) !== undefined,
  )

/** `namespace/name`, or the name alone of what lives in no namespace. */
export const objectId = ({ namespace, name }: Pick<Metadata, 'name' | 'namespace'>): string =>
  namespace === undefined ? name : `${namespace}/${name}`

const kind = (apiVersion: string, name: string, plural: string, namespaced: boolean): Kind => ({
  apiVersion,
  kind: name,
  plural,
  namespaced,
})

const optional = (...of: Parameters<typeof kind>): Kind => ({ ...kind(...of), optional: true })

/** Secrets of one type: a LIST of all would pull everybody's into memory. */
const secretsOf = (type: string): Kind => ({
  ...kind('v1', 'Secret', 'secrets', true),
  fieldSelector: `type=${type}`,
})

const RBAC = 'rbac.authorization.k8s.io/v1'

export const NODE = kind('v1', 'Node', 'nodes', false)
/** Served as v1 from Kubernetes 1.34. */
export const DEVICE_CLASS = optional('resource.k8s.io/v1', 'DeviceClass', 'deviceclasses', false)
export const PRIORITY_CLASS = kind('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', false)
export const NAMESPACE = kind('v1', 'Namespace', 'namespaces', false)
export const SERVICE_ACCOUNT = kind('v1', 'ServiceAccount', 'serviceaccounts', true)
export const TOKEN_SECRET = secretsOf('kubernetes.io/service-account-token')
export const TOKEN_ANCHOR = secretsOf(ANCHOR_TYPE)
export const ROLE = kind(RBAC, 'Role', 'roles', true)
export const ROLE_BINDING = kind(RBAC, 'RoleBinding', 'rolebindings', true)
export const CLUSTER_ROLE = kind(RBAC, 'ClusterRole', 'clusterroles', false)
export const CLUSTER_ROLE_BINDING = kind(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', false)
export const RESOURCE_QUOTA = kind('v1', 'ResourceQuota', 'resourcequotas', true)
export const LIMIT_RANGE = kind('v1', 'LimitRange', 'limitranges', true)
export const PERSISTENT_VOLUME = kind('v1', 'PersistentVolume', 'persistentvolumes', false)
export const PERSISTENT_VOLUME_CLAIM = kind('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true)
export const CSI_DRIVER = kind('storage.k8s.io/v1', 'CSIDriver', 'csidrivers', false)
export const POD = kind('v1', 'Pod', 'pods', true)
export const SERVICE = kind('v1', 'Service', 'services', true)
export const DEPLOYMENT = kind('apps/v1', 'Deployment', 'deployments', true)
export const REPLICA_SET = kind('apps/v1', 'ReplicaSet', 'replicasets', true)
export const STATEFUL_SET = kind('apps/v1', 'StatefulSet', 'statefulsets', true)
export const WORKLOAD_JOB = kind('batch/v1', 'Job', 'jobs', true)
export const CONFIG_MAP = kind('v1', 'ConfigMap', 'configmaps', true)
/** In which Arena keeps what belongs to each of its jobs. */
export const ARENA_RECORD: Kind = { ...CONFIG_MAP, labelSelector: 'createdBy=arena' }
const MADE_BY_ARENA = new Map(
  JOB_KIND_NAMES.map((each): [JobKindName, readonly Kind[]] => {
    const { group, versions, kind: name, plural } = jobKind(each)
    return [each, versions.map((version) => optional(`${group}/${version}`, name, plural, true))]
  }),
)

/** Of these kinds that Arena makes, each version that is looked at. */
const arenaKinds = (names: readonly JobKindName[]): Kind[] =>
  names.flatMap((name) => MADE_BY_ARENA.get(name)!)

/** A kind of job as Arena submits it. */
export const kindOfJob = (name: JobKindName): Kind => MADE_BY_ARENA.get(name)![0]!

/** What every group may submit through Arena, as its operators serve it. */
export const JOBS: readonly Kind[] = arenaKinds(USUAL_KINDS)

/** The same with the jobs among the kinds that an inventory names, without services and crons. */
export const jobsOfKinds = (named: readonly JobKindName[] = []): readonly Kind[] => [
  ...JOBS,
  ...arenaKinds(named.filter((name) => !USUAL_KINDS.includes(name) && jobKind(name).phase !== undefined)),
]
/** What else roles of an inventory may let users make. */
const OTHERS: readonly Kind[] = [
  optional('apps/v1', 'DaemonSet', 'daemonsets', true),
  optional('batch/v1', 'CronJob', 'cronjobs', true),
  optional('v1', 'ReplicationController', 'replicationcontrollers', true),
  optional('networking.k8s.io/v1', 'Ingress', 'ingresses', true),
  optional('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', true),
  optional('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', true),
  optional('kai.alibabacloud.com/v1alpha1', 'TrainingJob', 'trainingjobs', true),
  ...arenaKinds(JOB_KIND_NAMES.filter((name) => !USUAL_KINDS.includes(name))),
]

/** Kinds that users may make, in every version that is looked at. */
export const USERS_KINDS: readonly Kind[] = [
  POD,
  SERVICE,
  DEPLOYMENT,
  REPLICA_SET,
  STATEFUL_SET,
  WORKLOAD_JOB,
  CONFIG_MAP,
  PERSISTENT_VOLUME_CLAIM,
  ...JOBS,
  ...OTHERS,
]

/** Those of a name such as `deployments.apps`; none of what is not known here. */
export const known = (name: string): readonly Kind[] => {
  const [plural, ...group] = name.split('.')
  return USERS_KINDS.filter((one) => one.plural === plural && groupOf(one.apiVersion) === group.join('.'))
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '')

/** What went wrong lately; the API server forgets it after an hour. */
export const WARNING_EVENT: Kind = { ...kind('v1', 'Event', 'events', true), fieldSelector: 'type=Warning' }
export const NETWORK_POLICY = kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', true)
/** Policies for the whole cluster, which come before those of namespaces; not part of Kubernetes itself. */
export const ADMIN_NETWORK_POLICY = optional(
  'policy.networking.k8s.io/v1alpha1',
  'AdminNetworkPolicy',
  'adminnetworkpolicies',
  false,
)
export const CLUSTER_NETWORK_POLICY = optional(
  'policy.networking.k8s.io/v1alpha2',
  'ClusterNetworkPolicy',
  'clusternetworkpolicies',
  false,
)
/** Served as v1 from Kubernetes 1.30. */
const admission = (name: string, plural: string): Kind =>
  optional('admissionregistration.k8s.io/v1', name, plural, false)
export const ADMISSION_POLICY = admission('ValidatingAdmissionPolicy', 'validatingadmissionpolicies')
export const ADMISSION_POLICY_BINDING = admission(
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
)
/** Served as v1 from Kubernetes 1.36. */
export const MUTATING_POLICY = admission('MutatingAdmissionPolicy', 'mutatingadmissionpolicies')
export const MUTATING_POLICY_BINDING = admission(
  'MutatingAdmissionPolicyBinding',
  'mutatingadmissionpolicybindings',
)
export const MUTATING_WEBHOOK: Kind = kind(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  false,
)
export const VALIDATING_WEBHOOK: Kind = kind(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
)
export const LEASE = kind('coordination.k8s.io/v1', 'Lease', 'leases', true)

/** The path of a kind's collection, or of one object when a name is given; every segment is encoded. */
export const pathOf = ({ apiVersion, plural, namespaced }: Kind, namespace?: string, name?: string): string =>
  [
    apiVersion.includes('/') ? '/apis' : '/api',
    ...apiVersion.split('/'),
    ...(namespaced && namespace !== undefined ? ['namespaces', namespace] : []),
    plural,
    ...(name === undefined ? [] : [name]),
  ]
    .map((segment, index) => (index === 0 ? segment : encodeURIComponent(segment)))
    .join('/')
