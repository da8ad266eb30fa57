export interface Interrupts {
  /** Aborts on the first Ctrl-C, SIGTERM or closed terminal: begin nothing new, finish what is in flight. */
  stop: AbortSignal
  /** Aborts on the second: break off. */
  abort: AbortSignal
  close(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns what asks a process to end into two signals, until closed. */
export const onInterrupt = (): Interrupts => {
  const stop = new AbortController()
  const abort = new AbortController()
  const onSignal = (): void => (stop.signal.aborted ? abort : stop).abort()
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    stop: stop.signal,
    abort: abort.signal,
    close() {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    },
  }
}
