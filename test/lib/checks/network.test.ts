import * as assert from 'uvu/assert'
import type { Scene } from '../../../lib/audit/facts.ts'
import { AutomationError } from '../../../lib/base/errors.ts'
import { network } from '../../../lib/checks/network.ts'
import type { ApiResource } from '../../../lib/connect/connection.ts'
import type { JobKindName } from '../../../lib/conventions/job-kinds.ts'
import { builtInRoles } from '../../../lib/inventory/roles.ts'
import {
  ADMIN_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  type KubeObject,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
} from '../../../lib/kube/object.ts'
import { clusterOf, found, repairsOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('network')

const policy = (name: string, spec: object): KubeObject => live(NETWORK_POLICY, `dev1/${name}`, { spec })

const dev1 = (isolation: 'document' | 'strict', ...policies: KubeObject[]): string[] =>
  found(network, 'H5', clusterOf(policies, { isolation })).filter((line) => / dev1\b/.test(line))

const ALL = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }

it('is a gap in the document, which has no policies, and a failure in strict, which has', () => {
  assert.equal(dev1('document'), [
    'gap dev1: incoming [strict] → advice',
    'gap dev1: outgoing [strict] → advice',
  ])
  assert.is(dev1('strict')[0]!, 'fail dev1: incoming → run setup')
})

it('is content with a policy that lets in the group itself, and out to DNS', () => {
  const own = policy('own-namespace', {
    ...ALL,
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [
      { to: [{ podSelector: {} }] },
      { to: [{ namespaceSelector: {} }], ports: [{ protocol: 'UDP', port: 53 }] },
    ],
  })
  assert.equal(dev1('strict', own), ['pass dev1'])
})

it('asks for both ways, and for every pod', () => {
  assert.match(dev1('strict', policy('in', { podSelector: {} })).join(), /outgoing/)
  assert.not.match(dev1('strict', policy('in', { podSelector: {} })).join(), /incoming/)
  const some = policy('some', { ...ALL, podSelector: { matchLabels: { app: 'web' } } })
  assert.is(dev1('strict', some).length, 2)
  const others = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }
  assert.is(dev1('strict', policy('others', { ...ALL, podSelector: others })).length, 2)
  assert.match(dev1('strict', policy('all', ALL))[0]!, /^pass/)
})

const NAME = 'kubernetes.io/metadata.name'

it('names a policy that lets everything through after all', () => {
  const outside = { key: NAME, values: ['monitoring'] }
  const open = (rule: object): string =>
    dev1('strict', policy('all', ALL), policy('open', { podSelector: {}, ingress: [rule] })).join()
  for (const rule of [
    {},
    { from: [] },
    { from: [{ namespaceSelector: {} }] },
    { from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] },
    { from: [{ ipBlock: { cidr: '0.0.0.0/1' } }, { ipBlock: { cidr: '128.0.0.0/1' } }] },
    { from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }] },
    { from: [{ ipBlock: { cidr: '::/0', except: ['fd00:ec2::254/128'] } }] },
    { from: [{ namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] } }] },
    { from: [{ namespaceSelector: { matchExpressions: [{ ...outside, operator: 'NotIn' }] } }] },
    { ports: [{ protocol: 'TCP' }] },
    { ports: [{ port: 53 }, { port: 1, endPort: 65_535 }] },
  ])
    assert.is(open(rule), 'fail dev1: incoming → kubectl delete networkpolicy open -n dev1')
  for (const rule of [
    { from: [{ podSelector: {} }] },
    { from: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
    { from: [{ namespaceSelector: { matchExpressions: [{ ...outside, operator: 'In' }] } }] },
    { from: [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }] },
  ])
    assert.match(open(rule), /^pass/)
  for (const ports of [[{ port: 8080 }], [{ port: 'http' }], [{ port: 30_000, endPort: 32_767 }]])
    assert.match(open({ ports }), /^notice dev1 \(dev2\): incoming/)
})

it('names a policy that lets another group through, by name or by a label of its namespace', () => {
  const spaces = [
    live(NAMESPACE, 'dev1', {}, { labels: { team: 'one' } }),
    live(NAMESPACE, 'dev2', {}, { labels: { team: 'two', [NAME]: 'dev2' } }),
    live(NAMESPACE, 'monitoring', {}, { labels: { team: 'three' } }),
  ]
  const opened = (rules: object, ...more: KubeObject[]): string[] =>
    dev1('strict', policy('all', ALL), policy('open', { podSelector: {}, ...rules }), ...spaces, ...more)
  const lets = (group: string, direction = 'incoming') => [
    `fail dev1 (${group}): ${direction} → kubectl delete networkpolicy open -n dev1`,
  ]
  const expression = (key: string, operator: string, ...values: string[]) => ({
    namespaceSelector: { matchExpressions: [{ key, operator, values }] },
  })
  for (const peer of [
    { namespaceSelector: { matchLabels: { [NAME]: 'dev2' } } },
    { namespaceSelector: { matchLabels: { [NAME]: 'dev2' } }, podSelector: { matchLabels: { app: 'web' } } },
    { namespaceSelector: { matchLabels: { team: 'two' } } },
    expression(NAME, 'In', 'dev2', 'monitoring'),
    expression('team', 'Exists'),
    expression('team', 'In', 'two'),
  ]) {
    assert.equal(opened({ ingress: [{ from: [peer] }] }), lets('dev2'))
    assert.equal(
      opened({ ingress: [{ ports: [{ port: 22 }], from: [peer] }, { from: [peer] }] }),
      lets('dev2'),
    )
    assert.equal(opened({ policyTypes: ['Egress'], egress: [{ to: [peer] }] }), lets('dev2', 'outgoing'))
    assert.match(
      opened({ ingress: [{ from: [peer], ports: [{ port: 22 }] }] })[0]!,
      /^notice dev1 \(dev2\): incoming → advice/,
    )
    assert.match(
      opened({ policyTypes: ['Egress'], egress: [{ to: [peer], ports: [{ port: 53 }] }] })[0]!,
      /^pass/,
    )
  }
  for (const peer of [
    { podSelector: { matchLabels: { team: 'two' } } },
    { namespaceSelector: { matchLabels: { [NAME]: 'dev1' } } },
    { namespaceSelector: { matchLabels: { team: 'three' } } },
    { namespaceSelector: { matchLabels: { team: 'two', other: 'label' } } },
    expression('team', 'NotAnOperator'),
  ])
    assert.match(opened({ ingress: [{ from: [peer] }] })[0]!, /^pass/)
})

it('names a policy that lets pods through by their addresses', () => {
  const node = live(NODE, 'worker01', { spec: { podCIDRs: ['10.244.1.0/24', 'fd00:10:1::/64'] } })
  const opened = (ipBlock: object, ...nodes: KubeObject[]): string =>
    dev1('strict', policy('all', ALL), policy('open', { ingress: [{ from: [{ ipBlock }] }] }), ...nodes)[0]!
  for (const ipBlock of [
    { cidr: '10.0.0.0/8' },
    { cidr: '10.244.1.7/32' },
    { cidr: 'fd00:10::/32' },
    { cidr: '0.0.0.0/0', except: ['10.244.1.0/25'] },
  ])
    assert.match(
      opened(ipBlock, node),
      /^fail dev1( \([\d.:/a-f]+\))?: incoming → kubectl delete networkpolicy open -n dev1/,
    )
  for (const ipBlock of [
    { cidr: '10.0.0.94/32' },
    { cidr: '192.168.0.0/16' },
    { cidr: 'fd01::/32' },
    { cidr: '0.0.0.0/0', except: ['10.244.0.0/16'] },
    { cidr: '10.244.0.0/16', except: ['10.244.1.0/25', '10.244.1.128/25'] },
    { cidr: 'no block' },
  ])
    assert.match(opened(ipBlock, node), /^pass/)
  assert.match(opened({ cidr: '10.0.0.0/8' }), /^notice dev1 \(10.0.0.0\/8\): incoming → advice/)
})

const SERVED = [
  ['adminnetworkpolicies', 'AdminNetworkPolicy', 'v1alpha1'],
  ['clusternetworkpolicies', 'ClusterNetworkPolicy', 'v1alpha2'],
] as const

const offers = (...served: (readonly [string, string, string])[]): ApiResource[] =>
  served.map(([resource, kind, version]) => ({
    group: 'policy.networking.k8s.io',
    ...{ version, resource, kind, namespaced: false, verbs: ['list'] },
  }))

it('names what a policy for the whole cluster allows, where there are such policies', () => {
  const DEV1 = { namespaces: { matchLabels: { [NAME]: 'dev1' } } }
  const DEV2 = { namespaces: { matchLabels: { [NAME]: 'dev2' } } }
  const PODS = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'web' } } } }
  const ALLOW = { action: 'Allow', from: [DEV2] }
  const at = (priority: number, rules: object, subject: object = DEV1): object => ({
    priority,
    subject,
    ...rules,
  })
  const told = (specs: object[], resources = offers(...SERVED), kind = ADMIN_NETWORK_POLICY): string[] => {
    const policies = specs.map((spec, index) => live(kind, `wide-${index}`, { spec }))
    const scene = clusterOf([policy('all', ALL), ...policies], { isolation: 'strict' })
    return found(network, 'H5', { ...scene, resources: () => resources }).filter(
      (one) => !one.includes('dev2:'),
    )
  }
  const lets = /^fail dev1 \(wide-\d dev2\): incoming → advice/
  for (const specs of [
    [at(10, { ingress: [ALLOW] })],
    [at(10, { ingress: [ALLOW] }, { namespaces: {} })],
    [at(10, { ingress: [{ ...ALLOW, from: [{ namespaces: {} }] }] })],
    [at(10, { ingress: [{ ...ALLOW, from: [PODS] }] })],
    [at(10, { ingress: [ALLOW, { action: 'Deny', from: [DEV2] }] })],
    [at(20, { ingress: [{ action: 'Deny', from: [DEV2] }] }), at(10, { ingress: [ALLOW] })],
    [at(5, { ingress: [{ action: 'Deny', from: [PODS] }] }), at(10, { ingress: [ALLOW] })],
    [at(5, { ingress: [{ action: 'Deny', from: [DEV2], ports: [{}] }] }), at(10, { ingress: [ALLOW] })],
  ]) {
    assert.is(told(specs).length, 1, told(specs).join())
    assert.match(told(specs)[0]!, lets)
  }
  for (const specs of [
    [],
    [at(10, { ingress: [{ ...ALLOW, action: 'Deny' }] })],
    [at(10, { ingress: [{ ...ALLOW, action: 'Pass' }] })],
    [at(10, { ingress: [ALLOW] }, DEV2)],
    [at(10, { ingress: [{ ...ALLOW, from: [DEV1] }] })],
    [at(5, { ingress: [{ action: 'Deny', from: [DEV2] }] }), at(10, { ingress: [ALLOW] })],
    [at(5, { ingress: [{ action: 'Pass', from: [{ namespaces: {} }] }] }), at(10, { ingress: [ALLOW] })],
    [at(10, { egress: [{ action: 'Allow', to: [DEV2], ports: [{ portNumber: { port: 53 } }] }] })],
  ])
    assert.match(told(specs).join(), /^pass dev1$/)
  assert.match(
    told([at(10, { ingress: [{ ...ALLOW, ports: [{}] }] })]).join(),
    /^notice dev1 \(wide-0 dev2\): incoming/,
  )
  assert.match(told([at(10, { egress: [{ action: 'Allow', to: [DEV2] }] })]).join(), /: outgoing → /)

  const accept = at(10, { tier: 'Admin', ingress: [{ action: 'Accept', from: [DEV2] }] })
  const cluster = (spec: object) => told([spec], offers(...SERVED), CLUSTER_NETWORK_POLICY).join()
  assert.match(cluster(accept), /^fail dev1 \(wide-0 dev2\): incoming/)
  assert.match(cluster({ ...accept, tier: 'Baseline' }), /^pass/)
})

it('reads no policies for the whole cluster where there are none, and tells of versions that are not known', () => {
  const scene = (resources: ApiResource[], over: Partial<Scene> = {}): Scene => ({
    ...clusterOf([policy('all', ALL)], { isolation: 'strict' }),
    resources: () => resources,
    ...over,
  })
  const forbidden =
    (of: Scene): Scene['items'] =>
    (kind) => {
      if (kind.apiVersion.startsWith('policy.networking.k8s.io/'))
        throw new AutomationError({ code: 'api', message: 'may not list' })
      return of.items(kind)
    }
  const [none, some] = [scene([]), scene(offers(...SERVED))]
  assert.match(found(network, 'H5', { ...none, items: forbidden(none) }).join(), /^pass dev1/)
  assert.throws(() => found(network, 'H5', { ...some, items: forbidden(some) }), 'may not list')
  const newer = offers(['clusternetworkpolicies', 'ClusterNetworkPolicy', 'v1beta1'])
  assert.match(found(network, 'H5', scene(newer)).join('\n'), /^unknown cluster \(v1beta1/m)
})

const withKinds = (...kinds: JobKindName[]): Scene => clusterOf([], { roles: builtInRoles(kinds) })

it('says by hand how to try it with real packets, and takes no address for one that is none', () => {
  const [line] = repairsOf(network, 'H1', clusterOf([]))
  assert.match(
    line!,
    /runuser -l bob -c '.*httpd.*runuser -l tom -c '.*nc -w 5 verify-listen-chief-0.dev1 2222/,
  )
  const [byTorch] = repairsOf(network, 'H1', withKinds('pytorch', 'mpi'))
  assert.match(
    byTorch!,
    /-l bob -c 'arena submit pytorch .*-l tom -c 'arena submit pytorch .* verify-listen-master-0.dev1 2222/,
  )
  assert.equal(found(network, 'H1', withKinds('mpi')), ['untested dev1 → advice', 'untested dev2 → advice'])
  const h3 = (address: string): string => {
    const node = live(NODE, 'worker01', { status: { addresses: [{ type: 'InternalIP', address }] } })
    return repairsOf(network, 'H3', clusterOf([node]))[0]!
  }
  assert.match(h3('10.0.0.94'), /nc -w 5 10.0.0.94 10250/)
  assert.not.match(h3('$(reboot)'), /reboot/)
})

it.run()
