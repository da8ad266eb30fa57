import { CLUSTER_ROLE_BINDING } from '../../lib/kube/object.ts'
import { clusterRoleBinding } from '../../tasks/cluster-role-binding.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { user: 'bob' }
const bob = {
  name: 'arena-prod-bob',
  role: 'arena-prod-start',
  serviceAccount: { namespace: 'dev1', name: 'bob' },
}
const subject = { kind: 'ServiceAccount', name: 'bob', namespace: 'dev1' }
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'arena-prod-start' }
const there = (content: object) => [
  live(CLUSTER_ROLE_BINDING, 'arena-prod-bob', { subjects: [subject], roleRef, ...content }, { belongs }),
]

cases(clusterRoleBinding, {
  'absent → created for that user alone': {
    want: bob,
    belongs,
    op: 'create',
    does: ['"subjects":[{"kind":"ServiceAccount"'],
  },
  'there → kept': { want: bob, belongs, have: there({}) },
  'moved to another namespace → follows': {
    want: { ...bob, serviceAccount: { namespace: 'dev2', name: 'bob' } },
    belongs,
    have: there({}),
    op: 'update',
    why: ['subjects', 'subjects'],
  },
  'pointing at cluster-admin → made again': {
    want: bob,
    belongs,
    have: there({ roleRef: { ...roleRef, name: 'cluster-admin' } }),
    op: 'update',
    why: ['roleRef.name'],
    does: ['"do":"delete"', '"do":"create"'],
  },
}).run()
