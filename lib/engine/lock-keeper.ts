// Keeps a lock in a thread of its own: its parent may be too busy to renew it.
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { monotonic } from '../base/monotonic.ts'
import type { KubeConnection, KubeSettings } from '../connect/connection.ts'
import {
  type HeldLease,
  isConflict,
  isHeld,
  isSameHold,
  type Kept,
  lossIn,
  lost,
  microTime,
  notRenewed,
  readLock,
  renewalLimit,
  write,
} from './lease.ts'

/** What a thread is to keep. */
export interface KeeperTask {
  settings: KubeSettings
  lease: HeldLease
  /** By the clock that all threads of a process share. */
  renewedAt: number
}

/** Renews the lease until that is to end; one that cannot be renewed for two thirds of its duration is lost. */
const keep = async ({ settings, lease, renewedAt }: KeeperTask, end: AbortSignal): Promise<Kept> => {
  const durationMs = lease.spec.leaseDurationSeconds! * 1000
  const pause = (ms: number) => sleep(ms, undefined, { signal: end }).catch(() => {})
  let [held, since] = [lease, renewedAt]
  // Most runs are over before anything of this is needed.
  await pause(durationMs / 6)
  if (end.aborted) return { state: 'held', lease: held }
  const { connectKube } = await import('../connect/kube/api.ts')
  const connection = await connectKube(settings, { signal: NEVER, timeoutMs: durationMs })
  await pause(durationMs / 6)
  for (let isLate = false; !end.aborted; await pause(isLate ? durationMs / 15 : durationMs / 3)) {
    const sentAt = monotonic()
    const last = since + (durationMs * 2) / 3
    const limit = AbortSignal.timeout(renewalLimit({ sinceLast: sentAt - since, isLate }, durationMs))
    try {
      held = await renewed(connection, held, limit)
      since = sentAt
      isLate = false
    } catch (error) {
      if (error instanceof Taken) return lost(error.message)
      isLate = true
      const seconds = Math.round((monotonic() - since) / 1000)
      if (monotonic() >= last) return notRenewed(error, `could not be renewed for ${seconds} s`)
    }
  }
  return { state: 'held', lease: held }
}

const NEVER = new AbortController().signal

class Taken extends Error {}

/** Somebody may have touched the lease without taking it. */
const renewed = async (
  connection: KubeConnection,
  lease: HeldLease,
  signal: AbortSignal,
): Promise<HeldLease> => {
  try {
    const spec = { ...lease.spec, renewTime: microTime() }
    return await write(connection, { ...lease, spec }, signal)
  } catch (error) {
    if (!isConflict(error)) throw error
    const { lease: now } = await readLock(connection, signal)
    if (isHeld(now) && isSameHold(now, lease)) return renewed(connection, now, signal)
    throw new Taken(lossIn(now))
  }
}

const ended = new AbortController()
parentPort!.once('message', () => ended.abort())
parentPort!.postMessage(await keep(workerData, ended.signal).catch((error) => notRenewed(error)))
process.exit()
