import { AutomationError, asAutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { brokenOff } from '../connect/kube/errors.ts'
import { type Kind, type KubeObject, objectId } from '../kube/object.ts'

interface Waiting {
  state(object: KubeObject): true | string
  resolve(object: KubeObject): void
  reject(error: AutomationError): void
  last: string
}

/** Waits until the cluster's controllers have done their part, with one WATCH per kind however many objects wait. */
export class Settler {
  readonly #connection: KubeConnection
  readonly #versions: ReadonlyMap<Kind, string>
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #kinds = new Map<Kind, { seen: Map<string, KubeObject>; waiting: Map<string, Waiting> }>()

  constructor(connection: KubeConnection, versions: ReadonlyMap<Kind, string>, signal: AbortSignal) {
    this.#connection = connection
    this.#versions = versions
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
  }

  /**
   * The object that was sent, once `state` is true of it; fails with `timeout` and the last state after so many
   * seconds.
   */
  async settled(
    kind: Kind,
    sent: KubeObject,
    state: (object: KubeObject) => true | string,
    seconds: number,
  ): Promise<KubeObject> {
    const id = objectId(sent.metadata)
    const { seen, waiting } = this.#watching(kind)
    const now = seen.get(id)
    if (now !== undefined && state(now) === true) return now
    const { promise, resolve, reject } = Promise.withResolvers<KubeObject>()
    const entry: Waiting = { state, resolve, reject, last: String(state(now ?? sent)) }
    waiting.set(id, entry)
    const timer = setTimeout(() => reject(tooLong(kind, id, entry.last, seconds)), seconds * 1000)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }

  close(): void {
    this.#stop.abort()
  }

  #watching(kind: Kind) {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const entry = { seen: new Map<string, KubeObject>(), waiting: new Map<string, Waiting>() }
    this.#kinds.set(kind, entry)
    const onObject = (object: KubeObject): void => {
      const id = objectId(object.metadata)
      entry.seen.set(id, object)
      const waiting = entry.waiting.get(id)
      if (waiting === undefined) return
      const state = waiting.state(object)
      if (state === true) waiting.resolve(object)
      else waiting.last = state
    }
    // Whoever waits later watches anew.
    const end = (failure: AutomationError): void => {
      this.#kinds.delete(kind)
      for (const waiting of entry.waiting.values()) waiting.reject(failure)
    }
    this.#connection.watch(kind, this.#versions.get(kind) ?? '', onObject, this.#signal).then(
      () => end(brokenOff(kind.plural, this.#signal)),
      (error) => end(asAutomationError(error, kind.plural)),
    )
    return entry
  }
}

const tooLong = (kind: Kind, id: string, last: string, seconds: number): AutomationError =>
  new AutomationError({
    code: 'timeout',
    subject: `${kind.plural} ${id}`,
    message: `not ready after ${seconds} s: ${last}`,
    hint: 'the object is there; run again to go on waiting (--timeout sets how long)',
  })
