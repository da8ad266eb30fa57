import * as assert from 'uvu/assert'
import { neverMain } from '../../../lib/base/entry.ts'
import { suite } from '../../support/suite.ts'

const it = suite('entry')

it('tells of a CommonJS file that asks whether it was started, by its name and with what to do', () => {
  const told = neverMain('/srv/own/clocks.ts', 'if (import.meta.main) void main(clocks)')
  for (const part of ['clocks.ts', '.mts', '"type": "module"']) assert.match(told ?? 'nothing is said', part)
})

it('says nothing of one that runs by itself', () => {
  assert.is(neverMain('/srv/own/clocks.cjs', 'executePlaybook(clocks, options)'), undefined)
})

it.run()
