import * as assert from 'uvu/assert'
import type { Inventory } from '../../lib/inventory/schema.ts'
import setQuota from '../../playbooks/set-quota.ts'
import { INVENTORY } from '../support/scene.ts'
import { suite } from '../support/suite.ts'

const it = suite('set-quota')
const BEFORE = { accounts: new Map(), tokens: [] }

const told = (
  change: Partial<Inventory>,
  quota: Inventory['groups'][number]['quota'],
  gpu?: string,
): number => {
  const [group] = INVENTORY.groups
  const inventory = { ...INVENTORY, ...change, groups: [{ ...group!, quota }] }
  return setQuota.warnings!(inventory, { group: [group!.name], gpu } as never, BEFORE).length
}

it('warns of a group whose GPUs nothing limits any more, where that leaves them open', () => {
  assert.is(told({ isolation: 'document' }, { cpu: '4' }, 'none'), 1)
  assert.is(told({ isolation: 'document' }, {}, 'none'), 1)
  assert.is(told({ isolation: 'strict' }, { cpu: '4' }, 'none'), 0)
  assert.is(told({ isolation: 'document' }, { cpu: '4' }), 0)
  assert.is(told({ isolation: 'document' }, { gpu: 2 }, '2'), 0)
})

it.run()
