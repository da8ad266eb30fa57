import type { Action } from '../engine/plan.ts'
import type { Event, Reporter } from './events.ts'
import { linesOf } from './lines.ts'
import { LiveList } from './live-list.ts'
import { type RenderOptions, subjectOf } from './plan-text.ts'
import { type StageMessages, stageMessages } from './stage-messages.ts'

/** A live list of what is under way; everything else as lines. */
export const prettyReporter = (options: RenderOptions): Reporter => {
  const words = stageMessages(options.language)
  let list: LiveList | undefined
  /** What did not end well while a list was shown. */
  let afterwards: Event[] = []
  /** A list owns the terminal until it has ended: what comes later waits for that. */
  let queue: Promise<void> | undefined

  const next = (work: () => Promise<void> | void): void => {
    const ended = (queue ?? Promise.resolve()).then(work)
    queue = ended
    void ended.then(() => {
      if (queue === ended) queue = undefined
    })
  }

  const print = (event: Event): void => {
    const lines = linesOf(event, options)
    const write = () => lines.forEach((line) => void console.log(line))
    if (queue === undefined) write()
    else next(write)
  }

  const show = (shown: LiveList): void => {
    hide()
    list = shown
    next(() => shown.draw())
  }

  const hide = (): void => {
    const shown = list
    if (shown === undefined) return
    list = undefined
    next(() => shown.close())
    for (const event of afterwards) print(event)
    afterwards = []
  }

  const asked = (ended: number, total: number): void => {
    if (list === undefined) show(new LiveList([[words.asking, total]], words))
    list?.count(words.asking, ended, total)
  }

  return {
    on(event) {
      switch (event.type) {
        case 'start':
          print(event)
          if (event.mode !== 'list') show(reading(words))
          return
        case 'asking':
          return asked(event.asked, event.of)
        case 'apply':
          return show(new LiveList(totalsOf(event.actions), words))
        case 'change:start':
          return list?.begin(stepOf(event.action), subjectOf(event.action))
        case 'upload':
          return list?.progress(stepOf(event.action), subjectOf(event.action), uploaded(event))
        case 'change:end':
          list?.end(stepOf(event.action), subjectOf(event.action), event.outcome.state === 'done')
          if (event.outcome.state !== 'done') afterwards.push(event)
          return
        case 'stopping':
          if (list === undefined) print(event)
          else list.say(linesOf(event, options).join(' '))
          return
        default:
          hide()
          print(event)
      }
    },
    async close() {
      hide()
      await queue
    },
  }
}

const reading = (words: StageMessages): LiveList => {
  const list = new LiveList([[words.reading, 1]], words, true)
  list.begin(words.reading, '')
  return list
}

const totalsOf = (actions: readonly Action[]): (readonly [string, number])[] =>
  [...Map.groupBy(actions, stepOf)].map(([title, of]) => [title, of.length])

const stepOf = ({ step, pruned }: Action): string => (pruned ? 'Prune' : step)

const MIB = 1024 * 1024

const uploaded = ({ file, sent, of }: Extract<Event, { type: 'upload' }>): string =>
  `${file} ${Math.floor(sent / MIB)} of ${Math.ceil(of / MIB)} MiB`
