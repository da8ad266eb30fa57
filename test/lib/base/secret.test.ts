import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { looksLikeCredential, redact, Secret } from '../../../lib/base/secret.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('secret')

const CANARY = 'canary-Zb2/8 "q\'x'

it('prints its name wherever it lands', () => {
  const secret = new Secret('bob', CANARY)
  const forms = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ ...{ secret } }),
    String(Object.assign([], [secret])),
    inspect(secret, { showHidden: true }),
  ]
  for (const form of forms) {
    assert.not.match(form, 'canary')
    assert.match(form, '«secret:bob»')
  }
})

it('fetches once, and only when revealed', async () => {
  let fetched = 0
  const secret = new Secret('bob', () => `value ${++fetched}`)
  assert.is(fetched, 0)
  assert.is(await secret.reveal(), 'value 1')
  assert.is(await secret.reveal(), 'value 1')
})

it('compares values without showing them, and does not guess about one that is not there yet', () => {
  assert.ok(new Secret('a', CANARY).equals(new Secret('b', CANARY)))
  assert.not(new Secret('a', CANARY).equals(new Secret('a', 'other')))
  assert.not(new Secret('a', () => CANARY).equals(new Secret('b', CANARY)))
})

it('seals a text so that only revealing opens it', async () => {
  const token = new Secret('token', CANARY)
  const file = Secret.sealed('file', `token: ${token}\n`, [token])
  assert.is(String(file), '«secret:file»')
  assert.is(await file.reveal(), `token: ${CANARY}\n`)
})

it('does not take `$&` in a value for a pattern', async () => {
  const token = new Secret('token', '$& $1 $$')
  assert.is(await Secret.sealed('file', `a ${token} b`, [token]).reveal(), 'a $& $1 $$ b')
})

it('fetches beforehand what can be fetched, and leaves what comes later', async () => {
  const missing = new Secret('missing', () => {
    throw new Error('no such variable')
  })
  assert.match((await rejects(missing.prefetch())).message, 'no such variable')
  let asked = false
  const later = Secret.later('later', async () => {
    asked = true
    return new Secret('now', 'x')
  })
  await Secret.sealed('file', `${later}`, [later]).prefetch()
  assert.not(asked)
})

it('takes revealed values out of text of others, in the forms they travel in', async () => {
  await new Secret('bob', CANARY).reveal()
  const forms = [
    CANARY,
    Buffer.from(CANARY).toString('base64'),
    JSON.stringify(CANARY),
    CANARY.replaceAll("'", "'\\''"),
    encodeURIComponent(CANARY),
  ]
  for (const form of forms) assert.not.match(redact(`before ${form} after`), /canary|Y2FuYXJ5/)
})

it('takes out the whole of a value of which another is a part', async () => {
  await new Secret('short', 'inner-4711').reveal()
  await new Secret('long', 'outer-inner-4711-outer').reveal()
  assert.is(redact('a outer-inner-4711-outer b inner-4711'), 'a «secret» b «secret»')
})

it('leaves the words that somebody keeps in a file of theirs, and takes out what lets somebody in', async () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
  for (const value of ['forbidden', 'dev1-compute-resources', token]) {
    const found = Secret.found('token in a file', value)
    await found.reveal()
    assert.is(String(found), '«secret:token in a file»')
    // As a kubeconfig is written with the token that is in it already.
    await Secret.later('token', async () => found).reveal()
  }
  assert.is(
    redact(`forbidden by dev1-compute-resources: ${token}`),
    'forbidden by dev1-compute-resources: «secret»',
  )
})

it('tells a credential from words and names', () => {
  const random = Array.from({ length: 1000 }, (_, index) => {
    const bytes = createHash('sha512').update(`${index}`).digest()
    return [bytes.toString('hex', 0, 32), bytes.toString('base64', 0, 30), bytes.toString('base64url', 0, 48)]
  }).flat()
  for (const text of [...random, 'eyJhbGciOiJub25lIn0.e30.']) assert.ok(looksLikeCredential(text), text)
  for (const text of [
    'resource',
    'validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicy',
    'ServiceAccountTokenRequest',
    'system:serviceaccount:dev1:bob',
    'requests.nvidia.com/gpu',
    'tensorflow-job-0123-worker-0',
    'User "bob" cannot list resource "pods" in API group "" at the cluster scope, 2026-11-28T09:22:00Z',
  ])
    assert.not(looksLikeCredential(text), text)
})

it.run()
