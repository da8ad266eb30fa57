import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { abortable } from '../../base/abortable.ts'
import { AutomationError } from '../../base/errors.ts'
import type { HostConnection, OnRoundTrip } from '../connection.ts'
import type { HostSettings } from '../ssh/settings.ts'
import { RootHost } from './host.ts'
import type { Ending, Streams, Transport } from './transport.ts'

/** This machine, as root or through sudo; `timeoutMs` limits how long nothing may be heard. */
export const connectLocal = async (
  { name, sudo }: HostSettings,
  { timeoutMs, onRoundTrip }: { timeoutMs: number; onRoundTrip?: OnRoundTrip },
): Promise<HostConnection> => {
  const { uid, username } = userInfo()
  // Uid 0 is root, whatever the name.
  return new RootHost(
    { subject: name, user: uid === 0 ? 'root' : username, sudo },
    new LocalTransport(name),
    timeoutMs,
    onRoundTrip,
  )
}

class LocalTransport implements Transport {
  readonly #subject: string
  readonly #children = new Set<ChildProcessWithoutNullStreams>()

  constructor(subject: string) {
    this.#subject = subject
  }

  async exec(command: string, { stdin, onStdout, onStderr }: Streams, signal: AbortSignal): Promise<Ending> {
    signal.throwIfAborted()
    // A group of its own, so that Ctrl-C at the terminal reaches us and not the work in flight; and nothing of our
    // environment, which may hold the inventory's secrets.
    const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
      detached: true,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    })
    this.#children.add(child)
    const ended = new Promise<Ending>((resolve, reject) => {
      stdin.once('error', reject)
      child.once('error', (error) => reject(this.#notStarted(error)))
      child.once('close', (status, killer) =>
        resolve(status === null ? { by: 'signal', signal: String(killer) } : { by: 'exit', status }),
      )
    })
    child.stdout.on('data', onStdout)
    child.stderr.on('data', onStderr)
    // It may end without reading everything.
    child.stdin.on('error', () => {})
    stdin.pipe(child.stdin)
    void ended.finally(() => this.#children.delete(child)).catch(() => {})
    try {
      return await abortable(ended, signal)
    } catch (error) {
      stop(child)
      throw error
    }
  }

  /** What a step left running keeps its output but not us. */
  async close(): Promise<void> {
    for (const child of this.#children) stop(child)
  }

  #notStarted(error: Error): AutomationError {
    return new AutomationError({
      code: 'unreachable',
      subject: this.#subject,
      message: `/bin/sh could not be started (${error.message})`,
      hint: '`connection: local` needs a POSIX shell at /bin/sh',
      cause: error,
    })
  }
}

/** Ends the whole group, and lets go of pipes that a process outside of it may hold. */
const stop = (child: ChildProcessWithoutNullStreams): void => {
  try {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
  } catch {
    // Gone already, or root's by sudo: it ends when it next prints.
  }
  child.stdin.destroy()
  child.stdout.destroy()
  child.stderr.destroy()
  child.unref()
}
