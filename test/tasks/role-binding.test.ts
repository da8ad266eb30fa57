import { ROLE_BINDING } from '../../lib/kube/object.ts'
import { roleBinding } from '../../tasks/role-binding.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { user: 'bob', groups: ['dev1'] }
const bob = {
  namespace: 'dev1',
  user: 'bob',
  role: 'member',
  serviceAccount: { namespace: 'dev1', name: 'bob' },
}
const subject = { kind: 'ServiceAccount', name: 'bob', namespace: 'dev1' }
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'member' }
const there = (content: object) => [
  live(ROLE_BINDING, 'dev1/bob-member', { subjects: [subject], roleRef, ...content }, { belongs }),
]

cases(roleBinding, {
  'absent → created': { want: bob, belongs, op: 'create', does: ['bob-member', '"name":"bob"'] },
  'there → kept': { want: bob, belongs, have: there({}) },
  'an extra subject → taken out': {
    want: bob,
    belongs,
    have: there({ subjects: [subject, { ...subject, name: 'tom' }] }),
    op: 'update',
    why: ['subjects'],
    does: ['"do":"apply"'],
  },
  'nobody in it → bob': {
    want: bob,
    belongs,
    have: there({ subjects: undefined }),
    op: 'update',
    why: ['subjects'],
  },
  'another role, which cannot be changed → deleted as it was seen, and made again': {
    want: bob,
    belongs,
    have: there({ roleRef: { ...roleRef, kind: 'ClusterRole', name: 'cluster-admin' } }),
    op: 'update',
    why: ['roleRef.kind', 'roleRef.name'],
    does: [
      '"do":"delete"',
      '"uid":"uid-dev1/bob-member"',
      '"resourceVersion":"7"',
      '"do":"create"',
      '"name":"member"',
    ],
  },
  'a binding of a group that the user left → removed': {
    want: bob,
    belongs,
    have: [
      ...there({}),
      live(ROLE_BINDING, 'dev2/bob-member', {}, { belongs: { user: 'bob', groups: ['dev2'] } }),
    ],
    strays: { 'dev2/bob-member': 'remove' },
  },
}).run()
