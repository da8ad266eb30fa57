import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { requireFree } from './ports.ts'
import { type Running, start, waitFor } from './process.ts'
import { CHECKOUT, type SandboxState } from './state.ts'
import type { Tools } from './tools.ts'

/** The processes of the control plane and of what plays the rest of the cluster, in the order in which they start. */
export const CLUSTER_PARTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'training-operator',
] as const
export type ClusterPart = (typeof CLUSTER_PARTS)[number]

type Command = [string, ...string[]]

const etcd = ({ directory, ports }: SandboxState, tools: Tools): Command => {
  const pki = (name: string) => join(directory, 'pki', name)
  const client = `https://127.0.0.1:${ports.etcd}`
  const peer = `https://127.0.0.1:${ports.etcdPeer}`
  return [
    tools('etcd'),
    '--name=sandbox',
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=sandbox=${peer}`,
    ...['', 'peer-'].flatMap((side) => [
      `--${side}cert-file=${pki('etcd.crt')}`,
      `--${side}key-file=${pki('etcd.key')}`,
      `--${side}trusted-ca-file=${pki('etcd-ca.crt')}`,
      `--${side}client-cert-auth`,
    ]),
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

const apiServer = ({ directory, ports, auditLog, variant }: SandboxState, tools: Tools): Command => {
  const pki = (name: string) => join(directory, 'pki', name)
  return [
    tools('kube-apiserver'),
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    '--endpoint-reconciler-type=none',
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${pki('etcd-ca.crt')}`,
    `--etcd-certfile=${pki('etcd-client.crt')}`,
    `--etcd-keyfile=${pki('etcd-client.key')}`,
    variant.authorization === undefined
      ? '--authorization-mode=Node,RBAC'
      : `--authorization-config=${variant.authorization}`,
    '--allow-privileged',
    `--client-ca-file=${pki('cluster-ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    `--audit-policy-file=${join(CHECKOUT, 'sandbox/audit-policy.yaml')}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-mode=blocking',
    // Never rotated, so that a count of requests is a count.
    '--audit-log-maxsize=0',
    ...(variant.staticManifests === undefined
      ? []
      : [`--admission-control-config-file=${join(variant.staticManifests, 'admission.yaml')}`]),
    ...(variant.worker
      ? [
          `--kubelet-certificate-authority=${pki('cluster-ca.crt')}`,
          `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
          `--kubelet-client-key=${pki('kubelet-client.key')}`,
          '--kubelet-preferred-address-types=InternalIP',
          `--egress-selector-config-file=${join(CHECKOUT, 'sandbox/worker/egress.yaml')}`,
        ]
      : []),
  ]
}

const kubeconfig = (directory: string, part: string): string => join(directory, 'pki', `${part}.kubeconfig`)

const controllerManager = ({ directory }: SandboxState, tools: Tools): Command => {
  const pki = (name: string) => join(directory, 'pki', name)
  return [
    tools('kube-controller-manager'),
    `--kubeconfig=${kubeconfig(directory, 'kube-controller-manager')}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials',
    `--root-ca-file=${pki('cluster-ca.crt')}`,
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--cluster-signing-cert-file=${pki('cluster-ca.crt')}`,
    `--cluster-signing-key-file=${pki('cluster-ca.key')}`,
  ]
}

const COMMANDS: Record<ClusterPart, (state: SandboxState, tools: Tools) => Command> = {
  etcd,
  'kube-apiserver': apiServer,
  'kube-controller-manager': controllerManager,
  'kube-scheduler': ({ directory, variant }, tools) => [
    tools('kube-scheduler'),
    '--secure-port=0',
    ...(variant.worker
      ? [`--config=${join(CHECKOUT, 'sandbox/worker/scheduler.yaml')}`]
      : [`--kubeconfig=${kubeconfig(directory, 'kube-scheduler')}`, '--leader-elect=false']),
  ],
  kwok: ({ directory }, tools) => [
    tools('kwok'),
    `--kubeconfig=${kubeconfig(directory, 'kwok')}`,
    `--config=${join(CHECKOUT, 'sandbox/kwok-stages.yaml')}`,
    // As the nodes have it that it is to play.
    '--manage-nodes-with-annotation-selector=sandbox/address',
    '--cidr=10.244.0.1/16',
  ],
  'training-operator': (state, tools) => trainingOperator(state, tools, 'tfjob'),
}

/** The operator of one kind of training job. */
export const trainingOperator = ({ directory }: SandboxState, tools: Tools, scheme: string): Command => [
  tools('training-operator'),
  `--kubeconfig=${kubeconfig(directory, 'training-operator')}`,
  `--enable-scheme=${scheme}`,
  '--metrics-bind-address=0',
  '--health-probe-bind-address=0',
  '--monitoring-port=0',
]

/** Whether the API server answers that it is ready, over TLS that we trust; false when it does not answer. */
export const isReady = async ({ directory, ports }: SandboxState): Promise<boolean> => {
  const ca = await readFile(join(directory, 'pki/cluster-ca.crt')).catch(() => undefined)
  if (ca === undefined) return false
  return new Promise((resolve) => {
    const sent = request({
      host: '127.0.0.1',
      port: ports.api,
      path: '/readyz',
      ca,
      timeout: 2000,
      agent: false,
    })
    sent.once('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(false))
    sent.end()
  })
}

/** Where a part of the cluster listens; most only call the API server and listen nowhere. */
export const addressOf = ({ ports }: SandboxState, part: ClusterPart): string | undefined =>
  ({ etcd: `127.0.0.1:${ports.etcd}`, 'kube-apiserver': `127.0.0.1:${ports.api}` })[part as string]

/** Starts the part unless it runs; resolves when it listens, or at once when it listens nowhere. */
export const ensurePart = async (
  state: SandboxState,
  tools: Tools,
  part: ClusterPart,
  running: readonly Running[],
): Promise<boolean> => {
  if (running.some((one) => one.part === part)) return false
  const { directory, ports } = state
  const listens = { etcd: [ports.etcd, ports.etcdPeer], 'kube-apiserver': [ports.api] }[part as string] ?? []
  for (const port of listens) await requireFree(part, '127.0.0.1', port)
  const started = await start(directory, part, COMMANDS[part](state, tools))
  if (part === 'kube-apiserver') await waitFor(started, directory, () => isReady(state))
  return true
}
