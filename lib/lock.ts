import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConnection } from './connect/connection.ts'
import { AutomationError, asAutomationError, isAutomationError } from './errors.ts'
import { isGone, ourselves } from './holder.ts'
import { type KubeObject, LEASE, pathOf } from './kube-object.ts'

/** The lock as it was when we looked at the cluster. */
export interface LockSeen {
  lease: Lease | undefined
  /** By our monotonic clock, in milliseconds. */
  at: number
}

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

interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

interface Lease extends KubeObject {
  spec?: LeaseSpec
}

interface HeldLease extends Lease {
  spec: LeaseSpec & { holderIdentity: string }
}

const NAMESPACE = 'kube-system'
const NAME = 'arena-playbooks'
const PATH = pathOf(LEASE, NAMESPACE, NAME)
const SUBJECT = `Lease ${NAMESPACE}/${NAME}`
/** A lease that lasts longer was not written by us, and we do not wait for its end. */
const LONGEST_WAIT_MS = 60_000
const RELEASE_MS = 5000

/** Looks at the lock, in one GET. */
export const readLock = async (connection: KubeConnection, signal: AbortSignal): Promise<LockSeen> => {
  const lease = (await connection.read(PATH, signal)) as Lease | undefined
  return { lease, at: performance.now() }
}

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
  const sentAt = performance.now()
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

/** Renews the lock until it is released or lost. */
class HeldLock implements Lock {
  readonly #connection: KubeConnection
  readonly #durationMs: number
  readonly #lost = new AbortController()
  readonly #done = new AbortController()
  readonly #keeping: Promise<void>
  #lease: HeldLease
  #renewedAt: number

  constructor(connection: KubeConnection, lease: HeldLease, renewedAt: number) {
    this.#connection = connection
    this.#lease = lease
    this.#renewedAt = renewedAt
    this.#durationMs = lease.spec.leaseDurationSeconds! * 1000
    this.#keeping = this.#keep()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async release(): Promise<void> {
    this.#done.abort()
    await this.#keeping
    if (this.lost.aborted) return
    const { holderIdentity: _, ...spec } = this.#lease.spec
    try {
      await write(this.#connection, { ...this.#lease, spec }, AbortSignal.timeout(RELEASE_MS))
    } catch {}
  }

  async #keep(): Promise<void> {
    let pauseMs = this.#durationMs / 3
    while (!this.lost.aborted) {
      await sleep(pauseMs, undefined, { signal: this.#done.signal, ref: false }).catch(() => {})
      if (this.#done.signal.aborted) return
      pauseMs = (await this.#renew()) ? this.#durationMs / 3 : this.#durationMs / 15
    }
  }

  /** A lock that cannot be renewed for two thirds of its duration is lost, before others may take it. */
  async #renew(): Promise<boolean> {
    const sentAt = performance.now()
    const last = this.#renewedAt + (this.#durationMs * 2) / 3
    const signal = AbortSignal.timeout(Math.ceil(Math.max(last - sentAt, this.#durationMs / 3)))
    try {
      this.#lease = await this.#write(this.#lease, signal)
      this.#renewedAt = sentAt
      return true
    } catch (error) {
      const { code, reason } = asAutomationError(error)
      const seconds = Math.round((performance.now() - this.#renewedAt) / 1000)
      if (code === 'lock-lost') this.#lost.abort(error)
      else if (performance.now() >= last)
        this.#lost.abort(lockLost(`could not be renewed for ${seconds} s (${reason})`))
      return false
    }
  }

  /** Somebody may have touched the lease without taking it. */
  async #write(lease: HeldLease, signal: AbortSignal): Promise<HeldLease> {
    try {
      const spec = { ...lease.spec, renewTime: microTime() }
      return await write(this.#connection, { ...lease, spec }, signal)
    } catch (error) {
      if (!isConflict(error)) throw error
      const { lease: now } = await readLock(this.#connection, signal)
      if (!isHeld(now)) throw lockLost('was taken away')
      if (!isSameHold(now, lease)) throw lockLost(`was taken over by ${nameOf(now)}`)
      return this.#write(now, signal)
    }
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
  metadata: lease?.metadata ?? { name: NAME, namespace: NAMESPACE },
  spec: {
    holderIdentity: holder,
    leaseDurationSeconds: durationSeconds,
    acquireTime: microTime(),
    renewTime: microTime(),
    leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + 1,
  },
})

/** Refused by the API server when the lease has changed since it was read. */
const write = async <T extends Lease>(
  connection: KubeConnection,
  lease: T,
  signal: AbortSignal,
): Promise<T> => {
  const verb = lease.metadata.resourceVersion === undefined ? 'create' : 'replace'
  return (await connection[verb](lease, { signal })) as T
}

const isHeld = (lease: Lease | undefined): lease is HeldLease => Boolean(lease?.spec?.holderIdentity)

/** Names may be alike, of two containers say; the count of transitions is not. */
const isSameHold = (one: HeldLease, other: HeldLease): boolean =>
  one.metadata.uid === other.metadata.uid &&
  one.spec.leaseTransitions === other.spec.leaseTransitions &&
  one.spec.holderIdentity === other.spec.holderIdentity

const isConflict = (error: unknown): boolean => isAutomationError(error) && error.code === 'conflict'

const nameOf = ({ spec }: HeldLease): string => printable(spec.holderIdentity)

/** What others wrote, without control characters. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '\ufffd').slice(0, 100)

const locked = (lease: HeldLease): AutomationError =>
  new AutomationError({
    code: 'locked',
    subject: SUBJECT,
    message: `${nameOf(lease)} holds the lock since ${printable(lease.spec.acquireTime ?? 'unknown')}`,
    hint: `wait until that run has ended; one that has crashed gives way after ${lease.spec.leaseDurationSeconds} s`,
    retryable: true,
  })

const lockLost = (how: string): AutomationError =>
  new AutomationError({
    code: 'lock-lost',
    subject: SUBJECT,
    message: `our lock ${how}`,
    hint: 'what was done stays: run again for the rest',
  })

/** The API takes times of a Lease in microseconds only. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z')
