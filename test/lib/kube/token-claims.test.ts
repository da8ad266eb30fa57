import * as assert from 'uvu/assert'
import { claimedUid, claimsOf } from '../../../lib/kube/token-claims.ts'
import { suite } from '../../support/suite.ts'

const it = suite('token-claims')

const payload = (claims: unknown): string => Buffer.from(JSON.stringify(claims)).toString('base64url')

it('reads whom a token names and when it ends', () => {
  const claims = claimsOf(payload({ sub: 'system:serviceaccount:dev1:bob', exp: 1, aud: ['x'] }))!
  assert.is(claims.sub, 'system:serviceaccount:dev1:bob')
  assert.is(claims.exp, 1)
})

it('reads the uid of the service account, in a token that ends and in one that does not', () => {
  const sub = 'system:serviceaccount:dev1:bob'
  const uidIn = (claims: object): string | undefined => claimedUid(claimsOf(payload({ sub, ...claims }))!)
  assert.is(
    uidIn({ 'kubernetes.io': { namespace: 'dev1', serviceaccount: { name: 'bob', uid: 'u1' } } }),
    'u1',
  )
  assert.is(uidIn({ 'kubernetes.io/serviceaccount/service-account.uid': 'u2' }), 'u2')
  for (const odd of [{}, { 'kubernetes.io': 'u1' }, { 'kubernetes.io': { serviceaccount: { uid: 1 } } }])
    assert.is(uidIn(odd), undefined)
})

it('takes nothing else for claims', () => {
  for (const text of ['', '!!!', payload([]), payload({ sub: 1 }), payload({ sub: 'x', exp: 'never' })])
    assert.is(claimsOf(text), undefined, text)
})

it.run()
