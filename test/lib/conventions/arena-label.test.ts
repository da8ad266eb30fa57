import * as assert from 'uvu/assert'
import { arenaJobLabel } from '../../../lib/conventions/arena-label.ts'
import { suite } from '../../support/suite.ts'

const it = suite('arena')

it('names the jobs of an identity as Arena 0.15.5 labels them', () => {
  assert.is(arenaJobLabel('dev1', 'bob'), 'arena.kubeflow.org/uid=bdc1dee746f2aa9a0426d94cb3adec34')
  assert.is(arenaJobLabel('dev2', 'tom'), 'arena.kubeflow.org/uid=577206fbb0719cf32ca9d20785348474')
})

it.run()
