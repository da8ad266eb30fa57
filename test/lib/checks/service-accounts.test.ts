import * as assert from 'uvu/assert'
import { RUN_SETUP } from '../../../lib/audit/repair.ts'
import { accounts } from '../../../lib/checks/service-accounts.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  ROLE,
  ROLE_BINDING,
  SERVICE_ACCOUNT,
} from '../../../lib/kube/object.ts'
import { bound, clusterOf, found, repairsOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('accounts')

const account = (id: string, content: Record<string, unknown> = {}): KubeObject =>
  live(SERVICE_ACCOUNT, id, content, { labels: {} })

const dev1 = (id: string, objects: KubeObject[], isolation: 'document' | 'strict' = 'document'): string[] =>
  found(accounts, id, clusterOf(objects, { isolation })).filter((line) => / dev1\b/.test(line))

const MOUNTED = account('dev1/default')
const BARE = account('dev1/default', { automountServiceAccountToken: false })
const VIEW = live(CLUSTER_ROLE, 'view', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] })

it('names what the default account of a group is given', () => {
  const given = bound(CLUSTER_ROLE_BINDING, 'oops', 'ClusterRole view', 'dev1/default')
  assert.equal(dev1('I1', [BARE, VIEW, given]), [
    'fail dev1 by ClusterRoleBinding oops of ClusterRole view → kubectl delete clusterrolebinding oops',
  ])
  assert.equal(dev1('I1', [BARE]), ['pass dev1'])
})

it('is a promise of strict that no pod gets its token', () => {
  assert.is(dev1('I1', [MOUNTED])[0]!, 'gap dev1 [strict] → advice')
  assert.is(dev1('I1', [MOUNTED], 'strict')[0]!, 'fail dev1 → run setup')
  assert.match(dev1('I1', [BARE], 'strict')[0]!, /^pass/)
})

const OPERATOR = account('dev1/operator')

const helper = (...verbs: string[]): KubeObject[] => [
  OPERATOR,
  live(ROLE, 'dev1/helper', {
    rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs, resourceNames: ['worker-0'] }],
  }),
  bound(ROLE_BINDING, 'dev1/helper', 'Role helper', 'dev1/operator'),
]

it('names an account that could do more than the members who can run pods as it', () => {
  const wide = bound(CLUSTER_ROLE_BINDING, 'operator', 'ClusterRole view', 'dev1/operator')
  assert.equal(dev1('I4', [OPERATOR, VIEW, wide]), [
    'fail dev1 by ClusterRoleBinding operator of ClusterRole view → ' +
      'kubectl delete clusterrolebinding operator',
  ])
  assert.match(
    dev1('I4', [OPERATOR, VIEW, wide], 'strict')[0]!,
    /^gap dev1 → kubectl delete clusterrolebinding operator$/,
  )
  const elsewhere = bound(ROLE_BINDING, 'attic/operator', 'ClusterRole view', 'dev1/operator')
  assert.is(
    dev1('I4', [OPERATOR, VIEW, elsewhere])[0]!,
    'fail dev1 (attic/operator) by RoleBinding attic/operator of ClusterRole view → ' +
      'kubectl delete rolebinding operator -n attic',
  )
})

it('names one that a binding waits for, for an operator makes it when somebody makes a job of that name', () => {
  for (const subject of [
    { kind: 'ServiceAccount', namespace: 'dev1', name: 'job-launcher' },
    { kind: 'User', name: 'system:serviceaccount:dev1:job-launcher' },
  ]) {
    const wide = live(
      CLUSTER_ROLE_BINDING,
      'early',
      { subjects: [subject], roleRef: { kind: 'ClusterRole', name: 'view' } },
      { labels: {} },
    )
    assert.is(
      dev1('I4', [VIEW, wide])[0]!,
      'fail dev1 by ClusterRoleBinding early of ClusterRole view → kubectl delete clusterrolebinding early',
    )
    assert.is(dev1('I4', [VIEW, wide], 'strict')[0]!, 'gap dev1 → kubectl delete clusterrolebinding early')
  }
})

it('leaves alone what has no more than a member: the launcher of an MPI job, and users', () => {
  assert.equal(dev1('I4', helper('create')), ['pass dev1'])
  assert.is(
    dev1('I4', helper('create', 'delete'))[0]!,
    'fail dev1 (dev1/helper) by RoleBinding dev1/helper of Role helper → ' +
      'kubectl delete rolebinding helper -n dev1',
  )
  const bob = bound(CLUSTER_ROLE_BINDING, 'bob', 'ClusterRole view', 'dev1/bob')
  assert.match(dev1('I4', [account('dev1/bob'), VIEW, bob])[0]!, /^pass/)
})

it('does not send whoever mends it to setup, which leaves what somebody has whose line was deleted', () => {
  const { metadata: _, ...left } = bound(CLUSTER_ROLE_BINDING, 'prod-ola', 'ClusterRole view', 'dev1/ola')
  const mending = (user: string, retired: Inventory['retired'] = []): string[] => {
    const binding = live(CLUSTER_ROLE_BINDING, 'prod-ola', left, { belongs: { user } })
    return repairsOf(accounts, 'I4', clusterOf([account('dev1/ola'), VIEW, binding], { retired }))
  }
  assert.equal(mending('ola')[0], 'kubectl delete clusterrolebinding prod-ola')
  const person = { name: 'ola', uid: 20_077, home: '/home/ola' }
  const retired = { ...person, since: '2026-11-29', accounts: 'local' as const }
  for (const mended of [mending('bob'), mending('ola', [retired])]) assert.is(mended[0], RUN_SETUP)
})

it.run()
