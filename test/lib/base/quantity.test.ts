import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { quantity, readableQuantities, readableQuantity, sameQuantity } from '../../../lib/base/quantity.ts'
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

it('is written as people write it in what an API server says, and nothing else is', () => {
  const quotaSays = 'exceeded quota: q, requested: cpu=500m,limits.memory=10844792422400m, used: pods=1'
  assert.is(readableQuantities(quotaSays), quotaSays.replace('10844792422400m', '10.1Gi'))
  const rangeSays = 'maximum memory usage per Pod is 10844792422400m, but limit is 11Gi'
  assert.is(readableQuantities(rangeSays), rangeSays.replace('10844792422400m', '10.1Gi'))
  for (const other of ['image=10844792422400m.example', 'pod-10844792422400m', 'x=10844792422400max'])
    assert.is(readableQuantities(other), other)
})

it('is written as people write it, and an API server keeps the same', () => {
  for (const [kept, written] of [
    ['10844792422400m', '10.1Gi'],
    ['22906456453940m', '21.3333Gi'],
    ['1782579200m', '1.7Mi'],
    ['11105067440537600m', '10.1Ti'],
    ['1073741824000m', '1Gi'],
    ['10737418240001m', '10737418240.001'],
    // An API server would say so itself.
    ['500m', '500m'],
    ['2667m', '2667m'],
    ['64424509440', '64424509440'],
    ['60Gi', '60Gi'],
    ['no limit', 'no limit'],
  ] as const)
    assert.is(readableQuantity(kept), written)
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), (thousandths) => {
      assert.ok(sameQuantity(readableQuantity(`${thousandths}m`), `${thousandths}m`))
    }),
  )
  const unit = fc.constantFrom('Ki', 'Mi', 'Gi', 'Ti')
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_240_000 }), unit, (scaled, suffix) => {
      const text = `${scaled / 10_000}${suffix}`
      const kept = `${(quantity(text)! + 999_999n) / 1_000_000n}m`
      assert.ok(
        readableQuantity(kept).length <= Math.max(text.length, 11),
        `${text} is shown as ${readableQuantity(kept)}`,
      )
    }),
  )
})

it.run()
