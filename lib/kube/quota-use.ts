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

const nano = (amount: string): bigint => quantity(amount) ?? 0n

const shareOf = (used: string, hard: string): number => {
  const [part, whole] = [nano(used), nano(hard)]
  if (whole === 0n) return part > 0n ? 1 : 0
  return Number((part * 1000n) / whole) / 1000
}

/** What each quota of a namespace that limits a key says of it; `used` is absent where the server does not count it. */
const limitsOf = (quotas: readonly ResourceQuota[], namespace: string, key: string) =>
  quotas
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap(({ status }) => {
      const hard = status?.hard?.[key]
      return hard === undefined ? [] : [{ hard, used: status?.used?.[key] }]
    })

/** How much of what a key counts the quotas of a namespace leave; undefined when none counts it. */
export const leftOf = (
  quotas: readonly ResourceQuota[],
  namespace: string,
  key: string,
): number | undefined => {
  const left = limitsOf(quotas, namespace, key).map(({ hard, used = '0' }) =>
    Number((nano(hard) - nano(used)) / 10n ** 9n),
  )
  return left.length === 0 ? undefined : Math.max(0, Math.min(...left))
}

/** Whether every quota of a namespace leaves so much of a key; one that does not count it yet refuses all. */
export const fits = (
  quotas: readonly ResourceQuota[],
  namespace: string,
  key: string,
  amount: string,
): boolean =>
  limitsOf(quotas, namespace, key).every(
    ({ hard, used }) => used !== undefined && nano(used) + nano(amount) <= nano(hard),
  )
