import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeKubeconfig } from './certificates.ts'
import { writeSeed } from './client.ts'
import { runProcess } from './command.ts'
import type { Layer } from './layer.ts'
import { WORKER } from './nodes.ts'
import { findRunning, start, stop, waitFor } from './process.ts'
import { CHECKOUT, type SandboxState } from './state.ts'
import { cacheDirectory, type Tools } from './tools.ts'

/** The relay by which the worker reaches the API server. */
const RELAY = 'worker-relay'

/** The parts of a sandbox with a worker, beyond the cluster's. */
export const WORKER_PARTS = [RELAY, WORKER.name] as const

/** The image that the worker can pull: Debian's busybox. */
export const WORKER_IMAGE = 'registry.sandbox.test/busybox:1'

const HOSTS_TOML = '[host."http://127.0.0.1:5000"]\ncapabilities = ["pull", "resolve"]\n'

const script = (name: string): string => join(CHECKOUT, 'sandbox/worker', name)

/** The control group in which all of it is, in each hierarchy. */
export const controlGroup = (directory: string): string =>
  `arena-sandbox-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`

const homeOf = (directory: string): string => join(directory, 'worker')

const writeFiles = async ({ directory, server }: SandboxState): Promise<void> => {
  const pki = (name: string) => readFile(join(directory, 'pki', name), 'utf8')
  const asset = (name: string) => readFile(script(name), 'utf8')
  const kubeconfig = async (certificate: string): Promise<string> => {
    const path = join(directory, 'pki', `${certificate}.kubeconfig`)
    await writeKubeconfig(directory, path, { certificate, server })
    return readFile(path, 'utf8')
  }
  await writeSeed(homeOf(directory), WORKER.name, {
    'etc/resolv.conf': '',
    'etc/containerd/config.toml': await asset('containerd.toml'),
    'etc/containerd/certs.d/registry.sandbox.test/hosts.toml': HOSTS_TOML,
    'etc/cni/net.d/10-sandbox.conflist': await asset('cni.conflist'),
    'etc/kubelet.yaml': await asset('kubelet.yaml'),
    'etc/kubelet-ca.crt': await pki('cluster-ca.crt'),
    'etc/kubelet.crt': await pki('kubelet.crt'),
    'etc/kubelet.key': await pki('kubelet.key'),
    'etc/kubelet.kubeconfig': await kubeconfig('kubelet'),
    'etc/Corefile': await asset('Corefile'),
    'etc/coredns.kubeconfig': await kubeconfig('coredns'),
    'etc/kube-proxy.kubeconfig': await kubeconfig('kube-proxy'),
    'etc/kube-router.kubeconfig': await kubeconfig('kube-router'),
  })
}

/** Programs of the worker, and where they are in it. */
const PROGRAMS = {
  '/usr/local/bin': [
    'containerd',
    'containerd-shim-runc-v2',
    'coredns',
    'kube-proxy',
    'kube-router',
    'kubelet',
    'worker',
  ],
  '/opt/cni/bin': ['bridge', 'host-local', 'loopback'],
  '/opt/runc': ['runc'],
}

const machine = (state: SandboxState, tools: Tools, { lower, archive }: Layer): [string, ...string[]] => {
  const { directory, ports } = state
  const home = homeOf(directory)
  const spaces = ['mount', 'pid', 'uts', 'ipc', 'net'].map((space) => `--${space}`)
  const hidden = [CHECKOUT, cacheDirectory()]
  const programs = Object.entries(PROGRAMS).flatMap(([place, names]) =>
    names.map((name) => `--bind=${tools(name)}:${place}/${name}`),
  )
  const data = ['data', 'run'].map(
    (name) => `--bind=${join(home, name)}:/${name === 'data' ? '' : 'data/'}${name}`,
  )
  return [
    'sh',
    ...[script('enter.sh'), controlGroup(directory), 'unshare', ...spaces],
    ...['--fork', '--kill-child', '--propagation', 'private', '--'],
    ...['sh', join(CHECKOUT, 'sandbox/machine/machine.sh'), home, WORKER.name, lower, archive],
    ...hidden,
    ...data,
    ...[...programs, `--bind=${script('node.sh')}:/usr/local/bin/node.sh`],
    ...['--', 'sh', '/usr/local/bin/node.sh', WORKER.name, WORKER.address, `${ports.api}`],
  ]
}

/** Starts the worker unless it runs, and resolves when the cluster has it as a node that is ready. */
export const startWorker = async (state: SandboxState, tools: Tools, layer: Layer): Promise<void> => {
  const { directory } = state
  const running = (await findRunning(directory)).map(({ part }) => part)
  const home = homeOf(directory)
  for (const name of ['data', 'run']) await mkdir(join(home, name), { recursive: true, mode: 0o755 })
  if (!running.includes(RELAY))
    await start(directory, RELAY, [
      tools('worker'),
      // Relative, because the path of a socket is short.
      ...['relay', 'unix:worker/run/api.sock', `tcp:127.0.0.1:${state.ports.api}`],
    ])
  if (running.includes(WORKER.name)) return
  // Of a worker that died, its pods are dead and only the files on the NAS go on.
  for (const name of [
    'upper',
    'work',
    'root',
    'memory',
    'seeded',
    'data/kubelet',
    'data/containerd',
    'data/log',
  ])
    await rm(join(home, name), { recursive: true, force: true })
  await writeFiles(state)
  const started = await start(directory, WORKER.name, machine(state, tools, layer))
  await waitFor(started, directory, () => isReady(state, tools))
}

const isReady = async ({ directory }: SandboxState, tools: Tools): Promise<boolean> => {
  const kubectl = runProcess('kubectl', { env: { ...process.env, KUBECACHEDIR: join(directory, 'kubectl') } })
  const config = join(directory, 'pki/bootstrap.kubeconfig')
  const path = '{.status.conditions[?(@.type=="Ready")].status} {.status.nodeInfo.kubeletVersion}'
  const said =
    await kubectl`${tools('kubectl')} --kubeconfig ${config} get node ${WORKER.name} -o ${`jsonpath=${path}`}`
  if (/^True v/.test(said)) return true
  await sleep(200)
  return false
}

/** Ends the worker and what the kernel keeps of it. */
export const endWorker = async (directory: string): Promise<void> => {
  await stop(directory, (part) => WORKER_PARTS.some((name) => name === part))
  await runProcess('cgroups')`sh ${script('leave.sh')} ${controlGroup(directory)}`
  await rm(homeOf(directory), { recursive: true, force: true, maxRetries: 3 })
}
