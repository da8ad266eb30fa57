import {
  type Actor,
  type ApiResource,
  type Creation,
  type Deed,
  deedKeyOf,
  GPU,
  heldTemplate,
  JOB_KIND_NAMES,
  jobKind,
  type Metadata,
  resourceOfKind,
  type Scene,
  templatePlace,
  unitOf,
} from '../check.ts'
import type { PeersIn } from './rights/peers.ts'

/** A pod as a template has it. */
export interface PodSpec {
  readonly containers: readonly Container[]
  readonly [field: string]: unknown
}

export interface Container {
  readonly name: string
  readonly [field: string]: unknown
}

export type Annotations = Readonly<Record<string, string>>

type Wrap = (template: { metadata: object; spec: PodSpec }) => object

const LABELS = { app: 'verify' }

const withSelector: Wrap = (template) => ({ selector: { matchLabels: LABELS }, template })

/** Arena's own kinds, by resource and group. */
const JOB_KINDS = new Map(JOB_KIND_NAMES.map(jobKind).map((job) => [resourceOfKind(job), job]))

/** How each kind that is a pod or makes some holds the template of one, by resource and group. */
const WRAPS: Readonly<Record<string, Wrap>> = {
  ...Object.fromEntries(
    [...JOB_KINDS].map(([name, job]) => [
      name,
      (template) => templatePlace(job.plain, job.templates, heldTemplate(template, job)),
    ]),
  ),
  'deployments.apps': withSelector,
  'replicasets.apps': withSelector,
  'daemonsets.apps': withSelector,
  'statefulsets.apps': (template) => ({ ...withSelector(template), serviceName: 'verify' }),
  'jobs.batch': (template) => ({ template }),
  'cronjobs.batch': (template) => ({ schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } }),
  replicationcontrollers: (template) => ({ selector: LABELS, template }),
  pods: ({ spec }) => spec,
}

/** Kinds whose pods start again whatever they are told. */
const ALWAYS = [
  'deployments.apps',
  'replicasets.apps',
  'daemonsets.apps',
  'statefulsets.apps',
  'replicationcontrollers',
]

/** Where a kind names a priority class for all its pods; undefined where it has no such field. */
export const priorityFieldOf = (resource: ApiResource): readonly string[] | undefined =>
  JOB_KINDS.get(apiResourceName(resource))?.priority

/** An object with a field set, however deep. */
export const withField = <T extends object>(
  object: T,
  [first, ...rest]: readonly string[],
  value: unknown,
): T => ({
  ...object,
  [first!]: rest.length === 0 ? value : withField((object as Fields)[first!] ?? {}, rest, value),
})

/** What an object has in a field, however deep. */
export const fieldAt = (object: object, path: readonly string[]): unknown =>
  path.reduce<unknown>((of, field) => (of as Fields | undefined)?.[field], object)

type Fields = Readonly<Record<string, object | undefined>>

/** A kind as `tfjobs.kubeflow.org`. */
export const apiResourceName = ({ resource, group }: Pick<Deed, 'resource' | 'group'>): string =>
  group ? `${resource}.${group}` : `${resource}`

/** Whether a resource is a pod or makes some out of a template. */
export const isWorkload = (resource: ApiResource): boolean =>
  resource.subresource === undefined && apiResourceName(resource) in WRAPS

/** The kinds that make pods and that somebody may create in a namespace, as things are. */
export const workloadsOf = (peers: Where, scene: Scene): ApiResource[] =>
  scene.resources().filter((resource) => isWorkload(resource) && may(peers, 'create', resource))

/** Somebody's rights, and the namespace that is meant. */
type Where = Pick<PeersIn, 'actual' | 'namespace'>

/** Whether they may do that with things of a kind there, as things are. */
export const may = ({ actual, namespace }: Where, verb: string, { group, resource }: ApiResource): boolean =>
  actual.has(deedKeyOf({ verb, group, resource, namespace }))

/**
 * Whether an object that would be stored still has, in a pod or a template of one, all that this pod asks for beside
 * what the plain one does.
 */
export const carries = (object: unknown, spec: PodSpec): boolean => {
  const containers = spec.containers.map(({ name: _, ...container }) => beside(container))
  const { initContainers } = spec as { initContainers?: readonly object[] }
  return hasWithin(object, {
    ...spec,
    containers,
    ...(initContainers !== undefined && { initContainers: initContainers.map(beside) }),
  })
}

const hasWithin = (object: unknown, spec: object): boolean => {
  if (typeof object !== 'object' || object === null) return false
  if ('containers' in object && includes(object, spec)) return true
  return Object.values(object).some((value) => hasWithin(value, spec))
}

/**
 * What a container has beside the plain one, of which a cluster may change the image, say, for all pods alike; the
 * command tells it from containers that others add.
 */
const beside = (container: object): object =>
  Object.fromEntries(
    Object.entries(container).filter(
      ([key, value]) => key === 'command' || value !== PLAIN.containers[0]![key],
    ),
  )

/** Whether an object that would be stored still has, on a pod or a template of one, all these annotations. */
export const bears = (object: unknown, annotations: Annotations): boolean => {
  if (typeof object !== 'object' || object === null) return false
  if ('metadata' in object && includes(object.metadata, { annotations })) return true
  if ('containers' in object && includes(object, { annotations })) return true
  return (
    Object.keys(annotations).length === 0 || Object.values(object).some((value) => bears(value, annotations))
  )
}

const includes = (whole: unknown, part: unknown): boolean => {
  if (typeof part !== 'object' || part === null) return whole === part
  if (typeof whole !== 'object' || whole === null) return false
  // Others may have put something before it.
  if (Array.isArray(whole) && Array.isArray(part))
    return part.every((one) => whole.some((other) => includes(other, one)))
  return Object.entries(part).every(([key, value]) =>
    includes((whole as Record<string, unknown>)[key], value),
  )
}

/** The dry run of a workload with this pod in its template. */
export const workload = (
  resource: ApiResource,
  namespace: string,
  spec: PodSpec,
  as: Actor,
  annotations: Annotations = {},
): Creation => {
  const name = apiResourceName(resource)
  const restartPolicy = ALWAYS.includes(name) ? 'Always' : 'Never'
  const metadata = { labels: LABELS, annotations }
  const template = { metadata, spec: { restartPolicy, ...named(spec, name) } }
  const content = { spec: WRAPS[name]!(template) }
  return creation(as, resource, namespace, content, name === 'pods' ? metadata : {})
}

const named = (spec: PodSpec, kind: string): PodSpec => {
  const container = JOB_KINDS.get(kind)?.container
  if (container === undefined) return spec
  return { ...spec, containers: spec.containers.map((one) => ({ ...one, name: container })) }
}

/** The dry run of the pod that comes of it, which nobody but an operator makes. */
export const pod = (
  namespace: string,
  spec: PodSpec,
  as: Actor = { kind: 'admin' },
  annotations: Annotations = {},
): Creation => {
  const content = { spec: { restartPolicy: 'Never', ...spec } }
  return creation(as, core('Pod', 'pods'), namespace, content, { annotations })
}

/** What a kind is served as. */
type Served = Pick<ApiResource, 'group' | 'version' | 'kind' | 'resource'>

/** A kind of the core group. */
export const core = (kind: string, resource: string): Served => ({ group: '', version: 'v1', kind, resource })

/** The dry run of an object. */
export const creation = (
  as: Actor,
  { group, version, kind, resource }: Served,
  namespace: string,
  content: object,
  metadata: Partial<Metadata> = {},
): Creation => ({
  as,
  do: 'create',
  create: {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { name: 'verify-attempt', namespace, labels: LABELS, ...metadata },
    ...content,
  },
  plural: resource,
})

const TINY = { cpu: '1m', memory: '1Mi' }

/** A pod that asks for next to nothing, so that it fits into what is left of a quota. */
export const PLAIN: PodSpec = {
  containers: [
    {
      name: 'verify',
      image: 'busybox',
      command: ['true'],
      resources: { requests: TINY, limits: TINY },
    },
  ],
}

/** The pod with its container changed. */
export const withContainer = (change: object): PodSpec => ({
  containers: PLAIN.containers.map((container) => ({ ...container, ...change })),
})

/** The pod with so many GPUs. */
export const withGpus = (count: number): PodSpec => withDevices(GPU, count)

/** The pod with so many devices of a name, or so many huge pages. */
export const withDevices = (name: string, count: number): PodSpec => {
  const resources = { ...TINY, [name]: count * unitOf(name) }
  return withContainer({ resources: { requests: resources, limits: resources } })
}

/** The pod with a volume that its container mounts. */
export const withVolume = (source: object): PodSpec => ({
  ...withContainer({ volumeMounts: [{ name: 'verify', mountPath: '/verify' }] }),
  volumes: [{ name: 'verify', ...source }],
})
