import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKOUT } from './state.ts'
import type { Variant } from './variant.ts'

/** A Go module that gives us binaries and files; its version is the one in `tools/<name>/go.mod`. */
export interface Tool {
  module: string
  /** Binary → its package. */
  binaries: Record<string, string>
  /** What we keep → its path in the module. */
  files?: Record<string, string>
  /** The variables that hold its version, and how the version is written there. */
  stamp?: { variables: readonly string[]; prefix: 'v' | '' }
  /** Made only for sandboxes of that variant, whose binaries it gives in place of those of the same name. */
  only?: Variant
  /** The directory of its go.mod, where that is another tool's. */
  in?: string
  tags?: string
  /** C in it needs gcc and libseccomp. */
  cgo?: true
  /** Ours: its version is what its files hold. */
  own?: true
}

const KUBERNETES_STAMP = {
  variables: ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'],
  prefix: 'v',
} as const

/** Binaries whose packages are called as they are, below this one. */
const below = (path: string, ...names: readonly string[]): Tool['binaries'] =>
  Object.fromEntries(names.map((name) => [name, `${path}/${name}`]))

const kubernetes = (...names: readonly string[]) => ({
  module: 'k8s.io/kubernetes',
  binaries: below('k8s.io/kubernetes/cmd', ...names),
  stamp: KUBERNETES_STAMP,
})

const CONTROL_PLANE = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** kubectl is the usual one. */
const OLDER_KUBERNETES = kubernetes(...CONTROL_PLANE)

/** Everything the sandbox is made of that Go builds. */
export const TOOLS = {
  etcd: { module: 'go.etcd.io/etcd/server/v3', binaries: { etcd: 'go.etcd.io/etcd/server/v3' } },
  kubernetes: kubernetes(...CONTROL_PLANE, 'kubectl'),
  'kubernetes-1.34': { ...OLDER_KUBERNETES, only: { kubernetes: '1.34' } },
  'kubernetes-1.30': { ...OLDER_KUBERNETES, only: { kubernetes: '1.30' } },
  kwok: {
    module: 'sigs.k8s.io/kwok',
    binaries: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    stamp: { variables: ['sigs.k8s.io/kwok/pkg/consts.Version'], prefix: 'v' },
  },
  'training-operator': {
    module: 'github.com/kubeflow/training-operator',
    binaries: { 'training-operator': 'github.com/kubeflow/training-operator/cmd/training-operator.v1' },
    files: {
      'kubeflow.org_tfjobs.yaml': 'manifests/base/crds/kubeflow.org_tfjobs.yaml',
      'kubeflow.org_pytorchjobs.yaml': 'manifests/base/crds/kubeflow.org_pytorchjobs.yaml',
    },
  },
  arena: {
    module: 'github.com/kubeflow/arena',
    binaries: { arena: 'github.com/kubeflow/arena/cmd/arena' },
    files: {
      charts: 'charts',
      'arena-artifacts': 'arena-artifacts',
      'install.sh': 'install.sh',
      'arena-gen-kubeconfig.sh': 'arena-gen-kubeconfig.sh',
      'arena-uninstall': 'uninstall.sh',
    },
    stamp: { variables: ['github.com/kubeflow/arena.version'], prefix: '' },
  },
  helm: {
    module: 'helm.sh/helm/v3',
    binaries: { helm: 'helm.sh/helm/v3/cmd/helm' },
    stamp: { variables: ['helm.sh/helm/v3/internal/version.version'], prefix: 'v' },
  },
  kueue: {
    module: 'sigs.k8s.io/kueue',
    binaries: { kueue: 'sigs.k8s.io/kueue/cmd/kueue' },
    files: { 'kueue-chart': 'charts/kueue' },
    stamp: { variables: ['sigs.k8s.io/kueue/pkg/version.GitVersion'], prefix: 'v' },
    only: { kueue: true },
  },
  'mpi-operator': {
    module: 'github.com/kubeflow/mpi-operator',
    binaries: { 'mpi-operator': 'github.com/kubeflow/mpi-operator/cmd/mpi-operator.v1alpha1' },
    only: { mpi: true },
  },
  kubelet: { ...kubernetes('kubelet', 'kube-proxy'), in: 'kubernetes', only: { worker: true } },
  containerd: {
    module: 'github.com/containerd/containerd/v2',
    binaries: below('github.com/containerd/containerd/v2/cmd', 'containerd', 'containerd-shim-runc-v2'),
    tags: 'no_btrfs',
    only: { worker: true },
  },
  runc: {
    module: 'github.com/opencontainers/runc',
    binaries: { runc: 'github.com/opencontainers/runc' },
    tags: 'seccomp netgo osusergo',
    cgo: true,
    only: { worker: true },
  },
  cni: {
    module: 'github.com/containernetworking/plugins',
    binaries: {
      bridge: 'github.com/containernetworking/plugins/plugins/main/bridge',
      'host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
      loopback: 'github.com/containernetworking/plugins/plugins/main/loopback',
    },
    only: { worker: true },
  },
  'kube-router': {
    module: 'github.com/cloudnativelabs/kube-router/v2',
    binaries: { 'kube-router': 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router' },
    only: { worker: true },
  },
  coredns: {
    module: 'github.com/coredns/coredns',
    binaries: { coredns: '.' },
    only: { worker: true },
  },
  worker: {
    module: 'arena-playbooks/sandbox/tools/worker',
    binaries: { worker: '.' },
    own: true,
    only: { worker: true },
  },
} as const satisfies Record<string, Tool>

export type ToolName = keyof typeof TOOLS

/** The directory whose go.mod pins a tool and all it is built from. */
export const moduleOf = (name: ToolName): string => {
  const { in: directory = name }: Tool = TOOLS[name]
  return join(CHECKOUT, 'sandbox/tools', directory)
}

const hashOf = async (directory: string): Promise<string> => {
  const hash = createHash('sha256')
  for (const name of (await readdir(directory)).toSorted())
    hash.update(`${name}\0`).update(await readFile(join(directory, name)))
  return hash.digest('hex').slice(0, 12)
}

/** The version of a tool without `v`, as its go.mod pins it. */
export const toolVersion = async (name: ToolName): Promise<string> => {
  const { module, own }: Tool = TOOLS[name]
  if (own) return hashOf(moduleOf(name))
  const text = await readFile(join(moduleOf(name), 'go.mod'), 'utf8')
  const required = ['\t', 'require '].map((before) => text.split(`${before}${module} v`)[1])
  const version = required.find((rest) => rest !== undefined)?.match(/^\S+/)?.[0]
  if (version === undefined) throw new TypeError(`tools/${name}/go.mod does not require ${module}`)
  return version
}
