import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../lib/kube/object.ts'
import { runProcess } from '../../sandbox/command.ts'
import { exclusive } from '../../sandbox/lock.ts'
import { freePort } from '../../sandbox/ports.ts'
import { start, stop } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { applyIn, kubectlIn } from './kubectl.ts'
import { until } from './until.ts'

const SPACE = 'kueue-system'

/** No frameworks of jobs that the sandbox has no kinds of; jobs without a queue's name are held, too. */
const configuration = (port: number, certDir: string, inventory: string) => ({
  apiVersion: 'config.kueue.x-k8s.io/v1beta2',
  kind: 'Configuration',
  health: { healthProbeBindAddress: '0' },
  metrics: { bindAddress: '0' },
  webhook: { host: '127.0.0.1', port, certDir },
  leaderElection: { leaderElect: false },
  manageJobsWithoutQueueName: true,
  managedJobsNamespaceSelector: { matchLabels: { 'arena-playbooks/inventory': inventory } },
  resources: { excludeResourcePrefixes: ['cpu', 'memory'] },
  integrations: { frameworks: ['batch/job', 'kubeflow.org/tfjob', 'pod', 'deployment', 'statefulset'] },
})

/** What runs in the cluster, which this sandbox has as a process instead, or what only that could serve. */
const LEFT_OUT = ['Deployment', 'APIService']

/** An object that calls Kueue, with the port at which it listens here: the service stands for this machine. */
const reaching = (object: KubeObject, port: number): KubeObject => {
  const { kind, metadata } = object
  if (kind === 'Service' && metadata.name.includes('webhook'))
    return { ...object, spec: { type: 'ExternalName', externalName: 'localhost' } }
  const called = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => called(one, ''))
    if (typeof value !== 'object' || value === null) return value
    const each = Object.fromEntries(Object.entries(value).map(([name, of]) => [name, called(of, name)]))
    return key === 'service' ? { ...each, port } : each
  }
  const isCaller = kind.endsWith('WebhookConfiguration') || kind === 'CustomResourceDefinition'
  return isCaller ? (called(object, '') as KubeObject) : object
}

/**
 * Installs Kueue by its own chart for the namespaces of an inventory and runs its manager beside the cluster, with the
 * rights of its own service account and certificates that it makes itself. Resolves when its webhooks answer.
 */
export const startKueue = (state: SandboxState, inventory: string): Promise<void> =>
  exclusive('ports', async () => {
    const tools = await prepareTools(() => undefined, state.variant)
    const directory = join(state.directory, 'kueue')
    const certificates = join(directory, 'certificates')
    await mkdir(certificates, { recursive: true })
    const file = (name: string) => join(directory, name)
    const port = await freePort(19443)
    const config = JSON.stringify(configuration(port, certificates, inventory))
    await writeFile(
      file('values.json'),
      JSON.stringify({ managerConfig: { controllerManagerConfigYaml: config } }),
    )
    const chart = [
      'template',
      'kueue',
      tools('kueue-chart'),
      '--namespace',
      SPACE,
      '--values',
      file('values.json'),
    ]
    const rendered = await runProcess('helm')`${tools('helm')} ${chart}`
    const objects = parseAllDocuments(rendered)
      .map((document) => document.toJS() as KubeObject | null)
      .filter((one): one is KubeObject => one !== null && !LEFT_OUT.includes(one.kind))
    const { data } = objects.find(({ kind }) => kind === 'ConfigMap') as KubeObject & {
      data: Record<string, string>
    }
    await writeFile(file('config.yaml'), data['controller_manager_config.yaml']!)
    const items = objects.map((object) => reaching(object, port))
    await writeFile(file('objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    await kubectlIn(state, `create namespace ${SPACE}`)
    const applied = () => kubectlIn(state, `apply --server-side --force-conflicts -f ${file('objects.json')}`)
    await until(applied, 'validating-webhook-configuration serverside-applied')
    const account = ['create', 'token', 'kueue-controller-manager', '-n', SPACE, '--duration=24h']
    const token = (await kubectlIn(state, account.join(' '))).trim()
    await writeFile(file('kubeconfig'), JSON.stringify(await kubeconfig(state, token)), { mode: 0o600 })
    await start(state.directory, 'kueue', [
      tools('kueue'),
      `--config=${file('config.yaml')}`,
      `--kubeconfig=${file('kubeconfig')}`,
      '--feature-gates=VisibilityOnDemand=false',
      '--zap-log-level=2',
    ])
    await mountCertificates(state, certificates)
    const flavor = { apiVersion: 'kueue.x-k8s.io/v1beta2', kind: 'ResourceFlavor', metadata: { name: 'any' } }
    await until(() => applyIn(state, [flavor]).catch(String), 'resourceflavor.kueue.x-k8s.io/any')
  })

/** Ends the manager and leaves what it installed. */
export const stopKueue = ({ directory }: SandboxState): Promise<void> =>
  stop(directory, (part) => part === 'kueue')

/** As a kubelet mounts the Secret into Kueue's pod. */
const mountCertificates = async (state: SandboxState, certificates: string): Promise<void> => {
  const secret = `get secret kueue-webhook-server-cert -n ${SPACE} -o json`
  await until(() => kubectlIn(state, secret), '"tls.key"')
  const { data } = JSON.parse(await kubectlIn(state, secret)) as { data: Record<string, string> }
  for (const [name, content] of Object.entries(data))
    await writeFile(join(certificates, name), Buffer.from(content, 'base64'), { mode: 0o600 })
}

const kubeconfig = async ({ directory, server }: SandboxState, token: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      name: 'sandbox',
      cluster: {
        server,
        'certificate-authority-data': (await readFile(join(directory, 'pki/cluster-ca.crt'))).toString(
          'base64',
        ),
      },
    },
  ],
  users: [{ name: 'kueue', user: { token } }],
  contexts: [{ name: 'kueue', context: { cluster: 'sandbox', user: 'kueue' } }],
  'current-context': 'kueue',
})
