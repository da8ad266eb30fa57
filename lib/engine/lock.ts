import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AutomationError } from '../base/errors.ts'
import { monotonic } from '../base/monotonic.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { LEASE } from '../kube/object.ts'
import {
  type HeldLease,
  isConflict,
  isHeld,
  type Kept,
  type Lease,
  LOCK_NAMESPACE,
  type LockSeen,
  lost,
  microTime,
  NAME,
  nameOf,
  notRenewed,
  readLock,
  SUBJECT,
  withoutControls,
  write,
} from './lease.ts'
import { isGone, ourselves } from './lock-holder.ts'
import type { KeeperTask } from './lock-keeper.ts'

/** The lock in our hands. */
export interface Lock {
  /** Aborts with `lock-lost` when it is no longer ours: begin nothing new. */
  lost: AbortSignal
  /** Lets the next run have it at once. Never fails: a lock that could not be given back runs out by itself. */
  release(): Promise<void>
}

export interface LockOptions {
  signal: AbortSignal
  /** Who we are, as others will read it. */
  holder?: string
  /** How long the lock outlives a run that has crashed. */
  durationSeconds?: number
}

/** A lease that lasts longer was not written by us, and we do not wait for its end. */
const LONGEST_WAIT_MS = 60_000
const RELEASE_MS = 5000

/**
 * Takes the lock as it was seen; `moved` when it has changed since, so that what was planned may no longer hold.
 * Held by a run that is alive, it is an error of code `locked` that names the holder. A run that seems to have crashed
 * is given the duration of its lease, by our own clock from when we saw it, to renew; only then is the lock taken from
 * it. The holder's clock can thus keep us out, and never lets us in.
 */
export const acquireLock = async (
  connection: KubeConnection,
  { lease, at }: LockSeen,
  { signal, holder = ourselves(), durationSeconds = 15 }: LockOptions,
): Promise<Lock | 'moved'> => {
  const held = isHeld(lease)
  if (held) await outlive(lease, at, signal)
  const sentAt = monotonic()
  try {
    const taken = await write(connection, claim(lease, holder, durationSeconds), signal)
    return new HeldLock(connection, taken, sentAt)
  } catch (error) {
    if (!isConflict(error)) throw error
    const { lease: now } = held ? await readLock(connection, signal) : { lease: undefined }
    // The last request of a run that was killed may still have been on its way.
    if (isHeld(now) && !isGone(now.spec.holderIdentity)) throw locked(now)
    return 'moved'
  }
}

/** Renewed by a thread of its own, so whatever this one is busy with, until it is released or lost. */
class HeldLock implements Lock {
  readonly #connection: KubeConnection
  readonly #lost = new AbortController()
  readonly #keeper: Worker
  readonly #kept: Promise<Kept>

  constructor(connection: KubeConnection, lease: HeldLease, renewedAt: number) {
    this.#connection = connection
    const work: KeeperTask = { settings: connection.settings, lease, renewedAt }
    // Of no flag that this process was started with: what a flag names may be found from another directory only.
    this.#keeper = new Worker(new URL('./lock-keeper.ts', import.meta.url), {
      workerData: work,
      execArgv: [],
    })
    this.#keeper.unref()
    this.#kept = this.#wait()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async release(): Promise<void> {
    this.#keeper.ref()
    this.#keeper.postMessage('end')
    const kept = await this.#kept
    if (kept.state === 'lost') return
    const { holderIdentity: _, ...spec } = kept.lease.spec
    try {
      await write(this.#connection, { ...kept.lease, spec }, AbortSignal.timeout(RELEASE_MS))
    } catch {}
  }

  async #wait(): Promise<Kept> {
    const { promise, resolve } = Promise.withResolvers<Kept>()
    this.#keeper.once('message', resolve)
    this.#keeper.once('error', (error: unknown) => resolve(notRenewed(error)))
    this.#keeper.once('exit', () => resolve(lost('could not be renewed (its thread has ended)')))
    const kept = await promise
    if (kept.state === 'lost') this.#lost.abort(lockLost(kept.reason))
    return kept
  }
}

/**
 * Waits until a holder has had the time to renew; one that its own clock shows to be alive is not waited for, nor one
 * that was killed on this machine.
 */
const outlive = async (lease: HeldLease, seenAt: number, signal: AbortSignal): Promise<void> => {
  const { renewTime, holderIdentity, leaseDurationSeconds = 0 } = lease.spec
  if (isGone(holderIdentity)) return
  const durationMs = leaseDurationSeconds * 1000
  const waitMs = durationMs - (performance.now() - seenAt)
  const alive = Math.abs(Date.now() - Date.parse(renewTime ?? '')) < durationMs
  if (alive || waitMs > LONGEST_WAIT_MS) throw locked(lease)
  try {
    await sleep(Math.max(waitMs, 0), undefined, { signal })
  } catch {
    throw new AutomationError({ code: 'cancelled', subject: SUBJECT, message: 'was no longer waited for' })
  }
}

const claim = (lease: Lease | undefined, holder: string, durationSeconds: number): HeldLease => ({
  apiVersion: LEASE.apiVersion,
  kind: LEASE.kind,
  metadata: lease?.metadata ?? { name: NAME, namespace: LOCK_NAMESPACE },
  spec: {
    holderIdentity: holder,
    leaseDurationSeconds: durationSeconds,
    acquireTime: microTime(),
    renewTime: microTime(),
    leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + 1,
  },
})

const locked = (lease: HeldLease): AutomationError =>
  new AutomationError({
    code: 'locked',
    subject: SUBJECT,
    message: `${nameOf(lease)} holds the lock since ${withoutControls(lease.spec.acquireTime ?? 'unknown')}`,
    hint: `wait until that run has ended; one that has crashed gives way after ${lease.spec.leaseDurationSeconds} s`,
    retryable: true,
  })

const lockLost = (how: string): AutomationError =>
  new AutomationError({
    code: 'lock-lost',
    subject: SUBJECT,
    message: `our lock ${how}`,
    hint: 'what was done stays; when no other run is at work, run again for the rest',
  })
