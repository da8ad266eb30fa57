import { ROLE } from '../../lib/kube/object.ts'
import { role } from '../../tasks/role.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev1'] }
const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }
const events = { apiGroups: [''], resources: ['events'], verbs: ['get'] }
const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }
const member = { namespace: 'dev1', name: 'member', rules: [pods, events] }
const there = (...rules: object[]) => [live(ROLE, 'dev1/member', { rules }, { belongs })]

cases(role, {
  'absent → created with its rules': {
    want: member,
    belongs,
    op: 'create',
    does: ['"verbs":["get","list"]'],
  },
  'other order of rules and verbs → kept': {
    want: member,
    belongs,
    have: there(events, { ...pods, verbs: ['list', 'get'] }),
  },
  'an extra rule → taken out': {
    want: member,
    belongs,
    have: there(pods, events, secrets),
    op: 'update',
    why: ['rules'],
    does: ['"do":"apply"'],
  },
  'an extra verb → the rule as it should be': {
    want: member,
    belongs,
    have: there({ ...pods, verbs: ['get', 'list', 'delete'] }, events),
    op: 'update',
    why: ['rules', 'rules'],
  },
  'no rules at all → put back': {
    want: member,
    belongs,
    have: [live(ROLE, 'dev1/member', { rules: null }, { belongs })],
    op: 'update',
    why: ['rules', 'rules'],
  },
  'a role of ours that nobody wants → removed': {
    want: member,
    belongs,
    have: [...there(pods, events), live(ROLE, 'dev1/viewer', {}, { belongs })],
    strays: { 'dev1/viewer': 'remove' },
  },
}).run()
