import { AutomationError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { quote, type Script } from '../../base/shell.ts'
import type { Frame, FrameItem, FrameResult } from '../connection.ts'
import { type OutputSection, Sections } from './sections.ts'

/** Exit status of the batch when the shell cannot print without showing secrets in the process list. */
export const NO_BUILTIN_PRINTF = 96

/**
 * The text of one POSIX script that runs the frames in order and marks the end of each on stdout and stderr with
 * lines of the nonce. It is one compound command, so a part of it runs nothing; no frame can break another.
 */
export const batchScript = async (frames: readonly Frame[], nonce: string): Promise<string> => {
  const numbers = numbersOf(frames)
  const lines = [
    '{',
    `[ "$(command -v printf)" = printf ] || exit ${NO_BUILTIN_PRINTF}`,
    `_end() { printf '\\n${nonce} %s\\n' "$1" && printf '\\n${nonce} %s\\n' "$1" >&2 || exit; }`,
    '_end start',
    "_line='",
    "'",
  ]
  for (const [number, frame] of frames.entries()) {
    const run = await lineOf(frame, number, numbers)
    const needs = (frame.needs ?? []).map((id) => numbers.get(id)!)
    const zeros = needs.map(() => '0').join('.')
    lines.push(
      needs.length === 0
        ? run
        : `case ${needs.map((need) => `$_${need}`).join('.')} in ${zeros}) ${run};; *) ` +
            `_${number}=skip; _end skip;; esac`,
    )
  }
  return [...lines, '}', ''].join('\n')
}

const lineOf = async (
  { script, items, unless }: Frame,
  number: number,
  numbers: ReadonlyMap<string, number>,
): Promise<string> => {
  const text = `eval ${quote(await textOf(script))}`
  const shell =
    items === undefined
      ? `(${text}) </dev/null 9>&-`
      : `_items=$( ${readyOf(items, number, numbers)} ); ` +
        `_done_${number}=$( [ -z "$_items" ] || (set -- "$_items"; ${text}) </dev/null 9>&- )`
  const run = `${shell}; _${number}=$?; _end $_${number}`
  if (unless === undefined) return run
  const told = `"$_line$_done_${numbers.get(unless.by)}$_line"`
  return `case ${told} in *"$_line"${quote(unless.told)}"$_line"*) _${number}=0; _end 0;; *) ${run};; esac`
}

/** Shell that prints the lines of those items whose needs have ended with 0. */
const readyOf = (
  items: readonly FrameItem[],
  number: number,
  numbers: ReadonlyMap<string, number>,
): string => {
  const prints = items.flatMap(({ line, needs }) => {
    const before = needs.map((id) => numbers.get(id)!)
    if (before.some((need) => need >= number)) return []
    const met = before.map((need) => `[ "$_${need}" = 0 ] && `).join('')
    return [`${met}printf '%s\\n' ${quote(line)}`]
  })
  return [...prints, ':'].join('\n')
}

const numbersOf = (frames: readonly Frame[]): Map<string, number> => {
  const numbers = new Map<string, number>()
  for (const [number, { id, needs = [], unless }] of frames.entries()) {
    const missing = [...needs, ...(unless ? [unless.by] : [])].find((need) => !numbers.has(need))
    if (missing !== undefined)
      throw new AutomationError({
        code: 'bug',
        subject: id,
        message: `needs ${missing}, which is not before it`,
      })
    if (numbers.has(id))
      throw new AutomationError({ code: 'bug', subject: id, message: 'is twice in one batch' })
    numbers.set(id, number)
  }
  return numbers
}

const textOf = async ({ parts }: Script): Promise<string> => {
  const texts = await Promise.all(parts.map((part) => (part instanceof Secret ? wordOf(part) : part)))
  return `${texts.join('')}\n`
}

const wordOf = async (secret: Secret): Promise<string> => {
  const value = await secret.reveal()
  if (value.includes('\0'))
    throw new AutomationError({
      code: 'secret',
      subject: String(secret),
      message: 'holds a NUL byte, which cannot be passed to a shell',
    })
  return quote(value)
}

/** Reads what a batch prints and hands out each frame's result as soon as both streams have its end. */
export class BatchReader {
  readonly results = new Map<string, FrameResult>()
  /** Whether the script has begun: what came before is a profile's or sudo's talk. */
  started = false
  readonly #frames: readonly Frame[]
  readonly #onFrame: (id: string, result: FrameResult) => void
  readonly #streams: { stdout: Sections; stderr: Sections }
  readonly #waiting: { stdout: OutputSection[]; stderr: OutputSection[] } = { stdout: [], stderr: [] }

  constructor(
    frames: readonly Frame[],
    nonce: string,
    onFrame: (id: string, result: FrameResult) => void = () => {},
  ) {
    this.#frames = frames
    this.#onFrame = onFrame
    this.#streams = { stdout: new Sections(nonce), stderr: new Sections(nonce) }
  }

  /** The first frame without a result, as people call it. */
  get running(): string | undefined {
    const frame = this.#frames[this.results.size]
    return frame?.title ?? frame?.id
  }

  get complete(): boolean {
    return this.started && this.running === undefined
  }

  push(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const { stdout, stderr } = this.#waiting
    this.#waiting[stream].push(...this.#streams[stream].push(chunk))
    while (stdout.length > 0 && stderr.length > 0) this.#end(stdout.shift()!, stderr.shift()!)
  }

  #end(stdout: OutputSection, stderr: OutputSection): void {
    if (!this.started) {
      this.started = true
      return
    }
    const frame = this.#frames[this.results.size]!
    const [word] = stdout.words
    const result: FrameResult =
      word === 'skip'
        ? { state: 'skipped', needs: frame.needs!.find((need) => !this.#succeeded(need))! }
        : { state: 'ran', code: Number(word), stdout: stdout.bytes, stderr: stderr.bytes.toString('utf8') }
    this.results.set(frame.id, result)
    this.#onFrame(frame.id, result)
  }

  #succeeded(id: string): boolean {
    const result = this.results.get(id)
    return result?.state === 'ran' && result.code === 0
  }
}
