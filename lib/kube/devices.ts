// The devices that a cluster offers, by the names that a pod can ask for them with.

import { quantity } from '../base/quantity.ts'
import type { KubeObject } from './object.ts'
import { deviceClassShare, deviceShare, implicitName, isExtended, type Share } from './quota.ts'

/** A device that a pod can ask for. */
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
    if (isExtended(name)) counts.set(name, (counts.get(name) ?? 0n) + (quantity(amount) ?? 0n))
  const onNodes = [...counts]
    .filter(([, nano]) => nano > 0n)
    .map(([resource, nano]) => ({ resource, share: deviceShare(resource), count: Number(nano / 10n ** 9n) }))
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
