export interface Interrupts {
  /** Aborts on the first Ctrl-C, SIGTERM or closed terminal: begin nothing new, finish what is in flight. */
  stop: AbortSignal
  /** Aborts on the second: break off. */
  abort: AbortSignal
  close(): void
}

/**
 * A terminal signals every program of `npx tsx …`, and npx and tsx then pass the signal on: what comes again within so
 * short a time is the same Ctrl-C.
 */
const SAME_MS = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns what asks a process to end into two signals, until closed. */
export const onInterrupt = (): Interrupts => {
  const stop = new AbortController()
  const abort = new AbortController()
  let last = Number.NEGATIVE_INFINITY
  const onSignal = (): void => {
    const since = performance.now() - last
    last = performance.now()
    if (!stop.signal.aborted) stop.abort()
    else if (since > SAME_MS) abort.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    stop: stop.signal,
    abort: abort.signal,
    close() {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    },
  }
}
