import { setTimeout as sleep } from 'node:timers/promises'
import { isAutomationError } from '../../base/errors.ts'
import { noLoginInTime } from './login-errors.ts'
import type { SshEndpoint } from './route.ts'

/** How long a login may take at most. */
export const LOGIN_LIMIT_MS = 20_000

/** How often a server that says nothing is asked whether it is still there. */
export const KEEPALIVE_MS = 15_000

/** Waits before another try when a connection is refused or dropped; a login that was refused is never repeated. */
const BACKOFF_MS = [200, 800]

/** What the attempt gives, tried again while its error is retryable; `unreachable` when that takes too long. */
export const inTries = async <T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  endpoint: SshEndpoint,
  signal: AbortSignal,
  limitMs: number,
): Promise<T> => {
  const limit = AbortSignal.timeout(limitMs)
  const stop = AbortSignal.any([signal, limit])
  const waits = [...BACKOFF_MS]
  for (;;) {
    try {
      return await attempt(stop)
    } catch (error) {
      if (limit.aborted) throw noLoginInTime(endpoint, limitMs)
      const wait = waits.shift()
      if (stop.aborted || wait === undefined || !isAutomationError(error) || !error.retryable) throw error
      await sleep(wait, undefined, { signal: stop }).catch(() => {})
    }
  }
}
