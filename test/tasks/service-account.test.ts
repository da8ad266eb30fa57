import { SERVICE_ACCOUNT } from '../../lib/kube/object.ts'
import { serviceAccount } from '../../tasks/service-account.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const bob = { namespace: 'dev1', name: 'bob' }
const belongs = { user: 'bob', groups: ['dev1'] }

cases(serviceAccount, {
  'absent → created, marked as theirs': {
    want: bob,
    belongs,
    op: 'create',
    does: ['"arena-playbooks/user":"bob"'],
  },
  'there, with what others put on it → kept': {
    want: bob,
    belongs,
    have: [
      live(
        SERVICE_ACCOUNT,
        'dev1/bob',
        { imagePullSecrets: [{ name: 'registry' }] },
        { belongs, annotations: { note: 'x' } },
      ),
    ],
  },
  'one of the same name in another namespace is not theirs': {
    want: bob,
    belongs,
    have: [live(SERVICE_ACCOUNT, 'dev2/bob', {}, { belongs })],
    op: 'create',
    strays: { 'dev2/bob': 'remove' },
  },
  'those of others are no strays': {
    want: bob,
    belongs,
    have: [
      live(SERVICE_ACCOUNT, 'dev1/bob', {}, { belongs }),
      live(SERVICE_ACCOUNT, 'dev1/default', {}, { labels: undefined }),
      live(SERVICE_ACCOUNT, 'dev1/eve', {}, { labels: { 'arena-playbooks/inventory': 'other' } }),
    ],
    strays: {},
  },
}).run()
