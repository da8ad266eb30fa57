import * as assert from 'uvu/assert'
import { onceFor } from '../../../lib/base/once-for.ts'
import { suite } from '../../support/suite.ts'

const it = suite('base/once-for')

it('makes it once for each object, and for each purpose by itself', () => {
  let made = 0
  const count = onceFor<number>()
  const other = onceFor<number>()
  const [a, b] = [{}, {}]
  const make = (): number => ++made
  assert.equal(
    [count(a, make), count(a, make), count(b, make), count(a, make), other(a, make)],
    [1, 1, 2, 1, 3],
  )
})

it.run()
