import { Listr } from 'listr2'
import type { Event, Reporter } from '../events.ts'
import type { Outcome } from '../outcome.ts'
import type { Action } from '../plan.ts'
import { printable } from '../printable.ts'
import { linesOf } from './lines.ts'
import type { RenderOptions } from './render.ts'

interface Progress {
  total: number
  ended: number
  bad: number
  finished: PromiseWithResolvers<void>
  show(text: string): void
}

const ASKING = 'Asking the API server'

/** A live list of what is under way; everything else as lines. listr2 only shows: it runs nothing. */
export const prettyReporter = (options: RenderOptions): Reporter => {
  const parts = new Map<string, Progress>()
  let shown: Promise<unknown> | undefined
  let waiting: Event[] = []

  const begin = (totals: Iterable<readonly [title: string, total: number]>): void => {
    for (const [title, total] of totals)
      parts.set(title, { total, ended: 0, bad: 0, finished: Promise.withResolvers(), show() {} })
    const list = new Listr(
      [...parts].map(([title, progress]) => ({
        title,
        task: async (_: unknown, task: { title: string; output: string }): Promise<void> => {
          progress.show = (text) => {
            task.output = text
          }
          await progress.finished.promise
          task.title = `${title}: ${progress.ended - progress.bad} done${progress.bad > 0 ? `, ${progress.bad} not` : ''}`
          if (progress.bad > 0) throw new Error(task.title)
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: 'default',
        rendererOptions: { showErrorMessage: false },
      },
    )
    shown = list
      .run()
      .catch(() => {})
      .then(() => {
        shown = undefined
        flush()
      })
  }

  const advance = (progress: Progress, what: string): void => {
    if (progress.ended >= progress.total) progress.finished.resolve()
    else progress.show(`${progress.ended} of ${progress.total}  ${what}`)
  }

  const end = (action: Action, outcome: Outcome): void => {
    const progress = parts.get(stepOf(action))
    if (progress === undefined) return
    progress.ended++
    if (outcome.state !== 'done') progress.bad++
    advance(progress, printable(action.id))
  }

  const asked = (ended: number, total: number): void => {
    if (parts.has(ASKING) && shown === undefined) return
    if (shown === undefined) begin([[ASKING, total]])
    const progress = parts.get(ASKING)!
    advance(Object.assign(progress, { ended, total }), '')
  }

  const print = (event: Event): void => {
    for (const line of linesOf(event, options)) console.log(line)
  }

  const flush = (): void => {
    for (const event of waiting) print(event)
    waiting = []
  }

  /** The live list owns the terminal until it has ended: what comes meanwhile is printed after it. */
  const release = (): void => {
    for (const progress of parts.values()) progress.finished.resolve()
  }

  return {
    on(event) {
      if (event.type === 'apply' && event.actions.length > 0)
        begin([...Map.groupBy(event.actions, stepOf)].map(([title, of]) => [title, of.length] as const))
      else if (event.type === 'asking') asked(event.asked, event.of)
      else if (event.type === 'change:end') {
        if (shown === undefined) return
        end(event.action, event.outcome)
        if (event.outcome.state !== 'done') waiting.push(event)
      } else if (shown !== undefined) waiting.push(event)
      else print(event)
    },
    async close() {
      release()
      await shown
      flush()
    },
  }
}

const stepOf = ({ step, pruned }: Action): string => (pruned ? 'Prune' : step)
