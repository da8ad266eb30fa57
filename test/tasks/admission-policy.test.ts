import { ADMISSION_POLICY } from '../../lib/kube/object.ts'
import { admissionPolicy } from '../../tasks/admission-policy.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = {
  name: 'arena-prod-pods',
  resourceRules: [
    { apiGroups: [''], resources: ['pods'] },
    { apiGroups: ['apps'], resources: ['deployments'] },
  ],
  variables: [
    { name: 'pod', expression: 'object.spec' },
    { name: 'host', expression: 'variables.pod.hostNetwork' },
  ],
  validations: [{ expression: '!variables.host', message: 'hostNetwork: not here' }],
}
const rule = (group: string, resource: string) => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: [resource],
  scope: '*',
})
const validations = [{ expression: '!variables.host', message: 'hostNetwork: not here', reason: 'Forbidden' }]
const { variables } = want
const constraints = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [rule('', 'pods'), rule('apps', 'deployments')],
}
const spec = { failurePolicy: 'Fail', matchConstraints: constraints, variables, validations }
const there = (changed: object, observedGeneration = 3) => [
  live(
    ADMISSION_POLICY,
    want.name,
    { spec: { ...spec, ...changed }, status: { observedGeneration } },
    { generation: 3 },
  ),
]

cases(admissionPolicy, {
  'absent → created, and what cannot be judged is refused': {
    want,
    op: 'create',
    does: ['"failurePolicy":"Fail"', '"resources":["pods"]', '"message":"hostNetwork: not here"'],
  },
  'there and taken up → kept': { want, have: there({}) },
  'there and not taken up yet → waited for': {
    want,
    have: there({}, 2),
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
  },
  'with parameters → each object of that kind is one': {
    want: { ...want, paramKind: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' } },
    have: there({}),
    op: 'update',
    why: ['spec.paramKind.apiVersion', 'spec.paramKind.kind'],
    does: ['"paramKind":{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass"}'],
  },
  'failures let through → refused again': {
    want,
    have: there({ failurePolicy: 'Ignore' }),
    op: 'update',
    why: ['spec.failurePolicy'],
  },
  'a rule taken out → put back': {
    want,
    have: there({ validations: [] }),
    op: 'update',
    why: ['spec.validations'],
  },
  'a condition that exempts somebody → taken out, which takes a PUT': {
    want,
    have: there({ matchConditions: [{ name: 'not-bob', expression: "request.userInfo.username != 'bob'" }] }),
    op: 'update',
    why: ['spec.matchConditions'],
    does: ['"do":"replace"'],
  },
  'kinds that are exempt → judged again': {
    want,
    have: there({ matchConstraints: { ...constraints, excludeResourceRules: [rule('', 'pods')] } }),
    op: 'update',
    why: ['spec.matchConstraints.excludeResourceRules'],
    does: ['"do":"replace"'],
  },
  'another variable, which server-side apply would leave → taken out by a PUT': {
    want,
    have: there({ variables: [{ name: 'a', expression: 'true' }, ...variables] }),
    op: 'update',
    why: ['spec.variables'],
    does: ['"do":"replace"'],
  },
  'of another inventory → none of ours': {
    want,
    have: [
      ...there({}),
      live(
        ADMISSION_POLICY,
        'arena-test-pods',
        { spec },
        { labels: { 'arena-playbooks/inventory': 'test' } },
      ),
    ],
    strays: {},
  },
  'ours, which nobody wants → removed': {
    want,
    have: [...there({}), live(ADMISSION_POLICY, 'arena-prod-before', { spec })],
    strays: { 'arena-prod-before': 'remove' },
  },
  'a message of two lines, which the API does not take → refused before anything runs': {
    want: { ...want, validations: [{ expression: 'true', message: 'one\ntwo' }] },
    throws: /message/,
  },
}).run()
