// Admission policies that the API server reads from files (manifest-based admission, Kubernetes from 1.37).
import { createHash } from 'node:crypto'
import { clusterWideName } from '../conventions/names.ts'
import type { KubeObject } from './object.ts'

/** Ends names that no request to the API can bear, so that none changes or deletes what has one. */
const SUFFIX = '.static.k8s.io'

/** Whether a policy of this name is in a file, and so in no list of the API. */
export const isOfFile = (policy: string): boolean => policy.endsWith(SUFFIX)

interface Spec {
  policyName?: string
  paramKind?: unknown
  paramRef?: unknown
}

const specOf = (object: KubeObject): Spec => (object['spec'] ?? {}) as Spec

/** A pod of this name is refused by the files that are in force, which so say which they are. */
export const ASKING_POD = 'arena-playbooks-static-manifests'

/** What an API server that has read the files of an inventory answers to that pod. */
export interface Stamp {
  policy: string
  /** Of what the files say. */
  sum: string
}

/** The policy that answers, as it is named before it is one of a file. */
export const stampName = (inventory: string): string => clusterWideName(inventory, 'static')

/** What files with these policies and bindings answer. */
export const stampOf = (inventory: string, objects: readonly KubeObject[]): Stamp => ({
  policy: `${stampName(inventory)}${SUFFIX}`,
  sum: createHash('sha256').update(JSON.stringify(objects)).digest('hex').slice(0, 16),
})

/** Whether a policy or binding can be in a file: one with parameters reads them from the API, and stays there. */
export const canBeStatic = (object: KubeObject): boolean => {
  const { paramKind, paramRef } = specOf(object)
  return paramKind === undefined && paramRef === undefined
}

/** A policy or binding as a file must name it. */
const asStatic = (object: KubeObject): KubeObject => {
  const { policyName } = specOf(object)
  return {
    ...object,
    metadata: { ...object.metadata, name: `${object.metadata.name}${SUFFIX}` },
    spec: { ...specOf(object), ...(policyName !== undefined && { policyName: `${policyName}${SUFFIX}` }) },
  } as KubeObject
}

const API_SERVER = 'apiserver.config.k8s.io/v1'

/** Plugins of the API server, and the directory of each: one may hold its own kinds only. */
const PLUGINS = { ValidatingAdmissionPolicy: 'validating', MutatingAdmissionPolicy: 'mutating' } as const

/** The files for policies and bindings of one inventory, by their paths below a directory. */
export const filesOf = (
  inventory: string,
  objects: readonly KubeObject[],
): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(PLUGINS).map(([plugin, kinds]) => [
      `${kinds}/arena-${inventory}.yaml`,
      {
        apiVersion: 'v1',
        kind: 'List',
        items: objects.filter(({ kind }) => kind?.startsWith(plugin)).map(asStatic),
      },
    ]),
  )

/** What kube-apiserver is started with, so that it reads such files. */
export const admissionConfiguration = (directory: string): Record<string, unknown> => ({
  apiVersion: API_SERVER,
  kind: 'AdmissionConfiguration',
  plugins: Object.entries(PLUGINS).map(([name, kinds]) => ({
    name,
    configuration: {
      apiVersion: API_SERVER,
      kind: `${name}Configuration`,
      staticManifestsDir: `${directory}/${kinds}`,
    },
  })),
})
