import type { Action, Plan } from '../../lib/engine/plan.ts'
import type { Change } from '../../lib/resource/type.ts'
import { namespace } from '../../tasks/namespace.ts'

const on = { type: 'host', name: 'client01' } as const

/** An action as a plan holds it, for tests of what becomes of plans. */
export const action = (id: string, change: Partial<Change> = {}, more: Partial<Action> = {}): Action => ({
  key: `${more.on?.name ?? 'client01'}:${id}`,
  id,
  on,
  step: '1 Accounts',
  belongs: {},
  type: namespace.type as Action['type'],
  needs: [],
  change: { op: 'keep', diffs: [], steps: [], ...change },
  ...more,
})

/** A plan of these actions alone. */
export const planOf = (...actions: Action[]): Plan => ({ actions, leftovers: [], owned: new Map() })
