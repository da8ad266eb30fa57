import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AutomationError } from '../lib/base/errors.ts'

/** A running process of a sandbox. */
export interface Running {
  part: string
  pid: number
}

/** In the environment of every process we start, so that it is known as ours whatever became of our files. */
const MARK = 'ARENA_SANDBOX_PART'

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

/** The processes of the sandbox in this directory, oldest first. */
export const findRunning = async (directory: string): Promise<Running[]> => {
  const found: (Running & { started: number })[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const mark = (await read(`/proc/${pid}/environ`))
      .split('\0')
      .find((entry) => entry.startsWith(`${MARK}=`))
    const [, part, of] = mark?.match(/=([^@]*)@(.*)$/s) ?? []
    if (part === undefined || of !== directory) continue
    const stat = (await read(`/proc/${pid}/stat`)).replace(/^.*\)/s, '').split(' ')
    found.push({ part, pid: Number(pid), started: Number(stat[20]) })
  }
  return found.sort((a, b) => a.started - b.started).map(({ part, pid }) => ({ part, pid }))
}

/** Where a part's output goes. */
export const logFile = (directory: string, part: string): string => join(directory, 'log', `${part}.log`)

/** A process that outlives this one; its output goes to `log/<part>.log`. */
export interface Started {
  part: string
  /** Resolves with its last lines of output when it has ended. */
  ended: Promise<string>
}

/** Starts a part of the sandbox in the background. */
export const start = async (
  directory: string,
  part: string,
  [command, ...args]: readonly [string, ...string[]],
): Promise<Started> => {
  const log = await open(logFile(directory, part), 'a')
  const { size } = await log.stat()
  const child = spawn(command, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env.PATH, HOME: directory, [MARK]: `${part}@${directory}` },
  })
  const lastWords = async (): Promise<string> => {
    const text = await read(logFile(directory, part))
    return Buffer.from(text).subarray(size).toString().trim().split('\n').slice(-5).join('\n')
  }
  const ended = once(child, 'exit').then(lastWords, (error: Error) => error.message)
  child.unref()
  await log.close()
  return { part, ended }
}

/**
 * Waits until `ready` resolves with true (a rejection counts as false), asking every 50 ms; fails when the process
 * ends before or after 60 s, with what it last said.
 */
export const waitFor = async (
  { part, ended }: Started,
  directory: string,
  ready: () => Promise<boolean>,
): Promise<void> => {
  let last: string | undefined
  ended.then((output) => {
    last = output || 'it said nothing'
  })
  for (const deadline = Date.now() + 60_000; last === undefined && Date.now() < deadline; await sleep(50))
    if (await ready().catch(() => false)) return
  throw new AutomationError({
    code: 'command',
    subject: part,
    message: last === undefined ? 'it is not ready after 60 s' : `it ended at its start: ${last}`,
    hint: `its log is ${logFile(directory, part)}`,
  })
}

/**
 * The processes to kill for one of ours to go with everything it started: for a client machine its first process,
 * because the kernel ends a PID namespace with that one, and its parent only after all of it.
 */
const targets = async (pid: number): Promise<number[]> => {
  const children = (await read(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number)
  return children.length > 0 ? children : [pid]
}

/** Ends the chosen parts of the sandbox (all of them by default) and waits until they are gone. */
export const stop = async (
  directory: string,
  chosen: (part: string) => boolean = () => true,
): Promise<void> => {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    const running = (await findRunning(directory)).filter(({ part }) => chosen(part))
    if (running.length === 0) return
    for (const { pid } of running)
      for (const target of await targets(pid))
        try {
          process.kill(target, 'SIGKILL')
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
        }
  }
  throw new AutomationError({
    code: 'command',
    subject: directory,
    message: 'some processes of the sandbox do not end',
    hint: 'see them with: npm run sandbox -- status',
  })
}
