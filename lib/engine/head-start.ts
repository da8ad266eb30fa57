import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../resource/type.ts'
import type { Reaching } from './ask.ts'

/** How long the cluster waits for machines, in milliseconds. */
const MOMENT_MS = 100

/**
 * Fulfilled once the machines that are asked first are logged in to, or cannot be, or after a moment. A login takes
 * many steps, each of which would wait for an answer of the cluster that is being read, and a machine answers last.
 */
export const headStart = async (targets: readonly Target[], { reach, forks }: Reaching): Promise<void> => {
  const machines = targets.filter(({ type }) => type === 'host').slice(0, forks)
  if (machines.length === 0) return
  const done = new AbortController()
  await Promise.race([
    Promise.allSettled(machines.map(({ name }) => reach.host(name))),
    sleep(MOMENT_MS, undefined, { signal: done.signal }).catch(() => {}),
  ])
  done.abort()
}
