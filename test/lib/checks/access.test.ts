import * as assert from 'uvu/assert'
import type { Review } from '../../../lib/audit/question.ts'
import { access } from '../../../lib/checks/access.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type Kind,
  type KubeObject,
  MUTATING_WEBHOOK,
  NAMESPACE,
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

const NAME = 'kubernetes.io/metadata.name'
const SPACES = [
  live(NAMESPACE, 'dev1', {}, { labels: { [NAME]: 'dev1', team: 'a' } }),
  live(NAMESPACE, 'dev2', {}, { labels: { [NAME]: 'dev2', team: 'b' } }),
  live(NAMESPACE, 'kube-system', {}, { labels: { [NAME]: 'kube-system' } }),
]

/** Lines of failed findings about webhooks in such configurations. */
const webhooksTold = (...configurations: KubeObject[]): string[] =>
  found(access, 'D11', clusterOf([...SPACES, ...configurations]), {
    review: () => ({ allowed: false, reason: '' }),
  }).filter((line) => /^fail/.test(line))

const PODS = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }
const webhook = (kind: Kind, name: string, namespace: string, more: object = {}): KubeObject =>
  live(
    kind,
    name,
    {
      webhooks: [
        {
          name: 'a.example.com',
          clientConfig: { service: { namespace, name: 'hook' } },
          rules: [PODS],
          ...more,
        },
      ],
    },
    { labels: {} },
  )

it('names a webhook that members of a group can answer', () => {
  const lines = webhooksTold(
    webhook(MUTATING_WEBHOOK, 'spy', 'dev1'),
    webhook(VALIDATING_WEBHOOK, 'guard', 'dev2'),
    webhook(MUTATING_WEBHOOK, 'kueue', 'kueue-system'),
    live(MUTATING_WEBHOOK, 'far', { webhooks: [{ clientConfig: { url: 'https://x' } }] }, { labels: {} }),
  )
  assert.is(lines.length, 2)
  assert.match(lines[0]!, /^fail dev1: MutatingWebhookConfiguration spy, by the service hook → /)
  assert.match(lines[1]!, /^fail dev2: ValidatingWebhookConfiguration guard, by the service hook → /)
})

const labelled = (matchLabels: object) => ({ namespaceSelector: { matchLabels } })
const expressed = (key: string, operator: string, ...values: string[]) => ({
  namespaceSelector: { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] },
})
const rules = (resource: string, scope: string, group = '') => ({
  ...labelled({ [NAME]: 'dev1' }),
  rules: [{ ...PODS, apiGroups: [group], resources: [resource], scope }],
})
const conditions = (...expressions: string[]) => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
})

for (const [sentence, more, isTold] of [
  ['their own namespace by its name', labelled({ [NAME]: 'dev1' }), false],
  ['their own namespace by an expression', expressed(NAME, 'In', 'dev1'), false],
  ['their own namespace by a label that no other has', labelled({ team: 'a' }), false],
  ['all namespaces but those that are not theirs', expressed(NAME, 'NotIn', 'dev2', 'kube-system'), false],
  ['no namespace', labelled({ team: 'none' }), false],
  ['two namespaces', expressed(NAME, 'In', 'dev1', 'dev2'), true],
  ['another namespace', labelled({ [NAME]: 'dev2' }), true],
  ['all but one', expressed(NAME, 'NotIn', 'kube-system'), true],
  ['whatever has a label that others have, too', expressed('team', 'Exists'), true],
  ['objects with a label', { objectSelector: { matchLabels: { team: 'a' } } }, true],
  ['nodes, which are in no namespace', rules('nodes', '*'), true],
  ['anything of a cluster', rules('*/*', '*', '*'), true],
  ['a status in no namespace', rules('*/status', 'Cluster'), true],
  ['anything in their own namespace', rules('*/*', 'Namespaced', '*'), false],
  ['their own namespace itself', rules('namespaces', '*'), false],
  ['their own namespace by a condition', conditions('true', 'request.namespace == "dev1"'), false],
  ['their own namespace, by part of one', conditions("object.metadata.namespace=='dev1' && a.b == 1"), false],
  ['their own namespace or more', conditions('request.namespace == "dev1" || true'), true],
  ['another namespace by a condition', conditions('request.namespace == "dev2"'), true],
  ['all but their own namespace', conditions('request.namespace != "dev1"'), true],
] as const)
  it(`of a webhook that members can answer, one that is asked about ${sentence} is ${isTold ? '' : 'not '}told`, () => {
    const lines = webhooksTold(webhook(VALIDATING_WEBHOOK, 'hook', 'dev1', more))
    assert.is(lines.length, isTold ? 1 : 0)
  })

it.run()
