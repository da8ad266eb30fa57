// What an inventory gives all groups together, beside what the nodes have.

import { quantity } from '../base/quantity.ts'
import { allocatableOf } from './devices.ts'
import type { KubeObject } from './object.ts'
import {
  amountOf,
  implicitName,
  isInBytes,
  type Quota,
  SHARES,
  type Share,
  shareName,
  sharesOf,
} from './quota.ts'
import type { DeviceClass, Node } from './shapes.ts'

/** One thing that groups have shares of. */
export interface GivenShare {
  share: Share
  /** In whole devices, cores or GiB, to two digits. */
  given: number
  /** What worker nodes have of it; absent where a DeviceClass gives it out, which decides how many there are. */
  offered?: number
  /** Whether it is more than there is. */
  isTooMuch: boolean
}

/** Each thing of which some group has a share, in the order of an inventory, devices by their names. */
export const givenOf = (
  groups: readonly { quota: Quota }[],
  nodes: readonly KubeObject[],
  deviceClasses: readonly DeviceClass[],
): GivenShare[] => {
  const workers = nodes.filter(isWorker)
  // What a class gives out, its own expressions count; where there is no class of a name, there is nothing.
  const byClass = new Set(
    deviceClasses.flatMap(({ metadata: { name }, spec }) => [implicitName(name), spec?.extendedResourceName]),
  )
  return sharesIn(groups).flatMap((share): GivenShare[] => {
    const given = sum(groups.map(({ quota }) => amountOf(quota, share)))
    if (given === 0n || share.resource === undefined) return []
    const offered = sum(workers.map((node) => allocatableOf(node)[share.resource!]))
    const isCounted = offered > 0n || !byClass.has(share.resource)
    return [
      {
        share,
        given: whole(given, share),
        ...(isCounted && { offered: whole(offered, share) }),
        isTooMuch: isCounted && given > offered,
      },
    ]
  })
}

/** Masters, and ACK's virtual nodes, which promise more than there is. */
const NOT_WORKERS = new Set([
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
  'virtual-kubelet.io/provider',
])

const isWorker = ({ metadata, spec }: Node): boolean => {
  const { unschedulable, taints = [] } = spec ?? {}
  const marks = [...Object.keys(metadata.labels ?? {}), ...taints.map(({ key }) => key)]
  return unschedulable !== true && !marks.some((mark) => NOT_WORKERS.has(mark))
}

const sharesIn = (groups: readonly { quota: Quota }[]): Share[] => {
  const all: Share[] = [...groups.flatMap(({ quota }) => sharesOf(quota)), ...SHARES]
  const byName = new Map(all.map((share) => [shareName(share), share]))
  return [...byName.values()].toSorted(
    (a, b) => rankOf(a) - rankOf(b) || (shareName(a) < shareName(b) ? -1 : 1),
  )
}

/** What every inventory can limit keeps its order and comes first. */
const rankOf = (share: Share): number => {
  const place = SHARES.indexOf(share)
  return place < 0 ? SHARES.length : place
}

const sum = (amounts: readonly (string | number | undefined)[]): bigint =>
  amounts.reduce<bigint>((total, one) => total + (quantity(one ?? 0) ?? 0n), 0n)

const whole = (nano: bigint, share: Share): number => {
  const number = Number(nano) / 1e9 / (isInBytes(shareName(share)) ? 2 ** 30 : 1)
  return Math.round(number * 100) / 100
}
