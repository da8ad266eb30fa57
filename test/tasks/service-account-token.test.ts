import { type KubeObject, SERVICE_ACCOUNT, TOKEN_ANCHOR, TOKEN_SECRET } from '../../lib/kube/object.ts'
import { ownership } from '../../lib/resource/object-type.ts'
import { serviceAccountToken } from '../../tasks/service-account-token.ts'
import { canary, cases, OWNER } from '../support/cases.ts'
import { live } from '../support/live.ts'
import { secretToken } from '../support/token.ts'

const belongs = { user: 'bob', groups: ['dev1'] }
const bob = { namespace: 'dev1', serviceAccount: 'bob' }
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since'
const OURS = ownership(OWNER, belongs)
const account = live(SERVICE_ACCOUNT, 'dev1/bob', {}, { belongs })

const jwt = (secret: string, uid: string): string =>
  secretToken({ namespace: 'dev1', account: 'bob', secret }, uid, canary(secret))

const token = (
  name: string,
  { filled = true, uid = 'uid-dev1/bob', holds = jwt(name, uid), ...metadata } = {},
): KubeObject =>
  live(
    TOKEN_SECRET,
    `dev1/${name}`,
    filled ? { data: { token: Buffer.from(holds).toString('base64') } } : {},
    {
      belongs,
      annotations: {
        'kubernetes.io/service-account.name': 'bob',
        ...(filled && { 'kubernetes.io/service-account.uid': uid }),
      },
      ...metadata,
    },
  )

cases(serviceAccountToken, {
  'none → the first': {
    want: bob,
    belongs,
    have: [account],
    op: 'create',
    why: ['secret'],
    does: ['bob-token-1'],
  },
  'an anchor of tokens that end is there → a number that its name has not': {
    want: bob,
    belongs,
    have: [account, live(TOKEN_ANCHOR, 'dev1/bob-token-3', {}, { belongs })],
    op: 'create',
    does: ['bob-token-4'],
  },
  'filled → kept': { want: bob, belongs, have: [account, token('bob-token-1')], strays: {} },
  'not filled yet → waited for': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { filled: false })],
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
  },
  'two filled → the higher number counts, numerically, and the older one goes': {
    want: bob,
    belongs,
    have: [account, token('bob-token-9'), token('bob-token-10')],
    strays: { 'dev1/bob-token-9': 'remove' },
  },
  'to be replaced → a new one beside it, and the old one goes when the new one works': {
    want: { ...bob, replace: ['uid-dev1/bob-token-1'] },
    belongs,
    have: [account, token('bob-token-1')],
    op: 'create',
    why: ['secret'],
    does: ['bob-token-2'],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  'another than is to be replaced, such as the one that this run made → kept': {
    want: { ...bob, replace: ['uid-dev1/bob-token-1'] },
    belongs,
    have: [account, token('bob-token-2')],
    strays: {},
  },
  'a rotation that was interrupted → finished, and not begun anew': {
    want: { ...bob, replace: [] },
    belongs,
    have: [account, token('bob-token-1'), token('bob-token-2')],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  'both to be replaced → a third': {
    want: { ...bob, replace: ['uid-dev1/bob-token-1', 'uid-dev1/bob-token-2'] },
    belongs,
    have: [account, token('bob-token-1'), token('bob-token-2')],
    op: 'create',
    does: ['bob-token-3'],
    strays: { 'dev1/bob-token-1': 'remove', 'dev1/bob-token-2': 'remove' },
  },
  'a rotation that was interrupted before the new one was filled → waited for': {
    want: { ...bob, replace: [] },
    belongs,
    have: [account, token('bob-token-1'), token('bob-token-2', { filled: false })],
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  'a newer one not filled → the filled one still counts': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1'), token('bob-token-2', { filled: false })],
    strays: { 'dev1/bob-token-2': 'remove' },
  },
  'of an account that was made again → dead, so a new one': {
    want: bob,
    belongs,
    have: [account, token('bob-token-3', { uid: 'uid-before' })],
    op: 'create',
    does: ['bob-token-4'],
    strays: { 'dev1/bob-token-3': 'remove' },
  },
  'the account is gone → a new one with it': {
    want: bob,
    belongs,
    have: [token('bob-token-1')],
    later: [account],
    op: 'create',
    does: ['bob-token-2'],
  },
  'made by hand under our name → adopted': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { labels: {} } as object)],
    op: 'adopt',
    does: ['"do":"apply"'],
  },
  'invalidated by the API server → dead, so a new one, and the old one goes': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { labels: { ...OURS, [INVALID_SINCE]: '2026-01-01' } } as object)],
    op: 'create',
    why: ['secret'],
    does: ['bob-token-2'],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  'invalidated in a rotation → the same': {
    want: { ...bob, replace: [] },
    belongs,
    have: [account, token('bob-token-1', { labels: { ...OURS, [INVALID_SINCE]: '2026-01-01' } } as object)],
    op: 'create',
    does: ['bob-token-2'],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  'an older one that is good is not given up for a newer one that is invalid': {
    want: bob,
    belongs,
    have: [
      account,
      token('bob-token-1'),
      token('bob-token-2', { labels: { ...OURS, [INVALID_SINCE]: '2026-01-01' } } as object),
    ],
    strays: { 'dev1/bob-token-2': 'remove' },
  },
  'the label without a day means nothing to the API server': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { labels: { ...OURS, [INVALID_SINCE]: '' } } as object)],
    strays: {},
  },
  'an empty token → filled again by the controller, and waited for': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { holds: '' })],
    op: 'update',
    why: ['status'],
    does: ['"do":"await"'],
    strays: {},
  },
  'what does not decode → dead, so a new one': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1', { holds: canary('not a token') })],
    op: 'create',
    does: ['bob-token-2'],
    strays: { 'dev1/bob-token-1': 'remove' },
  },
  "the token of another Secret → dead, as that Secret's fate is not this one's": {
    want: bob,
    belongs,
    have: [account, token('bob-token-2', { holds: jwt('bob-token-1', 'uid-dev1/bob') })],
    op: 'create',
    does: ['bob-token-3'],
    strays: { 'dev1/bob-token-2': 'remove' },
  },
  'other secrets of the account are not ours to touch': {
    want: bob,
    belongs,
    have: [account, token('bob-token-1'), token('bob-secret', { labels: {} } as object)],
    strays: {},
  },
}).run()
