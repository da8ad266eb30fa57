const SUFFIX: Record<string, bigint> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 10n ** 9n * 2n ** 10n,
  Mi: 10n ** 9n * 2n ** 20n,
  Gi: 10n ** 9n * 2n ** 30n,
  Ti: 10n ** 9n * 2n ** 40n,
  Pi: 10n ** 9n * 2n ** 50n,
  Ei: 10n ** 9n * 2n ** 60n,
}

/**
 * A Kubernetes quantity in billionths, rounded up as the API server rounds; undefined when it is not one.
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
  const divisor = 10n ** BigInt(Math.max(0, -power))
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : (scaled + divisor - 1n) / divisor
  return sign === '-' ? -nano : nano
}

/** Whether two values are the same amount, however written; falls back to plain equality. */
export const sameQuantity = (a: unknown, b: unknown): boolean => {
  if ((typeof a !== 'string' && typeof a !== 'number') || (typeof b !== 'string' && typeof b !== 'number'))
    return false
  const left = quantity(a)
  return left === undefined ? a === b : left === quantity(b)
}
