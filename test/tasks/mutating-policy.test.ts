import { MUTATING_POLICY } from '../../lib/kube/object.ts'
import { mutatingPolicy } from '../../tasks/mutating-policy.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const when = { name: 'by-a-user', expression: "request.userInfo.username.startsWith('u')" }
const want = {
  name: 'arena-prod-makers',
  resourceRules: [{ apiGroups: [''], resources: ['configmaps'] }],
  matchConditions: [when],
  variables: [{ name: 'maker', expression: 'request.userInfo.username' }],
  mutations: [{ patchType: 'JSONPatch' as const, jsonPatch: { expression: '[]' } }],
}
const spec = {
  failurePolicy: 'Fail',
  reinvocationPolicy: 'Never',
  matchConstraints: {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [
      {
        apiGroups: [''],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['configmaps'],
        scope: '*',
      },
    ],
  },
  matchConditions: [when],
  variables: [{ name: 'maker', expression: 'request.userInfo.username' }],
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
}
const there = (changed: object) => [live(MUTATING_POLICY, want.name, { spec: { ...spec, ...changed } })]

cases(mutatingPolicy, {
  'absent → created, and where it cannot be put on the request is refused': {
    want,
    op: 'create',
    does: ['"failurePolicy":"Fail"', '"resources":["configmaps"]', '"patchType":"JSONPatch"'],
  },
  'there → kept': { want, have: there({}) },
  'an API server that does not have the kind → nothing is wanted': { want, lacks: [MUTATING_POLICY] },
  'an API server that does not have the kind → what that means, where it is to be told': {
    want: { ...want, unserved: 'pods-refused' },
    lacks: [MUTATING_POLICY],
    names: ['pods-refused'],
  },
  'failures let through → refused again': {
    want,
    have: there({ failurePolicy: 'Ignore' }),
    op: 'update',
    why: ['spec.failurePolicy'],
  },
  'a condition that exempts somebody → taken out, which takes a PUT': {
    want,
    have: there({ matchConditions: [when, { name: 'not-bob', expression: 'true' }] }),
    op: 'update',
    why: ['spec.matchConditions'],
    does: ['"do":"replace"'],
  },
  'ours, which nobody wants → removed': {
    want,
    have: [...there({}), live(MUTATING_POLICY, 'arena-prod-before', { spec })],
    strays: { 'arena-prod-before': 'remove' },
  },
}).run()
