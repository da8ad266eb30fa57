import * as assert from 'uvu/assert'
import { reviewedIn } from '../../../lib/audit/review.ts'
import { suite } from '../../support/suite.ts'

const it = suite('check/review')

it('takes a yes, a no, and a no beside roles that are missing', () => {
  assert.equal(reviewedIn({ allowed: true, reason: 'RBAC' }), { allowed: true, reason: 'RBAC' })
  assert.equal(reviewedIn({ allowed: false }), { allowed: false, reason: '' })
  const missing = (...names: string[]) =>
    names.map((name) => `clusterroles.rbac.authorization.k8s.io "${name}" not found`)
  for (const evaluationError of [missing('a')[0]!, `[${missing('a', 'b').join(', ')}]`])
    assert.equal(reviewedIn({ allowed: false, evaluationError }), { allowed: false, reason: '' })
  assert.equal(reviewedIn({ allowed: false, denied: true, evaluationError: 'no answer' }), {
    allowed: false,
    reason: '',
  })
})

it('takes nothing for a no that is none', () => {
  for (const status of [
    undefined,
    {},
    { allowed: 'yes' },
    { allowed: false, evaluationError: 'webhook: no answer' },
    { allowed: false, evaluationError: 'the host example.com was not found' },
    {
      allowed: false,
      evaluationError: '[roles.rbac.authorization.k8s.io "a" not found, webhook: no answer]',
    },
    { allowed: false, conditionsChain: [{ conditions: [] }] },
    { allowed: true, conditionsChain: [{ conditions: [] }] },
  ])
    assert.type(reviewedIn(status), 'string', JSON.stringify(status))
})

it.run()
