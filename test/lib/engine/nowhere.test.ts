import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { isNowhere } from '../../../lib/engine/nowhere.ts'
import { type Sight, unsighted } from '../../../lib/engine/observe.ts'
import type { Plan } from '../../../lib/engine/plan.ts'
import { action, planOf } from '../../support/action.ts'
import { CLIENT01, CLUSTER } from '../../support/engine.ts'
import { suite } from '../../support/suite.ts'

const it = suite('nowhere')

const KEPT = planOf(action('departed-group/dev9'), action('departed-namespace/dev9', {}, { on: CLUSTER }))
const seen = (on: Sight['on']): Sight => ({ on, views: new Map(), versions: new Map(), unread: new Map() })
const ALL = [seen(CLIENT01), seen(CLUSTER)]
const lost = new AutomationError({ code: 'unreachable', subject: 'client01', message: 'connection refused' })

it('is so where everything was seen and nothing is there', () => {
  assert.ok(isNowhere(KEPT, ALL, { groups: ['dev9'] }))
})

it('is not so where something goes, stays and is told, or is refused', () => {
  const warned = { warnings: ['the namespace dev9 stays'] }
  for (const change of [{ op: 'remove' }, { op: 'refuse' }, warned] as const)
    assert.not(isNowhere(planOf(action('departed-namespace/dev9', change)), ALL, {}))
  const leftovers: Plan['leftovers'] = [{ id: 'volume/dev9-a', on: CLUSTER, belongs: {}, cure: 'it stays' }]
  assert.not(isNowhere({ ...KEPT, leftovers }, ALL, {}))
})

it('is not known where something was not looked at', () => {
  const [, cluster] = ALL
  const hindrance = { because: 'unreachable', error: lost } as const
  assert.not(isNowhere(planOf(action('departed-group/dev9', {}, { hindrance })), ALL, {}))
  assert.not(isNowhere(KEPT, [unsighted(CLIENT01, lost), cluster!], {}))
  const { type } = action('role/dev9/member')
  assert.not(isNowhere(KEPT, [{ ...seen(CLUSTER), unread: new Map([[type, lost]]) }], {}))
  assert.not(isNowhere(KEPT, [seen(CLIENT01)], { limit: ['client01'] }))
  assert.not(isNowhere(KEPT, ALL, { steps: ['1'] }))
})

it.run()
