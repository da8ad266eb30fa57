import * as assert from 'uvu/assert'
import { tokens } from '../../../lib/checks/tokens.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { type KubeObject, TOKEN_ANCHOR, TOKEN_SECRET } from '../../../lib/kube/object.ts'
import { clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'
import { secretToken } from '../../support/token.ts'

const it = suite('tokens')

const secret = (id: string, { filled = true, ours = true, invalid = false } = {}): KubeObject =>
  live(TOKEN_SECRET, id, filled ? { data: { token: holding(id) } } : {}, {
    annotations: {
      'kubernetes.io/service-account.name': 'bob',
      ...(filled && { 'kubernetes.io/service-account.uid': 'uid' }),
    },
    ...(!ours && { labels: {} }),
    ...(invalid && { labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' } }),
  })

const holding = (id: string): string => {
  const [namespace, secret] = id.split('/') as [string, string]
  return Buffer.from(secretToken({ namespace, account: 'bob', secret }, 'uid')).toString('base64')
}

/** What is said of bob; kinds of Secrets are told apart as a field selector does. */
const bob = (objects: KubeObject[], over: Partial<Inventory> = {}): string[] => {
  const scene = clusterOf([], over)
  const anchors = objects.filter(({ type }) => type === 'anchor')
  const items: typeof scene.items = (kind) =>
    kind === TOKEN_ANCHOR
      ? anchors
      : kind === TOKEN_SECRET
        ? objects.filter((one) => !anchors.includes(one))
        : []
  return found([tokens], 'A6', { ...scene, items }).filter((line) => / bob\b/.test(line))
}

const CLEAN = ['pass bob']

it('takes the newest filled Secret for the one in use', () => {
  assert.equal(bob([secret('dev1/bob-token-2')]), CLEAN)
  const [line, more] = bob([secret('dev1/bob-token-9'), secret('dev1/bob-token-10')])
  assert.is(line!, 'fail bob: Secret dev1/bob-token-9 → run setup')
  assert.is(more, undefined)
  assert.match(
    bob([secret('dev1/bob-token-1'), secret('dev1/bob-token-2', { filled: false })])[0]!,
    /bob-token-2/,
  )
})

it('does not call dead ones tokens that work', () => {
  const invalid = secret('dev1/bob-token-2', { invalid: true })
  assert.equal(bob([secret('dev1/bob-token-1'), invalid]), CLEAN)
  assert.match(bob([secret('dev1/bob-token-1'), secret('dev1/bob-token-2')])[0]!, /Secret dev1\/bob-token-1/)
})

it('names what somebody made by hand, and what a former group has left', () => {
  const by = secret('dev1/bob-secret', { ours: false })
  assert.equal(bob([secret('dev1/bob-token-1'), by]), [
    'fail bob: Secret dev1/bob-secret → kubectl delete secret bob-secret -n dev1',
  ])
  assert.match(bob([secret('dev1/bob-token-1'), secret('dev2/bob-token-1')])[0]!, /Secret dev2\/bob-token-1/)
  const namesake = secret('dev2/bob-token-1', { ours: false })
  assert.equal(bob([secret('dev1/bob-token-1'), namesake, secret('other/bob-token-1')]), CLEAN)
})

const anchor = (id: string): KubeObject => live(TOKEN_ANCHOR, id, { type: 'anchor' })

const STRICT = { isolation: 'strict', tokens: 'bound' } as const

it('knows that tokens that end rest on anchors, in both isolations, and that no other may be left', () => {
  assert.equal(bob([anchor('dev1/bob-token-1')], { tokens: 'bound' }), CLEAN)
  const both = [anchor('dev1/bob-token-1'), secret('dev1/bob-token-2')]
  assert.match(bob(both, { tokens: 'bound' })[0]!, /^fail bob: .*Secret dev1\/bob-token-2/)
  assert.match(bob(both)[0]!, /^fail bob: .*Secret dev1\/bob-token-1/)
  assert.equal(bob([anchor('arena-prod/bob-token-1')], STRICT), CLEAN)
  const lines = bob(
    [anchor('arena-prod/bob-token-1'), anchor('arena-prod/bob-token-2'), secret('dev1/bob-token-3')],
    STRICT,
  )
  assert.equal(
    lines.map((line) => /Secret (\S+)/.exec(line)![1]),
    ['dev1/bob-token-3', 'arena-prod/bob-token-1'],
  )
  assert.equal(bob([anchor('arena-prod/bob-x-token-2')], STRICT), CLEAN)
})

it.run()
