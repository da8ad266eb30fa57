import { setTimeout as sleep } from 'node:timers/promises'
import { defined } from '../base/defined.ts'
import { AutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { brokenOff } from '../connect/kube/errors.ts'
import { type ObjectRef, objectId, pathOf } from '../kube/object.ts'
import { holdingOf, isStuck } from '../kube/terminating.ts'

export interface Patience {
  seconds: number
  signal: AbortSignal
}

/** How long a namespace may say that it cannot be emptied: an API that is only just away may come back. */
const STUCK_SECONDS = 20
const LONGEST_PAUSE_MS = 2000

/** Waits until an object that was deleted is gone; fails with `timeout` and what holds it. */
export const vanished = async (
  connection: KubeConnection,
  { kind, namespace, name, uid }: ObjectRef & { uid: string },
  { seconds, signal }: Patience,
): Promise<void> => {
  const started = performance.now()
  const subject = `${kind.kind} ${objectId({ name, ...defined({ namespace }) })}`
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const object = await connection.read(pathOf(kind, namespace, name), signal)
    if (object === undefined || object.metadata.uid !== uid) return
    const waited = (performance.now() - started) / 1000
    if (waited > seconds || (waited > STUCK_SECONDS && isStuck(object))) {
      const { reason, hint } = holdingOf(object)
      throw new AutomationError({
        code: 'timeout',
        subject,
        message: `${reason} (after ${Math.round(waited)} s)`,
        hint,
      })
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) throw brokenOff(subject, signal)
  }
}
