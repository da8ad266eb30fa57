import * as assert from 'uvu/assert'
import { ARENA_UID, arenaUid } from '../../../lib/conventions/arena.ts'
import { suite } from '../../support/suite.ts'

const it = suite('arena')

it('names the jobs of a user as Arena 0.15.5 labels them', () => {
  assert.is(ARENA_UID, 'arena.kubeflow.org/uid')
  assert.is(arenaUid('system:serviceaccount:dev1:bob'), 'bdc1dee746f2aa9a0426d94cb3adec34')
  assert.is(arenaUid('system:serviceaccount:dev2:tom'), '577206fbb0719cf32ca9d20785348474')
})

it.run()
