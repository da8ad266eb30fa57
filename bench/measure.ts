import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface Measured {
  code: number
  /** Wall time of the whole process, in seconds. */
  seconds: number
  /** Largest resident memory, in MiB. */
  memory: number
  stdout: string
}

const POLL_MS = 10

/** Runs a command to its end and measures the whole process. */
export const measure = async (command: string, args: readonly string[], cwd: string): Promise<Measured> => {
  const began = performance.now()
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  let memory = 0
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  const poll = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    memory = Math.max(memory, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
  }, POLL_MS)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? -1))
  })
  clearInterval(poll)
  return { code, seconds: (performance.now() - began) / 1000, memory: Math.round(memory), stdout }
}

/** The middle one of an odd number of measurements, by time. */
export const median = (all: readonly Measured[]): Measured =>
  all.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(all.length / 2)]!
