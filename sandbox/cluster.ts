import { join } from 'node:path'
import { retry } from 'zx'
import { AutomationError } from '../lib/base/errors.ts'
import { writeKubeconfig } from './certificates.ts'
import { allDone, runProcess } from './command.ts'
import { CLUSTER_PARTS, type ClusterPart, ensurePart } from './control-plane.ts'
import { WORKER, WORKERS } from './nodes.ts'
import { findRunning, logFile } from './process.ts'
import type { SandboxState } from './state.ts'
import type { Tools } from './tools.ts'
import type { Variant } from './variant.ts'

const RBAC = 'rbac.authorization.k8s.io'

const bound = (name: string, role: string, subject: object) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects: [subject],
})

/** An operator as it is deployed: a service account in its namespace, and a cluster role of its name. */
const operator = (namespace: string, name: string, rights: Readonly<Record<string, readonly string[]>>) => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: Object.entries(rights).map(([group, resources]) => ({
      apiGroups: [group],
      resources,
      verbs: ['*'],
    })),
  },
  bound(name, name, { kind: 'ServiceAccount', namespace, name }),
]

const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'node-role.kubernetes.io/worker': '',
    },
  },
})

/** kwok plays the nodes that have this. */
const PLAYED = 'sandbox/address'

const played = ([name, address]: [string, string], { worker }: Variant) => {
  const { metadata, ...rest } = node(name)
  const taints = [{ key: 'sandbox/played', effect: 'PreferNoSchedule' }]
  return {
    ...rest,
    metadata: { ...metadata, annotations: { [PLAYED]: address } },
    ...(worker && { spec: { taints } }),
  }
}

const workerObjects = () => [
  { ...node(WORKER.name), spec: { podCIDR: WORKER.pods, podCIDRs: [WORKER.pods] } },
  ...operator('kube-system', 'coredns', {
    '': ['endpoints', 'namespaces', 'pods', 'services'],
    'discovery.k8s.io': ['endpointslices'],
  }),
  ...operator('kube-system', 'kube-router', {
    '': ['endpoints', 'namespaces', 'nodes', 'pods', 'services'],
    'discovery.k8s.io': ['endpointslices'],
    'networking.k8s.io': ['networkpolicies'],
  }),
]

const objectsOf = (variant: Variant) => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    bound('sandbox-admin', 'cluster-admin', { apiGroup: RBAC, kind: 'User', name: 'sandbox-admin' }),
    ...operator('kube-system', 'kwok-controller', {
      '': ['events', 'nodes', 'nodes/status', 'pods', 'pods/status'],
      'coordination.k8s.io': ['leases'],
    }),
    ...operator('kubeflow', 'training-operator', {
      '': ['configmaps', 'events', 'pods', 'pods/status', 'secrets', 'serviceaccounts', 'services'],
      autoscaling: ['horizontalpodautoscalers'],
      'coordination.k8s.io': ['leases'],
      'kubeflow.org': ['tfjobs', 'pytorchjobs'].flatMap((job) => [job, `${job}/finalizers`, `${job}/status`]),
      'rbac.authorization.k8s.io': ['rolebindings', 'roles'],
      'scheduling.volcano.sh': ['podgroups'],
    }),
    ...Object.entries(WORKERS).map((one) => played(one, variant)),
    ...(variant.worker ? workerObjects() : []),
    // As the chart of the driver makes it; only a worker mounts.
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'nasplugin.csi.alibabacloud.com' },
      spec: { attachRequired: false, podInfoOnMount: true },
    },
  ],
})

/** Not `condition=Established`, which kubectl cannot read before the first condition is there. */
const ACCEPTED = 'jsonpath={.status.acceptedNames.kind}=TFJob'

const writeKubeconfigs = async ({ directory, server, kubeconfig }: SandboxState): Promise<void> => {
  for (const name of ['bootstrap', ...CLUSTER_PARTS.slice(2)])
    await writeKubeconfig(directory, join(directory, 'pki', `${name}.kubeconfig`), {
      certificate: name,
      server,
    })
  await writeKubeconfig(directory, kubeconfig, { certificate: 'admin', server })
}

const requireRunning = async (directory: string): Promise<void> => {
  const running = await findRunning(directory)
  const ended = CLUSTER_PARTS.find((part) => !running.some((one) => one.part === part))
  if (ended === undefined) return
  throw new AutomationError({
    code: 'command',
    subject: ended,
    message: 'it ended soon after its start',
    hint: `its log is ${logFile(directory, ended)}`,
  })
}

/**
 * Starts what does not run of the control plane, kwok and the TFJob operator, and resolves when the cluster works:
 * the nodes are ready and the controllers have made the default service account.
 */
export const startCluster = async (state: SandboxState, tools: Tools): Promise<void> => {
  const { directory } = state
  // Or kubectl would keep what it learns of this cluster in the home of whoever runs it.
  const env = { ...process.env, KUBECACHEDIR: join(directory, 'kubectl') }
  const cluster = runProcess('kubectl', { env })
  const kubectl = [tools('kubectl'), '--kubeconfig', join(directory, 'pki/bootstrap.kubeconfig')]
  const running = await findRunning(directory)
  if (!CLUSTER_PARTS.every((part) => running.some((one) => one.part === part))) {
    await writeKubeconfigs(state)
    const ensure = (part: ClusterPart) => ensurePart(state, tools, part, running)
    const apply = [...kubectl, 'apply', '--server-side', '--force-conflicts', '-f']
    await ensure('etcd')
    await ensure('kube-apiserver')
    const objects = runProcess('kubectl', {
      env,
      input: JSON.stringify(objectsOf(state.variant)),
    })`${apply} -`
    const jobs = cluster`${apply} ${tools('kubeflow.org_tfjobs.yaml')}`
      .then(() => cluster`${kubectl} wait --for=${ACCEPTED} crd/tfjobs.kubeflow.org --timeout=60s`)
      .then(() => retry(100, '200ms', () => cluster`${kubectl} get tfjobs.kubeflow.org -A`))
    await allDone([
      ensure('kube-scheduler'),
      objects.then(() => ensure('kwok')),
      // What quotas can count it looks up in the server's discovery when it starts, and again half a minute later.
      jobs.then(() => ensure('kube-controller-manager')),
      jobs.then(() => objects).then(() => ensure('training-operator')),
    ])
  }
  const nodes = Object.keys(WORKERS).map((name) => `node/${name}`)
  await allDone([
    cluster`${kubectl} wait --for=condition=Ready ${nodes} --timeout=60s`,
    cluster`${kubectl} wait --for=create serviceaccount/default -n default --timeout=60s`,
  ])
  await requireRunning(directory)
}
