import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const MARK = '«secret:'

/**
 * A value that must not be seen. It prints as `«secret:name»` wherever it lands: strings, JSON, inspect.
 * The value is fetched when first revealed, once, and only `lib/connect/` reveals.
 */
export class Secret {
  readonly name: string
  readonly #fetch: string | (() => string | Promise<string>)
  #value: Promise<string> | undefined
  #deferred = false
  #parts: readonly Secret[] = []
  #found = false

  constructor(name: string, value: string | (() => string | Promise<string>)) {
    this.name = name
    this.#fetch = value
  }

  /**
   * What stands where a credential is kept in a file that somebody else writes. It may be any word, so that it is taken
   * out of messages only when it looks like a credential.
   */
  static found(name: string, value: string): Secret {
    const secret = new Secret(name, value)
    secret.#found = true
    return secret
  }

  /** A secret that another one, not known yet, will hold. */
  static later(name: string, source: () => Promise<Secret>): Secret {
    const secret = new Secret(name, async () => (await source()).reveal())
    secret.#deferred = true
    return secret
  }

  /** A text that prints with its secrets sealed, as one secret: each `«secret:name»` in it stands for the value. */
  static sealed(name: string, text: string, parts: readonly Secret[]): Secret {
    const secret = new Secret(name, async () => {
      const values = await Promise.all(parts.map((part) => part.reveal()))
      return parts.reduce((whole, part, index) => whole.replaceAll(String(part), () => values[index]!), text)
    })
    secret.#parts = parts
    return secret
  }

  /** Fetches the value without handing it out, so that a missing source is known before anything changes. */
  async prefetch(): Promise<void> {
    if (this.#parts.length > 0) await Promise.all(this.#parts.map((part) => part.prefetch()))
    else if (!this.#deferred) await this.reveal()
  }

  /** Fetches the value without handing it out, also when it is known only late in a run. */
  async fetch(): Promise<void> {
    await this.reveal()
  }

  /** The value itself. Called under `lib/connect/` and in this file only; a test holds that. */
  reveal(): Promise<string> {
    this.#value ??= (async () => {
      const value = typeof this.#fetch === 'string' ? this.#fetch : await this.#fetch()
      // What a deferred one holds was revealed by the one that it comes from.
      if (!this.#deferred && (!this.#found || looksLikeCredential(value))) hide(value)
      return value
    })()
    return this.#value
  }

  /** Whether both hold the same value; false as long as one of them has still to be fetched. */
  equals(other: Secret): boolean {
    if (typeof this.#fetch !== 'string' || typeof other.#fetch !== 'string') return this === other
    const [one, another] = [Buffer.from(this.#fetch), Buffer.from(other.#fetch)]
    return one.length === another.length && timingSafeEqual(one, another)
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

/** What is taken out of text, and the same with the longest first: one may be a part of another. */
const hidden = new Set<string>()
let inOrder: readonly string[] | undefined

const SHORTEST_HIDDEN = 4

const hide = (value: string): void => {
  if (value.length < SHORTEST_HIDDEN || hidden.has(value)) return
  for (const form of formsOf(value)) hidden.add(form)
  inOrder = undefined
}

const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/
const HEX = /^[0-9a-f]{32,}$/i
const SHORTEST = 20
/** Of neighbouring characters: how many are of another kind (small, capital, digit) than the one before. */
const MIXED = 1 / 5
/** Names of kinds have capitals within, and seldom digits. */
const MIXED_LETTERS = 2 / 7

/** Whether a text is one of the random ones that let somebody in, rather than a word or a name that people use. */
export const looksLikeCredential = (text: string): boolean => {
  if (JWT.test(text) || HEX.test(text)) return true
  if (text.length < SHORTEST || /[^\w+/=.~-]/.test(text)) return false
  const changes = text.match(/(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=\d)[A-Za-z]/g)?.length ?? 0
  return changes > text.length * (/\d/.test(text) ? MIXED : MIXED_LETTERS)
}

/**
 * Text from a host or the API with every secret revealed so far taken out, in the forms they travel in
 * (plain, base64, JSON-escaped, shell-quoted). Secrets shorter than four characters are left: blanking
 * every `1` would hide the message and not the secret.
 */
export const redact = (text: string): string => {
  inOrder ??= [...hidden].toSorted((a, b) => b.length - a.length)
  let clean = text
  for (const form of inOrder) if (form.length <= clean.length) clean = clean.replaceAll(form, '«secret»')
  return clean
}

const formsOf = (value: string): string[] => [
  value,
  Buffer.from(value).toString('base64'),
  JSON.stringify(value).slice(1, -1),
  value.replaceAll("'", "'\\''"),
  encodeURIComponent(value),
]
