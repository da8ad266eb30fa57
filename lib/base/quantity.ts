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

/** Units that people write bytes in, the largest first. */
const BINARY = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki', '']

/** Digits behind the point beyond which a number of larger units is not easier to read. */
const MOST_DIGITS = 4n

/**
 * A quantity as people write it: an API server keeps `10.1Gi` as `10844792422400m`, thousandths of a byte. Whatever is
 * not in thousandths of more than a million stays as it is. Given the one or the other, a server keeps the same.
 */
export const readableQuantity = (amount: string): string => {
  const thousandths = /^\d{10,}m$/.test(amount) ? BigInt(amount.slice(0, -1)) : 0n
  if (thousandths < 1024n ** 2n * 1000n) return amount
  for (const suffix of BINARY) {
    const unit = (SUFFIX[suffix]! / ONE) * 1000n
    for (let digits = 0n; thousandths >= unit && digits <= MOST_DIGITS; digits++) {
      const text = `${decimal((thousandths * 10n ** digits) / unit, Number(digits))}${suffix}`
      if (sameQuantity(text, amount)) return text
    }
  }
  return amount
}

/** The same in what an API server says of a quota or a LimitRange: `requested: limits.memory=…`, `per Pod is …`. */
export const readableQuantities = (said: string): string =>
  said.replace(/(?<=[= ])\d+m(?![\w.])/g, readableQuantity)

const decimal = (scaled: bigint, digits: number): string => {
  const text = String(scaled).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

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
