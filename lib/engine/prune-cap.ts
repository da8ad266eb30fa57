import { counted } from '../base/counted.ts'
import { wrongFlag } from '../base/errors.ts'
import type { Plan } from './plan.ts'

const MOST_OBJECTS = 10
const MOST_OF_A_KIND = 1 / 4

/**
 * Holds `--prune` to its cap: more than ten objects, or more than a quarter of what we own of a kind, go only
 * when their number was said (`usage` otherwise).
 */
export const checkPrune = ({ actions, owned }: Plan, said: boolean | number): void => {
  const pruned = actions.filter((action) => action.pruned)
  if (pruned.length === 0 || said === pruned.length) return
  const byKind = Map.groupBy(pruned, ({ type }) => type.kind)
  const large = [...byKind].filter(([kind, of]) => of.length > (owned.get(kind) ?? 0) * MOST_OF_A_KIND)
  if (said === true && pruned.length <= MOST_OBJECTS && large.length === 0) return
  const ids = pruned.map(({ id }) => id)
  const parts = [...byKind].map(([kind, of]) => `${of.length} of ${owned.get(kind) ?? of.length} ${kind}`)
  throw wrongFlag(
    typeof said === 'number' ? `--prune=${said}` : '--prune',
    `would delete ${counted(pruned.length, 'object')}: ${parts.join(', ')} (${ids.join(', ')})`,
    `if that is what you want, say the number: --prune=${pruned.length}`,
  )
}
