import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import { unknownRights } from '../../../lib/checks/unknown-rights.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING, type KubeObject } from '../../../lib/kube/object.ts'
import { bound, clusterOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/unknown-rights')

const rule = (group: string, resource: string, ...verbs: string[]) => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
})

const given = (...rules: object[]): KubeObject[] => [
  live(CLUSTER_ROLE, 'extra', { rules }),
  bound(CLUSTER_ROLE_BINDING, 'extra', 'ClusterRole extra', 'dev2/tom'),
]

const found = (objects: KubeObject[], over: Partial<Inventory> = {}, minor = '37'): Finding[] => [
  ...(unknownRights.trials({ ...clusterOf(objects, over), version: { major: '1', minor } }) as Finding[]),
]

const short = (findings: Finding[]): string[] =>
  findings.map(({ verdict, subjects, thing = '' }) => `${verdict} ${subjects} ${thing}`.trim())

it('fails for a verb or a resource that is not known, by the binding', () => {
  for (const [one, thing] of [
    [rule('', 'pods', 'teleport'), 'teleport pods'],
    [rule('', 'secrets', 'LIST'), 'LIST secrets'],
    [rule('', 'pods/*', 'get'), 'get pods/*'],
    [rule('example.com', 'widgets', 'get'), 'get widgets.example.com'],
    [rule('apps', 'replicants', 'create'), 'create replicants.apps'],
  ] as const) {
    const [said, ...more] = found(given(one))
    assert.equal(short([said!]), [`fail tom ${thing}`])
    assert.is(said!.cause?.binding.name, 'extra')
    assert.is(said!.repair, 'kubectl delete clusterrolebinding extra')
    assert.equal(more, [])
  }
})

it('passes over what is known, served or not', () => {
  const known = [
    rule('', 'users', 'impersonate'),
    rule('authentication.k8s.io', 'serviceaccounts', 'impersonate:serviceaccount'),
    rule('kubeflow.org', 'mpijobs', 'create'),
    rule('*', '*', '*'),
  ]
  assert.equal(short(found(given(...known))), ['pass prod'])
})

it('notices what a role of the inventory itself gives and nobody knows', () => {
  const annotator = { name: 'annotator', rules: [rule('example.com', 'widgets', 'get')] }
  const roles = [...INVENTORY.roles, annotator]
  assert.equal(short(found([], { roles })), [
    'notice role annotator of the inventory get widgets.example.com',
  ])
})

it('notices a server that is newer than the lists', () => {
  assert.equal(short(found([], {}, '39+')), ['notice cluster', 'pass prod'])
})

it.run()
