// The devices and huge pages that a cluster offers, by the names that a pod can ask for them with.

import { quantity } from '../base/quantity.ts'
import type { KubeObject } from './object.ts'
import {
  deviceClassShare,
  deviceShare,
  hugePageShare,
  implicitName,
  isExtended,
  pageSizeOf,
  type Share,
} from './quota.ts'

/** A device that a pod can ask for, or a page of memory that is set apart. */
export interface Device {
  /** What requests and limits call it. */
  resource: string
  /** What of a quota limits it. */
  share: Share
  /** How many the nodes have; absent for a DeviceClass, whose own expressions decide that. */
  count?: number
  /** The DeviceClass that gives it out. */
  deviceClass?: string
}

/** What nodes advertise and device classes give out, by name. */
export const devicesOffered = (
  nodes: readonly KubeObject[],
  deviceClasses: readonly KubeObject[],
): Device[] => {
  const counts = new Map<string, bigint>()
  for (const [name, amount] of nodes.flatMap((node) => Object.entries(allocatableOf(node))))
    if (isExtended(name) || pageSizeOf(name) !== undefined)
      counts.set(name, (counts.get(name) ?? 0n) + (quantity(amount) ?? 0n))
  const onNodes = [...counts]
    .filter(([, nano]) => nano > 0n)
    .map(([resource, nano]): Device => {
      const size = pageSizeOf(resource)
      const share = size === undefined ? deviceShare(resource) : hugePageShare(size)
      return { resource, share, count: Math.floor(Number(nano / 10n ** 9n) / unitOf(resource)) }
    })
  const byClass = deviceClasses.flatMap(({ metadata: { name }, spec }) => {
    const { extendedResourceName } = (spec ?? {}) as { extendedResourceName?: string }
    return [implicitName(name), ...(extendedResourceName === undefined ? [] : [extendedResourceName])].map(
      (resource) => ({
        resource,
        share: resource === extendedResourceName ? deviceShare(resource) : deviceClassShare(name),
        deviceClass: name,
      }),
    )
  })
  const all = [...onNodes, ...byClass.filter(({ resource }) => !counts.has(resource))]
  return all.toSorted((a, b) => (a.resource < b.resource ? -1 : 1))
}

/** What one of a thing is in a quantity: 1 for a device, its bytes for a page. */
export const unitOf = (resource: string): number => {
  const size = quantity(pageSizeOf(resource) ?? 1) ?? 0n
  return Math.max(1, Number(size / 10n ** 9n))
}

/**
 * Whether one of these keys of quotas limits a device. Claims of a class that has an extended resource name are
 * charged to that name as well: a quota on it holds them back, although the pod itself is taken.
 */
export const isLimited = (
  { share, deviceClass }: Device,
  keys: ReadonlySet<string>,
  deviceClasses: readonly KubeObject[],
): boolean => {
  if (share.keys.some((key) => keys.has(key))) return true
  const of = deviceClasses.find(({ metadata }) => metadata.name === deviceClass)
  const { extendedResourceName } = (of?.['spec'] ?? {}) as { extendedResourceName?: string }
  return (
    extendedResourceName !== undefined && deviceShare(extendedResourceName).keys.some((key) => keys.has(key))
  )
}

/** What a node has for pods, by name. */
export const allocatableOf = ({ status }: KubeObject): Record<string, string> =>
  (status as { allocatable?: Record<string, string> } | undefined)?.allocatable ?? {}
