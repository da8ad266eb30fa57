import { inspect } from 'node:util'
import { defined } from './defined.ts'

/** Exit status of whatever was not reached. */
const UNREACHED = 3

/** Exit statuses by the codes of errors. */
const EXIT = {
  usage: 64,
  inventory: 65,
  playbook: 65,
  template: 65,
  secret: 65,
  unreachable: UNREACHED,
  auth: UNREACHED,
  'host-key': UNREACHED,
  observe: 1,
  'stale-plan': 4,
  locked: 5,
  'lock-lost': 5,
  command: 1,
  api: 1,
  conflict: 1,
  'not-converged': 1,
  refused: 1,
  timeout: 1,
  cancelled: 130,
  bug: 70,
} as const

/** Why something could not be done, as data. The command line turns the code into an exit status. */
export type ErrorCode = keyof typeof EXIT

export interface ErrorDetails {
  code: ErrorCode
  /** What it is about: a host, an object, or file:line and path. */
  subject?: string
  /** What happened, one sentence without a full stop. */
  message: string
  /** The next step for the person who reads it. */
  hint?: string
  /** Whether the same attempt may succeed later. */
  retryable?: boolean
  /** HTTP status of the Kubernetes API or exit status of a remote command. */
  status?: number
  cause?: unknown
}

const BRAND = Symbol.for('arena-playbooks.error')

/** The one error type: what, where, and the next step. Never carries a secret's value. */
export class AutomationError extends Error {
  readonly [BRAND] = true
  readonly code: ErrorCode
  readonly subject: string | undefined
  readonly reason: string
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly status: number | undefined

  constructor({ code, subject, message, hint, retryable = false, status, cause }: ErrorDetails) {
    super([subject === undefined ? message : `${subject}: ${message}`, hint].filter(Boolean).join('\n  → '), {
      cause,
    })
    this.name = 'AutomationError'
    this.code = code
    this.subject = subject
    this.reason = message
    this.hint = hint
    this.retryable = retryable
    this.status = status
  }

  /** The process exit status for this error alone. */
  get exitCode(): number {
    return EXIT[this.code]
  }

  /** Whether its target was not reached, or lost: nobody knows what is there, or what was still done. */
  get lost(): boolean {
    return this.exitCode === UNREACHED
  }
}

/** What is wrong with a flag, and what to give instead. */
export const wrongFlag = (flag: string, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'usage', subject: flag, message, hint })

/** A flag that names a file which cannot be written. */
export const unwritable = (flag: string, { code }: NodeJS.ErrnoException): AutomationError =>
  wrongFlag(
    flag,
    `cannot be written (${code})`,
    'name a file in a directory that is there and that you may write to',
  )

/** What is wrong with what the inventory says, or with a file that it leads to. */
export const wrongSetting = (
  subject: string,
  message: string,
  hint: string,
  cause?: unknown,
): AutomationError => new AutomationError({ code: 'inventory', subject, message, hint, cause })

/** A file that the inventory names, or leads to, and that cannot be read. */
export const unreadable = (path: string, cause: NodeJS.ErrnoException, hint: string): AutomationError =>
  wrongSetting(path, `cannot be read (${cause.code})`, hint, cause)

/** Recognises the error across module copies, where `instanceof` would not. */
export const isAutomationError = (error: unknown): error is AutomationError =>
  typeof error === 'object' && error !== null && BRAND in error

/** Any thrown thing as an AutomationError. What we did not raise ourselves is a bug of ours, whatever we were at. */
export const asAutomationError = (error: unknown, subject?: string): AutomationError => {
  if (isAutomationError(error)) return error
  const about = { cause: error, ...defined({ subject }) }
  if (error instanceof Error && error.name === 'AbortError')
    return new AutomationError({ code: 'cancelled', message: 'was broken off', ...about })
  return new AutomationError({
    code: 'bug',
    message: error instanceof Error ? error.message : inspect(error),
    hint: 'this is a bug: please report it with the output of --verbose',
    ...about,
  })
}

/** What is read; undefined where that throws. */
export const orUndefined = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** What is read, or why it could not be: for what is only told. Whoever may not list it can set up all the rest. */
export const orUnread = <T>(read: () => T): T | AutomationError => {
  try {
    return read()
  } catch (error) {
    if (isAutomationError(error) && ['api', 'observe'].includes(error.code)) return error
    throw error
  }
}

const PRECEDENCE = [130, 70, 65, 64, 5, 4, 1, 3, 2, 0]

/** The exit status of a run in which several apply: the one that says most. */
export const worstExit = (codes: Iterable<number>): number => {
  const all = new Set(codes)
  return PRECEDENCE.find((code) => all.has(code)) ?? 0
}
