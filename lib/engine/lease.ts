import { asAutomationError, isAutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { type KubeObject, LEASE, pathOf } from '../kube/object.ts'

/** The lock as it was when we looked at the cluster. */
export interface LockSeen {
  lease: Lease | undefined
  /** By our monotonic clock, in milliseconds. */
  at: number
}

/** What a Lease says of who holds it and for how long. */
export type LeaseSpec = {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

/** The Lease that is the lock of this cluster. */
export interface Lease extends KubeObject {
  spec?: LeaseSpec
}

/** One that somebody holds. */
export interface HeldLease extends Lease {
  spec: LeaseSpec & { holderIdentity: string }
}

/** How keeping it ended: the lease as it is when whoever has it kept let go, or how it was lost. */
export type Kept = { state: 'held'; lease: HeldLease } | { state: 'lost'; reason: string }

export const lost = (reason: string): Kept => ({ state: 'lost', reason })

/** It was lost by an error. */
export const notRenewed = (error: unknown, how = 'could not be renewed'): Kept =>
  lost(`${how} (${asAutomationError(error).reason})`)

/** Where it is. */
export const LOCK_NAMESPACE = 'kube-system'
export const NAME = 'arena-playbooks'
const PATH = pathOf(LEASE, LOCK_NAMESPACE, NAME)
/** What errors are about. */
export const SUBJECT = `Lease ${LOCK_NAMESPACE}/${NAME}`

/** Looks at the lock, in one GET. */
export const readLock = async (connection: KubeConnection, signal: AbortSignal): Promise<LockSeen> => {
  const lease = (await connection.read(PATH, signal)) as Lease | undefined
  return { lease, at: performance.now() }
}

/** Refused by the API server when the lease has changed since it was read. */
export const write = async <T extends Lease>(
  connection: KubeConnection,
  lease: T,
  signal: AbortSignal,
): Promise<T> => {
  const verb = lease.metadata.resourceVersion === undefined ? 'create' : 'replace'
  return (await connection[verb](LEASE, lease, { signal })) as T
}

/** Whether somebody holds it. */
export const isHeld = (lease: Lease | undefined): lease is HeldLease => Boolean(lease?.spec?.holderIdentity)

/** Whether it is held by the same run: names may be alike, of two containers say, the count of transitions is not. */
export const isSameHold = (one: HeldLease, other: HeldLease): boolean =>
  one.metadata.uid === other.metadata.uid &&
  one.spec.leaseTransitions === other.spec.leaseTransitions &&
  one.spec.holderIdentity === other.spec.holderIdentity

/** How a hold was lost that is not in the lease any more. Of a deleted one nothing is left that names anybody. */
export const lossIn = (now: Lease | undefined): string => {
  if (now === undefined) return 'was deleted; who did it, only the audit log of the API server can tell'
  return isHeld(now) ? `was taken over by ${nameOf(now)}` : 'was taken away'
}

/**
 * How long one renewal may take, all in milliseconds: until two thirds of the duration are over since the last. One
 * that follows a failure has little time then, as others may take the lease before long; the first after a stall has
 * some.
 */
export const renewalLimit = (
  { sinceLast, isLate }: { sinceLast: number; isLate: boolean },
  durationMs: number,
): number => Math.ceil(Math.max((durationMs * 2) / 3 - sinceLast, durationMs / (isLate ? 15 : 3)))

/** Whether it changed since it was read. */
export const isConflict = (error: unknown): boolean => isAutomationError(error) && error.code === 'conflict'

/** Who holds it. */
export const nameOf = ({ spec }: HeldLease): string => withoutControls(spec.holderIdentity)

/** What others wrote, without control characters. */
export const withoutControls = (text: string): string => text.replace(/\p{C}/gu, '\ufffd').slice(0, 100)

/** The API takes times of a Lease in microseconds only. */
export const microTime = (): string => new Date().toISOString().replace('Z', '000Z')
