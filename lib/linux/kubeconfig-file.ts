import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Document } from 'yaml'
import * as z from 'zod'
import { orUndefined } from '../base/errors.ts'
import { yaml } from '../base/packages.ts'
import { Secret } from '../base/secret.ts'
import { claimsIn, type TokenClaims } from '../kube/bound-token.ts'
import { type Claims, claimsOf } from '../kube/token-claims.ts'
import { oddYaml } from './plain-yaml.ts'

/** The lists of named entries in a kubeconfig. */
export type Section = 'clusters' | 'users' | 'contexts'
type Body = Record<string, unknown>

const entries = z.array(z.looseObject({ name: z.string() })).nullish()

const schema = z
  .looseObject({
    clusters: entries,
    users: entries,
    contexts: entries,
    'current-context': z.string().nullish(),
  })
  .nullish()

const BODY = { clusters: 'cluster', users: 'user', contexts: 'context' } as const

/** A token as it lies in a file: only what it says of itself is legible. */
export interface HeldToken {
  value: Secret
  claims(): TokenClaims | undefined
}

interface Parsed {
  document: Document
  data: NonNullable<z.output<typeof schema>>
}

/**
 * A kubeconfig as somebody left it on a host. Nothing in it is trusted or run, and nothing of it shows when this is
 * printed: what belongs to the user passes through, credentials come out as secrets.
 */
export class KubeconfigFile {
  readonly #user: string
  readonly #content: Buffer
  #parsed: Parsed | string | undefined

  constructor(user: string, content: Buffer) {
    this.#user = user
    this.#content = content
  }

  /** SHA-256 of the bytes, in hexadecimal; a secret too, as a weak password in the file could be guessed from it. */
  get digest(): Secret {
    const digest = createHash('sha256').update(this.#content).digest('hex')
    return new Secret(`digest in the kubeconfig of ${this.#user}`, digest)
  }

  /** Why it is no kubeconfig, in words; undefined for one, and the other members need that. */
  get fault(): string | undefined {
    const parsed = this.#parse()
    return typeof parsed === 'string' ? parsed : undefined
  }

  /** The token of a file that is this rendered text in every other byte. */
  tokenIn(rendered: string, seal: string): HeldToken | undefined {
    const text = this.#content.toString('utf8')
    const [before, after] = rendered.split(seal) as [string, string]
    const token = text.slice(before.length, text.length - after.length)
    return text.startsWith(before) && text.endsWith(after) && /^[\w.-]+$/.test(token)
      ? this.#held(token)
      : undefined
  }

  /** A user's token. */
  token(user: string): HeldToken | undefined {
    const token = this.#body('users', user)?.['token']
    return typeof token === 'string' ? this.#held(token) : undefined
  }

  names(section: Section): readonly string[] {
    return this.#data[section]?.map(({ name }) => name) ?? []
  }

  /** What a cluster or context entry says; undefined without that entry, empty when it is there twice. */
  entry(section: Exclude<Section, 'users'>, name: string): Body | undefined {
    return this.#body(section, name)
  }

  /** A user's credentials by kind. */
  credentials(name: string): Record<string, Secret> | undefined {
    const body = this.#body('users', name)
    return (
      body &&
      Object.fromEntries(
        Object.entries(body).map(([key, value]) => [
          key,
          this.#secret(key, typeof value === 'string' ? value : JSON.stringify(value)),
        ]),
      )
    )
  }

  /** What a user's token says of itself; undefined without a token that says anything. */
  claims(name: string): Claims | undefined {
    const token = this.#body('users', name)?.['token']
    return typeof token === 'string' ? claimsOf(token.split('.')[1] ?? '') : undefined
  }

  get current(): string | undefined {
    return this.#data['current-context'] ?? undefined
  }

  /** The bytes as they are. */
  get unchanged(): string {
    return this.#content.toString('utf8')
  }

  /**
   * The text with the entries of `rendered` in place of those of the same name and without those that are `gone`;
   * everything else stays, comments too. Empty when nothing is left; undefined when the rest refers to what is gone.
   */
  merged(
    rendered: string | undefined,
    gone: Record<Section, ReadonlySet<string>>,
    current: string,
  ): string | undefined {
    const { isSeq, parseDocument } = yaml()
    const document = parseDocument(this.unchanged, QUIETLY)
    const ours = parseDocument(rendered ?? '')
    if (document.contents === null) return rendered
    let left = 0
    for (const section of Object.keys(BODY) as Section[]) {
      const names = this.names(section)
      const node = document.get(section)
      const added = ours.get(section)
      const items = isSeq(added) ? added.items : []
      const replaced = new Set([...gone[section], ...items.map(nameOf)])
      if (isSeq(node)) {
        if (names.length === 0) node.flow = false
        node.items = [...items, ...node.items.filter((_, index) => !replaced.has(names[index]!))]
        left += node.items.length
      } else if (names.length > 0) return undefined
      else if (items.length > 0) {
        document.set(section, added)
        left += items.length
      }
    }
    if (left === 0) return ''
    document.set('current-context', current)
    for (const key of ['apiVersion', 'kind']) if (!document.has(key)) document.set(key, ours.get(key))
    return orUndefined(() => document.toString({ lineWidth: 0, indentSeq: false }))
  }

  get #data(): Parsed['data'] {
    const parsed = this.#parse()
    return typeof parsed === 'string' ? {} : parsed.data
  }

  #body(section: Section, name: string): Body | undefined {
    const found = this.#data[section]?.filter((entry) => entry.name === name) ?? []
    if (found.length === 0) return undefined
    const body = found.length === 1 ? found[0]![BODY[section]] : undefined
    return typeof body === 'object' && body !== null ? (body as Body) : {}
  }

  #held(token: string): HeldToken {
    return { value: this.#secret('token', token), claims: () => claimsIn(token) }
  }

  #secret(what: string, value: string): Secret {
    return Secret.found(`${what} in the kubeconfig of ${this.#user}`, value)
  }

  #parse(): Parsed | string {
    this.#parsed ??= parse(this.#content)
    return this.#parsed
  }
}

/** Words about a text of somebody else's would cost time and be shown to nobody. */
const QUIETLY = { prettyErrors: false, logLevel: 'error' } as const

const parse = (content: Buffer): Parsed | string => {
  if (!isUtf8(content)) return 'it is not UTF-8'
  const text = new TextDecoder().decode(content)
  const odd = oddYaml(text)
  if (odd !== undefined) return odd
  try {
    const document = yaml().parseDocument(text, QUIETLY)
    if (document.errors.length > 0) return 'it is not YAML'
    const checked = schema.safeParse(document.toJS())
    return checked.success ? { document, data: checked.data ?? {} } : 'it has not the form of a kubeconfig'
  } catch {
    return 'it is not YAML'
  }
}

const nameOf = (item: unknown): string => (yaml().isMap(item) ? String(item.get('name')) : '')
