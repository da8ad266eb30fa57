import { NAMESPACE, SERVICE_ACCOUNT } from '../../lib/kube/object.ts'
import { defaultServiceAccount } from '../../tasks/default-service-account.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const dev1 = { namespace: 'dev1' }
const FIELD = 'automountServiceAccountToken'
const group = (name: string, labels?: Record<string, string>) =>
  live(NAMESPACE, name, {}, { belongs: { groups: [name] }, ...(labels && { labels }) })
const account = (namespace: string, automount?: boolean, manager = 'kubectl') =>
  live(SERVICE_ACCOUNT, `${namespace}/default`, automount === undefined ? {} : { [FIELD]: automount }, {
    labels: {},
    managedFields: [{ manager, operation: 'Apply', fieldsV1: { [`f:${FIELD}`]: {} } }],
  })

cases(defaultServiceAccount, {
  'as the cluster makes it → no token for pods; nothing else of it is touched': {
    want: dev1,
    have: [group('dev1'), account('dev1')],
    op: 'update',
    why: [FIELD],
    does: [
      '{"do":"apply","object":{"apiVersion":"v1","kind":"ServiceAccount",' +
        '"metadata":{"name":"default","namespace":"dev1"},"automountServiceAccountToken":false}}',
    ],
  },
  'not made yet → made so': { want: dev1, have: [group('dev1')], op: 'create', why: [FIELD] },
  'hardened → kept': { want: dev1, have: [group('dev1'), account('dev1', false, 'arena-playbooks')] },
  'hardened by somebody else → kept': { want: dev1, have: [group('dev1'), account('dev1', false)] },
  'a token for pods → none': {
    want: dev1,
    have: [group('dev1'), account('dev1', true)],
    op: 'update',
    why: [FIELD],
  },
  'hardened by us and not wanted any more → let go, not deleted': {
    want: dev1,
    have: [
      group('dev1'),
      group('dev2'),
      account('dev1', false, 'arena-playbooks'),
      account('dev2', false, 'arena-playbooks'),
    ],
    strays: { dev2: 'remove' },
  },
  'hardened by others, or in a namespace of another inventory → none of ours': {
    want: dev1,
    have: [
      group('dev1'),
      account('dev1', false, 'arena-playbooks'),
      group('dev2'),
      account('dev2', false),
      group('red', { 'arena-playbooks/inventory': 'other', 'arena-playbooks/group': 'red' }),
      account('red', false, 'arena-playbooks'),
      account('default', false, 'arena-playbooks'),
    ],
    strays: {},
  },
}).run()
