import * as assert from 'uvu/assert'
import type { Inventory } from '../../lib/inventory/schema.ts'
import setQuota, { changesOf } from '../../playbooks/set-quota.ts'
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

it('changes what has names name by name, so that comments beside the others stay', () => {
  const devices = { 'amd.com/gpu': 0, 'huawei.com/Ascend910': 8 }
  const [group] = INVENTORY.groups
  const changes = (device: string[], before: object = { devices }): unknown =>
    changesOf(
      { ...group!, quota: before } as never,
      { device, priorityClass: [], deviceClass: [], hugepages: [] } as never,
    )
  const field = ['quota', 'devices']
  assert.equal(changes(['huawei.com/Ascend910=4', 'amd.com/gpu=0']), [
    { field: [...field, 'huawei.com/Ascend910'], value: 4 },
  ])
  assert.equal(changes(['huawei.com/Ascend910=none']), [
    { field: [...field, 'huawei.com/Ascend910'], value: undefined },
  ])
  assert.equal(changes(['amd.com/gpu=none', 'huawei.com/Ascend910=none']), [{ field, value: undefined }])
  assert.equal(changes(['amd.com/gpu=2'], {}), [{ field, value: { 'amd.com/gpu': 2 } }])
  assert.equal(changes(['amd.com/gpu=0']), [])
})

it.run()
