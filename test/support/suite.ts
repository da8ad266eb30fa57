import { inspect } from 'node:util'
import { suite as uvuSuite } from 'uvu'

type Handler = () => unknown

export interface Suite {
  (title: string, handler: Handler): void
  before(handler: Handler): void
  after(handler: Handler): void
  run(): void
}

/** What hangs is ended; what is slow, on a machine that others use too, is not. */
const LEAST_SECONDS = 600

/** A hook may have a sandbox to start, on a machine that others use too. */
const HOOK_SECONDS = 600

/** What was compared, which uvu leaves out where a text does not hold the words asked for. */
const told = (error: Error & { operator?: string; actual?: unknown; details?: string | false }): Error => {
  if (error.operator?.endsWith('match') && !error.details)
    error.details = `··Actual:\n${inspect(error.actual)}\n`
  return error
}

/**
 * A uvu suite in which every test and hook has a time limit, and in which a thrown non-Error or a failing hook is
 * seen: plain uvu passes over both.
 */
export const suite = (name: string, { seconds = LEAST_SECONDS } = {}): Suite => {
  const test = uvuSuite(name)
  const guarded = (title: string, handler: Handler, limit: number) => async () => {
    try {
      await within(Math.max(limit, LEAST_SECONDS), handler)
    } catch (error) {
      throw error instanceof Error ? told(error) : new Error(`${title} threw ${String(error)}`)
    }
  }
  const hook = (title: string, handler: Handler) => async () => {
    try {
      await guarded(title, handler, Math.max(seconds, HOOK_SECONDS))()
    } catch (error) {
      console.error(`\n${name}: ${title} failed:`, error)
      throw error
    }
  }
  const add = (title: string, handler: Handler): void => test(title, guarded(title, handler, seconds))
  return Object.assign(add, {
    before: (handler: Handler) => test.before(hook('before', handler)),
    after: (handler: Handler) => test.after(hook('after', handler)),
    run: () => test.run(),
  })
}

const within = async (seconds: number, handler: Handler): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000)
  })
  try {
    await Promise.race([handler(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Fails unless the promise rejects; returns what it was rejected with. */
export const rejects = async (promise: Promise<unknown>): Promise<Error> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`rejected with a non-Error: ${String(error)}`)
  }
  throw new Error('resolved, but should have been rejected')
}
