import { Listr } from 'listr2'
import type { StageMessages } from './stage-messages.ts'

interface Part {
  total: number
  ended: number
  bad: number
  /** What is under way, in the order in which it began. */
  running: Map<string, Running>
  finished: PromiseWithResolvers<string>
  show(text: string): void
}

interface Running {
  since: number
  /** What is known of its progress beside the time. */
  detail: string
}

/** Lines are renewed so often, so that seconds and bytes go on while nothing ends. */
const RENEW_MS = 500

/** The parts of what is under way on a terminal: what runs, for how long, and how much has ended. listr2 only draws. */
export class LiveList {
  readonly #parts: Map<string, Part>
  readonly #words: StageMessages
  readonly #passing: boolean
  #drawn: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #said = ''

  /** A list that is `passing` leaves nothing on the terminal. */
  constructor(
    totals: Iterable<readonly [title: string, total: number]>,
    words: StageMessages,
    passing = false,
  ) {
    this.#words = words
    this.#passing = passing
    this.#parts = new Map(
      [...totals].map(([title, total]) => [
        title,
        { total, ended: 0, bad: 0, running: new Map(), finished: Promise.withResolvers(), show() {} },
      ]),
    )
  }

  /** Begins to draw; until then it only counts. */
  draw(): void {
    this.#drawn = draw(this.#parts, this.#passing)
    this.#timer = setInterval(() => this.#renew(), RENEW_MS).unref()
  }

  begin(title: string, what: string): void {
    this.#parts.get(title)?.running.set(what, { since: performance.now(), detail: '' })
  }

  /** Something that runs has come so far. */
  progress(title: string, what: string, detail: string): void {
    const running = this.#parts.get(title)?.running.get(what)
    if (running !== undefined) running.detail = detail
  }

  end(title: string, what: string, well: boolean): void {
    const part = this.#parts.get(title)
    if (part === undefined) return
    part.running.delete(what)
    part.ended++
    if (!well) part.bad++
    if (part.ended >= part.total) part.finished.resolve(summaryOf(title, part, this.#words))
    else this.#renew()
  }

  /** A part of which only the numbers are known. */
  count(title: string, ended: number, total: number): void {
    const part = this.#parts.get(title)
    if (part === undefined) return
    Object.assign(part, { ended, total })
    if (ended >= total) part.finished.resolve(summaryOf(title, part, this.#words))
    else part.show(lineOf(part, this.#words))
  }

  /** Says something beside every part that goes on. */
  say(text: string): void {
    this.#said = text
    this.#renew()
  }

  /** Ends the list, whatever has not ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const [title, part] of this.#parts) part.finished.resolve(summaryOf(title, part, this.#words))
    await this.#drawn
  }

  #renew(): void {
    for (const part of this.#parts.values())
      part.show([this.#said, lineOf(part, this.#words)].filter(Boolean).join(' · '))
  }
}

const draw = (parts: ReadonlyMap<string, Part>, passing: boolean): Promise<void> =>
  new Listr(
    [...parts].map(([title, part]) => ({
      title,
      task: async (_: unknown, task: { title: string; output: string }): Promise<void> => {
        part.show = (text) => {
          task.output = text
        }
        task.title = await part.finished.promise
        if (part.bad > 0) throw new Error(task.title)
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: { showErrorMessage: false, clearOutput: passing },
    },
  )
    .run()
    .then(
      () => {},
      () => {},
    )

const summaryOf = (title: string, { ended, bad }: Part, words: StageMessages): string =>
  words.ended(title, ended - bad, bad)

const lineOf = ({ ended, total, running }: Part, words: StageMessages): string => {
  const [first] = running
  const numbers = total > 1 ? words.progress(ended, total) : ''
  if (first === undefined) return numbers
  const [what, { since, detail }] = first
  const seconds = words.seconds(Math.round((performance.now() - since) / 1000))
  const more = running.size > 1 ? words.others(running.size - 1) : ''
  return [numbers, [what, detail, seconds].filter(Boolean).join(', '), more].filter(Boolean).join('  ')
}
