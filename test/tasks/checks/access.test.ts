import * as assert from 'uvu/assert'
import type { Review } from '../../../lib/check/question.ts'
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING } from '../../../lib/kube-object.ts'
import { access } from '../../../tasks/checks/access.ts'
import { bound, clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('access')

const ALL = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
const OOPS = [
  live(CLUSTER_ROLE, 'cluster-admin', { rules: [ALL, { nonResourceURLs: ['*'], verbs: ['*'] }] }),
  bound(CLUSTER_ROLE_BINDING, 'oops', 'ClusterRole cluster-admin', 'dev2/tom'),
]

const tom = ({ who }: Review) => ({ allowed: who.username.endsWith(':tom'), reason: 'by whatever' })

it('names the binding that gives everything also for what the API does not serve, and for paths', () => {
  for (const id of ['C2', 'C5', 'D3', 'D8']) {
    const lines = found(access, id, clusterOf(OOPS), { review: tom }).filter((line) => /^fail/.test(line))
    assert.ok(lines.length > 0, id)
    for (const line of lines)
      assert.match(line, /^fail tom: ClusterRoleBinding oops of .* → kubectl delete clusterrolebinding oops$/)
  }
})

it('says that another authorizer decides only where no rule gives the right', () => {
  const lines = found(access, 'C5', clusterOf([]), { review: tom }).filter((line) => /^fail/.test(line))
  assert.ok(lines.length > 0)
  for (const line of lines) assert.match(line, /^fail tom: another authorizer decides/)
})

it.run()
