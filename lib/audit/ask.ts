import { hash } from 'node:crypto'
import pLimit from 'p-limit'
import * as z from 'zod'
import { AutomationError } from '../base/errors.ts'
import { pause } from '../base/pause.ts'
import { untrusted } from '../base/printable.ts'
import type { Secret } from '../base/secret.ts'
import type { Inquiry, KubeConnection, Reply } from '../connect/connection.ts'
import type { Identity } from '../inventory/identity.ts'
import { forgetManagers, type KubeObject, type ObjectRef, pathOf } from '../kube/object.ts'
import type { LiveRule } from '../kube/rbac.ts'
import type { Reviewed } from './check.ts'
import { placeOfRules, rulesReviewed, rulesReviewIn } from './own-rules.ts'
import { type Attempt, attributesOf, type Refused, type Review, refusalOf, type Taken } from './question.ts'
import { allows } from './rbac.ts'
import { reviewedIn } from './review.ts'

export interface AskOptions {
  connection: KubeConnection
  /** The token that is in a user's kubeconfig; throws when none could be read. */
  tokenOf(user: string): Secret
  /** The same where it is a token of this identity and could be read. */
  ownTokenOf(user: string, who: Identity): Secret | undefined
  signal: AbortSignal
  /** Called once a question has its answer. */
  onAnswer(): void
}

/** Questions in flight at once. */
const CONCURRENCY = 32
const PATIENCE_MS = 60_000

/** Puts questions to the API server, each once until its answer is forgotten. A question without an answer rejects. */
export class Asker {
  readonly #options: AskOptions
  readonly #limit = pLimit(CONCURRENCY)
  readonly #reviews = new Map<string, Promise<Reviewed>>()
  readonly #attempts = new Map<string, Promise<Taken | Refused>>()
  readonly #rules = new Map<string, Promise<readonly LiveRule[] | undefined>>()
  /** Tokens that were tried: several may have one name, which is all that they print. */
  readonly #tokens: Secret[] = []
  /** Answers to attempts that are one object, which needs no look at what it says. */
  #known = new WeakMap<Attempt, Promise<Taken | Refused>>()
  /** Attempts whose answers were forgotten. */
  #forgotten = 0
  /** Rights looked up in a list. */
  #found = 0

  constructor(options: AskOptions) {
    this.#options = options
  }

  /** Rights that were asked for, one by one or by the list of a user's. */
  get reviews(): number {
    return this.#reviews.size + this.#found
  }

  get attempts(): number {
    return this.#forgotten + this.#attempts.size
  }

  async review(review: Review): Promise<Reviewed> {
    const { onAnswer } = this.#options
    const rules = await this.#listed(review)
    if (rules === undefined) return once(this.#reviews, review, () => this.#asked(review).finally(onAnswer))
    this.#found++
    onAnswer()
    return { allowed: allows({ rules }, review.deed), reason: '' }
  }

  attempt(attempt: Attempt): Promise<Taken | Refused> {
    const { onAnswer } = this.#options
    const answer =
      this.#known.get(attempt) ??
      once(this.#attempts, { attempt, token: this.#numberOf(attempt) }, () =>
        this.#attempt(attempt).finally(onAnswer),
      )
    this.#known.set(attempt, answer)
    return answer
  }

  /** Attempts are made anew from now on, also those that had an answer. */
  forgetAttempts(): void {
    this.#forgotten += this.#attempts.size
    this.#attempts.clear()
    this.#known = new WeakMap()
  }

  #numberOf({ as }: Attempt): number | undefined {
    if (as.kind !== 'token') return undefined
    const known = this.#tokens.findIndex((token) => token.equals(as.token))
    return known < 0 ? this.#tokens.push(as.token) - 1 : known
  }

  /** All the rules of a user where a deed would be; undefined where they cannot be listed. */
  async #listed({ who, deed, listedFor }: Review): Promise<readonly LiveRule[] | undefined> {
    if (listedFor === undefined) return undefined
    const place = placeOfRules(deed)
    return once(this.#rules, { listedFor, place }, async () => {
      const token = this.#options.ownTokenOf(listedFor, who)
      if (token === undefined) return undefined
      const { status, body } = await this.#inquire({ ...rulesReviewIn(place), token })
      return status === 201 ? rulesReviewed(body) : undefined
    })
  }

  async #asked({ who, deed }: Review): Promise<Reviewed> {
    const { status, body } = await this.#inquire({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: who.username, groups: who.groups, ...attributesOf(deed) },
      },
    })
    if (status !== 201) throw unanswered('SubjectAccessReview', status, messageOf(body))
    const answer = reviewedIn(said.safeParse(body).data?.status)
    if (typeof answer === 'string') throw unanswered('SubjectAccessReview', status, answer)
    return answer
  }

  async #attempt(attempt: Attempt): Promise<Taken | Refused> {
    const inquiry = { ...requestOf(attempt), ...this.#tokenFor(attempt) }
    const { status, body } = await this.#until(attempt.do === 'read' ? attempt.until : undefined, () =>
      this.#inquire(inquiry),
    )
    if (status >= 200 && status < 300) {
      const { metadata } = (body ?? {}) as Partial<KubeObject>
      // Some that are read are no objects.
      if (metadata !== undefined) forgetManagers({ metadata })
      return { taken: true, status, object: body as KubeObject }
    }
    const message = messageOf(body)
    if (status >= 500) throw unanswered('the dry run', status, message)
    return refusalOf(status, message)
  }

  #tokenFor({ as }: Attempt): Pick<Inquiry, 'token'> {
    switch (as.kind) {
      case 'admin':
        return {}
      case 'nobody':
        return { token: null }
      case 'token':
        return { token: as.token }
      case 'user':
        return { token: this.#options.tokenOf(as.user) }
    }
  }

  /** The API server remembers for ten seconds that a token is good. */
  async #until(status: number | undefined, ask: () => Promise<Reply>): Promise<Reply> {
    const { signal } = this.#options
    for (const end = performance.now() + PATIENCE_MS; ; await pause(1000, signal)) {
      const reply = await ask()
      if (status === undefined || reply.status === status || performance.now() > end) return reply
    }
  }

  #inquire(inquiry: Inquiry): Promise<Reply> {
    const { connection, signal } = this.#options
    return this.#limit(() => connection.inquire(inquiry, signal))
  }
}

const once = <Q, A>(asked: Map<string, Promise<A>>, question: Q, ask: () => Promise<A>): Promise<A> => {
  const key = hash('sha256', JSON.stringify(question), 'base64')
  let answer = asked.get(key)
  if (answer === undefined) {
    answer = ask()
    asked.set(key, answer)
  }
  return answer
}

const requestOf = (attempt: Attempt): Pick<Inquiry, 'method' | 'path' | 'body'> => {
  switch (attempt.do) {
    case 'read':
      return { method: 'GET', path: attempt.read }
    case 'remove':
      return { method: 'DELETE', path: pathTo(attempt.remove) }
    case 'patch': {
      const { patch, subresource, with: body } = attempt
      return { method: 'PATCH', path: below(pathTo(patch), subresource), body }
    }
    case 'create': {
      const { create, plural, subresource } = attempt
      const { namespace, name } = create.metadata
      const { apiVersion, kind } = create
      const of = { apiVersion, kind, plural, namespaced: namespace !== undefined }
      const path = pathOf(of, namespace, subresource === undefined ? undefined : name)
      return { method: 'POST', path: below(path, subresource), body: create }
    }
  }
}

const pathTo = ({ kind, namespace, name }: ObjectRef): string => pathOf(kind, namespace, name)

const below = (path: string, subresource: string | undefined): string =>
  subresource === undefined ? path : `${path}/${subresource}`

/** What is read of an answer: of a review its status, of a refusal its message. */
const said = z.object({ status: z.unknown(), message: z.string() }).partial()

const messageOf = (body: unknown): string =>
  typeof body === 'string' ? body : (said.safeParse(body).data?.message ?? '')

const unanswered = (what: string, status: number, message: string): AutomationError =>
  new AutomationError({
    code: 'observe',
    message: `${what} was not answered (${status}): ${untrusted(message)}`,
    status,
  })
