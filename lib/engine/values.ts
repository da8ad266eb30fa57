import { remembered } from '../base/once-for.ts'
import type { Found, Resource } from '../resource/type.ts'

/** What resources yield to others: known from the observation, or promised until their change has been made. */
export class Values {
  /** What people call each. */
  readonly #ids: ReadonlyMap<string, string>
  readonly #known = new Map<string, unknown>()
  readonly #promise = remembered<string, PromiseWithResolvers<unknown>>(() => {
    const made = Promise.withResolvers<unknown>()
    made.promise.catch(() => {})
    return made
  })

  constructor(resources: readonly Pick<Resource, 'key' | 'id'>[]) {
    this.#ids = new Map(resources.map(({ key, id }) => [key, id]))
  }

  set(key: string, value: unknown): void {
    this.#known.set(key, value)
    this.#promise(key).resolve(value)
  }

  fail(key: string, error: Error): void {
    this.#promise(key).reject(error)
  }

  /** The value of a resource, or a promise of it that names what it comes after. */
  find<V>(key: string): Found<V> {
    if (this.#known.has(key)) return { state: 'known', value: this.#known.get(key) as V }
    return {
      state: 'later',
      after: this.#ids.get(key) ?? key,
      value: () => this.#promise(key).promise as Promise<V>,
    }
  }
}
