import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { BUSY, turnFor } from '../../../../lib/connect/host/host-lock.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('host lock')

/** What a change does on a machine where another is at work and does not end. */
const waiting = (timeoutMs: number) => {
  const stubs = 'flock() { return 1; }; sleep() { echo slept; };'
  const { status, stdout } = spawnSync('sh', ['-c', `${stubs} ${turnFor('change', timeoutMs)}`])
  return { status, seconds: String(stdout).match(/slept/g)?.length ?? 0 }
}

test('a wait for a turn ends before silence does, so that what is at work there can be told', () => {
  assert.equal(waiting(180_000), { status: BUSY, seconds: 30 })
  assert.equal(waiting(8_000), { status: BUSY, seconds: 4 })
  assert.equal(waiting(1_000), { status: BUSY, seconds: 0 })
})

test.run()
