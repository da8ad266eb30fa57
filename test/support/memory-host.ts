import { AutomationError } from '../../lib/base/errors.ts'
import type { Frame, FrameResult, HostConnection, RunOptions } from '../../lib/connect/connection.ts'

/** What a script ends with; what is left out is 0 and nothing printed. */
export interface Answer {
  code?: number
  stdout?: string
  stderr?: string
}

/** How a machine in memory answers each frame; `lost` breaks the connection in the middle of it. */
export type Answering = (
  frame: Frame,
  text: string,
) => Answer | 'lost' | undefined | Promise<Answer | 'lost' | undefined>

export const lost = (subject: string): AutomationError =>
  new AutomationError({ code: 'unreachable', subject, message: 'the connection is lost' })

/**
 * A machine for unit tests of the engine: it runs no shell, keeps what it was sent by exec, and keeps the promises of
 * `HostConnection` about frames: their order, their needs, a result for each, and none after the connection is lost.
 */
export class MemoryHost implements HostConnection {
  /** The ids of the frames that ran, by exec; an upload is one too. */
  readonly sent: string[][] = []
  /** Execs at once, at most. */
  most = 0
  #open = 0
  readonly #name: string
  readonly #answering: Answering

  constructor(name: string, answering: Answering = () => undefined) {
    this.#name = name
    this.#answering = answering
  }

  get execs(): number {
    return this.sent.length
  }

  async run(frames: readonly Frame[], { signal, onFrame }: RunOptions): Promise<Map<string, FrameResult>> {
    signal.throwIfAborted()
    this.most = Math.max(this.most, ++this.#open)
    try {
      return await this.#exec(frames, onFrame)
    } finally {
      this.#open--
    }
  }

  async upload(from: string, to: string): Promise<void> {
    this.sent.push([`${from} → ${to}`])
  }

  async close(): Promise<void> {}

  async #exec(frames: readonly Frame[], onFrame: RunOptions['onFrame']): Promise<Map<string, FrameResult>> {
    const exec: string[] = []
    this.sent.push(exec)
    const results = new Map<string, FrameResult>()
    for (const frame of frames) {
      const unmet = frame.needs?.find((need) => {
        const result = results.get(need)
        return result?.state !== 'ran' || result.code !== 0
      })
      const result: FrameResult =
        unmet === undefined ? await this.#ran(frame, exec) : { state: 'skipped', needs: unmet }
      results.set(frame.id, result)
      onFrame?.(frame.id, result)
    }
    return results
  }

  async #ran(frame: Frame, exec: string[]): Promise<FrameResult> {
    exec.push(frame.id)
    const answer = (await this.#answering(frame, String(frame.script))) ?? {}
    if (answer === 'lost') throw lost(this.#name)
    const { code = 0, stdout = '', stderr = '' } = answer
    return { state: 'ran', code, stdout: Buffer.from(stdout), stderr }
  }
}
