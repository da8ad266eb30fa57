export interface Interrupts {
  /** Aborts on the first Ctrl-C or SIGTERM: begin nothing new, finish what is in flight. */
  stop: AbortSignal
  /** Aborts on the second: break off. */
  abort: AbortSignal
  close(): void
}

/** Turns SIGINT and SIGTERM into two signals, until closed. */
export const onInterrupt = (): Interrupts => {
  const stop = new AbortController()
  const abort = new AbortController()
  const onSignal = (): void => (stop.signal.aborted ? abort : stop).abort()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    stop: stop.signal,
    abort: abort.signal,
    close() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
