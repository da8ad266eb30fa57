import { wrongFlag } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import { mustTakePlan, readPlan, type SavedChange, type SavedPlan } from '../engine/plan-file.ts'
import type { Event } from '../reporters/events.ts'

/** Flags that save a plan and hold a run to one. */
export interface PlanFlags {
  check?: true
  list?: true
  out?: string
  plan?: string
}

/** The plan that the run is held to, if any; fails with `usage` when the flags do not go together. */
export const planToHold = async ({ check, list, out, plan }: PlanFlags): Promise<SavedPlan | undefined> => {
  if (list && (out ?? plan) !== undefined)
    throw wrongFlag(
      '--list',
      'makes no plan, so there is nothing to save or to hold to one',
      'leave out --list, or --out and --plan',
    )
  if (out !== undefined && !check)
    throw wrongFlag(
      `--out ${out}`,
      'goes with --check: a plan is saved before anything is changed',
      `--check --out ${out}, and later --plan ${out}`,
    )
  if (out !== undefined) await mustTakePlan(out)
  return plan === undefined ? undefined : readPlan(plan)
}

/** Says what of a saved plan is not needed any more. */
export const tellUnneeded = (unneeded: readonly SavedChange[], emit: (event: Event) => void): void => {
  if (unneeded.length === 0) return
  const names = unneeded.map(({ id, on }) => printable(`${id} on ${on}`))
  emit({ type: 'note', text: `Not needed any more, though planned: ${names.join(', ')}` })
}
