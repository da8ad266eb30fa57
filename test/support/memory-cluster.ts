import { isDeepStrictEqual } from 'node:util'
import { AutomationError } from '../../lib/base/errors.ts'
import type { KubeConnection, KubeWrite, Offers } from '../../lib/connect/connection.ts'
import { type Kind, type KubeObject, type ObjectRef, pathOf } from '../../lib/kube/object.ts'

export type MemoryRequest = { verb: string; path: string; dryRun: boolean }

/** An API error as the real connection throws it. */
export const apiError = (status: number, subject: string): AutomationError =>
  new AutomationError({
    code: status === 409 ? 'conflict' : 'api',
    subject,
    status,
    message: `answered ${status}`,
  })

const notServed = (): never => {
  throw new Error('a cluster in memory answers no such request')
}

/**
 * A cluster for unit tests of the engine: objects with uids and versions, that a PUT or DELETE must name, a WATCH
 * from a version, and dry runs that store nothing. Server-side apply merges maps and replaces lists. It admits
 * everything: what a real API server refuses is told by `refuses`.
 */
export class MemoryCluster implements KubeConnection {
  readonly server = 'memory:'
  readonly settings = { kubeconfig: '/nowhere', context: 'memory' }
  readonly endpoint = { server: 'memory:', ca: '' }
  /** Every request, in the order of their arrival. */
  readonly seen: MemoryRequest[] = []
  /** Requests that have arrived and are not answered yet, at most so many at once. */
  most = 0
  /** Stands for admission and the network: what it throws is the answer to a request. */
  refuses: (request: MemoryRequest) => void = () => {}
  readonly #objects = new Map<string, KubeObject>()
  readonly #history: { collection: string; version: number; object: KubeObject }[] = []
  readonly #watchers = new Set<() => void>()
  #version = 0
  #open = 0

  get now(): Date {
    return new Date()
  }

  get requests(): number {
    return this.seen.length
  }

  /** The requests in short: `apply /api/v1/namespaces/a`, with `?` after a dry run. */
  get told(): string[] {
    return this.seen.map(({ verb, path, dryRun }) => `${verb} ${path}${dryRun ? '?' : ''}`)
  }

  async read(path: string): Promise<KubeObject | undefined> {
    return this.#asked('read', path, false, () => this.#objects.get(path))
  }

  async list(kind: Kind): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    return this.#asked('list', pathOf(kind), false, () => ({
      items: [...this.#objects.values()].filter((object) => isOf(kind, object)),
      resourceVersion: String(this.#version),
    }))
  }

  async apply(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject> {
    const path = at(kind, object.metadata)
    return this.#asked('apply', path, options.dryRun, () => {
      const live = this.#objects.get(path)
      const made = merged(live ?? {}, object) as unknown as KubeObject
      return this.#stored(kind, made, live, options)
    })
  }

  async replace(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject> {
    const path = at(kind, object.metadata)
    return this.#asked('replace', path, options.dryRun, () => {
      const live = this.#objects.get(path)
      if (live === undefined) throw apiError(404, path)
      const { resourceVersion = live.metadata.resourceVersion } = object.metadata
      if (resourceVersion !== live.metadata.resourceVersion) throw apiError(409, path)
      return this.#stored(kind, object, live, options)
    })
  }

  async create(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject> {
    const path = at(kind, object.metadata)
    return this.#asked('create', path, options.dryRun, () => {
      if (this.#objects.has(path)) throw apiError(409, path)
      return this.#stored(kind, object, undefined, options)
    })
  }

  async remove(
    { kind, uid, resourceVersion, ...ref }: ObjectRef & { uid: string; resourceVersion?: string },
    { dryRun }: KubeWrite,
  ): Promise<void> {
    const path = at(kind, ref)
    return this.#asked('remove', path, dryRun, () => {
      const live = this.#objects.get(path)
      if (live === undefined) return
      const { metadata } = live
      if (metadata.uid !== uid || (resourceVersion ?? metadata.resourceVersion) !== metadata.resourceVersion)
        throw apiError(409, path)
      if (!dryRun) this.#objects.delete(path)
    })
  }

  async watch(
    kind: Kind,
    resourceVersion: string,
    onObject: (object: KubeObject) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.seen.push({ verb: 'watch', path: pathOf(kind), dryRun: false })
    let told = Number(resourceVersion)
    const tell = (): void => {
      for (const { collection, version, object } of this.#history)
        if (collection === pathOf(kind) && version > told) {
          told = version
          onObject(object)
        }
    }
    this.#watchers.add(tell)
    tell()
    await new Promise((end) => signal.addEventListener('abort', end, { once: true }))
    this.#watchers.delete(tell)
  }

  /** Somebody else changes an object, a controller say. */
  async meddle(kind: Kind, object: KubeObject): Promise<void> {
    const path = at(kind, object.metadata)
    this.#stored(
      kind,
      merged(this.#objects.get(path) ?? {}, object) as unknown as KubeObject,
      this.#objects.get(path),
      {
        signal: new AbortController().signal,
      },
    )
  }

  issue = async (): Promise<never> => notServed()
  offers = async (): Promise<Offers> => {
    await this.#asked('read', '/apis', false, () => undefined)
    return { hasGroup: () => false, serves: () => false }
  }
  discover = async (): Promise<never> => notServed()
  inquire = async (): Promise<never> => notServed()
  close = async (): Promise<void> => {}

  async #asked<T>(verb: string, path: string, dryRun = false, answer: () => T): Promise<T> {
    const request = { verb, path, dryRun }
    this.seen.push(request)
    this.most = Math.max(this.most, ++this.#open)
    try {
      await new Promise(setImmediate)
      this.refuses(request)
      return structuredClone(answer())
    } finally {
      this.#open--
    }
  }

  #stored(kind: Kind, object: KubeObject, live: KubeObject | undefined, { dryRun }: KubeWrite): KubeObject {
    const path = at(kind, object.metadata)
    const uid = live?.metadata.uid ?? `uid-${path}-${this.#version}`
    const same = live !== undefined && isDeepStrictEqual(withoutVersion(object), withoutVersion(live))
    if (same) return live
    const resourceVersion = String(this.#version + 1)
    const made = structuredClone({ ...object, metadata: { ...object.metadata, uid, resourceVersion } })
    if (dryRun) return made
    this.#version++
    this.#objects.set(path, made)
    this.#history.push({ collection: pathOf(kind), version: this.#version, object: made })
    for (const tell of this.#watchers) tell()
    return made
  }
}

const at = (kind: Kind, { namespace, name }: { namespace?: string; name: string }): string =>
  pathOf(kind, namespace, name)

const isOf = (kind: Kind, object: KubeObject): boolean =>
  object.apiVersion === kind.apiVersion && object.kind === kind.kind

const withoutVersion = ({ metadata, ...rest }: KubeObject): object => {
  const { resourceVersion: _, uid: __, ...others } = metadata
  return { ...rest, metadata: others }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const merged = (live: object, wanted: object): Record<string, unknown> => {
  const made: Record<string, unknown> = { ...live }
  for (const [key, value] of Object.entries(wanted))
    made[key] = isMap(value) && isMap(made[key]) ? merged(made[key], value) : value
  return made
}
