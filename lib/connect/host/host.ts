import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AutomationError, asAutomationError, isAutomationError, unreadable } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import { redact } from '../../base/secret.ts'
import { quote, sh } from '../../base/shell.ts'
import type { Frame, FrameResult, HostConnection, OnRoundTrip, OnSent, RunOptions } from '../connection.ts'
import { type Login, launch, newNonce, type RootProgram, UNHEARD } from './become-root.ts'
import { BatchReader, batchScript, NO_BUILTIN_PRINTF } from './frames.ts'
import { BUSY, turnFor } from './host-lock.ts'
import type { Ending, Transport } from './transport.ts'

/** A machine reached as root over any transport. */
export class RootHost implements HostConnection {
  readonly #login: Login
  readonly #transport: Transport
  readonly #timeoutMs: number
  readonly #tell: OnRoundTrip | undefined
  #execs = 0
  #refused: AutomationError | undefined

  /**
   * `timeoutMs` limits how long nothing may be heard while something runs. What says something now and then has ten
   * times as long for each frame, and a hundred times for a change: a big home takes hours to archive.
   */
  constructor(login: Login, transport: Transport, timeoutMs: number, onRoundTrip?: OnRoundTrip) {
    this.#login = login
    this.#transport = transport
    this.#timeoutMs = timeoutMs
    this.#tell = onRoundTrip
  }

  get execs(): number {
    return this.#execs
  }

  async run(
    frames: readonly Frame[],
    { signal, onFrame, changes = false }: RunOptions,
  ): Promise<Map<string, FrameResult>> {
    if (frames.length === 0) return new Map()
    this.#tell?.({
      type: 'exec',
      host: this.#login.subject,
      scripts: frames.map(({ id, title = id, script }) => ({ title, script })),
    })
    const nonce = newNonce()
    const script = await batchScript(frames, nonce)
    const reader = new BatchReader(frames, nonce, onFrame)
    const complete = Promise.withResolvers<undefined>()
    let said = ''
    const push = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      try {
        if (stream === 'stderr' && !reader.started) said = (said + chunk.toString('utf8')).slice(-2000)
        reader.push(stream, chunk)
        if (reader.complete) complete.resolve(undefined)
      } catch (error) {
        complete.reject(error)
      }
    }
    const program = {
      line: `${turnFor(changes ? 'change' : 'look', this.#timeoutMs)} eval "$(cat)"`,
      input: [script],
      onStdout: push('stdout'),
      onStderr: push('stderr'),
    }
    // Something a frame left behind may hold the output open; what the frames did is known all the same.
    const enough = complete.promise.then(() => sleep(LINGER_MS, undefined, { ref: false }))
    const limitMs = this.#timeoutMs * (changes ? PATIENCE.change : PATIENCE.look)
    const ending = await this.#launch(program, signal, limitMs, () => reader.running, enough)
    if (ending !== undefined && !reader.complete) throw this.#incomplete(ending, reader, said)
    return reader.results
  }

  async upload(from: string, to: string, signal: AbortSignal, onSent: OnSent = () => {}): Promise<void> {
    if (!isAbsolute(to) || to.includes('\n'))
      throw new AutomationError({ code: 'bug', subject: to, message: 'is not an absolute path of one line' })
    const { size } = await stat(from).catch((error) => {
      throw unreadable(from, error, 'check the path of the file to upload')
    })
    this.#tell?.({
      type: 'exec',
      host: this.#login.subject,
      scripts: [{ title: `upload of ${size} bytes`, script: sh`cat > ${to}` }],
    })
    const begin = newNonce()
    let said = ''
    const program = {
      line: `${turnFor('change', this.#timeoutMs)} echo ${begin} >&2; ${uploadLine(to, size, newNonce())}`,
      input: bytesOf(from, (sent) => onSent(sent, size)),
      onStdout: () => {},
      onStderr: (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-2000)
      },
    }
    const limitMs = this.#timeoutMs * PATIENCE.change
    const ending = await this.#launch(program, signal, limitMs, () => `upload of ${to}`)
    if (ending?.by === 'exit' && ending.status === 0) return
    const unbegun = notBegun(ending, this.#login, said)
    if (unbegun !== undefined) throw unbegun
    const [, cause = ''] = said.split(begin)
    throw new AutomationError({
      code: 'command',
      subject: `${to} on ${this.#login.subject}`,
      message: `could not be written: ${untrusted(cause) || wordsOf(ending)}`,
      hint: 'the old file, if any, is untouched; check the directory and the free space',
    })
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /**
   * Runs until the program ends or `enough` resolves; the signal, silence, a lost connection and what runs for longer
   * than `limitMs` reject.
   */
  async #launch(
    program: RootProgram,
    signal: AbortSignal,
    limitMs: number,
    running: () => string | undefined,
    enough?: Promise<undefined>,
  ): Promise<Ending | undefined> {
    if (this.#refused !== undefined) throw this.#refused
    const { subject } = this.#login
    const stop = new AbortController()
    const endAfter = (ms: number, says: string, hint: string) =>
      setTimeout(() => stop.abort(tooLong(subject, `${says} ${ms / 1000} s`, hint, running())), ms)
    const timer = endAfter(
      this.#timeoutMs,
      'nothing heard for',
      'see what hangs there; --timeout sets how long to wait',
    )
    const whole = endAfter(
      Math.min(limitMs, MOST_MS),
      'not ended after',
      'it says something now and then and does not end: see what it does there; a larger --timeout waits longer',
    )
    let bytes = 0
    const heard = (tell: (chunk: Buffer) => void) => (chunk: Buffer) => {
      bytes += chunk.length
      timer.refresh()
      if (bytes > MAX_OUTPUT) return stop.abort(tooMuch(subject, running()))
      const before = running()
      tell(chunk)
      if (running() !== before) whole.refresh()
    }
    const sent = async function* () {
      for await (const chunk of program.input) {
        timer.refresh()
        yield chunk
      }
    }
    const watched = {
      line: program.line,
      input: sent(),
      onStdout: heard(program.onStdout),
      onStderr: heard(program.onStderr),
    }
    this.#execs++
    try {
      const either = AbortSignal.any([signal, stop.signal])
      const launched = launch(this.#login, watched, this.#transport, either)
      const ending = await Promise.race([launched, enough ?? never])
      if (ending?.by === 'loss') throw lost(subject, bytes)
      return ending
    } catch (error) {
      if (signal.aborted) throw cancelled(subject, signal)
      if (stop.signal.aborted) throw stop.signal.reason
      if (isAutomationError(error) && error.code === 'auth') this.#refused = error
      throw asAutomationError(error, subject)
    } finally {
      clearTimeout(timer)
      clearTimeout(whole)
    }
  }

  #incomplete(ending: Ending, reader: BatchReader, said: string): AutomationError {
    const { subject } = this.#login
    const unbegun = reader.started ? undefined : notBegun(ending, this.#login, said)
    if (unbegun !== undefined) return unbegun
    return new AutomationError({
      code: 'command',
      subject,
      message:
        `the shell ended too early (${wordsOf(ending)}) in ` +
        `${reader.started ? reader.running : 'its first line'}`,
      hint: reader.started
        ? 'what ran before is done; run again'
        : 'nothing ran; see what ends the shell there',
      ...(ending.by === 'exit' ? { status: ending.status } : {}),
    })
  }
}

/** How long the shell may take to end after its last frame; usually it has by then. */
const LINGER_MS = 200

/** How many times the limit of silence a frame may take that is not silent. */
const PATIENCE = { look: 10, change: 100 } as const

/** The longest that a timer can wait. */
const MOST_MS = 2 ** 31 - 1

/** Bytes that one exec may print. Answers are held in memory, and a host is not to be trusted with ours. */
const MAX_OUTPUT = 256 * 1024 * 1024

const never = new Promise<undefined>(() => {})

const wordsOf = (ending: Ending | undefined): string => {
  if (ending?.by === 'exit') return `exit status ${ending.status}`
  return ending?.by === 'signal' ? `killed by ${ending.signal}` : 'no exit status'
}

/**
 * The file appears under its name only when all of it has arrived. `set -C` refuses to write through a planted link.
 */
const uploadLine = (to: string, size: number, nonce: string): string =>
  [
    `f=${quote(to)} t=${quote(`${to}.${nonce}.tmp`)}`,
    `mkdir -p ${quote(dirname(to))} || exit 1`,
    '[ ! -d "$f" ] || { echo "is a directory" >&2; exit 1; }',
    `trap 'rm -f "$t"' EXIT`,
    `trap 'exit 1' HUP INT PIPE TERM`,
    'set -C',
    'cat > "$t" || exit 1',
    'n=$(wc -c < "$t")',
    `[ "$n" -eq ${size} ] || { echo "$n of ${size} bytes arrived" >&2; exit 1; }`,
    'mv -f "$t" "$f"',
  ].join('; ')

/** Opened only when asked for the first chunk, so that a refused login leaves nothing open. */
const bytesOf = async function* (path: string, tell: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    yield chunk
    bytes += chunk.length
    tell(bytes)
  }
}

/** The error of an aborted operation: the signal's own reason when it is one of ours. */
export const cancelled = (subject: string, { reason }: AbortSignal): AutomationError =>
  isAutomationError(reason)
    ? reason
    : new AutomationError({ code: 'cancelled', subject, message: 'interrupted' })

/** Why a shell ended before what it was for, when its status says so. */
const notBegun = (ending: Ending | undefined, login: Login, said: string): AutomationError | undefined => {
  if (ending?.by !== 'exit') return undefined
  if (ending.status === BUSY) return busy(login.subject, said)
  if (ending.status === UNHEARD) return unheard(login)
  if (ending.status !== NO_BUILTIN_PRINTF) return undefined
  return new AutomationError({
    code: 'refused',
    subject: login.subject,
    message: 'printf is not built into /bin/sh there, so secrets would show in the process list',
    hint: 'make /bin/sh dash, bash or busybox with its printf',
  })
}

/** What a shell that waits prints last is what the other one is at, if that one said it. */
const busy = (subject: string, said: string): AutomationError => {
  const deed = redact(said.trim()).split('\n').at(-1)
  return new AutomationError({
    code: 'locked',
    subject,
    message: `another run is at work there${deed ? `: ${deed}` : ''}`,
    hint: 'run again when it has ended; one that was killed first finishes the step it was at',
    retryable: true,
  })
}

/** The shell came to the end of its standard input without the line that what is for it begins with. */
const unheard = ({ subject, user }: Login): AutomationError =>
  new AutomationError({
    code: 'command',
    subject,
    message: `something that the login of ${user} runs takes what is meant for the shell, so nothing ran`,
    hint:
      `let the start-up files of ${user} there (~/.bashrc, ~/.ssh/rc, /etc/profile.d) read nothing ` +
      'from standard input',
  })

const lost = (subject: string, bytes: number): AutomationError =>
  new AutomationError({
    code: 'unreachable',
    subject,
    message: `connection lost after ${bytes} bytes`,
    hint: 'run again: what was done stays, what is missing is done then',
    retryable: true,
  })

const tooMuch = (subject: string, running: string | undefined): AutomationError =>
  new AutomationError({
    code: 'command',
    subject,
    message: `more than ${MAX_OUTPUT / 1024 / 1024} MB of output${running === undefined ? '' : ` from ${running}`}`,
    hint: 'it was broken off; see what prints that much there',
  })

const tooLong = (subject: string, says: string, hint: string, running: string | undefined): AutomationError =>
  new AutomationError({
    code: 'timeout',
    subject,
    message: `${says}${running === undefined ? '' : ` while at ${running}`}`,
    hint,
    retryable: true,
  })
