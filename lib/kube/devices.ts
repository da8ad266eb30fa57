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
import type { Amounts, DeviceClass, Node } from './shapes.ts'

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
  deviceClasses: readonly DeviceClass[],
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
    const { extendedResourceName } = spec ?? {}
    return [implicitName(name), ...(extendedResourceName === undefined ? [] : [extendedResourceName])].map(
      (resource) => ({
        resource,
        share: resource === extendedResourceName ? deviceShare(resource) : deviceClassShare(name),
        deviceClass: name,
      }),
    )
  })
  // Several classes may give devices out under one extended resource name.
  const named = new Map(byClass.map((device) => [device.resource, device]))
  const all = [...onNodes, ...[...named.values()].filter(({ resource }) => !counts.has(resource))]
  return all.toSorted((a, b) => (a.resource < b.resource ? -1 : 1))
}

/** What one of a thing is in a quantity: 1 for a device, its bytes for a page. */
export const unitOf = (resource: string): number => {
  const size = quantity(pageSizeOf(resource) ?? 1) ?? 0n
  return Math.max(1, Number(size / 10n ** 9n))
}

/**
 * Whether one of these keys of quotas limits a device. A claim of a class that has an extended resource name is charged
 * to that name and to the class, whichever the pod asked for: a quota on the other one holds it back, although the pod
 * itself is taken. Of several classes with one name the scheduler chooses, so each must be limited then. Of a class
 * only the key that counts claims limits: the other one counts pods, and somebody may make claims.
 */
export const isLimited = (
  { resource, share, deviceClass }: Device,
  keys: ReadonlySet<string>,
  deviceClasses: readonly DeviceClass[],
): boolean => {
  const isKey = (of: Share): boolean => keys.has(of.keys[0]!)
  if (isKey(share)) return true
  if (deviceClass === undefined) return false
  const extendedOf = ({ spec }: DeviceClass): string | undefined => spec?.extendedResourceName
  const alike = deviceClasses.filter((one) => extendedOf(one) === resource)
  if (alike.length > 0) return alike.every(({ metadata }) => isKey(deviceClassShare(metadata.name)))
  const named = deviceClasses.filter(({ metadata }) => metadata.name === deviceClass).map(extendedOf)
  return named.some((name) => name !== undefined && isKey(deviceShare(name)))
}

/** What a node has for pods, by name. */
export const allocatableOf = ({ status }: Node): Amounts => status?.allocatable ?? {}
