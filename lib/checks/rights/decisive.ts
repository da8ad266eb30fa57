import type { Deed } from '../../audit/question.ts'
import { deedKeyOf, splitOnce } from '../../audit/rights.ts'
import { defined } from '../../base/defined.ts'
import { JOB_KIND_NAMES, jobKind } from '../../conventions/job-kinds.ts'
import { IMPERSONATION, kindOfVerb } from '../../kube/rights.ts'

/** Deeds that decide whether a user is kept to their groups, under the check that they count for. */
export interface Decisive {
  id: string
  /** Without a place. */
  deeds: readonly Deed[]
  /** Where nobody may do it: in every namespace and the whole cluster, in those of others, or in the cluster only. */
  where: 'everywhere' | 'elsewhere' | 'cluster'
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']
const RBAC = 'rbac.authorization.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'
const AUTHENTICATION = 'authentication.k8s.io'
const CERTIFICATES = 'certificates.k8s.io'
const RESOURCE = 'resource.k8s.io'

const deeds = (verbs: readonly string[], group: string, ...resources: readonly string[]): Deed[] =>
  resources.flatMap((path) => {
    const [resource, subresource] = splitOnce(path)
    return verbs.map((verb) => ({ verb, group, resource, ...defined({ subresource }) }))
  })

/** The same with every kind of job that groups may be allowed. */
const onJobs = (verbs: readonly string[]): Deed[] =>
  JOB_KIND_NAMES.map(jobKind).flatMap(({ group, plural }) => deeds(verbs, group, plural))

const decided = (id: string, where: Decisive['where'], deeds: readonly Deed[]): Decisive => ({
  id,
  where,
  deeds,
})

/** The fixed list: asked of the API server in every place, whatever was computed. */
export const DECISIVE: readonly Decisive[] = [
  decided('C1', 'cluster', [
    ...deeds(['get', 'list'], '', 'nodes', 'persistentvolumes'),
    ...deeds(['list', 'create'], '', 'namespaces'),
    ...deeds(['list'], RBAC, 'clusterroles', 'clusterrolebindings'),
  ]),
  decided('C2', 'elsewhere', [
    ...deeds(['get', 'list', 'create', 'delete'], '', 'pods', 'configmaps', 'services'),
    ...deeds(['get', 'list', 'create', 'delete'], '', 'persistentvolumeclaims'),
    ...onJobs(['get', 'list', 'create', 'delete']),
    ...deeds(['create'], 'batch', 'jobs', 'cronjobs'),
    ...deeds(['list', 'create'], 'apps', 'deployments'),
    ...deeds(['create'], 'apps', 'statefulsets', 'daemonsets'),
    ...deeds(['list'], '', 'events'),
    ...deeds(['list', 'create'], RESOURCE, 'resourceclaims', 'resourceclaimtemplates'),
    ...deeds(['list', 'create'], 'scheduling.k8s.io', 'workloads', 'podgroups'),
  ]),
  decided('C3', 'cluster', [
    ...deeds(['list'], '', 'pods', 'configmaps', 'events', 'persistentvolumeclaims', 'services'),
    ...onJobs(['list']),
  ]),
  decided('C4', 'elsewhere', [
    ...deeds(['get'], '', 'pods/log', 'pods/proxy', 'services/proxy'),
    ...deeds(['get', 'create'], '', 'pods/exec', 'pods/attach', 'pods/portforward'),
    ...deeds(['patch', 'update'], '', 'pods/ephemeralcontainers', 'pods/resize'),
  ]),
  decided(
    'C5',
    'cluster',
    ['/metrics', '/logs', '/debug/pprof', '/configz'].map((path) => ({ verb: 'get', path })),
  ),
  decided('D1', 'everywhere', deeds(READ, '', 'secrets')),
  decided('D2', 'everywhere', deeds(['create'], '', 'serviceaccounts/token', 'secrets', 'serviceaccounts')),
  decided('D3', 'cluster', [
    ...deeds(['impersonate'], '', 'users', 'groups'),
    ...deeds(['impersonate'], AUTHENTICATION, 'userextras', 'userextras/scopes', 'uids'),
    ...deeds(['impersonate:user-info'], AUTHENTICATION, 'users', 'groups', 'userextras/scopes', 'uids'),
    ...deeds(['impersonate:arbitrary-node', 'impersonate:associated-node'], AUTHENTICATION, 'nodes'),
  ]),
  decided('D3', 'everywhere', [
    ...deeds(['impersonate'], '', 'serviceaccounts'),
    ...deeds(['impersonate:serviceaccount'], AUTHENTICATION, 'serviceaccounts'),
  ]),
  decided('D4', 'everywhere', [
    ...deeds(['escalate', 'bind', ...WRITE], RBAC, 'roles'),
    ...deeds(WRITE, RBAC, 'rolebindings'),
  ]),
  decided('D4', 'cluster', [
    ...deeds(['escalate', 'bind', ...WRITE], RBAC, 'clusterroles'),
    ...deeds(WRITE, RBAC, 'clusterrolebindings'),
  ]),
  decided('D7', 'everywhere', [
    ...deeds(['update', 'patch', 'delete'], '', 'namespaces'),
    ...deeds(['update', 'patch'], '', 'namespaces/status'),
    ...deeds(['update'], '', 'namespaces/finalize'),
  ]),
  decided('D8', 'cluster', [
    ...deeds(['create'], CERTIFICATES, 'certificatesigningrequests'),
    ...deeds(
      ['update', 'patch'],
      CERTIFICATES,
      'certificatesigningrequests/approval',
      'certificatesigningrequests/status',
    ),
    ...deeds(WRITE, CERTIFICATES, 'clustertrustbundles'),
    ...deeds(['approve', 'sign', 'attest', 'request-podcertificate-signer'], CERTIFICATES, 'signers'),
  ]),
  decided('D8', 'everywhere', [
    ...deeds(['create'], CERTIFICATES, 'podcertificaterequests'),
    ...deeds(['update', 'patch'], CERTIFICATES, 'podcertificaterequests/status'),
  ]),
  decided('D9', 'cluster', [
    ...deeds(['get', 'create'], '', 'nodes/proxy', 'nodes/log', 'nodes/stats', 'nodes/checkpoint'),
    ...deeds(['get'], '', 'nodes/configz', 'nodes/healthz', 'nodes/metrics', 'nodes/pods', 'nodes/statusz'),
    ...deeds(WRITE, '', 'nodes'),
    ...deeds(['update', 'patch'], '', 'nodes/status'),
  ]),
  decided('D9', 'everywhere', [
    ...deeds(['create'], '', 'bindings', 'pods/binding', 'pods/eviction'),
    ...deeds(['arbitrary-node:update', 'associated-node:update'], RESOURCE, 'resourceclaims/driver'),
    ...deeds(['update', 'patch'], RESOURCE, 'resourceclaims/binding', 'resourceclaims/status'),
    // Quotas count no pod whose status says that it is done; an address in a Service's takes what others send.
    ...deeds(['update', 'patch'], '', 'pods/status', 'services/status'),
  ]),
  decided('D10', 'cluster', [
    ...deeds(WRITE, '', 'persistentvolumes'),
    ...deeds(
      WRITE,
      'storage.k8s.io',
      'storageclasses',
      'csidrivers',
      'volumeattachments',
      'volumeattributesclasses',
    ),
  ]),
  decided('D11', 'cluster', [
    ...deeds(WRITE, ADMISSION, 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations'),
    ...deeds(WRITE, ADMISSION, 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'),
    ...deeds(WRITE, ADMISSION, 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'),
    ...deeds(WRITE, 'apiregistration.k8s.io', 'apiservices'),
    ...deeds(WRITE, 'apiextensions.k8s.io', 'customresourcedefinitions'),
    ...deeds(WRITE, 'scheduling.k8s.io', 'priorityclasses'),
    ...deeds(WRITE, 'node.k8s.io', 'runtimeclasses'),
    ...deeds(WRITE, 'flowcontrol.apiserver.k8s.io', 'flowschemas', 'prioritylevelconfigurations'),
    ...deeds(WRITE, 'storagemigration.k8s.io', 'storageversionmigrations'),
    ...deeds(WRITE, RESOURCE, 'deviceclasses', 'resourceslices', 'devicetaintrules'),
  ]),
  decided('H6', 'everywhere', deeds(WRITE, 'networking.k8s.io', 'networkpolicies')),
]

/** Rights that have no end of names, under the check that they count for. */
const ENDLESS: readonly { id: string; matches(deed: Deed): boolean }[] = [
  { id: 'D3', matches: ({ verb }) => verb.startsWith('impersonate:') || verb.startsWith('impersonate-on:') },
  {
    id: 'D3',
    matches: ({ verb, resource = '', group }) =>
      IMPERSONATION.includes(verb) &&
      ['', AUTHENTICATION].includes(group ?? '') &&
      ['users', 'groups', 'uids', 'userextras', 'serviceaccounts', 'nodes'].includes(resource),
  },
  {
    id: 'D8',
    matches: ({ verb, resource }) =>
      verb.startsWith('request-') || (resource === 'signers' && kindOfVerb(verb) === 'power'),
  },
  { id: 'C5', matches: ({ path = '' }) => /^\/(metrics|logs|debug|configz|flagz|statusz)/.test(path) },
  { id: 'D9', matches: ({ verb }) => /^(arbitrary|associated)-node:/.test(verb) },
  {
    id: 'D9',
    matches: ({ group, resource, subresource }) =>
      group === '' && resource === 'nodes' && subresource !== undefined && !MILD.includes(subresource),
  },
]

/** Subresources of nodes that a node's own object shows, or that nothing is done by. */
const MILD = ['status', 'finalizers']

/**
 * Whether a right that somebody with rights in `own` namespaces has counts for a check, by whatever names it is
 * given.
 */
export const countsFor = (id: string, own: readonly string[], deed: Deed): boolean =>
  ENDLESS.some((one) => one.id === id && one.matches(deed)) ||
  DECISIVE.some(
    (one) =>
      one.id === id &&
      (one.where === 'everywhere' ||
        deed.namespace === undefined ||
        (one.where === 'elsewhere' && !own.includes(deed.namespace))) &&
      one.deeds.some((of) => isSame(of, deed)),
  )

/** Whether a right is one that has no end of names; undefined for the others. */
export const endlessly = (deed: Deed): string | undefined => ENDLESS.find(({ matches }) => matches(deed))?.id

/** Whether two deeds are the same, wherever and by whatever name. */
export const isSame = (a: Deed, b: Deed): boolean =>
  a.verb === b.verb &&
  (a.group ?? '') === (b.group ?? '') &&
  a.resource === b.resource &&
  a.subresource === b.subresource &&
  a.path === b.path

/** The decisive deeds of a check, in each place where somebody with rights in `own` namespaces must be refused. */
export function* decisiveDeeds(
  check: string,
  own: readonly string[],
  namespaces: readonly string[],
): Generator<Deed> {
  for (const { deeds, where } of DECISIVE.filter(({ id }) => id === check))
    for (const deed of deeds) {
      if (where !== 'elsewhere') yield deed
      if (where === 'cluster') continue
      for (const namespace of namespaces)
        if (where === 'everywhere' || !own.includes(namespace)) yield at(deed, namespace)
    }
}

/** The work of a group: its own people do it, and nobody else. */
const WORK: readonly Deed[] = [
  ...deeds(['list', 'create'], '', 'pods'),
  ...deeds(['list', 'create', 'delete'], 'kubeflow.org', 'tfjobs'),
  ...deeds(['list'], '', 'secrets', 'configmaps'),
  ...deeds(['get'], '', 'pods/log'),
  ...deeds(['create'], '', 'pods/exec', 'serviceaccounts/token'),
  ...deeds(['create'], RBAC, 'rolebindings'),
]

/** By each of these whoever may do it in a namespace can act as every service account there. */
export const ACTING: readonly Deed[] = [
  ...deeds(['create'], '', 'pods', 'replicationcontrollers', 'serviceaccounts/token'),
  ...deeds(['impersonate'], '', 'serviceaccounts'),
  ...deeds(['create'], 'apps', 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
  ...deeds(['create'], 'batch', 'jobs', 'cronjobs'),
  ...onJobs(['create']),
]

/** What would make somebody the master of the whole cluster. */
export const MASTERY: readonly Deed[] = [
  ...deeds(['impersonate'], '', 'users'),
  ...deeds(['create'], RBAC, 'clusterrolebindings'),
  ...deeds(['get'], '', 'nodes/proxy'),
  ...deeds(['create'], '', 'persistentvolumes'),
]

/** Whether a deed in the whole cluster would make somebody its master. */
export const isMastery = (deed: Deed): boolean =>
  deed.namespace === undefined && MASTERY.some((one) => isSame(one, deed))

/** What a user asks about themselves. */
export interface AskedByUser {
  /** In the whole cluster. */
  whole: readonly Deed[]
  /** In each namespace of their groups, and in each other one. */
  own: readonly Deed[]
  others: readonly Deed[]
}

const of = (where: readonly Decisive['where'][]): Deed[] =>
  DECISIVE.flatMap((one) => (where.includes(one.where) ? one.deeds : []))

const each = (all: readonly Deed[]): Deed[] => [
  ...new Map(all.map((deed) => [deedKeyOf(deed), deed])).values(),
]

/** Every decisive deed, and the work of a group in every namespace. */
export const IN_FULL: AskedByUser = {
  whole: each(of(['everywhere', 'cluster'])),
  own: each([...of(['everywhere']), ...WORK]),
  others: WORK,
}

/** When somebody with the same rights asks all of that: the work of their own groups, and mastery. */
export const IN_SHORT: AskedByUser = { whole: each([...WORK, ...MASTERY]), own: WORK, others: [] }

/** All that a user with rights in `own` namespaces asks about themselves, in this order. */
export const askedByUser = (
  { whole, own: there, others }: AskedByUser,
  own: readonly string[],
  namespaces: readonly string[],
): Deed[] => {
  const placed = (deeds: readonly Deed[], places: readonly string[]): Deed[] =>
    places.flatMap((namespace) => deeds.map((deed) => at(deed, namespace)))
  return [...whole, ...placed(there, own), ...placed(others, othersThan(own, namespaces))]
}

export const othersThan = (own: readonly string[], namespaces: readonly string[]): string[] =>
  namespaces.filter((namespace) => !own.includes(namespace))

/** A namespace is asked about in itself, by its own name. */
export const at = (deed: Deed, namespace: string): Deed =>
  deed.resource === 'namespaces' ? { ...deed, namespace, name: namespace } : { ...deed, namespace }
