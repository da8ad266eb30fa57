import * as assert from 'uvu/assert'
import { type KubeObject, TOKEN_SECRET } from '../../../lib/kube/object.ts'
import { type TokenSource, type TokenStanding, tokenStanding } from '../../../lib/survey/token-standing.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('token standing')

const NOW = new Date('2026-11-24T12:00:00Z')
const DAY = 86_400
const now = NOW.getTime() / 1000

const secret = (id: string, creationTimestamp: string, labels: Record<string, string> = {}): KubeObject =>
  live(
    TOKEN_SECRET,
    id,
    {},
    {
      creationTimestamp,
      labels,
      annotations: { 'kubernetes.io/service-account.name': id.split('/')[1]!.replace(/-token-\d+$/, '') },
    },
  )

const used = { 'kubernetes.io/legacy-token-last-used': '2026-11-23' }
const invalid = { 'kubernetes.io/legacy-token-invalid-since': '2026-11-20' }
const sub = 'system:serviceaccount:dev1:bob'

const cases: Record<string, [Partial<TokenSource>, TokenStanding | 'none' | 'dead' | 'unknown']> = {
  'the newest Secret tells age and last use': [
    {
      secrets: [
        secret('dev1/bob-token-1', '2026-10-01T00:00:00Z', used),
        secret('dev1/bob-token-2', '2026-11-14T12:00:00Z', used),
      ],
    },
    { age: 10, lastUsed: '2026-11-23' },
  ],
  'without the label it was never used': [
    { secrets: [secret('dev1/bob-token-1', '2026-11-24T11:00:00Z')], claims: { sub } },
    { age: 0, lastUsed: 'never' },
  ],
  'of a token that ends, nobody knows the last use': [
    { claims: { sub, iat: now - 3 * DAY, exp: now + 87 * DAY } },
    { age: 3, lastUsed: 'unknown', left: 87 },
  ],
  'a token may not say when it was made': [
    { claims: { sub, exp: now + DAY } },
    { lastUsed: 'unknown', left: 1 },
  ],
  'a token that has ended has less than no days': [
    { claims: { sub, exp: now - 1 } },
    { lastUsed: 'unknown', left: -1 },
  ],
  'a token in the kubeconfig without its Secret is dead': [{ claims: { sub } }, 'none'],
  "another's Secret is not theirs": [
    { secrets: [secret('dev1/tom-token-1', used['kubernetes.io/legacy-token-last-used'])] },
    'none',
  ],
  'the same name in another namespace is somebody else': [
    { secrets: [secret('dev2/bob-token-1', '2026-11-14T12:00:00Z')] },
    'none',
  ],
  'what the API server has invalidated is dead': [
    { secrets: [secret('dev1/bob-token-1', '2026-11-14T12:00:00Z', invalid)], claims: { sub } },
    'dead',
  ],
  'an invalid one beside a good one is not told': [
    {
      secrets: [
        secret('dev1/bob-token-1', '2026-11-14T12:00:00Z', used),
        secret('dev1/bob-token-2', '2026-11-15T12:00:00Z', invalid),
      ],
    },
    { age: 10, lastUsed: '2026-11-23' },
  ],
  'no machine and no Secret: it may be one that ends': [{ claims: 'unread' }, 'unknown'],
  'Secrets that could not be read': [{ secrets: undefined, claims: { sub } }, 'unknown'],
}

for (const [sentence, [source, standing]] of Object.entries(cases))
  it(sentence, () => {
    const about = { namespace: 'dev1', secrets: [], claims: undefined, now: NOW, ...source }
    assert.equal(tokenStanding({ name: 'bob' }, about), standing)
  })

it.run()
