// What a group's quota limits: the words of an inventory, and the keys by which Kubernetes counts each.
import type { KubeObject } from './object.ts'

/** What an inventory says that the jobs of a group may use together. */
export interface Quota {
  gpu?: number
  cpu?: string | number
  memory?: string | number
  /** Of the disks of nodes: what containers write, their logs, and volumes of type emptyDir. */
  ephemeralStorage?: string | number
  storage?: string | number
  claims?: number
  pods?: number
  /** By the name that pods ask for, such as `amd.com/gpu`. */
  devices?: Readonly<Record<string, number>>
  /** By the size of a page, such as `2Mi`. */
  hugepages?: Readonly<Record<string, string | number>>
  /** By the name of a DeviceClass, such as `gpu.example.com`. */
  deviceClasses?: Readonly<Record<string, number>>
  /** The most that one container, and one pod in all, may ask for. */
  max?: { gpu?: number; cpu?: string | number; memory?: string | number }
}

/** One thing that a quota can limit. */
export interface Share {
  /** Where the inventory says it, below `quota`. */
  field: readonly string[]
  /** What requests, limits and nodes call it; absent where it is nothing that a container asks for. */
  resource?: string
  /** The keys of a ResourceQuota that count it, the most telling one first. */
  keys: readonly string[]
  /** Another key that counts the same. */
  also?: string
}

export const GPU = 'nvidia.com/gpu'

/** What pods call the disks of nodes. */
export const EPHEMERAL_STORAGE = 'ephemeral-storage'

const HUGE = 'hugepages-'

/** What every inventory can limit; huge pages, devices and device classes come beside these by name. */
export const SHARES: readonly Share[] = [
  { field: ['gpu'], resource: GPU, keys: [`requests.${GPU}`] },
  { field: ['cpu'], resource: 'cpu', keys: ['requests.cpu', 'limits.cpu'], also: 'cpu' },
  { field: ['memory'], resource: 'memory', keys: ['requests.memory', 'limits.memory'], also: 'memory' },
  {
    field: ['ephemeralStorage'],
    resource: EPHEMERAL_STORAGE,
    keys: [`requests.${EPHEMERAL_STORAGE}`, `limits.${EPHEMERAL_STORAGE}`],
    also: EPHEMERAL_STORAGE,
  },
  { field: ['storage'], keys: ['requests.storage'] },
  { field: ['claims'], keys: ['persistentvolumeclaims'], also: 'count/persistentvolumeclaims' },
  { field: ['pods'], keys: ['pods'], also: 'count/pods' },
]

/** An extended resource: of these only requests are counted, and limits are always equal to them. */
export const deviceShare = (name: string): Share =>
  name === GPU ? SHARES[0]! : { field: ['devices', name], resource: name, keys: [`requests.${name}`] }

/** The name under which a pod may ask for devices of a class without a ResourceClaim of its own (Kubernetes 1.36). */
export const implicitName = (deviceClass: string): string => `${IMPLICIT}${deviceClass}`

const IMPLICIT = 'deviceclass.resource.kubernetes.io/'

/**
 * Devices of a class, in claims and under the class's own name in pods. Source:
 * pkg/quota/v1/evaluator/core/resource_claims.go of Kubernetes 1.37: a claim is charged to the first key, a pod to
 * the second.
 */
export const deviceClassShare = (name: string): Share => ({
  field: ['deviceClasses', name],
  resource: implicitName(name),
  keys: [`${name}.deviceclass.resource.k8s.io/devices`, `requests.${implicitName(name)}`],
})

/** Huge pages of a size: nodes set them apart, and requests are always equal to limits. */
export const hugePageShare = (size: string): Share => ({
  field: ['hugepages', size],
  resource: `${HUGE}${size}`,
  keys: [`requests.${HUGE}${size}`],
})

/** The size of a page by what pods call such pages; undefined for anything else. */
export const pageSizeOf = (resource: string): string | undefined =>
  resource.startsWith(HUGE) ? resource.slice(HUGE.length) : undefined

/** Whether a share is of something that nodes have set apart, and that nobody has without asking for it. */
export const isSetApart = ({ field: [word = ''] }: Share): boolean =>
  ['gpu', 'devices', 'deviceClasses', 'hugepages'].includes(word)

/** The names of devices and huge pages that a quota limits, and so allows. */
export const devicesIn = (quota: Quota): string[] => [
  ...new Set([
    ...sharesOf(quota).flatMap((share) => (isSetApart(share) ? [share.resource!] : [])),
    ...(quota.max?.gpu === undefined ? [] : [GPU]),
  ]),
]

/** What a quota limits, each with its amount. */
export const sharesOf = (quota: Quota): readonly (Share & { amount: string | number })[] => [
  ...SHARES.flatMap((share) => {
    const amount = quota[share.field[0] as 'gpu']
    return amount === undefined ? [] : [{ ...share, amount }]
  }),
  ...Object.entries(quota.hugepages ?? {}).map(([size, amount]) => ({ ...hugePageShare(size), amount })),
  ...Object.entries(quota.devices ?? {}).map(([name, amount]) => ({ ...deviceShare(name), amount })),
  ...Object.entries(quota.deviceClasses ?? {}).map(([name, amount]) => ({
    ...deviceClassShare(name),
    amount,
  })),
]

/** `spec.hard` of the ResourceQuota that says so. */
export const hardLimits = (quota: Quota): Record<string, string> =>
  Object.fromEntries(sharesOf(quota).flatMap(({ keys, amount }) => keys.map((key) => [key, String(amount)])))

/** The share that a key of a ResourceQuota counts; undefined for a key that an inventory has no word for. */
export const shareOf = (key: string): Share | undefined =>
  SHARES.find(({ keys, also }) => keys.includes(key) || also === key) ?? hugePagesOf(key) ?? deviceOf(key)

/**
 * The share that somebody meant by a key, also by one that is taken and counts nothing, such as `limits.amd.com/gpu`.
 */
export const shareMeantBy = (key: string): Share | undefined => {
  const name = key.replace(/^limits\./, '')
  const isDevice = isExtended(name) || name.startsWith(IMPLICIT)
  return shareOf(key) ?? (isDevice ? shareOf(`requests.${name}`) : undefined)
}

const hugePagesOf = (key: string): Share | undefined => {
  const size = pageSizeOf(key.replace(/^requests\./, ''))
  return size === undefined ? undefined : hugePageShare(size)
}

const deviceOf = (key: string): Share | undefined => {
  const byClass = /^(.+)\.deviceclass\.resource\.k8s\.io\/devices$/.exec(key)?.[1]
  if (byClass !== undefined) return deviceClassShare(byClass)
  const name = /^requests\.(.+)$/.exec(key)?.[1]
  if (name === undefined || !name.includes('/')) return undefined
  if (name.startsWith(IMPLICIT)) return deviceClassShare(name.slice(IMPLICIT.length))
  return isExtended(name) ? deviceShare(name) : undefined
}

/**
 * Whether a name is of a device or another resource that nodes advertise, and none of Kubernetes' own. Source:
 * IsExtendedResourceName in pkg/apis/core/helper of Kubernetes.
 */
export const isExtended = (name: string): boolean =>
  /^[^/]+\/[^/]+$/.test(name) && !name.includes('kubernetes.io/') && !/^(requests\.|count\/)/.test(name)

/** A share as a person says it: `gpu`, `devices amd.com/gpu`. */
export const shareName = ({ field }: Share): string => field.join(' ')

/** Whether what goes by such a name is counted in bytes. */
export const isInBytes = (name: string): boolean =>
  ['memory', 'ephemeralStorage', 'storage', 'hugepages'].includes(name.split(' ')[0]!)

/** What a quota says of a share; undefined where it does not limit it. */
export const amountOf = (quota: Quota, { field: [word, name] }: Share): string | number | undefined =>
  name === undefined ? quota[word as 'gpu'] : quota[word as 'hugepages' | 'devices' | 'deviceClasses']?.[name]

/** What a container gets of without asking for it. */
type Defaulted = 'cpu' | 'memory' | 'ephemeralStorage'

/** Amounts by the name of a resource. */
export type Sizes = Record<string, string>

/**
 * What a container gets that states nothing, and the most that a container and a pod may ask for. Of the disks of nodes
 * it gets something only where there is a quota of them: without, none would count; who writes more is evicted. A most
 * without a default would become the default: of GPUs it is none.
 */
export const containerSizes = (
  { quota, containerDefaults }: { quota: Quota; containerDefaults: Record<Defaulted, string> },
  isStrict: boolean,
): { defaults: Sizes; max: Sizes } => {
  const { max = {} } = quota
  const sized = (['cpu', 'memory'] as const).filter(
    (word) => isStrict || quota[word] !== undefined || max[word] !== undefined,
  )
  const hasDisk = quota.ephemeralStorage !== undefined
  return {
    defaults: {
      ...Object.fromEntries(sized.map((word) => [word, containerDefaults[word]])),
      ...(hasDisk && { [EPHEMERAL_STORAGE]: containerDefaults.ephemeralStorage }),
      ...(max.gpu !== undefined && { [GPU]: '0' }),
    },
    max: {
      ...(max.cpu !== undefined && { cpu: String(max.cpu) }),
      ...(max.memory !== undefined && { memory: String(max.memory) }),
      ...(max.gpu !== undefined && { [GPU]: String(max.gpu) }),
    },
  }
}

/**
 * Kinds that no quota counts, as `events.events.k8s.io`. Source: pkg/quota/v1/install/registry.go of Kubernetes; what
 * is not stored is left out there too.
 */
const UNCOUNTED =
  /^(bindings|events|componentstatuses|events\.events\.k8s\.io|.*reviews\.auth(entication|orization)\.k8s\.io)$/

/** Whether a quota can count a kind, `<plural>.<group>`. */
export const isCountable = (kind: string): boolean => !UNCOUNTED.test(kind)

/** Whether a quota is about some pods only, such as those of a priority class. */
export const isScoped = ({ spec }: KubeObject): boolean =>
  ['scopes', 'scopeSelector'].some((field) => field in ((spec ?? {}) as object))
