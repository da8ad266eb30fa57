const ONE = 10n ** 9n

/** In billionths: each is a thousand times the one before, and with `i` 1024 times. */
const SUFFIX: Readonly<Record<string, bigint>> = Object.fromEntries([
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, at) => [suffix, 1000n ** BigInt(at)]),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, at) => [suffix, ONE * 1024n ** BigInt(at + 1)]),
])

/** Cores, bytes and cards that an API server can keep at most: 2^63 - 1. */
const MOST = (2n ** 63n - 1n) * ONE
const MILLI = SUFFIX['m']!

/**
 * A Kubernetes quantity in billionths, rounded up and cut off as the API server does; undefined when it is not one.
 * `8`, `8000m` and `8e0` are equal, `60Gi` is 64424509440. Grammar: apimachinery `resource.Quantity`.
 */
export const quantity = (value: string | number): bigint | undefined => {
  const match = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i))?$/.exec(
    String(value),
  )
  if (match === null) return undefined
  const [, sign, digits = '', exponent, suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const power = Number(exponent ?? 0) - fraction.length
  const scaled = BigInt(whole + fraction) * SUFFIX[suffix]!
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : roundedUp(scaled, 10n ** BigInt(-power))
  const kept = nano > MOST ? MOST : nano
  return sign === '-' ? -kept : kept
}

const roundedUp = (amount: bigint, unit: bigint): bigint => (amount + unit - 1n) / unit

/**
 * Whether an API server that is given the one keeps what it keeps when given the other: in quotas, limits and
 * capacities it stores whole thousandths, rounded up. Falls back to plain equality.
 */
export const sameQuantity = (a: unknown, b: unknown): boolean => {
  if ((typeof a !== 'string' && typeof a !== 'number') || (typeof b !== 'string' && typeof b !== 'number'))
    return false
  const [left, right] = [quantity(a), quantity(b)]
  if (left === undefined || right === undefined) return a === b
  return roundedUp(left, MILLI) === roundedUp(right, MILLI)
}
