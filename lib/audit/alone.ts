import { AutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { readLock } from '../engine/lease.ts'
import { acquireLock, type Lock } from '../engine/lock.ts'

/** Others take it, change something and give it back, again and again. */
const ATTEMPTS = 3

/**
 * Does what puts something into the cluster while no other run of ours is at work there, under the lock that setup
 * takes too: what others left is then what dead ones left. Fails with `locked` while another run holds it.
 */
export const alone = async <T>(
  cluster: KubeConnection,
  signal: AbortSignal,
  work: (lock: Pick<Lock, 'lost'>) => Promise<T>,
): Promise<T> => {
  const lock = await take(cluster, signal)
  try {
    return await work(lock)
  } finally {
    await lock.release()
  }
}

const take = async (cluster: KubeConnection, signal: AbortSignal): Promise<Lock> => {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const lock = await acquireLock(cluster, await readLock(cluster, signal), { signal })
    if (lock !== 'moved') return lock
  }
  throw new AutomationError({
    code: 'locked',
    message: 'others keep changing this cluster',
    hint: 'run again later',
  })
}
