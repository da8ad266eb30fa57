import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import type { User } from '../../../lib/inventory/schema.ts'
import type { Claims } from '../../../lib/kube/token-claims.ts'
import { type ClaimsReader, claimsOn } from '../../../lib/survey/claims.ts'
import { suite } from '../../support/suite.ts'

const it = suite('claims on machines')

const CLAIMS = { sub: 'system:serviceaccount:dev1:bob' } as Claims
const told: ClaimsReader = () => CLAIMS
const none: ClaimsReader = () => undefined
const unread: ClaimsReader = () => {
  throw new AutomationError({
    code: 'observe',
    subject: '/home/bob/.kube/config',
    message: 'moved meanwhile',
  })
}

const on = (...readers: ClaimsReader[]) => {
  const subjects: (string | undefined)[] = []
  const claims = claimsOn(readers, { name: 'bob' } as User, (read) => {
    try {
      return read()
    } catch (error) {
      subjects.push((error as AutomationError).subject)
      return undefined
    }
  })
  return { claims, subjects }
}

it('come from the first machine that tells, and a file that cannot be read keeps nobody from being told', () => {
  assert.equal(on(told, unread), { claims: CLAIMS, subjects: [] })
  assert.equal(on(unread, none, told), { claims: CLAIMS, subjects: ['/home/bob/.kube/config'] })
  assert.equal(on(unread, none), { claims: 'unread', subjects: ['/home/bob/.kube/config'] })
  assert.equal(on(none, none), { claims: undefined, subjects: [] })
  assert.equal(on(), { claims: 'unread', subjects: [] })
})

it.run()
