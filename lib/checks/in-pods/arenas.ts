import pLimit from 'p-limit'
import type { HostConnection } from '../../connect/connection.ts'
import type { User } from '../../inventory/schema.ts'
import { type ArenaSaid, arenaAs } from '../step-six/arena-as-user.ts'

/** Servers let a connection have ten sessions, and each Arena keeps a processor busy. */
const AT_ONCE = 4

/** Commands of Arena on one machine, a few at once. */
export interface Arenas {
  /** Runs one as its user. */
  run(as: { user: User }, args: readonly string[]): Promise<ArenaSaid>
  /** Begins no more, and resolves when all that were begun have ended. */
  end(): Promise<void>
}

/** Arena on this machine, until the signal aborts. */
export const arenasOn = (host: HostConnection, signal: AbortSignal): Arenas => {
  const limit = pLimit(AT_ONCE)
  const running = new Set<Promise<unknown>>()
  const over = new AbortController()
  return {
    run: ({ user }, args) =>
      limit(async () => {
        signal.throwIfAborted()
        over.signal.throwIfAborted()
        const command = arenaAs([{ user, id: 'arena', args }], host, signal)
        running.add(command)
        try {
          return (await command)(user, 'arena')
        } finally {
          running.delete(command)
        }
      }),
    async end() {
      over.abort()
      await Promise.allSettled(running)
    },
  }
}
