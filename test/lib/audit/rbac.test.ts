import * as assert from 'uvu/assert'
import type { Deed } from '../../../lib/audit/question.ts'
import { allowing, type Grant, grantsIn, grantsTo, sourceOf } from '../../../lib/audit/rbac.ts'
import { deedKeyOf, rightsOf } from '../../../lib/audit/rights.ts'
import type { ApiResource } from '../../../lib/connect/connection.ts'
import { OWNER_LABEL } from '../../../lib/conventions/labels.ts'
import { serviceAccountIdentity } from '../../../lib/inventory/identity.ts'
import type { Json, KubeObject } from '../../../lib/kube/object.ts'
import type { LiveRule, Rbac } from '../../../lib/kube/rbac.ts'
import { suite } from '../../support/suite.ts'

const it = suite('rbac')

const bob = serviceAccountIdentity('dev1', 'bob')

const served = (group: string, path: string, namespaced = true): ApiResource => {
  const [resource, subresource] = path.split('/') as [string, string?]
  return {
    group,
    version: 'v1',
    resource,
    ...(subresource !== undefined && { subresource }),
    kind: resource,
    namespaced,
    verbs: [],
  }
}

const RESOURCES = [
  served('', 'pods'),
  served('', 'pods/log'),
  served('', 'secrets'),
  served('', 'namespaces', false),
  served('', 'nodes', false),
  served('', 'nodes/proxy', false),
  served('apps', 'deployments'),
  served('apps', 'deployments/scale'),
]

const role = (id: string, ...rules: LiveRule[]): KubeObject => {
  const [name, namespace] = id.split('/').reverse() as [string, string?]
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  return { apiVersion: 'v1', kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, rules }
}

const rule = (groups: string, resources: string, verbs: string, more: Partial<LiveRule> = {}): LiveRule => ({
  apiGroups: groups.split(','),
  resources: resources.split(','),
  verbs: verbs.split(','),
  ...more,
})

const binding = (id: string, of: string, subject: Json, labels: Record<string, string> = {}): KubeObject => {
  const [name, namespace] = id.split('/').reverse() as [string, string?]
  const [kind, roleName] = of.split(' ') as [string, string]
  return {
    apiVersion: 'v1',
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, labels, ...(namespace !== undefined && { namespace }) },
    roleRef: { kind, name: roleName },
    subjects: [subject],
  }
}

const BOB = { kind: 'ServiceAccount', namespace: 'dev1', name: 'bob' }

const grants = (roles: KubeObject[], bindings: KubeObject[], who = bob): Grant[] => {
  const rbac: Rbac = {
    roles: roles.filter(({ kind }) => kind === 'Role'),
    clusterRoles: roles.filter(({ kind }) => kind === 'ClusterRole'),
    roleBindings: bindings.filter(({ kind }) => kind === 'RoleBinding'),
    clusterRoleBindings: bindings.filter(({ kind }) => kind === 'ClusterRoleBinding'),
  }
  return grantsTo(
    who,
    grantsIn(rbac, ({ labels }) => labels?.[OWNER_LABEL] === 'prod'),
  )
}

/** What comes of roles and bindings for bob, as `verb resource place`. */
const rights = (roles: KubeObject[], bindings: KubeObject[], who = bob): string[] => {
  const found = rightsOf(grants(roles, bindings, who), RESOURCES, ['dev1', 'dev2'])
  return [...found.values()]
    .map(({ deed: { verb, resource, subresource, namespace = '*', name, path } }) =>
      [verb, path ?? [resource, subresource].filter(Boolean).join('/'), namespace, name]
        .filter(Boolean)
        .join(' '),
    )
    .toSorted()
}

it('a role counts in its namespace only', () => {
  const roles = [role('dev1/member', rule('', 'pods', 'get,list'))]
  assert.equal(rights(roles, [binding('dev1/b', 'Role member', BOB)]), ['get pods dev1', 'list pods dev1'])
})

it('a cluster role bound in a namespace counts there, bound in the cluster everywhere', () => {
  const roles = [role('view', rule('', 'pods', 'get'))]
  assert.equal(rights(roles, [binding('dev2/b', 'ClusterRole view', BOB)]), ['get pods dev2'])
  assert.equal(rights(roles, [binding('b', 'ClusterRole view', BOB)]), [
    'get pods *',
    'get pods dev1',
    'get pods dev2',
  ])
})

it('a namespaced binding gives nothing of what is in no namespace, but the namespace itself', () => {
  const roles = [role('dev1/odd', rule('', 'nodes,namespaces', 'get'))]
  assert.equal(rights(roles, [binding('dev1/b', 'Role odd', BOB)]), ['get namespaces dev1'])
})

it('subresources are rights of their own, and wildcards match as the authorizer does', () => {
  const one = (resources: string, groups = ''): string[] => [
    ...new Set(
      rights([role('dev1/r', rule(groups, resources, 'get'))], [binding('dev1/b', 'Role r', BOB)]).map(
        (right) => right.split(' ')[1]!,
      ),
    ),
  ]
  assert.equal(one('pods'), ['pods'])
  assert.equal(one('pods/log'), ['pods/log'])
  assert.equal(one('pods/*'), ['pods/*'], 'as it is said: it matches nothing that is known')
  assert.equal(one('*/log'), ['pods/log'])
  assert.equal(one('*', 'apps'), ['deployments', 'deployments/scale'])
})

it('every verb includes those that other rights are made of', () => {
  const all = rights([role('dev1/r', rule('', 'secrets', '*'))], [binding('dev1/b', 'Role r', BOB)])
  for (const verb of ['get', 'deletecollection', 'impersonate', 'escalate', 'bind'])
    assert.ok(all.includes(`${verb} secrets dev1`), verb)
})

it('names limit a rule to them', () => {
  const roles = [role('dev1/r', rule('', 'pods', 'get', { resourceNames: ['a', 'b'] }))]
  assert.equal(rights(roles, [binding('dev1/b', 'Role r', BOB)]), ['get pods dev1 a', 'get pods dev1 b'])
})

it('paths of no resource count only when bound in the cluster', () => {
  const roles = [role('paths', { nonResourceURLs: ['/metrics'], verbs: ['get'] })]
  assert.equal(rights(roles, [binding('b', 'ClusterRole paths', BOB)]), ['get /metrics *'])
  assert.equal(rights(roles, [binding('dev1/b', 'ClusterRole paths', BOB)]), [])
})

it('users, groups and service accounts are told apart', () => {
  const roles = [role('dev1/r', rule('', 'pods', 'get'))]
  const to = (subject: Json): number => rights(roles, [binding('dev1/b', 'Role r', subject)]).length
  assert.is(to({ kind: 'Group', name: 'system:serviceaccounts:dev1' }), 1)
  assert.is(to({ kind: 'Group', name: 'system:serviceaccounts:dev2' }), 0)
  assert.is(to({ kind: 'User', name: 'system:serviceaccount:dev1:bob' }), 1)
  assert.is(to({ kind: 'User', name: 'bob' }), 0)
  assert.is(to({ kind: 'ServiceAccount', name: 'bob' }), 1, 'in the binding’s own namespace')
  assert.is(to({ kind: 'ServiceAccount', namespace: 'dev2', name: 'bob' }), 0)
})

it('a binding of a role that is not there gives nothing', () => {
  assert.equal(rights([], [binding('dev1/b', 'Role gone', BOB)]), [])
})

it('what is ours is mended by setup, what is not is deleted by hand', () => {
  const roles = [role('view', rule('', 'pods', 'get'))]
  const bindings = [
    binding('dev1/ours', 'ClusterRole view', BOB, { 'arena-playbooks/inventory': 'prod' }),
    binding('dev1/other', 'ClusterRole view', BOB, { 'arena-playbooks/inventory': 'test' }),
  ]
  const [ours, other] = grants(roles, bindings) as [Grant, Grant]
  assert.match(ours.repair, 'setup')
  assert.is(other.repair, 'kubectl delete rolebinding other -n dev1')
  assert.is(sourceOf(other), 'RoleBinding dev1/other of ClusterRole view')
})

it('tells which grant allows a deed, also where the API serves no such resource', () => {
  const admin = [
    role('all', rule('*', '*', '*'), { nonResourceURLs: ['*'], verbs: ['*'] }),
    role('paths', { nonResourceURLs: ['/healthz*'], verbs: ['get'] }),
    role('dev1/peep', rule('', '*/log', 'get'), rule('', 'configmaps', 'get', { resourceNames: ['a'] })),
  ]
  const by = (of: string, id: string, deed: Deed): boolean =>
    allowing(grants(admin, [binding(id, of, BOB)]), deed) !== undefined
  const unserved = { verb: 'get', group: 'kubeflow.org', resource: 'pytorchjobs', namespace: 'dev2' }
  assert.ok(by('ClusterRole all', 'b', unserved))
  assert.not(by('ClusterRole all', 'dev1/b', unserved), 'in its own namespace only')
  assert.ok(by('ClusterRole all', 'dev1/b', { ...unserved, namespace: 'dev1' }))
  assert.ok(by('ClusterRole all', 'b', { verb: 'get', path: '/metrics' }))
  assert.ok(by('ClusterRole paths', 'b', { verb: 'get', path: '/healthz/ping' }))
  assert.not(by('ClusterRole paths', 'b', { verb: 'get', path: '/metrics' }))
  assert.not(by('ClusterRole paths', 'b', { verb: 'post', path: '/healthz' }))
  const inDev1 = (deed: Deed): boolean => by('Role peep', 'dev1/b', { group: '', namespace: 'dev1', ...deed })
  assert.ok(inDev1({ verb: 'get', resource: 'pods', subresource: 'log' }))
  assert.not(inDev1({ verb: 'get', resource: 'pods' }))
  assert.ok(inDev1({ verb: 'get', resource: 'configmaps', name: 'a' }))
  assert.not(inDev1({ verb: 'get', resource: 'configmaps', name: 'b' }))
  assert.not(inDev1({ verb: 'get', resource: 'configmaps' }))
})

it('a deed has one key, and no two deeds the same', () => {
  const deeds = [
    { verb: 'get', group: '', resource: 'pods', namespace: 'dev1' },
    { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'dev1' },
    { verb: 'get', group: '', resource: 'pods', name: 'log', namespace: 'dev1' },
    { verb: 'get', group: '', resource: 'pods' },
    { verb: 'get', path: '/pods' },
  ]
  assert.is(new Set(deeds.map(deedKeyOf)).size, deeds.length)
})

it.run()
