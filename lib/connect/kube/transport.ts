import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import pLimit from 'p-limit'
import { abortable } from '../../base/abortable.ts'
import type { AutomationError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import type { OnRoundTrip, Reply } from '../connection.ts'
import type { Credentials, RequestCredentials } from './credentials.ts'
import { brokenOff, failedCall, noAnswer, notAwake, type RequestInWords, refusal } from './errors.ts'

/** One request to the API. */
export interface Call extends RequestInWords {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: Record<string, string>
  body?: unknown
  /** Of the body; JSON by default. */
  contentType?: string
  /** Of the answer; JSON by default. */
  accept?: string
  /** Whose token is shown: our own credentials when absent, none when `null`. */
  token?: Secret | null
}

export interface TransportOptions {
  /** Limit of one call with all its attempts. */
  timeoutMs: number
  /** Told of each request. */
  onRoundTrip?: OnRoundTrip
}

/** A call of which every answer counts, also a refusal. */
type Asked = Call & { anyStatus?: boolean }

/** `waking`: a refusal of a server that may not know yet who may do what. */
type Outcome = { ok: true; value: unknown } | Failed

interface Failed {
  ok: false
  error: AutomationError
  pauseMs?: number
  waking?: boolean
}

/**
 * Calls in flight; more wait. Streams do not count. Few at first, as each has a connection of its own, and to open one
 * takes both sides longer than several answers of a server that is near; more and more while calls wait.
 */
const AT_ONCE = { first: 2, more: 2, everyMs: 15, most: 32 }
const ATTEMPTS = 6
/** For how long a server that was lost may not know yet who may do what: it reads that after it has begun to answer. */
const WAKING_MS = 10_000
const LONGEST_PAUSE_MS = 8000
const DIAL_MS = 10_000
/** The API server sends a bookmark every minute, so a stream that is silent for longer has lost its other end. */
const SILENCE_MS = 90_000
/** As we use them: an apply, a read or a delete that may have arrived can be sent again. */
const REPEATABLE = new Set(['GET', 'PATCH', 'DELETE'])

const unzip = promisify(gunzip)

/**
 * Requests over kept connections. A call is tried again when the API server was too busy, ailing or lost on the way,
 * after the pause that it asks for; every failure is an AutomationError that holds no body of an answer.
 */
export class KubeTransport {
  readonly server: string
  readonly timeoutMs: number
  readonly #credentials: Credentials
  readonly #limit = pLimit(AT_ONCE.first)
  #widening: NodeJS.Timeout | undefined
  readonly #tell: OnRoundTrip | undefined
  readonly #closing = new AbortController()
  #answered = false
  #lost = false
  #awakeAt = 0
  #requests = 0
  #aheadMs = 0

  constructor(server: string, credentials: Credentials, { timeoutMs, onRoundTrip }: TransportOptions) {
    this.#tell = onRoundTrip
    this.server = server
    this.timeoutMs = Math.ceil(timeoutMs)
    this.#credentials = credentials
  }

  /** What the server's clock says, as far as its last answer told. */
  get now(): Date {
    return new Date(Date.now() + this.#aheadMs)
  }

  /** Requests sent so far, repeated ones included. */
  get requests(): number {
    return this.#requests
  }

  /** Aborts when the connection is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** The JSON that the API server answers. */
  call(call: Asked, signal: AbortSignal): Promise<unknown> {
    const answer = this.#limit(() => this.#persist(call, AbortSignal.any([signal, this.closed])))
    this.#widening ??= setInterval(() => this.#widen(), AT_ONCE.everyMs).unref()
    return answer
  }

  #widen(): void {
    if (this.#limit.pendingCount > 0) {
      this.#limit.concurrency = Math.min(this.#limit.concurrency + AT_ONCE.more, AT_ONCE.most)
    } else {
      clearInterval(this.#widening)
      this.#widening = undefined
    }
  }

  /**
   * The answer with its status when the API server took or refused the request; what it was too busy for is tried
   * again.
   */
  async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    return (await this.call({ ...call, anyStatus: true }, signal)) as Reply
  }

  /** An answer as it comes in, once its head is there; asked for once, and outside the limit. */
  async open(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(call, AbortSignal.any([signal, this.closed]), true)
    const waking = this.#isWaking()
    const status = response.statusCode!
    if (status === 200) return response
    const text = await textOf(response)
    throw waking && isShut(status) ? notAwake(this.server, status) : refusal(call, this.server, status, text)
  }

  close(): void {
    this.#closing.abort()
    this.#credentials.close()
  }

  async #persist(call: Asked, signal: AbortSignal): Promise<unknown> {
    const deadline = AbortSignal.timeout(this.timeoutMs)
    const last = performance.now() + this.timeoutMs
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(call, AbortSignal.any([signal, deadline]))
      if (outcome.ok) return outcome.value
      if (signal.aborted) throw brokenOff(call.subject, signal)
      if (deadline.aborted) throw noAnswer(this.server, timedOut(this.timeoutMs))
      const pauseMs = this.#pauseMs(call, outcome, attempt)
      if (pauseMs === undefined || performance.now() + pauseMs > last) throw outcome.error
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  async #attempt(call: Asked, signal: AbortSignal): Promise<Outcome> {
    try {
      const response = await this.#send(call, signal)
      const { statusCode = 0, headers } = response
      const date = Date.parse(headers.date ?? '')
      if (!Number.isNaN(date)) this.#aheadMs = date - Date.now()
      const text = await textOf(response)
      const waking = this.#isWaking()
      if (waking && isShut(statusCode))
        return { ok: false, error: refusal(call, this.server, statusCode, text), waking }
      if (call.anyStatus && !isBusy(statusCode))
        return { ok: true, value: { status: statusCode, body: parsed(text) } satisfies Reply }
      if (statusCode >= 200 && statusCode < 300) return { ok: true, value: JSON.parse(text) }
      const seconds = Number.parseInt(headers['retry-after'] ?? '', 10)
      return {
        ok: false,
        error: refusal(call, this.server, statusCode, text),
        ...(seconds >= 0 && { pauseMs: seconds * 1000 }),
      }
    } catch (error) {
      return { ok: false, error: failedCall(call, this.server, error) }
    }
  }

  /** How long to wait before the next attempt; undefined when there should be none. */
  #pauseMs({ method }: Call, { error, pauseMs, waking }: Failed, attempt: number) {
    const { status, retryable } = error
    const neverTaken = status === 429 || status === 503
    const lost = status === undefined
    const next = (pauseMs ?? Math.min(250 * 2 ** (attempt - 1), LONGEST_PAUSE_MS)) * (1 + Math.random() / 2)
    if (waking) return Math.min(next, WAKING_MS / 5)
    if (!retryable || (attempt >= ATTEMPTS && status !== 429)) return undefined
    if (lost && !this.#answered && !wasDropped(error)) return undefined
    return neverTaken || REPEATABLE.has(method) ? next : undefined
  }

  /** Whether the server has only just come back; called with each answer. */
  #isWaking(): boolean {
    if (this.#lost) this.#awakeAt = performance.now() + WAKING_MS
    this.#lost = false
    this.#answered = true
    return performance.now() < this.#awakeAt
  }

  async #send(call: Call, signal: AbortSignal, stream = false): Promise<IncomingMessage> {
    signal.throwIfAborted()
    const { token } = call
    const asking = token === undefined ? this.#credentials.identity() : this.#credentials.bearer(token)
    const identity = await abortable(asking, signal)
    this.#requests++
    const path = pathOf(call)
    this.#tell?.({ type: 'request', method: call.method, path })
    try {
      return await exchange(`${this.server}${path}`, call, identity, signal, stream)
    } catch (error) {
      if (!signal.aborted) this.#lost = this.#answered
      throw error
    }
  }
}

const pathOf = ({ path, query }: Call): string => `${path}${query ? `?${new URLSearchParams(query)}` : ''}`

const exchange = (
  url: string,
  call: Call,
  { headers, agent }: RequestCredentials,
  signal: AbortSignal,
  stream: boolean,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { method, body, contentType = 'application/json', accept = 'application/json' } = call
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const sent = request(url, {
      method,
      agent,
      signal,
      headers: {
        ...headers,
        accept,
        // The API server would compress streams too, and hold back what does not fill a block.
        'accept-encoding': stream ? 'identity' : 'gzip',
        'user-agent': 'arena-playbooks',
        // Node gives a DELETE no length by itself, and its preconditions would be taken for the next request.
        ...(content && { 'content-type': contentType, 'content-length': content.length }),
      },
    })
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.on('socket', (socket) => {
      if (!socket.connecting) return
      const dialing = setTimeout(() => sent.destroy(timedOut(DIAL_MS)), DIAL_MS)
      socket.once('secureConnect', () => clearTimeout(dialing))
      socket.once('close', () => clearTimeout(dialing))
    })
    if (stream) sent.setTimeout(SILENCE_MS, () => sent.destroy(timedOut(SILENCE_MS)))
    sent.end(content)
  })

const isShut = (status: number): boolean => status === 401 || status === 403

/** Somebody was there and hung up, which nobody does who does not listen at all. */
const wasDropped = ({ cause }: AutomationError): boolean =>
  ['ECONNRESET', 'EPIPE', 'ERR_PROXY_TUNNEL'].includes(
    (cause as NodeJS.ErrnoException | undefined)?.code ?? '',
  )

const isBusy = (status: number): boolean => [429, 502, 503, 504].includes(status)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const timedOut = (ms: number): Error =>
  Object.assign(new Error(`does not answer within ${ms / 1000} s`), { code: 'ETIMEDOUT' })

const textOf = async (response: IncomingMessage): Promise<string> => {
  const bytes = await buffer(response)
  return (response.headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes).toString()
}
