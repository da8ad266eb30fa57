import { ADMISSION_POLICY_BINDING } from '../../lib/kube/object.ts'
import { admissionPolicyBinding } from '../../tasks/admission-policy-binding.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = { name: 'arena-prod-pods', policy: 'arena-prod-pods', inventory: 'prod' }
const namespaceSelector = {
  matchLabels: { 'arena-playbooks/inventory': 'prod' },
  matchExpressions: [{ key: 'arena-playbooks/group', operator: 'Exists' }],
}
const matchResources = { matchPolicy: 'Equivalent', namespaceSelector, objectSelector: {} }
const spec = { policyName: 'arena-prod-pods', validationActions: ['Deny'], matchResources }
const there = (changed: object) => [
  live(ADMISSION_POLICY_BINDING, want.name, { spec: { ...spec, ...changed } }),
]

cases(admissionPolicyBinding, {
  'absent → created for the namespaces of groups': {
    want,
    op: 'create',
    does: ['"validationActions":["Deny"]', '"arena-playbooks/inventory":"prod"', '"operator":"Exists"'],
  },
  'there → kept': { want, have: there({}) },
  'of a policy with parameters → all objects of the kind': {
    want: { ...want, params: true },
    have: there({}),
    op: 'update',
    why: ['spec.paramRef.parameterNotFoundAction'],
    does: ['"paramRef":{"selector":{},"parameterNotFoundAction":"Allow"}'],
  },
  'parameters chosen by somebody → all again': {
    want: { ...want, params: true },
    have: there({ paramRef: { selector: { matchLabels: { a: 'b' } }, parameterNotFoundAction: 'Allow' } }),
    op: 'update',
    why: ['spec.paramRef.selector.matchLabels'],
    does: ['"do":"replace"'],
  },
  'only warning → denying again': {
    want,
    have: there({ validationActions: ['Warn'] }),
    op: 'update',
    why: ['spec.validationActions.0'],
  },
  'for another policy → for ours': {
    want,
    have: there({ policyName: 'harmless' }),
    op: 'update',
    why: ['spec.policyName'],
  },
  'objects with a label exempt → none': {
    want,
    have: there({
      matchResources: { ...matchResources, objectSelector: { matchLabels: { judged: 'yes' } } },
    }),
    op: 'update',
    why: ['spec.matchResources.objectSelector.matchLabels'],
    does: ['"do":"replace"'],
  },
  'ours, which nobody wants → removed': {
    want,
    have: [...there({}), live(ADMISSION_POLICY_BINDING, 'arena-prod-before', { spec })],
    strays: { 'arena-prod-before': 'remove' },
  },
}).run()
