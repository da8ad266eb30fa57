import { Listr } from 'listr2'
import type { Event, Reporter } from '../events.ts'
import type { Outcome } from '../outcome.ts'
import type { Action } from '../plan.ts'
import { linesOf } from './lines.ts'
import type { RenderOptions } from './render.ts'

interface Progress {
  total: number
  ended: number
  bad: number
  now: string
  finished: PromiseWithResolvers<void>
  show(text: string): void
}

/** A live list of the steps while they are performed; everything else as lines. listr2 only shows: it runs nothing. */
export const prettyReporter = (options: RenderOptions): Reporter => {
  const steps = new Map<string, Progress>()
  let shown: Promise<unknown> | undefined
  let waiting: Event[] = []

  const begin = (actions: readonly Action[]): void => {
    for (const [title, of] of Map.groupBy(actions, stepOf))
      steps.set(title, {
        total: of.length,
        ended: 0,
        bad: 0,
        now: '',
        finished: Promise.withResolvers(),
        show() {},
      })
    const list = new Listr(
      [...steps].map(([title, progress]) => ({
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
    shown = list.run().catch(() => {})
  }

  const end = (action: Action, outcome: Outcome): void => {
    const progress = steps.get(stepOf(action))
    if (progress === undefined) return
    progress.ended++
    if (outcome.state !== 'done') progress.bad++
    if (progress.ended === progress.total) progress.finished.resolve()
    else progress.show(`${progress.ended} of ${progress.total}  ${action.id}`)
  }

  const print = (event: Event): void => {
    for (const line of linesOf(event, options)) console.log(line)
  }

  /** The live list owns the terminal until it has ended: what comes meanwhile is printed after it. */
  const release = (): void => {
    for (const progress of steps.values()) progress.finished.resolve()
  }

  return {
    on(event) {
      if (event.type === 'apply' && event.actions.length > 0) begin(event.actions)
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
      for (const event of waiting) print(event)
      waiting = []
    },
  }
}

const stepOf = ({ step, pruned }: Action): string => (pruned ? 'Prune' : step)
