import * as assert from 'uvu/assert'
import type { Review } from '../../../lib/audit/question.ts'
import { access } from '../../../lib/checks/access.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  MUTATING_WEBHOOK,
  VALIDATING_WEBHOOK,
} from '../../../lib/kube/object.ts'
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
      assert.match(
        line,
        /^fail tom.* by ClusterRoleBinding oops of .* → kubectl delete clusterrolebinding oops$/,
      )
  }
})

const named = (rule: object) => [
  live(CLUSTER_ROLE, 'named', { rules: [rule] }),
  bound(CLUSTER_ROLE_BINDING, 'named', 'ClusterRole named', 'dev2/tom'),
]

it('asks for what was given by name, and in every mode, with group, resource, subresource and name apart', () => {
  for (const [id, group, resources, name, verb] of [
    ['D3', '', 'users', 'root', 'impersonate'],
    ['D3', 'authentication.k8s.io', 'userextras/scopes', 'all', 'impersonate'],
    ['D3', '', 'pods', 'a', 'impersonate-on:user-info:get'],
    ['D8', 'certificates.k8s.io', 'signers', 'example.com/any', 'sign'],
    ['D9', '', 'nodes/configz', 'worker01', 'get'],
    ['D2', '', 'serviceaccounts/token', 'default', 'create'],
  ] as const) {
    const rule = { apiGroups: [group], resources: [resources], resourceNames: [name], verbs: [verb] }
    const asked: object[] = []
    const review = ({ who, deed }: Review) => {
      const allowed = who.username.endsWith(':tom') && deed.name === name
      if (allowed) asked.push(deed)
      return { allowed, reason: '' }
    }
    const lines = found(access, id, clusterOf(named(rule)), { review }).filter((line) => /^fail/.test(line))
    assert.ok(lines.length > 0, id)
    assert.match(
      lines[0]!,
      /^fail tom.* by ClusterRoleBinding named of .*→ kubectl delete clusterrolebinding named$/,
    )
    const [resource, subresource] = resources.split('/')
    assert.equal(asked[0], {
      verb,
      group,
      resource,
      ...(subresource && { subresource }),
      ...('namespace' in asked[0]! && { namespace: asked[0].namespace }),
      name,
    })
  }
})

it('says that another authorizer decides only where no rule gives the right', () => {
  const lines = found(access, 'C5', clusterOf([]), { review: tom }).filter((line) => /^fail/.test(line))
  assert.ok(lines.length > 0)
  for (const line of lines) assert.not.match(line, ' by ')
})

it('names a webhook that members of a group can answer, unless it is asked about their own namespace only', () => {
  const answering = (namespace: string, more: object = {}) => ({
    webhooks: [{ name: 'a.example.com', clientConfig: { service: { namespace, name: 'hook' } }, ...more }],
  })
  const own = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'dev1' } } }
  const lines = found(
    access,
    'D11',
    clusterOf([
      live(MUTATING_WEBHOOK, 'spy', answering('dev1'), { labels: {} }),
      live(VALIDATING_WEBHOOK, 'guard', answering('dev2'), { labels: {} }),
      live(MUTATING_WEBHOOK, 'own', answering('dev1', own), { labels: {} }),
      live(MUTATING_WEBHOOK, 'kueue', answering('kueue-system'), { labels: {} }),
      live(MUTATING_WEBHOOK, 'far', { webhooks: [{ clientConfig: { url: 'https://x' } }] }, { labels: {} }),
    ]),
    { review: () => ({ allowed: false, reason: '' }) },
  ).filter((line) => /^fail/.test(line))
  assert.is(lines.length, 2)
  assert.match(lines[0]!, /^fail dev1: MutatingWebhookConfiguration spy, by the service hook → /)
  assert.match(lines[1]!, /^fail dev2: ValidatingWebhookConfiguration guard, by the service hook → /)
})

it.run()
