import * as assert from 'uvu/assert'
import { tokenName, tokenNameParts, tokenNumberOf } from '../../../lib/conventions/names.ts'
import { suite } from '../../support/suite.ts'

const it = suite('names')

it('reads the name of a token as it was made, also of a service account that is called like one', () => {
  for (const [account, number] of [
    ['bob', 1],
    ['bob-token-2', 3],
  ] as const) {
    const name = tokenName(account, number)
    assert.equal(tokenNameParts(name), { serviceAccount: account, number })
    assert.is(tokenNumberOf(account, name), number)
  }
  assert.is(tokenNumberOf('bob', tokenName('bob-token-2', 3)), undefined)
})

it('gives no number to what somebody named otherwise', () => {
  for (const name of ['bob', 'bob-token-', 'bob-token-x1', 'bob-token-1234567890', 'xbob-token-1'])
    assert.is(tokenNumberOf('bob', name), undefined, name)
  assert.equal(tokenNameParts('bob-secret'), { serviceAccount: 'bob-secret', number: 0 })
})

it.run()
