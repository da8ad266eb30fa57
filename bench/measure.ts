import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface Measured {
  code: number
  /** Wall time of the whole process, in seconds. */
  seconds: number
  /** Processor time of it and of what it waited for, in seconds: on a busy machine it tells more than wall time. */
  cpu: number
  /** Largest resident memory of one process in it, in MiB. */
  memory: number
  stdout: string
}

const POLL_MS = 10

/** Runs the command, and prints to descriptor 3 what processor time it took. */
const TIMED = '"$@" 3>&-; status=$?; times >&3; exit $status'

/** Runs a command to its end and measures the whole process. */
export const measure = async (
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Measured> => {
  const began = performance.now()
  const child = spawn('sh', ['-c', TIMED, 'sh', command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  const [, stdout, , times] = child.stdio
  if (!(stdout instanceof Readable) || !(times instanceof Readable))
    throw new TypeError('no pipe to read from')
  const outputs = Promise.all([text(stdout), text(times)])
  let memory = 0
  const poll = setInterval(async () => {
    memory = Math.max(memory, await peakBelow(child.pid!))
  }, POLL_MS)
  const [code] = await once(child, 'close')
  const seconds = (performance.now() - began) / 1000
  clearInterval(poll)
  const [said, timed] = await outputs
  return { code: code ?? -1, seconds, cpu: cpuIn(timed), memory: Math.round(memory), stdout: said }
}

/** The largest peak of memory of the processes below one, in MiB. */
const peakBelow = async (pid: number): Promise<number> => {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const peaks = children
    .split(' ')
    .filter(Boolean)
    .map(async (child) => {
      const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '')
      const own = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
      return Math.max(own, await peakBelow(Number(child)))
    })
  return Math.max(0, ...(await Promise.all(peaks)))
}

/** Of the second line that `times` prints: user and system time of children, as `0m1.25s 0m0.31s`. */
const cpuIn = (times: string): number =>
  [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  )

/** The middle one of an odd number of measurements, by time. */
export const median = (all: readonly Measured[]): Measured =>
  all.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(all.length / 2)]!
