import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { freeId } from '../../../lib/inventory/free-id.ts'
import { linuxId } from '../../../lib/inventory/names.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: free ids')

const range = { min: 1000, max: 1005 }

it('the next one after the neighbours, never one that is taken', () => {
  assert.is(freeId([], undefined, [20_001, 20_002]), 20_003)
  assert.is(freeId([20_003, 20_004], undefined, [20_002, 20_001]), 20_005, 'retired users keep theirs')
  assert.is(freeId([10_001], undefined, new Set([20_001]).values()), 20_002)
  assert.is(freeId([1000, 1001], range), 1002, 'no neighbours')
  assert.is(freeId([1000], range, [1005]), 1001, 'none is left above')
  assert.is(freeId([], range, [999]), 1000, 'a neighbour below the range')
})

it('none is free', () => {
  assert.throws(
    () => freeId([1000, 1001, 1002, 1003, 1004], range, [1005]),
    /^no id from 1000 to 1005 is free\n {2}→ /,
  )
})

it('what is found obeys the rule of ids and is nobody else’s', () => {
  const ids = fc.array(fc.integer({ min: 990, max: 60_010 }), { maxLength: 50 })
  fc.assert(
    fc.property(ids, ids, (taken, near) => {
      const id = freeId(taken, undefined, near)
      assert.is(linuxId('local')(id), undefined)
      assert.not.ok([...taken, ...near].includes(id))
    }),
  )
})

it.run()
