import * as assert from 'uvu/assert'
import { type BoundToken, claimsIn, faultOf } from '../../../lib/kube/bound-token.ts'
import { NOW } from '../../support/cases.ts'
import { suite } from '../../support/suite.ts'
import { claimsOf, tokenWith } from '../../support/token.ts'

const it = suite('bound token')

const DAY = 86_400
const bob: BoundToken = {
  kind: 'bound',
  namespace: 'arena-prod',
  serviceAccount: 'bob',
  anchor: { name: 'bob-token-1', uid: 'anchor' },
  seconds: 90 * DAY,
}
const UID = 'account'

const fault = (claims: object): string | undefined => faultOf(claimsIn(tokenWith(claims)), bob, UID, NOW)
const good = claimsOf(bob, UID, { from: NOW - 10 * DAY, until: NOW + 80 * DAY })

it('will do while more than a fifth of its life is left', () => {
  assert.is(fault(good), undefined)
  assert.is(fault(claimsOf(bob, UID, { from: NOW - 72 * DAY, until: NOW + 18 * DAY })), undefined)
  const late = claimsOf(bob, UID, { from: NOW - 72 * DAY - 2, until: NOW + 18 * DAY - 2 })
  assert.is(fault(late), 'expires 2026-12-11')
  assert.is(fault(claimsOf(bob, UID, { from: NOW - 90 * DAY, until: NOW })), 'expired 2026-11-24')
})

it('is judged by a shorter life when the server gave it one', () => {
  assert.is(fault(claimsOf(bob, UID, { from: NOW, until: NOW + 3600 })), undefined)
  assert.is(fault(claimsOf(bob, UID, { from: NOW - 3000, until: NOW + 600 })), 'expires 2026-11-24')
})

it('is nothing when its anchor or its service account is another of the same name', () => {
  const { anchor } = bob
  const revoked = { ...bob, anchor: { ...anchor, uid: 'before' } }
  const times = { from: NOW, until: NOW + DAY }
  assert.is(fault(claimsOf(revoked, UID, times)), 'one that has been revoked')
  assert.is(fault(claimsOf(bob, 'before', times)), 'of another service account')
  assert.is(fault(claimsOf({ ...bob, serviceAccount: 'tom' }, UID, times)), 'of another service account')
  assert.is(fault(claimsOf({ ...bob, namespace: 'dev1' }, UID, times)), 'of another service account')
})

it('bound to nothing cannot be revoked, so it will not do', () => {
  const { secret: _, ...unbound } = good['kubernetes.io']
  assert.is(fault({ ...good, 'kubernetes.io': unbound }), 'one that cannot be revoked')
})

it('one that a Secret holds for ever will not do', () => {
  const { exp: _, iat: __, ...forever } = good
  assert.is(fault(forever), 'one that does not expire')
})

it('takes nothing for a token that is none, however hostile', () => {
  const encoded = (text: string): string => `a.${Buffer.from(text).toString('base64url')}.c`
  for (const text of [
    '',
    'a',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    encoded('[]'),
    encoded('null'),
    tokenWith({ ...good, exp: 1e300 }),
    tokenWith({ ...good, iat: '0' }),
    tokenWith({ ...good, 'kubernetes.io': { __proto__: null } }),
  ])
    assert.is(claimsIn(text), undefined, text)
})

it.run()
