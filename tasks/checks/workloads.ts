import type { ApiResource, Attempt, KubeObject } from '../../lib/check.ts'

/** A pod as a template has it. */
export interface PodSpec {
  readonly containers: readonly Container[]
  readonly [field: string]: unknown
}

export interface Container {
  readonly name: string
  readonly [field: string]: unknown
}

type Wrap = (template: { metadata: object; spec: PodSpec }) => object

const LABELS = { app: 'verify' }

const withSelector: Wrap = (template) => ({ selector: { matchLabels: LABELS }, template })

/** How each kind that makes pods holds the template of one, by resource and group. */
const WRAPS: Readonly<Record<string, Wrap>> = {
  'tfjobs.kubeflow.org': (template) => ({
    tfReplicaSpecs: { Chief: { replicas: 1, restartPolicy: 'Never', template } },
  }),
  'pytorchjobs.kubeflow.org': (template) => ({
    pytorchReplicaSpecs: { Master: { replicas: 1, restartPolicy: 'Never', template } },
  }),
  'mpijobs.kubeflow.org': (template) => ({
    template,
    mpiReplicaSpecs: { Launcher: { replicas: 1, template }, Worker: { replicas: 1, template } },
  }),
  'deployments.apps': withSelector,
  'replicasets.apps': withSelector,
  'daemonsets.apps': withSelector,
  'statefulsets.apps': (template) => ({ ...withSelector(template), serviceName: 'verify' }),
  'jobs.batch': (template) => ({ template }),
  'cronjobs.batch': (template) => ({ schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } }),
}

/** Kinds whose pods start again whatever they are told. */
const ALWAYS = ['deployments.apps', 'replicasets.apps', 'daemonsets.apps', 'statefulsets.apps']

/** A kind that makes pods, as `tfjobs.kubeflow.org`. */
export const nameOf = ({ resource, group }: ApiResource): string =>
  group === '' ? resource : `${resource}.${group}`

/** Whether a resource makes pods out of a template. */
export const isWorkload = (resource: ApiResource): boolean =>
  resource.subresource === undefined && nameOf(resource) in WRAPS

/** The dry run of a workload with this pod in its template. */
export const workload = (
  resource: ApiResource,
  namespace: string,
  spec: PodSpec,
  as: Attempt['as'],
): Attempt => {
  const name = nameOf(resource)
  const restartPolicy = ALWAYS.includes(name) ? 'Always' : 'Never'
  return {
    as,
    create: objectOf(resource, namespace, {
      spec: WRAPS[name]!({ metadata: { labels: LABELS }, spec: { restartPolicy, ...spec } }),
    }),
    plural: resource.resource,
  }
}

/** The dry run of the pod that comes of it, which nobody but an operator makes. */
export const pod = (namespace: string, spec: PodSpec, as: Attempt['as'] = { admin: true }): Attempt => ({
  as,
  create: objectOf({ group: '', version: 'v1', kind: 'Pod' }, namespace, {
    spec: { restartPolicy: 'Never', ...spec },
  }),
  plural: 'pods',
})

/** An object that is never stored. */
export const objectOf = (
  { group, version, kind }: Pick<ApiResource, 'group' | 'version' | 'kind'>,
  namespace: string,
  content: object,
): KubeObject => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
  metadata: { name: 'verify-attempt', namespace, labels: LABELS },
  ...content,
})

const TINY = { cpu: '1m', memory: '1Mi' }

/** A pod that asks for next to nothing, so that it fits into what is left of a quota. */
export const PLAIN: PodSpec = {
  containers: [
    {
      // The operator of TFJobs looks for this name.
      name: 'tensorflow',
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
export const withGpus = (count: number): PodSpec => {
  const resources = { ...TINY, 'nvidia.com/gpu': count }
  return withContainer({ resources: { requests: resources, limits: resources } })
}

/** The pod with a volume that its container mounts. */
export const withVolume = (source: object): PodSpec => ({
  ...withContainer({ volumeMounts: [{ name: 'verify', mountPath: '/verify' }] }),
  volumes: [{ name: 'verify', ...source }],
})
