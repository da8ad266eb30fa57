import * as assert from 'uvu/assert'
import { order, withNeeds } from '../../../lib/engine/graph.ts'
import type { Resource } from '../../../lib/resource/type.ts'
import { namespace } from '../../../tasks/namespace.ts'
import { suite } from '../../support/suite.ts'

const it = suite('graph')
const cluster = { type: 'cluster', name: 'cluster' } as const
const make = (name: string, needs: Resource[] = []): Resource =>
  namespace(cluster, { name }, { needs }) as Resource

it('puts what is needed first and keeps the given order otherwise', () => {
  const a = make('a')
  const b = make('b', [a])
  const c = make('c')
  assert.equal(
    order([b, c, a]).map(({ id }) => id),
    ['namespace/a', 'namespace/b', 'namespace/c'],
  )
})

it('refuses the same thing wanted twice', () => {
  assert.throws(() => order([make('a'), make('a')]), /namespace\/a on cluster: is wanted twice/)
})

it('refuses a need that no step yields', () => {
  assert.throws(
    () => order([make('b', [make('a')])]),
    /namespace\/b on cluster: needs namespace\/a on cluster, which no step yields/,
  )
})

it('refuses a circle and names it', () => {
  const needs: Resource[] = []
  const a = make('a', needs)
  const b = make('b', [a])
  needs.push(b)
  assert.throws(() => order([a, b]), /needs itself: namespace\/a → namespace\/b → namespace\/a/)
})

it('collects needs at any depth', () => {
  const a = make('a')
  const c = make('c', [make('b', [a])])
  assert.is(withNeeds([c]).size, 3)
})

it.run()
