import type { Readable } from 'node:stream'

/** How a command ended; `loss` means that nobody knows. */
export type Ending = { by: 'exit'; status: number } | { by: 'signal'; signal: string } | { by: 'loss' }

export interface Streams {
  /** Read as fast as the other side takes it; an error of this stream ends the command. */
  stdin: Readable
  onStdout(chunk: Buffer): void
  onStderr(chunk: Buffer): void
}

/** Runs commands somewhere. */
export interface Transport {
  /**
   * Runs one command, a program and its arguments in words that every login shell takes. Rejects with the reason as
   * soon as the signal aborts, and with an AutomationError when the command cannot be started.
   */
  exec(command: string, streams: Streams, signal: AbortSignal): Promise<Ending>
  close(): Promise<void>
}
