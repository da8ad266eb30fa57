import { setTimeout as sleep } from 'node:timers/promises'

/** Waits so many milliseconds, or rejects as soon as the signal aborts; any number may wait for the same signal. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  // Node warns of a leak where more than ten listen to one signal.
  sleep(ms, undefined, { signal: AbortSignal.any([signal]) })
