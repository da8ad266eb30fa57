// What we read of objects, kind by kind, as the API documents them; every field may be absent. Parts of an object are
// types and no interfaces: only those does TypeScript take for JSON.
import type { Json, KubeObject } from './object.ts'

/** Amounts by name, as quotas, limits and nodes have them: `{ cpu: '4' }`. */
export type Amounts = Readonly<Record<string, string>>

export type Condition = {
  type: string
  status: string
  reason?: string
  message?: string
}

/** Whatever says how it stands by conditions, such as a job. */
export interface WithConditions extends KubeObject {
  status?: { phase?: string; conditions?: readonly Condition[] }
}

/** Whatever says where it is in its life by one word, such as `Bound`. */
export interface WithPhase extends KubeObject {
  status?: { phase?: string }
}

export interface Node extends KubeObject {
  spec?: {
    unschedulable?: boolean
    taints?: readonly { key: string }[]
    /** Addresses of its pods, where the cluster gives them out and not the network's plugin. */
    podCIDRs?: readonly string[]
  }
  status?: {
    allocatable?: Amounts
    addresses?: readonly { type: string; address: string }[]
    nodeInfo?: { kubeletVersion?: string }
  }
}

export type Resources = {
  requests?: Amounts
  limits?: Amounts
}

type ContainerState = {
  waiting?: { reason?: string; message?: string }
  terminated?: { reason?: string; exitCode?: number }
}

export type PodStatus = {
  phase?: string
  podIP?: string
  conditions?: readonly Condition[]
  containerStatuses?: readonly { state?: ContainerState }[]
}

export interface PodObject extends KubeObject {
  spec?: {
    nodeName?: string
    hostUsers?: boolean
    schedulingGates?: readonly { name: string }[]
    terminationGracePeriodSeconds?: number
    containers?: readonly { resources?: Resources }[]
    initContainers?: readonly { resources?: Resources }[]
  }
  status?: PodStatus
}

export interface ResourceQuota extends KubeObject {
  spec?: { hard?: Amounts }
  status?: { hard?: Amounts; used?: Amounts }
}

export type LimitRangeItem = {
  type?: string
  default?: Amounts
  defaultRequest?: Amounts
  max?: Amounts
}

export interface LimitRange extends KubeObject {
  spec?: { limits?: readonly LimitRangeItem[] }
}

export type ClaimRef = {
  namespace?: string
  name?: string
  uid?: string
}

/** Words of a driver, such as server and path. */
export type Attributes = Readonly<Record<string, string>>

export type VolumeSpec = {
  capacity?: { storage?: string }
  accessModes?: readonly string[]
  storageClassName?: string
  mountOptions?: readonly string[]
  persistentVolumeReclaimPolicy?: string
  claimRef?: ClaimRef
  csi?: { driver?: string; volumeHandle?: string; volumeAttributes?: Attributes }
  flexVolume?: { driver?: string; options?: Attributes }
  nfs?: { server?: string; path?: string }
  hostPath?: { path?: string }
  local?: { path?: string }
}

export interface PersistentVolume extends WithPhase {
  spec?: VolumeSpec
}

export type ClaimSpec = {
  accessModes?: readonly string[]
  storageClassName?: string
  volumeName?: string
  resources?: { requests?: { storage?: string } }
}

export interface PersistentVolumeClaim extends WithPhase {
  spec?: ClaimSpec
}

export interface DeviceClass extends KubeObject {
  spec?: { extendedResourceName?: string }
}

export interface KubeEvent extends KubeObject {
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string }
  type?: string
  reason?: string
  message?: string
  lastTimestamp?: string | null
  eventTime?: string | null
}

/** A Secret, its values in base64. */
export interface SecretObject extends KubeObject {
  data?: Readonly<Record<string, Json>>
}
