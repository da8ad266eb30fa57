import { isDeepStrictEqual } from 'node:util'
import { AutomationError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Target } from '../resource/type.ts'
import { type Action, isChange, type Plan } from './plan.ts'
import { type SavedChange, type SavedPlan, savedChange } from './plan-file.ts'
import type { PlanScope } from './plan-scope.ts'

/** Fails with `stale-plan` where a saved plan is for something else, whatever there is to do. */
export const mustBeOf = (saved: SavedPlan, now: PlanScope): void => {
  const planned: PlanScope = saved.scope
  const differences = [...new Set([...Object.keys(planned), ...Object.keys(now)])]
    .filter((part) => planned[part] !== now[part])
    .map((part) => `${part}: ${planned[part] ?? 'none'} in the plan, ${now[part] ?? 'none'} now`)
  if (differences.length > 0) throw stale(saved, differences)
}

/**
 * Holds a run to a saved plan: doing less is fine, and what is not needed any more is returned; anything else is an
 * error of code `stale-plan` that tells the difference field by field. `edit` is what changes in the inventory file.
 */
export const holdTo = (saved: SavedPlan, plan: Plan, edit: readonly string[]): SavedChange[] => {
  const planned = new Map(saved.changes.map((change) => [keyOf(change), change]))
  const wanted = plan.actions.filter(isChange).map(savedChange)
  const needed = new Set(wanted.map(keyOf))
  const dropped = saved.changes.filter((change) => !needed.has(keyOf(change)))
  const known = new Map(plan.actions.map((action) => [keyOf(action), action]))
  const differences = [
    ...editDifferences(saved.edit, edit),
    ...wanted.flatMap((change) => differencesOf(planned.get(keyOf(change)), change)),
    ...dropped
      .filter((change) => change.op !== 'remove' && !known.has(keyOf(change)))
      .map((change) => `${keyOf(change)}: ${change.op} was planned, and is not asked for now`),
  ]
  if (differences.length > 0) throw stale(saved, differences)
  const stays = staying(plan)
  return dropped.filter((change) => !stays(change, known.get(keyOf(change))))
}

/** Tells what is not needed any more from what cannot be done, is left by this run, or was not seen. */
const staying = ({ actions, leftovers }: Plan) => {
  const left = new Set(leftovers.map(keyOf))
  const unseen = new Set(actions.filter(isLost).map(({ on }) => on.name))
  return (change: SavedChange, action: Action | undefined): boolean =>
    action === undefined
      ? left.has(keyOf(change)) || unseen.has(change.on)
      : action.hindrance !== undefined || action.change.op === 'refuse'
}

const keyOf = ({ id, on }: { id: string; on: string | Target }): string =>
  `${id} on ${typeof on === 'string' ? on : on.name}`

/** Where in the file the lines are does not matter: others may have edited it around them. */
const editDifferences = (planned: readonly string[], now: readonly string[]): string[] => {
  const changed = (lines: readonly string[], besides: readonly string[]): string[] =>
    lines.filter((line) => /^[+-]/.test(line) && !besides.includes(line))
  const more = changed(now, planned)
  if (more.length === 0) return []
  return [
    ...more.map((line) => `inventory file: ${line} was not planned`),
    ...changed(planned, now).map((line) => `inventory file: ${line} was planned`),
  ]
}

const differencesOf = (planned: SavedChange | undefined, now: SavedChange): string[] => {
  const subject = keyOf(now)
  if (planned === undefined) return [`${subject}: ${now.op} was not planned`]
  if (planned.op !== now.op) return [`${subject}: ${planned.op} was planned, now it would be ${now.op}`]
  return now.diffs
    .filter((diff) => !planned.diffs.some((before) => isDeepStrictEqual(before, diff)))
    .map(({ field, from, to }) => {
      const was = planned.diffs.find((diff) => diff.field === field)
      const words = `${field} ${JSON.stringify(from)} → ${JSON.stringify(to)}`
      return was === undefined
        ? `${subject}: ${words} was not planned`
        : `${subject}: ${words}; planned was ${JSON.stringify(was.from)} → ${JSON.stringify(was.to)}`
    })
}

const isLost = ({ hindrance }: Action): boolean =>
  hindrance?.because === 'unreachable' || hindrance?.because === 'unknown'

const SHOWN = 20

const stale = ({ at }: SavedPlan, differences: readonly string[]): AutomationError => {
  const lines = differences.slice(0, SHOWN).map((line) => `  ${printable(line)}`)
  const more = differences.length > SHOWN ? [`  and ${differences.length - SHOWN} more`] : []
  return new AutomationError({
    code: 'stale-plan',
    subject: `the plan of ${at}`,
    message: ['no longer fits; nothing was changed', ...lines, ...more].join('\n'),
    hint: 'look again and save a new one: --check --out plan.json',
  })
}
