import { readFile } from 'node:fs/promises'
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
}

const KUBERNETES_STAMP = {
  variables: ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'],
  prefix: 'v',
} as const

/** A control plane; kubectl is the usual one. */
const OLDER_KUBERNETES = {
  module: 'k8s.io/kubernetes',
  binaries: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  },
  stamp: KUBERNETES_STAMP,
} as const satisfies Tool

/** Everything the sandbox is made of that Go builds. */
export const TOOLS = {
  etcd: { module: 'go.etcd.io/etcd/server/v3', binaries: { etcd: 'go.etcd.io/etcd/server/v3' } },
  kubernetes: {
    module: 'k8s.io/kubernetes',
    binaries: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    stamp: KUBERNETES_STAMP,
  },
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
} as const satisfies Record<string, Tool>

export type ToolName = keyof typeof TOOLS

/** The directory whose go.mod pins a tool and all it is built from. */
export const moduleOf = (name: ToolName): string => join(CHECKOUT, 'sandbox/tools', name)

/** The version of a tool without `v`, as its go.mod pins it. */
export const toolVersion = async (name: ToolName): Promise<string> => {
  const { module }: Tool = TOOLS[name]
  const text = await readFile(join(moduleOf(name), 'go.mod'), 'utf8')
  const version = text.split(`\t${module} v`)[1]?.match(/^\S+/)?.[0]
  if (version === undefined) throw new TypeError(`tools/${name}/go.mod does not require ${module}`)
  return version
}
