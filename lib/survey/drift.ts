import { type Action, actionName, type Plan } from '../engine/plan.ts'

/** Whether something is as the inventory says; otherwise what is not. */
export interface Drift {
  count: number
  /** How much could not be read, so that nobody knows. */
  unknown: number
  /** The first few, as `linux-user/bob on client01: shell`. */
  fields: readonly string[]
}

const SHOWN = 3

/** What a plan would change of all that concerns somebody. */
export const driftOf = ({ actions }: Plan, concerns: (action: Action) => boolean): Drift => {
  const theirs = actions.filter(concerns)
  const odd = theirs.filter((action) => !isUnread(action) && action.change.op !== 'keep')
  return {
    count: odd.length,
    unknown: theirs.filter(isUnread).length,
    fields: odd.slice(0, SHOWN).map((action) => `${actionName(action)}: ${oddness(action)}`),
  }
}

/** Whether it, or what it rests on, could not be read: what is planned then is no difference that anybody saw. */
const isUnread = ({ hindrance }: Action): boolean =>
  hindrance !== undefined &&
  (hindrance.because !== 'needs' || hindrance.lacks === 'unreachable' || hindrance.lacks === 'unknown')

const oddness = ({ change: { op, diffs, reason } }: Action): string => {
  if (op === 'create') return 'is missing'
  if (op === 'remove') return reason ?? 'should not be there'
  if (op === 'refuse') return `setup refuses it: ${reason}`
  const names = diffs.map(({ field }) => field)
  const more = names.length - SHOWN
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` + ${more}` : ''}`
}
