import type { Sight } from './observe.ts'
import type { Plan } from './plan.ts'
import type { Selection } from './select.ts'

/** Whether all was looked at, and nothing of what the run is for is there: nothing that stays and is told, neither. */
export const isNowhere = (
  { actions, leftovers }: Plan,
  sights: Iterable<Sight>,
  { limit, steps }: Selection,
): boolean =>
  limit === undefined &&
  steps === undefined &&
  leftovers.length === 0 &&
  actions.every(
    ({ change: { op, warnings = [] }, hindrance }) =>
      op === 'keep' && warnings.length === 0 && hindrance === undefined,
  ) &&
  [...sights].every(({ failure, unread }) => failure === undefined && (unread?.size ?? 0) === 0)
