import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { quantity, sameQuantity } from '../../../lib/base/quantity.ts'
import { suite } from '../../support/suite.ts'

const it = suite('quantity')

it('reads every suffix of Kubernetes', () => {
  for (const [a, b] of [
    ['8', '8000m'],
    ['0.5', '500m'],
    ['60Gi', '64424509440'],
    ['1k', '1000'],
    ['1e3', '1k'],
    ['12E-1', '1200m'],
    ['1.5Gi', '1536Mi'],
    ['-1', '-1000m'],
    ['.5', '500m'],
    ['1u', '1000n'],
  ])
    assert.ok(sameQuantity(a, b), `${a} = ${b}`)
})

it('takes for equal what an API server stores alike', () => {
  for (const [wanted, stored] of [
    ['2.6667', '2667m'],
    ['1.2345', '1235m'],
    ['0.0005', '1m'],
    ['21.3333Gi', '22906456453940m'],
    ['1.7Mi', '1782579200m'],
    ['0.333Gi', '357556027392m'],
    ['9Ei', '9223372036854775807'],
    ['1e20', '9223372036854775807'],
  ])
    assert.ok(sameQuantity(wanted, stored), `${wanted} is kept as ${stored}`)
})

it('refuses what is not a quantity', () => {
  for (const text of ['60GB', '', 'Gi', '1 Gi', '1.2.3', 'many', '1e', '--1'])
    assert.is(quantity(text), undefined, text)
})

it('does not take different amounts for equal', () => {
  for (const [a, b] of [
    ['1', '1k'],
    ['60Gi', '60G'],
    ['8', '8001m'],
    ['2.6667', '2666m'],
    ['2.6667', '2668m'],
    ['1', 'one'],
  ])
    assert.not(sameQuantity(a, b), `${a} ≠ ${b}`)
})

it('agrees with whole numbers of thousandths', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (n) => sameQuantity(`${n}`, `${n * 1000}m`)))
})

it.run()
