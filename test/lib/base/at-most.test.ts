import * as assert from 'uvu/assert'
import { atMost } from '../../../lib/base/at-most.ts'
import { suite } from '../../support/suite.ts'

const it = suite('base/at-most')

it('takes the next thing only when there is room, and keeps the order', async () => {
  let taken = 0
  const things = function* () {
    for (; taken < 7; ) yield taken++
  }
  const ends: (() => void)[] = []
  const all = atMost(3, things(), async (thing) => {
    await new Promise<void>((resolve) => {
      ends[thing] = resolve
    })
    return thing * 10
  })
  assert.is(taken, 3)
  ends[2]!()
  while (ends[3] === undefined) await Promise.resolve()
  assert.is(taken, 4)
  for (const next of [3, 1, 0, 4, 5, 6]) {
    while (ends[next] === undefined) await Promise.resolve()
    ends[next]!()
  }
  assert.equal(await all, [0, 10, 20, 30, 40, 50, 60])
})

it('ends with what the work or the things throw', async () => {
  const refused = async () => {
    throw new Error('no')
  }
  const broken = function* () {
    yield 1
    throw new Error('broken')
  }
  for (const [things, work, message] of [
    [[1, 2], refused, 'no'],
    [broken(), async () => 1, 'broken'],
  ] as const)
    assert.is(await atMost(2, things as Iterable<number>, work).catch((error) => error.message), message)
  assert.equal(await atMost(2, [], refused), [])
})

it.run()
