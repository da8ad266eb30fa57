import {
  type Actor,
  type ApiResource,
  type Creation,
  deedKeyOf,
  GPU,
  heldTemplate,
  JOB_KIND_NAMES,
  jobKind,
  type KubeObject,
  type Metadata,
  resourceOfKind,
  type Scene,
  templatePlace,
  unitOf,
} from '../check.ts'
import type { Peers } from './rights/peers.ts'

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

/** Kinds of Arena that hold templates of pods. */
const TEMPLATED = JOB_KIND_NAMES.map(jobKind).filter(({ templates }) => templates.length > 0)

/** How each kind that is a pod or makes some holds the template of one, by resource and group. */
const WRAPS: Readonly<Record<string, Wrap>> = {
  ...Object.fromEntries(
    TEMPLATED.map((job) => [
      resourceOfKind(job),
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

/** The field of each kind that names a priority class for all its pods. */
const PRIORITIES: Readonly<Record<string, readonly string[] | undefined>> = Object.fromEntries(
  JOB_KIND_NAMES.map(jobKind).map((job) => [resourceOfKind(job), job.priority]),
)

/** Where a kind names a priority class for all its pods; undefined where it has no such field. */
export const priorityFieldOf = (resource: ApiResource): readonly string[] | undefined =>
  PRIORITIES[apiResourceName(resource)]

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

/** Names that operators look for among the containers of a template. */
const CONTAINERS: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  TEMPLATED.map((job) => [resourceOfKind(job), job.container]),
)

/** A kind that makes pods, as `tfjobs.kubeflow.org`. */
export const apiResourceName = ({ resource, group }: ApiResource): string =>
  group === '' ? resource : `${resource}.${group}`

/** Whether a resource is a pod or makes some out of a template. */
export const isWorkload = (resource: ApiResource): boolean =>
  resource.subresource === undefined && apiResourceName(resource) in WRAPS

/** The kinds that make pods and that somebody may create in a namespace, as things are. */
export const workloadsOf = ({ actual }: Peers, namespace: string, scene: Scene): ApiResource[] =>
  scene
    .resources()
    .filter(
      (resource) =>
        isWorkload(resource) &&
        actual.has(
          deedKeyOf({ verb: 'create', group: resource.group, resource: resource.resource, namespace }),
        ),
    )

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
): Extract<Creation, { do: 'create' }> => {
  const name = apiResourceName(resource)
  const restartPolicy = ALWAYS.includes(name) ? 'Always' : 'Never'
  const metadata = { labels: LABELS, annotations }
  const template = { metadata, spec: { restartPolicy, ...named(spec, name) } }
  const content = { spec: WRAPS[name]!(template) }
  return {
    as,
    do: 'create',
    create: objectOf(resource, namespace, content, name === 'pods' ? metadata : {}),
    plural: resource.resource,
  }
}

const named = (spec: PodSpec, kind: string): PodSpec => {
  const container = CONTAINERS[kind]
  if (container === undefined) return spec
  return { ...spec, containers: spec.containers.map((one) => ({ ...one, name: container })) }
}

/** The dry run of the pod that comes of it, which nobody but an operator makes. */
export const pod = (
  namespace: string,
  spec: PodSpec,
  as: Actor = { kind: 'admin' },
  annotations: Annotations = {},
): Creation => ({
  as,
  do: 'create',
  create: objectOf(
    { group: '', version: 'v1', kind: 'Pod' },
    namespace,
    { spec: { restartPolicy: 'Never', ...spec } },
    { annotations },
  ),
  plural: 'pods',
})

/** An object that is never stored. */
export const objectOf = (
  { group, version, kind }: Pick<ApiResource, 'group' | 'version' | 'kind'>,
  namespace: string,
  content: object,
  metadata: Partial<Metadata> = {},
): KubeObject => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
  metadata: { name: 'verify-attempt', namespace, labels: LABELS, ...metadata },
  ...content,
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
