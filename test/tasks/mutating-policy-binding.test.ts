import { MUTATING_POLICY_BINDING } from '../../lib/kube/object.ts'
import { mutatingPolicyBinding } from '../../tasks/mutating-policy-binding.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = { name: 'arena-prod-makers', policy: 'arena-prod-makers', inventory: 'prod' }
const namespaceSelector = {
  matchLabels: { 'arena-playbooks/inventory': 'prod' },
  matchExpressions: [{ key: 'arena-playbooks/group', operator: 'Exists' }],
}
const matchResources = { matchPolicy: 'Equivalent', namespaceSelector, objectSelector: {} }
const spec = { policyName: 'arena-prod-makers', matchResources }
const there = (changed: object) => [
  live(MUTATING_POLICY_BINDING, want.name, { spec: { ...spec, ...changed } }),
]

cases(mutatingPolicyBinding, {
  'absent → created for the namespaces of groups': {
    want,
    op: 'create',
    does: ['"arena-playbooks/inventory":"prod"', '"operator":"Exists"'],
  },
  'there → kept': { want, have: there({}) },
  'an API server that does not have the kind → nothing is wanted': { want, lacks: [MUTATING_POLICY_BINDING] },
  'for another policy → for ours': {
    want,
    have: there({ policyName: 'harmless' }),
    op: 'update',
    why: ['spec.policyName'],
  },
  'objects with a label exempt → none': {
    want,
    have: there({
      matchResources: { ...matchResources, objectSelector: { matchLabels: { marked: 'no' } } },
    }),
    op: 'update',
    why: ['spec.matchResources.objectSelector.matchLabels'],
    does: ['"do":"replace"'],
  },
}).run()
