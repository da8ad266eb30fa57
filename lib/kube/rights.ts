// What rights are made of in Kubernetes: its verbs, and its resources with what they give when nobody serves them.

import { defined } from '../base/defined.ts'
import { type KubernetesVersion, minorOf } from './version.ts'

/** The newest minor version of Kubernetes whose sources were read for what is listed here. */
const READ_UP_TO_MINOR = 37

/** The same as people write it. */
export const READ_UP_TO = `1.${READ_UP_TO_MINOR}`

/** What to say of a server that is newer than what was read; undefined for the others. */
export const newerThanRead = (server: KubernetesVersion): string | undefined =>
  minorOf(server) > READ_UP_TO_MINOR
    ? `runs Kubernetes ${server.major}.${server.minor}, and rights are known here up to ${READ_UP_TO}: ` +
      'what is new in it is told as not known, and not judged; look for a newer version of arena-playbooks'
    : undefined

/** The verbs of requests. */
export const REQUEST_VERBS: readonly string[] = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
]

/** Modes in which somebody can act as somebody else, from 1.36 (pkg/endpoints/filters/impersonation/mode.go). */
const MODES = ['user-info', 'serviceaccount', 'arbitrary-node', 'associated-node']
const NODE_MODES = ['arbitrary-node', 'associated-node']

/** The verbs by which somebody becomes somebody else. */
export const IMPERSONATION: readonly string[] = ['impersonate', ...MODES.map((mode) => `impersonate:${mode}`)]

const SIGNING = ['approve', 'sign', 'attest']

/** Verbs that give more than their own request: they are asked of an authorizer beside it. */
const POWERS = new Set([
  ...IMPERSONATION,
  ...NODE_MODES.flatMap((mode) => ['update', 'patch'].map((verb) => `${mode}:${verb}`)),
  ...SIGNING,
  'escalate',
  'bind',
  'request-podcertificate-signer',
  'request-serviceaccounts-podcertificate-signer',
  'request-serviceaccounts-token-audience',
  'unsafe-delete-ignore-read-errors',
])

/** What may be done once somebody is somebody else. */
const ON_MODE = new RegExp(`^impersonate-on:(${MODES.join('|')}):(${[...REQUEST_VERBS, 'proxy'].join('|')})$`)

/** Verbs that authorizers of add-ons ask for, and paths. */
const OTHERS = new Set(['use', 'proxy', 'head', 'options', 'post', 'put'])

/** What a verb of a rule is. `unknown`: Kubernetes up to `READ_UP_TO` has none of that name. */
export const kindOfVerb = (verb: string): 'request' | 'power' | 'other' | 'unknown' => {
  if (REQUEST_VERBS.includes(verb)) return 'request'
  if (POWERS.has(verb) || ON_MODE.test(verb)) return 'power'
  return OTHERS.has(verb) ? 'other' : 'unknown'
}

/** A right of a mode that the API server remembers for ten seconds after it was taken away. */
export const isRemembered = (verb: string): boolean => /^impersonate(-on)?:/.test(verb)

/** A resource that rules are about. */
export interface KnownResource {
  group: string
  resource: string
  subresource?: string
  namespaced: boolean
  /** What can be given on it, where no request is made for it. */
  verbs?: readonly string[]
}

const AUTHENTICATION = 'authentication.k8s.io'

const of = (
  group: string,
  namespaced: boolean,
  paths: string,
  verbs?: readonly string[],
): readonly KnownResource[] =>
  paths.split(' ').map((path) => {
    const [resource, subresource] = path.split('/') as [string, string?]
    return { group, resource, namespaced, ...defined({ subresource, verbs }) }
  })

/** What rights are given on and no API lists: names in requests to act as somebody, to sign, to reach a kubelet. */
export const UNLISTED: readonly KnownResource[] = [
  ...of('', false, 'users groups', ['impersonate']),
  ...of('', false, 'userextras userextras/scopes uids', ['impersonate']),
  ...of(AUTHENTICATION, false, 'users groups uids userextras userextras/scopes', IMPERSONATION),
  ...of(AUTHENTICATION, true, 'serviceaccounts', IMPERSONATION),
  ...of(AUTHENTICATION, false, 'nodes', IMPERSONATION),
  ...of(AUTHENTICATION, false, 'attestationadmissionreviewapigroups', ['attest']),
  ...of('certificates.k8s.io', false, 'signers', [...SIGNING, 'request-podcertificate-signer']),
  ...of(
    '',
    false,
    'nodes/checkpoint nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/spec ' +
      'nodes/stats nodes/statusz',
    ['get', 'create', 'update', 'patch', 'delete'],
  ),
  ...of('resource.k8s.io', true, 'resourceclaims/driver', [
    'arbitrary-node:update',
    'associated-node:update',
  ]),
  ...of('resource.k8s.io', true, 'resourceclaims/binding', ['update', 'patch']),
]

/** Kinds of Kubernetes 1.27 to 1.37, also those that a server serves only when told to. */
const KINDS: readonly KnownResource[] = [
  ...of(
    '',
    true,
    'bindings configmaps endpoints events limitranges persistentvolumeclaims persistentvolumeclaims/status pods ' +
      'pods/attach pods/binding pods/ephemeralcontainers pods/eviction pods/exec pods/log ' +
      'pods/portforward pods/proxy ' +
      'pods/resize pods/status podtemplates replicationcontrollers replicationcontrollers/scale ' +
      'replicationcontrollers/status resourcequotas resourcequotas/status secrets serviceaccounts ' +
      'serviceaccounts/token services services/proxy services/status',
  ),
  ...of(
    '',
    false,
    'componentstatuses namespaces namespaces/finalize namespaces/status nodes nodes/proxy nodes/status ' +
      'persistentvolumes persistentvolumes/status',
  ),
  ...of(
    'admissionregistration.k8s.io',
    false,
    'mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations ' +
      'validatingadmissionpolicies validatingadmissionpolicies/status validatingadmissionpolicybindings ' +
      'validatingwebhookconfigurations',
  ),
  ...of('apiextensions.k8s.io', false, 'customresourcedefinitions customresourcedefinitions/status'),
  ...of('apiregistration.k8s.io', false, 'apiservices apiservices/status'),
  ...of(
    'apps',
    true,
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status ' +
      'deployments/rollback replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale ' +
      'statefulsets/status',
  ),
  ...of(
    'extensions',
    true,
    'daemonsets daemonsets/status deployments deployments/rollback deployments/scale deployments/status ingresses ' +
      'ingresses/status networkpolicies replicasets replicasets/scale replicasets/status ' +
      'replicationcontrollers/scale ' +
      'statefulsets',
  ),
  ...of('extensions', false, 'podsecuritypolicies'),
  ...of(AUTHENTICATION, false, 'selfsubjectreviews tokenreviews'),
  ...of('authorization.k8s.io', true, 'localsubjectaccessreviews'),
  ...of(
    'authorization.k8s.io',
    false,
    'selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  ),
  ...of('autoscaling', true, 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  ...of('batch', true, 'cronjobs cronjobs/status jobs jobs/status'),
  ...of('certificates.k8s.io', true, 'podcertificaterequests podcertificaterequests/status'),
  ...of(
    'certificates.k8s.io',
    false,
    'certificatesigningrequests certificatesigningrequests/approval certificatesigningrequests/status ' +
      'clustertrustbundles',
  ),
  ...of('coordination.k8s.io', true, 'leases leasecandidates'),
  ...of('discovery.k8s.io', true, 'endpointslices'),
  ...of('events.k8s.io', true, 'events'),
  ...of(
    'flowcontrol.apiserver.k8s.io',
    false,
    'flowschemas flowschemas/status prioritylevelconfigurations prioritylevelconfigurations/status',
  ),
  ...of('internal.apiserver.k8s.io', false, 'storageversions storageversions/status'),
  ...of('lifecycle.k8s.io', true, 'evictionrequests evictionrequests/status evictions'),
  ...of('networking.k8s.io', true, 'ingresses ingresses/status networkpolicies networkpolicies/status'),
  ...of(
    'networking.k8s.io',
    false,
    'clustercidrs ingressclasses ipaddresses servicecidrs servicecidrs/status',
  ),
  ...of('node.k8s.io', false, 'runtimeclasses'),
  ...of('policy', true, 'poddisruptionbudgets poddisruptionbudgets/status'),
  ...of('policy', false, 'podsecuritypolicies'),
  ...of('rbac.authorization.k8s.io', true, 'rolebindings roles'),
  ...of('rbac.authorization.k8s.io', false, 'clusterrolebindings clusterroles'),
  ...of(
    'resource.k8s.io',
    true,
    'podschedulingcontexts podschedulingcontexts/status resourceclaimparameters resourceclaims resourceclaims/status ' +
      'resourceclaimtemplates resourceclassparameters',
  ),
  ...of(
    'resource.k8s.io',
    false,
    'clusterresourceclaimtemplates deviceclasses devicetaintrules devicetaintrules/status resourceclasses ' +
      'resourcepoolstatusrequests resourcepoolstatusrequests/status resourceslices',
  ),
  ...of(
    'scheduling.k8s.io',
    true,
    'compositepodgroups compositepodgroups/status podgroups podgroups/status workloads workloads/status',
  ),
  ...of('scheduling.k8s.io', false, 'priorityclasses'),
  ...of('storage.k8s.io', true, 'csistoragecapacities'),
  ...of(
    'storage.k8s.io',
    false,
    'csidrivers csinodes csinodes/status storageclasses volumeattachments volumeattachments/status ' +
      'volumeattributesclasses',
  ),
  ...of('storagemigration.k8s.io', false, 'storageversionmigrations storageversionmigrations/status'),
]

/** What the admission plugin OwnerReferencesPermissionEnforcement asks about, of any kind. */
const FINALIZERS = 'finalizers'

/** Kinds that Arena 0.15.5 submits by its charts, in groups that are not Kubernetes' own. */
const ARENA: readonly KnownResource[] = [
  ...of(
    'kubeflow.org',
    true,
    'tfjobs tfjobs/status pytorchjobs pytorchjobs/status mpijobs mpijobs/status xgboostjobs paddlejobs mxjobs',
  ),
  ...of('kai.alibabacloud.com', true, 'trainingjobs trainingjobs/status scaleins scaleouts'),
  ...of('apps.kubedl.io', true, 'crons crons/status'),
  ...of('batch.volcano.sh', true, 'jobs jobs/status'),
  ...of('scheduling.volcano.sh', true, 'podgroups'),
  ...of('ray.io', true, 'rayjobs rayjobs/status rayclusters'),
  ...of('sparkoperator.k8s.io', true, 'sparkapplications scheduledsparkapplications'),
  ...of('serving.kserve.io', true, 'inferenceservices'),
  ...of('serving.kubeflow.org', true, 'inferenceservices'),
  ...of('machinelearning.seldon.io', true, 'seldondeployments'),
  ...of('leaderworkerset.x-k8s.io', true, 'leaderworkersets'),
  ...of('networking.istio.io', true, 'virtualservices destinationrules gateways'),
  ...of('monitoring.coreos.com', true, 'servicemonitors podmonitors'),
]

/** Everything that is known of resources, whatever a server serves. */
export const KNOWN: readonly KnownResource[] = [...UNLISTED, ...KINDS, ...ARENA]

/** A group of Kubernetes itself: what is in it is listed here. */
export const isBuiltInGroup = (group: string): boolean => KINDS.some((one) => one.group === group)

/**
 * Whether a rule's words name something: a resource that is known here or among `served`. `*` names everything, and a
 * word with `*` in it that RBAC does not read names nothing.
 */
export const isKnownResource = (
  group: string,
  path: string,
  served: readonly Pick<KnownResource, 'group' | 'resource' | 'subresource'>[] = [],
): boolean => {
  const [resource, subresource] = path.split('/') as [string, string?]
  // The key of an extra is anybody's own.
  if (resource === 'userextras' && group !== '*' && [AUTHENTICATION, ''].includes(group)) return true
  return [...KNOWN, ...served].some(
    (one) =>
      (group === '*' || one.group === group) &&
      (path === '*' ||
        ((resource === '*' || one.resource === resource) &&
          [one.subresource, FINALIZERS].includes(subresource))),
  )
}
