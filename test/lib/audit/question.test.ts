import * as assert from 'uvu/assert'
import { byAdmission, type Cause, refusalOf } from '../../../lib/audit/question.ts'
import { Secret } from '../../../lib/base/secret.ts'
import { suite } from '../../support/suite.ts'

const it = suite('refusals')

/** Words of Kubernetes 1.37, and what they rest on. */
const SAID: readonly (readonly [number, string, Cause, string?])[] = [
  [401, 'Unauthorized', 'authentication'],
  [
    403,
    'pods is forbidden: User "system:serviceaccount:dev1:bob" cannot create resource "pods" in API ' +
      'group "" in the namespace "dev1"',
    'rbac',
  ],
  [
    403,
    'pods "x" is forbidden: exceeded quota: dev1-compute-resources, requested: ' +
      'requests.nvidia.com/gpu=2, used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=1',
    'quota',
    'dev1-compute-resources',
  ],
  [
    403,
    'pods "x" is forbidden: failed quota: dev2-compute-resources: must specify limits.cpu',
    'quota',
    'dev2-compute-resources',
  ],
  [
    403,
    'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    'pod-security',
    'baseline:latest',
  ],
  [
    422,
    'pods "x" is forbidden: ValidatingAdmissionPolicy \'arena-prod-pods\' with binding ' +
      "'arena-prod-pods' denied request: no nfs",
    'policy',
    'arena-prod-pods',
  ],
  [403, 'admission webhook "validate.example.com" denied the request: no', 'webhook', 'validate.example.com'],
  [403, 'pods "x" is forbidden: maximum cpu usage per Container is 1, but limit is 2', 'limits'],
  [403, 'pods "x" is forbidden: no PriorityClass with name critical was found', 'absent'],
  [403, 'pods "x" is forbidden: pod rejected: RuntimeClass "x" not found', 'absent'],
  [
    403,
    'pods "x" is forbidden: error looking up service account dev1/y: serviceaccount "y" not found',
    'absent',
  ],
  [404, 'namespaces "dev9" not found', 'absent'],
  [422, 'Pod "x" is invalid: spec.containers: Required value', 'invalid'],
  [
    422,
    'Pod "x" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
    'privileged',
  ],
  [
    422,
    'Pod "x" is invalid: spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    'gated',
  ],
  [400, 'the request is malformed', 'invalid'],
  [409, 'already exists', 'other'],
]

for (const [status, message, cause, by] of SAID)
  it(`${status} ${message.slice(0, 60)} → ${cause}`, () => {
    const refused = refusalOf(status, message)
    assert.is(refused.cause, cause)
    assert.is(refused.by, by)
  })

it('what is too much, and that something was not stated, are fields', () => {
  const two =
    'pods "x" is forbidden: exceeded quota: q, requested: limits.cpu=9,requests.a/b=2, used: x=1, limited: x=1'
  assert.equal(refusalOf(403, two).about, ['limits.cpu', 'requests.a/b'])
  const wide =
    'pods "x" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum a/b usage ' +
    'per Pod is 1, but limit is 3]'
  assert.equal(refusalOf(403, wide).about, ['cpu', 'a/b'])
  const unstated = refusalOf(403, 'pods "x" is forbidden: failed quota: q: must specify limits.cpu')
  assert.equal([unstated.unstated, unstated.about], [true, []])
})

it('what is invalid, absent or not allowed by RBAC was not stopped by admission', () => {
  for (const [status, message, cause] of SAID)
    assert.is(
      byAdmission(refusalOf(status, message)),
      ['quota', 'limits', 'pod-security', 'policy', 'privileged', 'gated', 'webhook', 'admission'].includes(
        cause,
      ),
    )
})

it('is judged by what was said, and shown without what is secret', async () => {
  await new Secret('a password that is a word', 'cannot').reveal()
  const refused = refusalOf(403, 'User "x" cannot get resource "pods" in API group ""')
  assert.is(refused.cause, 'rbac')
  assert.is(refused.message, 'User "x" «secret» get resource "pods" in API group ""')
})

it.run()
