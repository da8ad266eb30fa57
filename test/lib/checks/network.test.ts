import * as assert from 'uvu/assert'
import { network } from '../../../lib/checks/network.ts'
import { type KubeObject, NETWORK_POLICY, NODE } from '../../../lib/kube/object.ts'
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
    { ports: [{ port: 8080 }] },
    { ports: [{ port: 'http' }] },
    { ports: [{ port: 30_000, endPort: 32_767 }] },
    { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
    { from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32', '10.0.0.0/8'] } }] },
    { from: [{ ipBlock: { cidr: '::/0', except: ['fd00::/8'] } }] },
  ])
    assert.match(open(rule), /^pass/)
})

it('says by hand how to try it with real packets, and takes no address for one that is none', () => {
  const [line] = repairsOf(network, 'H1', clusterOf([]))
  assert.match(line!, /runuser -l bob -c '.*httpd.*runuser -l tom -c '.*nc -w 5 verify-listen-chief-0.dev1 2222/)
  const h3 = (address: string): string => {
    const node = live(NODE, 'worker01', { status: { addresses: [{ type: 'InternalIP', address }] } })
    return repairsOf(network, 'H3', clusterOf([node]))[0]!
  }
  assert.match(h3('10.0.0.94'), /nc -w 5 10.0.0.94 10250/)
  assert.not.match(h3('$(reboot)'), /reboot/)
})

it.run()
