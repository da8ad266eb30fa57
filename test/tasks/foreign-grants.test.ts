import { CLUSTER_ROLE_BINDING, ROLE_BINDING } from '../../lib/kube/object.ts'
import { foreignGrants } from '../../tasks/foreign-grants.ts'
import { cases, OWNER } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = {
  inventory: OWNER,
  own: ['dev1/ann-member'],
  namespaces: ['dev1', 'arena-prod'],
  trusted: [{ kind: 'User', name: 'jane' }],
}

const JANE = { kind: 'User', name: 'jane' }
const JOE = { kind: 'User', name: 'joe' }
const BOB = { kind: 'User', name: 'system:serviceaccount:arena-prod:bob' }

const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' }
const FOREIGN = { labels: {} }

type Fields = Record<string, unknown>

const inNamespace = (id: string, subject: object, { metadata = FOREIGN as Fields } = {}) =>
  live(ROLE_BINDING, id, { roleRef, subjects: [subject] }, metadata)
const everywhere = (subject: object, { metadata = FOREIGN as Fields } = {}) =>
  live(CLUSTER_ROLE_BINDING, 'other', { roleRef, subjects: [subject] }, metadata)

const DEFAULTS = { metadata: { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } }
const OF_A_JOB = { metadata: { ...FOREIGN, ownerReferences: [{ uid: '1', kind: 'MPIJob' }] } }

cases(foreignGrants, {
  'nothing but ours → nothing to tell': {
    want,
    have: [live(ROLE_BINDING, 'dev1/bob-member', { roleRef, subjects: [BOB] })],
    names: [],
  },
  'somebody in a namespace of a group → told with binding and role': {
    want,
    have: [inNamespace('dev1/ci', JOE)],
    names: ['RoleBinding dev1/ci', 'ClusterRole edit', 'User joe'],
  },
  'somebody who is trusted, what an operator made, and what is elsewhere → nothing to tell': {
    want,
    have: [
      inNamespace('dev1/ci', JANE),
      inNamespace('dev1/launcher', JOE, OF_A_JOB),
      inNamespace('other/ci', JOE),
      everywhere(JOE),
    ],
    names: [],
  },
  'one made by hand that setup takes over → nothing to tell': {
    want,
    have: [inNamespace('dev1/ann-member', BOB)],
    names: [],
  },
  'a user, elsewhere → told': {
    want,
    have: [inNamespace('other/ci', BOB)],
    names: ['RoleBinding other/ci', 'ServiceAccount arena-prod/bob'],
  },
  'all accounts of a group, in the whole cluster → told': {
    want,
    have: [everywhere({ kind: 'Group', name: 'system:serviceaccounts:dev1' })],
    names: ['ClusterRoleBinding other', 'Group system:serviceaccounts:dev1'],
  },
  'everybody, but not by a binding that Kubernetes makes → told': {
    want,
    have: [
      everywhere({ kind: 'Group', name: 'system:authenticated' }),
      live(
        CLUSTER_ROLE_BINDING,
        'system:discovery',
        { roleRef, subjects: [{ kind: 'Group', name: 'system:authenticated' }] },
        DEFAULTS.metadata,
      ),
    ],
    names: ['ClusterRoleBinding other'],
  },
  'many → five, and how many more': {
    want,
    have: [...Array(9).keys()].map((index) => inNamespace(`dev1/ci${index}`, JOE)),
    names: ['dev1/ci0', 'dev1/ci4', '4 more'],
  },
}).run()
