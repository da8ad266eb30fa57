import * as assert from 'uvu/assert'
import { claimsOf } from '../../../lib/kube/token-claims.ts'
import { suite } from '../../support/suite.ts'

const it = suite('token-claims')

const payload = (claims: unknown): string => Buffer.from(JSON.stringify(claims)).toString('base64url')

it('reads whom a token names and when it ends', () => {
  const claims = claimsOf(payload({ sub: 'system:serviceaccount:dev1:bob', exp: 1, aud: ['x'] }))!
  assert.is(claims.sub, 'system:serviceaccount:dev1:bob')
  assert.is(claims.exp, 1)
})

it('takes nothing else for claims', () => {
  for (const text of ['', '!!!', payload([]), payload({ sub: 1 }), payload({ sub: 'x', exp: 'never' })])
    assert.is(claimsOf(text), undefined, text)
})

it.run()
