import { quantity } from '../base/quantity.ts'
import type { ResourceQuota } from './shapes.ts'

/** How much of a quota is in use. */
export interface QuotaUse {
  group: string
  key: string
  used: string
  hard: string
  /** Whether the server counts it; where it does not and has the kind, it refuses to make any. */
  counted: boolean
  /** Of 1; more when the quota was lowered below what was in use. */
  share: number
}

/** The use of every key of quotas in these namespaces. */
export const quotaUse = (quotas: readonly ResourceQuota[], groups: ReadonlySet<string>): QuotaUse[] =>
  quotas
    .filter(({ metadata }) => groups.has(metadata.namespace!))
    .flatMap(({ metadata, status }) => {
      const { hard = {}, used = {} } = status ?? {}
      return Object.entries(hard).map(([key, most]) => ({
        group: metadata.namespace!,
        key,
        used: used[key] ?? '0',
        hard: most,
        counted: key in used,
        share: shareOf(used[key] ?? '0', most),
      }))
    })

const shareOf = (used: string, hard: string): number => {
  const [part, whole] = [quantity(used) ?? 0n, quantity(hard) ?? 0n]
  if (whole === 0n) return part > 0n ? 1 : 0
  return Number((part * 1000n) / whole) / 1000
}

/** How much of what a key counts the quotas of a namespace leave; undefined when none counts it. */
export const leftOf = (
  quotas: readonly ResourceQuota[],
  namespace: string,
  key: string,
): number | undefined => {
  const here = quotas.filter(({ metadata }) => metadata.namespace === namespace)
  const left = here.flatMap(({ status }) => {
    const { hard = {}, used = {} } = status ?? {}
    if (hard[key] === undefined) return []
    return [Number(((quantity(hard[key]) ?? 0n) - (quantity(used[key] ?? '0') ?? 0n)) / 10n ** 9n)]
  })
  return left.length === 0 ? undefined : Math.max(0, Math.min(...left))
}

/** Whether every quota of a namespace leaves so much of a key; one that does not count it yet refuses all. */
export const fits = (
  quotas: readonly ResourceQuota[],
  namespace: string,
  key: string,
  amount: string,
): boolean =>
  quotas
    .filter(({ metadata }) => metadata.namespace === namespace)
    .every(({ status }) => {
      const { hard = {}, used = {} } = status ?? {}
      if (hard[key] === undefined) return true
      if (used[key] === undefined) return false
      return (quantity(used[key]) ?? 0n) + (quantity(amount) ?? 0n) <= (quantity(hard[key]) ?? 0n)
    })
