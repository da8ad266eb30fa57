import { createHash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const MARK = '«secret:'

/**
 * A value that must not be seen. It prints as `«secret:name»` wherever it lands: strings, JSON, inspect.
 * The value is fetched when first revealed, once, and only `lib/connect/` reveals.
 */
export class Secret {
  readonly name: string
  readonly #fetch: () => string | Promise<string>
  #value: Promise<string> | undefined

  constructor(name: string, value: string | (() => string | Promise<string>)) {
    this.name = name
    this.#fetch = typeof value === 'string' ? () => value : value
  }

  /** The value itself. Called under `lib/connect/` and in this file only; a test holds that. */
  reveal(): Promise<string> {
    this.#value ??= (async () => {
      const value = await this.#fetch()
      revealed.add(value)
      return value
    })()
    return this.#value
  }

  /** Whether both hold the same value; compares digests, so neither length nor content shows in the time taken. */
  async equals(other: Secret): Promise<boolean> {
    const [a, b] = await Promise.all([this.reveal(), other.reveal()])
    return timingSafeEqual(digest(a), digest(b))
  }

  toString(): string {
    return `${MARK}${this.name}»`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest()

const revealed = new Set<string>()

/**
 * Text from a host or the API with every secret revealed so far taken out, in the forms they travel in
 * (plain, base64, JSON-escaped, shell-quoted). Secrets shorter than four characters are left: blanking
 * every `1` would hide the message and not the secret.
 */
export const redact = (text: string): string => {
  let clean = text
  for (const value of revealed) {
    if (value.length < 4) continue
    for (const form of forms(value)) clean = clean.replaceAll(form, '«secret»')
  }
  return clean
}

const forms = (value: string): Set<string> =>
  new Set([
    value,
    Buffer.from(value).toString('base64'),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "'\\''"),
    encodeURIComponent(value),
  ])
