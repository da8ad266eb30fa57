import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { abortable } from '../../base/abortable.ts'
import { AutomationError } from '../../base/errors.ts'
import type { Streams } from './transport.ts'

/** Programs on this machine that are at work for a transport. */
export class Children {
  readonly #running = new Set<ChildProcessWithoutNullStreams>()
  readonly #kill: (child: ChildProcessWithoutNullStreams) => void

  /** `kill` ends one that nobody waits for any more. */
  constructor(kill: (child: ChildProcessWithoutNullStreams) => void) {
    this.#kill = kill
  }

  /**
   * Runs a program to its end: its exit status, or the signal that killed it. Rejects with the reason as soon as the
   * signal aborts, and with `unreachable` and this hint when it cannot be started.
   */
  async run(
    [program, ...args]: readonly [string, ...string[]],
    { stdin, onStdout, onStderr }: Streams,
    signal: AbortSignal,
    about: { subject: string; hint: string },
  ): Promise<{ status: number | null; killer: string | null }> {
    signal.throwIfAborted()
    const { PATH, HOME } = process.env
    // A group of its own, so that Ctrl-C at the terminal reaches us and not the work in flight; and nothing else of our
    // environment, which may hold the inventory's secrets.
    const child = spawn(program, args, { detached: true, env: { PATH, HOME } })
    this.#running.add(child)
    const ended = new Promise<{ status: number | null; killer: string | null }>((resolve, reject) => {
      stdin.once('error', reject)
      child.once('error', (error) => reject(notStarted(program, error, about)))
      child.once('close', (status, killer) => resolve({ status, killer }))
    })
    void ended.finally(() => this.#running.delete(child)).catch(() => {})
    // Node makes no pipes for a program that it has no file descriptors for.
    if (child.stdout === undefined) return ended
    child.stdout.on('data', onStdout)
    child.stderr.on('data', onStderr)
    // It may end without reading everything.
    child.stdin.on('error', () => {})
    stdin.pipe(child.stdin)
    try {
      return await abortable(ended, signal)
    } catch (error) {
      this.#stop(child)
      throw error
    }
  }

  /** What a step left running keeps its output but not us. */
  close(): void {
    for (const child of this.#running) this.#stop(child)
  }

  /** Lets go of pipes, too, that a process of another group may hold. */
  #stop(child: ChildProcessWithoutNullStreams): void {
    this.#kill(child)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    child.unref()
  }
}

/** A program that this machine cannot start, such as for want of file descriptors. */
export const notStarted = (
  program: string,
  cause: Error,
  about: { subject: string; hint: string },
): AutomationError =>
  new AutomationError({
    code: 'unreachable',
    message: `${program} could not be started (${cause.message})`,
    cause,
    ...about,
  })
