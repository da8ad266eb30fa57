import { isDeepStrictEqual } from 'node:util'
import { AutomationError } from './errors.ts'
import type { Plan } from './plan.ts'
import { isChange } from './plan.ts'
import { type SavedChange, type SavedPlan, savedChange } from './plan-file.ts'
import { printable } from './printable.ts'

/** What would be changed now, besides what was saved. */
interface Now {
  playbook: string
  inventory: string
  edit: readonly string[]
}

/**
 * Holds a run to a saved plan: doing less is fine, and what is not needed any more is returned; anything else is an
 * error of code `stale-plan` that tells the difference field by field.
 */
export const holdTo = (saved: SavedPlan, plan: Plan, now: Now): SavedChange[] => {
  const known = new Map(saved.changes.map((change) => [keyOf(change), change]))
  const wanted = plan.actions.filter(isChange).map(savedChange)
  const differences = [
    ...(['playbook', 'inventory'] as const).flatMap((part) =>
      saved[part] === now[part]
        ? []
        : [`${part}: the plan is for ${saved[part]}, this run is for ${now[part]}`],
    ),
    ...(now.edit.length === 0 || isDeepStrictEqual(now.edit, saved.edit)
      ? []
      : ['inventory file: it would be edited otherwise than was planned']),
    ...wanted.flatMap((change) => differencesOf(known.get(keyOf(change)), change)),
  ]
  if (differences.length > 0) throw stale(saved, differences)
  const needed = new Set(wanted.map(keyOf))
  return saved.changes.filter((change) => !needed.has(keyOf(change)))
}

const keyOf = ({ on, id }: SavedChange): string => `${id} on ${on}`

const differencesOf = (planned: SavedChange | undefined, now: SavedChange): string[] => {
  const subject = keyOf(now)
  if (planned === undefined) return [`${subject}: ${now.op} was not planned`]
  if (planned.op !== now.op) return [`${subject}: ${planned.op} was planned, now it would be ${now.op}`]
  const before = new Map(planned.diffs.map((diff) => [JSON.stringify(diff), diff]))
  return now.diffs
    .filter((diff) => !before.has(JSON.stringify(diff)))
    .map(({ field, from, to }) => {
      const was = planned.diffs.find((diff) => diff.field === field)
      const words = `${field} ${JSON.stringify(from)} → ${JSON.stringify(to)}`
      return was === undefined
        ? `${subject}: ${words} was not planned`
        : `${subject}: ${words}; planned was ${JSON.stringify(was.from)} → ${JSON.stringify(was.to)}`
    })
}

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
