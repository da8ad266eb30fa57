import { NETWORK_POLICY } from '../../lib/kube/object.ts'
import { networkPolicy } from '../../tasks/network-policy.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev1'] }
const dev1 = { namespace: 'dev1' }
const own = { podSelector: {} }
const ports = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]
const dns = [
  { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
  { ipBlock: { cidr: '169.254.20.10/32' } },
]
const spec = {
  podSelector: {},
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [own] }],
  egress: [{ to: [own] }, { to: dns, ports }],
}
const there = (changed: object) => [
  live(NETWORK_POLICY, 'dev1/dev1-own-namespace', { spec: { ...spec, ...changed } }, { belongs }),
]

cases(networkPolicy, {
  'absent → created for every pod, in both directions': {
    want: dev1,
    belongs,
    op: 'create',
    does: ['"podSelector":{}', '"policyTypes":["Ingress","Egress"]', '169.254.20.10/32'],
  },
  'there → kept': { want: dev1, belongs, have: there({}) },
  'narrowed to some pods → for all again': {
    want: dev1,
    belongs,
    have: there({ podSelector: { matchLabels: { app: 'tfjob' } } }),
    op: 'update',
    why: ['spec.podSelector.matchLabels'],
    does: ['"do":"replace"', '"podSelector":{}'],
  },
  'a second way in → taken out': {
    want: dev1,
    belongs,
    have: there({ ingress: [{ from: [own] }, {}] }),
    op: 'update',
    why: ['spec.ingress'],
  },
  'its own way in widened to every namespace → narrowed': {
    want: dev1,
    belongs,
    have: there({ ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }] }] }),
    op: 'update',
    why: ['spec.ingress.0.from.0.namespaceSelector'],
    does: ['"do":"replace"'],
  },
  'one direction only → both': {
    want: dev1,
    belongs,
    have: there({ policyTypes: ['Ingress'] }),
    op: 'update',
    why: ['spec.policyTypes'],
  },
  "a policy that is ours and that nobody wants → removed; an admin's own → stays": {
    want: dev1,
    belongs,
    have: [
      ...there({}),
      live(NETWORK_POLICY, 'dev2/dev2-own-namespace', { spec }, { belongs: { groups: ['dev2'] } }),
      live(NETWORK_POLICY, 'dev1/git-server', { spec }, { labels: {} }),
    ],
    strays: { 'dev2/dev2-own-namespace': 'remove' },
  },
}).run()
