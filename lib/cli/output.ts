import { setImmediate } from 'node:timers/promises'
import { worstExit } from '../base/errors.ts'

const STREAMS = { 'standard output': process.stdout, 'standard error': process.stderr }

/**
 * Lets a run go on whose output cannot be written, as on a full disk: what was begun is finished, and the lock given
 * back. The exit status that is passed on then becomes 1 at least, so that nobody takes half a log for the whole. A
 * reader that closed the pipe, such as `head`, wanted no more: that is no failure.
 */
export const outlivingOutput = (): { exitStatus(of: number): Promise<number> } => {
  const lost = new Map<string, string>()
  for (const [name, stream] of Object.entries(STREAMS))
    stream.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || lost.has(name)) return
      lost.set(name, code)
      process.stderr.write(`${name}: cannot be written (${code}); the run goes on without it\n`)
    })
  return {
    async exitStatus(of) {
      await Promise.all(Object.values(STREAMS).map(taken))
      // What is wrong with the last write is told a moment later.
      await setImmediate()
      return lost.size === 0 ? of : worstExit([of, 1])
    },
  }
}

/** Resolves once a reader, however slow, has taken all that was said, or will take no more. */
const taken = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve())
  })
