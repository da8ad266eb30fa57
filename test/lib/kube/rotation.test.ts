import * as assert from 'uvu/assert'
import { ANCHOR_TYPE } from '../../../lib/conventions/labels.ts'
import { type KubeObject, TOKEN_ANCHOR, TOKEN_SECRET } from '../../../lib/kube/object.ts'
import { rotationOf } from '../../../lib/kube/rotation.ts'
import { TOKEN_ACCOUNT } from '../../../lib/kube/token-secret.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('rotation')
const at = new Date('2026-11-24T12:00:00Z')

const secret = (name: string, account: string, creationTimestamp: string, metadata = {}): KubeObject =>
  live(
    TOKEN_SECRET,
    `dev1/${name}`,
    {},
    { creationTimestamp, annotations: { [TOKEN_ACCOUNT]: account }, ...metadata },
  )
const anchor = (name: string, creationTimestamp: string): KubeObject =>
  live(TOKEN_ANCHOR, `arena-prod/${name}`, { type: ANCHOR_TYPE }, { creationTimestamp })

const told = (objects: KubeObject[], olderThan: number | 'now') => {
  const { replace, kept } = rotationOf({ objects, at }, olderThan)
  return { replace: Object.fromEntries(replace), kept: Object.fromEntries(kept) }
}

it('replaces by age what is older, by the clock of the API server, and tells how old the others are', () => {
  const objects = [
    secret('bob-token-1', 'bob', '2026-11-24T10:59:59Z'),
    secret('tom-token-7', 'tom', '2026-11-24T11:00:00Z'),
    secret('eva-token-1', 'eva', '2026-11-24T12:00:05Z'),
    anchor('max-token-3', '2026-11-01T00:00:00Z'),
    anchor('zoe-token-1', '2026-11-24T11:59:00Z'),
  ]
  assert.equal(told(objects, 3600), {
    replace: { 'dev1/bob': ['uid-dev1/bob-token-1'], 'arena-prod/max': ['uid-arena-prod/max-token-3'] },
    kept: { 'dev1/tom': 3600, 'dev1/eva': 0, 'arena-prod/zoe': 60 },
  })
})

it('replaces every one that there is now, also one that is seconds old or has an older one beside it', () => {
  const objects = [
    secret('bob-token-1', 'bob', '2026-11-24T12:00:00Z'),
    secret('bob-token-2', 'bob', '2026-11-24T12:00:00Z'),
    anchor('zoe-token-1', '2026-11-24T12:00:00Z'),
  ]
  assert.equal(told(objects, 'now'), {
    replace: {
      'dev1/bob': ['uid-dev1/bob-token-1', 'uid-dev1/bob-token-2'],
      'arena-prod/zoe': ['uid-arena-prod/zoe-token-1'],
    },
    kept: {},
  })
})

it('goes on, by age, with a rotation that has not ended', () => {
  const objects = [
    secret('bob-token-1', 'bob', '2026-10-01T00:00:00Z'),
    secret('bob-token-2', 'bob', '2026-11-01T00:00:00Z'),
  ]
  assert.equal(told(objects, 3600), { replace: {}, kept: {} })
})

it('leaves alone what is dead, and what is not numbered as ours are', () => {
  const objects = [
    secret('bob-token-1', 'bob', '2026-10-01T00:00:00Z', { deletionTimestamp: '2026-11-24T00:00:00Z' }),
    secret('by-hand', 'tom', '2026-10-01T00:00:00Z'),
  ]
  assert.equal(told(objects, 'now'), { replace: {}, kept: {} })
})

it.run()
