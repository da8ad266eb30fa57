import * as assert from 'uvu/assert'
import { unheldFinding, volumesFinding } from '../../../../lib/checks/step-six/step-six.ts'
import type { Inventory } from '../../../../lib/inventory/schema.ts'
import { PERSISTENT_VOLUME_CLAIM } from '../../../../lib/kube/object.ts'
import { live } from '../../../support/live.ts'
import { INVENTORY } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('what step six says without a job')

const CLAIMS = [live(PERSISTENT_VOLUME_CLAIM, 'dev1/mine', { spec: { volumeName: 'scratch' } })]

const verdict = (trusted: Inventory['trusted'], ...names: string[]): string =>
  volumesFinding(INVENTORY.groups[0]!, { inventory: { ...INVENTORY, trusted } }, CLAIMS, {
    ok: true,
    text: ['NAME  ACCESSMODE', ...names.map((name) => `${name}  ReadWriteMany`)].join('\n'),
    said: '',
  }).verdict

it('a claim that the inventory trusts, or whose volume it does, may be shown beside its volumes', () => {
  assert.is(verdict([]), 'pass')
  assert.is(verdict([], 'mine'), 'fail')
  assert.is(verdict([{ kind: 'PersistentVolume', name: 'scratch', reason: 'fast' }], 'mine'), 'pass')
  const claim = { kind: 'PersistentVolumeClaim' as const, namespace: 'dev1', name: 'mine', reason: 'fast' }
  assert.is(verdict([claim], 'mine'), 'pass')
  assert.is(verdict([{ ...claim, namespace: 'dev2' }], 'mine'), 'fail')
})

it('that nothing is held is well only where the inventory limits nothing', () => {
  assert.is(unheldFinding({ quota: {} }).verdict, 'pass')
  assert.is(unheldFinding({ quota: { gpu: 1 } }).verdict, 'fail')
})

it.run()
