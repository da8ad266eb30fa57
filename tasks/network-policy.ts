// Lets the pods of a namespace talk to each other and ask DNS, and nothing else, where the network plugin enforces it.
import * as z from 'zod'
import { NAME_LABEL, NETWORK_POLICY, networkPolicyName, objectType } from '../lib/task.ts'

const DNS_PORT = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]

/** The cluster's DNS, and where NodeLocal DNSCache listens on every node. */
const DNS = [
  { namespaceSelector: { matchLabels: { [NAME_LABEL]: 'kube-system' } } },
  { ipBlock: { cidr: '169.254.20.10/32' } },
]

const OWN = { podSelector: {} }

export const networkPolicy = objectType({
  name: 'network-policy',
  kind: NETWORK_POLICY,
  schema: z.strictObject({ namespace: z.string() }),
  build: ({ namespace }) => ({
    metadata: { namespace, name: networkPolicyName(namespace) },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [OWN] }],
      egress: [{ to: [OWN] }, { to: DNS, ports: DNS_PORT }],
    },
  }),
  whole: ['spec'],
})
