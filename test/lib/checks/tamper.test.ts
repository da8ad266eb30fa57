import * as assert from 'uvu/assert'
import { type Attempt, type Refused, refusalOf, type Taken } from '../../../lib/audit/question.ts'
import { tamper } from '../../../lib/checks/tamper.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  NAMESPACE,
  RESOURCE_QUOTA,
} from '../../../lib/kube/object.ts'
import { bound, clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('tamper')

const QUOTA = live(RESOURCE_QUOTA, 'dev1/dev1-compute-resources')

const FORBIDDEN = refusalOf(
  403,
  'resourcequotas "x" is forbidden: User "system:serviceaccount:dev1:bob" cannot delete resource ' +
    '"resourcequotas" in API group ""',
)

const tried = (objects: KubeObject[], answer: Taken | Refused, id = 'J1') => {
  const attempts: Attempt[] = []
  const lines = found(tamper, id, clusterOf(objects), {
    attempt(attempt) {
      attempts.push(attempt)
      return answer
    },
  })
  return { attempts, lines: [...new Set(lines)] }
}

it("tries the user's own token on what setup made in their namespaces, and on nothing else", () => {
  const { attempts, lines } = tried(
    [QUOTA, live(RESOURCE_QUOTA, 'dev1/mine', {}, { labels: {} }), live(RESOURCE_QUOTA, 'attic/one')],
    FORBIDDEN,
  )
  assert.equal(lines, ['pass bob'])
  const ref = { kind: RESOURCE_QUOTA, name: 'dev1-compute-resources', namespace: 'dev1' }
  assert.equal(attempts, [
    { as: { kind: 'user', user: 'bob' }, do: 'remove', remove: ref },
    {
      as: { kind: 'user', user: 'bob' },
      do: 'patch',
      patch: ref,
      with: { metadata: { annotations: { 'arena-playbooks/verify': 'tried' } } },
    },
  ])
})

it('tries a few of many', () => {
  const many = Array.from({ length: 50 }, (_, index) => live(RESOURCE_QUOTA, `dev1/quota-${index}`))
  assert.is(tried(many, FORBIDDEN).attempts.length, 6)
})

it("tries the user's namespace by its own name", () => {
  const { attempts } = tried([live(NAMESPACE, 'dev1'), live(NAMESPACE, 'dev3')], FORBIDDEN, 'J2')
  assert.equal(attempts[0], {
    as: { kind: 'user', user: 'bob' },
    do: 'remove',
    remove: { kind: NAMESPACE, name: 'dev1' },
  })
  assert.is(attempts.length, 2)
})

const TAKEN: Taken = { taken: true, status: 200, object: QUOTA }

it('fails when it would be done, and names what grants it', () => {
  const { lines } = tried(
    [
      QUOTA,
      live(CLUSTER_ROLE, 'admin', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
      bound(CLUSTER_ROLE_BINDING, 'oops', 'ClusterRole admin', 'dev1/bob'),
    ],
    TAKEN,
  )
  assert.equal(
    lines,
    ['delete', 'patch'].map(
      (verb) =>
        `fail bob: ${verb} ResourceQuota dev1/dev1-compute-resources by ClusterRoleBinding oops of ` +
        'ClusterRole admin → kubectl delete clusterrolebinding oops',
    ),
  )
})

it('takes no other refusal for a pass', () => {
  const said = (answer: Refused): string => tried([QUOTA], answer).lines[0]!
  assert.match(said(refusalOf(403, 'admission webhook "w" denied it')), /^fail bob: \w+ ResourceQuota /)
  assert.match(said(refusalOf(422, 'is invalid')), /^fail bob: \w+ ResourceQuota /)
  assert.match(said(refusalOf(401, 'Unauthorized')), /^unknown bob: /)
  assert.match(said(refusalOf(404, 'not found')), /^unknown bob: /)
})

it.run()
