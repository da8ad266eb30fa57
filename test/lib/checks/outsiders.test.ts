import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import { outsiders } from '../../../lib/checks/outsiders.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type Kind,
  type KubeObject,
  ROLE,
  ROLE_BINDING,
} from '../../../lib/kube/object.ts'
import { clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('outsiders')

type Subject = Record<string, string>

const user = (name: string): Subject => ({ kind: 'User', name })
const group = (name: string): Subject => ({ kind: 'Group', name })
const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name })

const binding = (kind: Kind, id: string, role: string, ...subjects: Subject[]): KubeObject => {
  const [, roleKind, name] = /^(\w+) (.*)$/.exec(role)!
  return live(kind, id, { subjects, roleRef: { kind: roleKind, name } }, { labels: {} })
}
const inDev1 = (role: string, ...subjects: Subject[]) => binding(ROLE_BINDING, 'dev1/intr', role, ...subjects)
const everywhere = (role: string, ...subjects: Subject[]) =>
  binding(CLUSTER_ROLE_BINDING, 'intr', role, ...subjects)

const rule = (group: string, resource: string, ...verbs: string[]): object => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
})

const ROLES = [
  live(ROLE, 'dev1/member', {
    rules: [rule('kubeflow.org', 'tfjobs', 'get', 'create'), rule('', 'pods', 'list')],
  }),
  live(ROLE, 'kube-system/peep', { rules: [rule('', 'secrets', 'get')] }),
  live(ROLE, 'kube-system/lead', { rules: [rule('coordination.k8s.io', 'leases', 'get')] }),
  live(ROLE, 'attic/own', { rules: [rule('*', '*', '*')] }),
  live(CLUSTER_ROLE, 'cluster-admin', {
    rules: [rule('*', '*', '*'), { nonResourceURLs: ['*'], verbs: ['*'] }],
  }),
  live(CLUSTER_ROLE, 'view', { rules: [rule('', 'pods', 'get', 'list')] }),
  live(CLUSTER_ROLE, 'metrics', { rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] }),
  live(CLUSTER_ROLE, 'logs', { rules: [{ nonResourceURLs: ['/logs/*'], verbs: ['get'] }] }),
  ...[
    ['act', rule('authentication.k8s.io', 'nodes', 'impersonate:arbitrary-node')],
    ['sign', { ...rule('certificates.k8s.io', 'signers', 'approve'), resourceNames: ['example.com/any'] }],
    ['kubelet', rule('', 'nodes/pods', 'get')],
    ['later', rule('', 'nodes', 'teleport')],
  ].map(([name, one]) => live(CLUSTER_ROLE, name as string, { rules: [one] })),
  live(CLUSTER_ROLE, 'names', { rules: [rule('', 'namespaces', 'get')] }),
  live(CLUSTER_ROLE, 'widgets', { rules: [rule('example.com', 'widgets', 'get')] }),
  live(CLUSTER_ROLE, 'sweep', { rules: [rule('', 'persistentvolumes', 'deletecollection')] }),
  live(CLUSTER_ROLE, 'nodes', { rules: [rule('', 'nodes', 'get', 'list')] }),
  live(CLUSTER_ROLE, 'system:kube-scheduler', { rules: [rule('', 'pods', 'get')] }),
]

const seen = (objects: KubeObject[], over: Partial<Inventory> = {}): string[] =>
  found(outsiders, 'C8', clusterOf([...ROLES, ...objects], over))

/** Verdict, whom it is about, and the first word of the repair. */
const short = (objects: KubeObject[], over: Partial<Inventory> = {}): string[] =>
  seen(objects, over).map((line) => line.replace(/(?: \(|: | by ).*?(?= → |$)/, ''))

const CLEAN = ['pass prod']

it('names whoever has rights in a namespace of a group, and the command that takes them away', () => {
  for (const [subject, words] of [
    [user('mallory'), 'user mallory'],
    [group('oidc:interns'), 'group oidc:interns'],
    [account('default', 'intruder'), 'service account default/intruder'],
    [user('system:serviceaccount:default:intruder'), 'service account default/intruder'],
  ] as const)
    for (const isolation of ['document', 'strict'] as const)
      assert.equal(short([inDev1('Role member', subject)], { isolation }), [
        `fail ${words} → kubectl delete rolebinding intr -n dev1`,
      ])
  assert.match(
    seen([inDev1('Role member', user('mallory'))])[0]!,
    / by RoleBinding dev1\/intr of Role member → /,
  )
})

it('names people who have rights in the whole cluster, and what decides over it elsewhere', () => {
  for (const [role, fails] of [
    ['ClusterRole cluster-admin', true],
    ['ClusterRole view', true],
    ['ClusterRole nodes', true],
    ['ClusterRole widgets', true],
    ['ClusterRole act', true],
    ['ClusterRole sign', true],
    ['ClusterRole kubelet', true],
    ['ClusterRole later', true],
    ['ClusterRole logs', true],
    ['ClusterRole metrics', false],
    ['ClusterRole sweep', true],
    ['ClusterRole names', false],
    ['ClusterRole gone', false],
  ] as const)
    assert.equal(
      short([everywhere(role, user('mallory'))]),
      fails ? ['fail user mallory → kubectl delete clusterrolebinding intr'] : CLEAN,
      role,
    )
  const there = (id: string, role: string) => short([binding(ROLE_BINDING, id, role, user('mallory'))])
  assert.equal(there('kube-system/intr', 'Role peep'), [
    'fail user mallory → kubectl delete rolebinding intr -n kube-system',
  ])
  assert.equal(there('kube-system/intr', 'Role lead'), CLEAN)
  assert.equal(there('attic/intr', 'Role own'), CLEAN, 'what somebody does in a namespace of their own')
})

it("knows the cluster's own parts by name and role, the admin, and whom the inventory trusts", () => {
  const own = [
    everywhere('ClusterRole cluster-admin', group('system:masters')),
    everywhere('ClusterRole system:kube-scheduler', user('system:kube-scheduler')),
    everywhere('ClusterRole cluster-admin', user('root-admin')),
    everywhere('ClusterRole cluster-admin', group('kubeadm:cluster-admins')),
  ]
  for (const one of own) assert.equal(short([one]), CLEAN)
  assert.equal(short([everywhere('ClusterRole cluster-admin', user('system:kube-scheduler'))]).length, 1)
  assert.match(short([everywhere('ClusterRole cluster-admin', user('system:kube-scheduler'))])[0]!, /^fail/)
  const trusted: Inventory['trusted'] = [
    { kind: 'User', name: 'mallory', reason: 'on call' },
    { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'metrics' },
    { kind: 'ServiceAccount', namespace: 'cd', name: 'argo', reason: 'deploys' },
  ]
  const known = [
    user('mallory'),
    account('monitoring', 'any'),
    group('system:serviceaccounts:monitoring'),
    account('cd', 'argo'),
  ]
  for (const subject of known) {
    assert.not.equal(short([inDev1('Role member', subject)]), CLEAN)
    assert.equal(short([inDev1('Role member', subject)], { trusted }), CLEAN)
  }
  assert.not.equal(short([inDev1('Role member', account('cd', 'other'))], { trusted }), CLEAN)
  assert.not.equal(short([inDev1('Role member', group('mallory'))], { trusted }), CLEAN)
})

it('takes only those out of a binding who should not be in it', () => {
  const [line] = short([
    everywhere('ClusterRole cluster-admin', group('system:masters'), user('mallory'), user('x')),
  ])
  const patch = JSON.stringify([
    { op: 'test', path: '/subjects/2/name', value: 'x' },
    { op: 'remove', path: '/subjects/2' },
    { op: 'test', path: '/subjects/1/name', value: 'mallory' },
    { op: 'remove', path: '/subjects/1' },
  ])
  assert.is(line, `fail user mallory → kubectl patch clusterrolebinding intr --type json -p '${patch}'`)
  const all = short([everywhere('ClusterRole cluster-admin', user('mallory'), user('x'))])
  assert.equal(all, [
    'fail user mallory → kubectl delete clusterrolebinding intr',
    'fail user x → kubectl delete clusterrolebinding intr',
  ])
})

it('takes an add-on out of a binding in a namespace of a group, and nobody else who may be in it', () => {
  const [line] = short([inDev1('Role member', account('default', 'intruder'), user('root-admin'))])
  const patch = JSON.stringify([
    { op: 'test', path: '/subjects/0/name', value: 'intruder' },
    { op: 'remove', path: '/subjects/0' },
  ])
  assert.is(
    line,
    `fail service account default/intruder → kubectl patch rolebinding intr -n dev1 --type json -p '${patch}'`,
  )
})

it('gives notice of add-ons that no group can act as, once for each namespace', () => {
  const addOns = [
    everywhere('ClusterRole view', account('monitoring', 'prometheus'), account('monitoring', 'adapter')),
    binding(CLUSTER_ROLE_BINDING, 'cd', 'ClusterRole cluster-admin', group('system:serviceaccounts:cd')),
  ]
  const lines = seen(addOns)
  assert.equal(
    lines.map((line) => line.replace(/: .*/, '')),
    ['notice namespace monitoring', 'notice namespace monitoring', 'notice namespace cd', 'pass prod'],
  )
  assert.match(
    lines[0]!,
    /prometheus by ClusterRole view \(2: list pods, get pods\)|\(2: get pods, list pods\)/,
  )
  const [first] = outsiders[0]!.trials(clusterOf([...ROLES, ...addOns], {}))
  assert.equal((first as Finding).trusted, { kind: 'ServiceAccount', namespace: 'monitoring' })
})

it('fails for an add-on beside which somebody of a group may run pods', () => {
  const operator = everywhere('ClusterRole cluster-admin', account('attic', 'operator'))
  const tom = binding(ROLE_BINDING, 'attic/tom', 'Role own', account('dev2', 'tom'))
  assert.match(seen([operator])[0]!, /^notice namespace attic/)
  const lines = seen([operator, tom])
  assert.is(
    lines[0]!,
    'fail tom (attic/tom): operator, with ClusterRoleBinding intr of ClusterRole cluster-admin by ' +
      'RoleBinding attic/tom of Role own → kubectl delete rolebinding tom -n attic',
  )
  const trusted: Inventory['trusted'] = [{ kind: 'ServiceAccount', namespace: 'attic', reason: 'known' }]
  assert.match(seen([operator, tom], { trusted })[0]!, /^fail tom/, 'trusted or not')
})

it('leaves users, and what pods of a group run as, to other checks', () => {
  assert.equal(
    short([everywhere('ClusterRole view', account('dev1', 'bob'), account('dev1', 'default'))]),
    CLEAN,
  )
  const strict = { ...INVENTORY, isolation: 'strict' as const }
  assert.equal(short([everywhere('ClusterRole view', account('arena-prod', 'bob'))], strict), CLEAN)
  assert.match(
    short([everywhere('ClusterRole view', account('arena-prod', 'eve'))], strict)[0]!,
    /^fail service account/,
  )
})

it.run()
