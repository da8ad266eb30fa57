import { inspect } from 'node:util'
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { NOTHING_GONE } from '../../../lib/linux/kubeconfig-entries.ts'
import { KubeconfigFile } from '../../../lib/linux/kubeconfig-file.ts'
import { suite } from '../../support/suite.ts'
import { claimsOf, tokenWith } from '../../support/token.ts'

const it = suite('kubeconfig-file')

const ours = `\
apiVersion: v1
kind: Config
clusters:
- name: "prod"
  cluster:
    server: "https://10.0.0.91:6443"
users:
- name: "bob"
  user:
    token: "«secret:token of bob»"
contexts:
- name: "dev1"
  context: {cluster: prod, user: bob, namespace: dev1}
current-context: "dev1"
`

const file = (text: string): KubeconfigFile => new KubeconfigFile('bob', Buffer.from(text))

it('keeps all that is not ours, whatever it is', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !['prod', 'bob', 'dev1'].includes(text))
  const entries = (key: string) =>
    fc.array(fc.record({ name, [key]: fc.dictionary(fc.string(), fc.jsonValue()) }))
  const theirs = fc.record(
    {
      clusters: entries('cluster'),
      users: entries('user'),
      contexts: entries('context'),
      preferences: fc.dictionary(fc.string(), fc.string()),
      extensions: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(theirs, fc.boolean(), (data, asJson) => {
      const before = file(asJson ? JSON.stringify(data) : stringify(data))
      const merged = parse(before.merged(ours, NOTHING_GONE, 'dev1')!)
      const wanted = parse(ours)
      for (const section of ['clusters', 'users', 'contexts'] as const)
        assert.equal(merged[section], [
          ...wanted[section],
          ...JSON.parse(JSON.stringify(data[section] ?? [])),
        ])
      assert.equal(
        merged.extensions,
        data.extensions === undefined ? undefined : JSON.parse(JSON.stringify(data.extensions)),
      )
      assert.equal(merged.preferences, data.preferences === undefined ? undefined : { ...data.preferences })
    }),
  )
})

it('is the same when merged again', () => {
  const once = file('# mine\nusers:\n- {name: me, user: {token: a}}\n').merged(ours, NOTHING_GONE, 'dev1')!
  assert.match(once, '# mine')
  assert.is(file(once).merged(ours, NOTHING_GONE, 'dev1'), once)
})

it('does not break long lines, in which tokens and certificates would be cut', () => {
  const long = 'x'.repeat(3000)
  const merged = file(`users:\n- name: me\n  user: {token: ${long}}\n`).merged(ours, NOTHING_GONE, 'dev1')!
  assert.match(merged, `token: ${long}`)
})

it('is empty when nothing is left', () => {
  const gone = { clusters: new Set(['prod']), users: new Set(['bob']), contexts: new Set(['dev1']) }
  assert.is(file(ours).merged(undefined, gone, ''), '')
  assert.match(file(`${ours}extra: 1\n`).merged(undefined, { ...gone, clusters: new Set() }, '')!, 'prod')
})

it('finds the token in a text that is the rendered one in every other byte', () => {
  const seal = '«secret:token of bob»'
  assert.is(
    String(file(ours.replace(seal, 'a.b-c_d')).tokenIn(ours, seal)?.value),
    '«secret:token in the kubeconfig of bob»',
  )
  for (const text of [
    ours.replace(seal, ''),
    ours.replace(seal, 'a"\n  b: "c'),
    `${ours.replace(seal, 'abc')}\n`,
    '',
  ])
    assert.is(file(text).tokenIn(ours, seal), undefined)
})

it('tells what a token says of itself, and not the token', () => {
  const claims = claimsOf(
    {
      kind: 'bound' as const,
      namespace: 'arena-prod',
      serviceAccount: 'bob',
      anchor: { name: 'bob-token-1', uid: 'a' },
      seconds: 60,
    },
    'u',
    { from: 1, until: 2 },
  )
  const held = file(`users:\n- {name: bob, user: {token: ${tokenWith(claims)}}}\n`).token('bob')!
  const { sub: _, ...said } = claims
  assert.equal(held.claims(), said)
  assert.is(String(held.value), '«secret:token in the kubeconfig of bob»')
  assert.is(file('users:\n- {name: bob, user: {token: [1]}}\n').token('bob'), undefined)
  assert.is(file('users:\n- {name: tom, user: {token: a}}\n').token('bob'), undefined)
})

it('shows nothing of what it holds', () => {
  const held = file('users:\n- {name: bob, user: {token: canary, password: canary}}\n')
  assert.equal(Object.keys(held.credentials('bob')!), ['token', 'password'])
  for (const text of [
    inspect(held, { showHidden: true, depth: 9 }),
    JSON.stringify(held),
    inspect(held.credentials('bob')),
  ])
    assert.not.match(text, 'canary')
})

it('is not valid when it is not a kubeconfig', () => {
  for (const text of ['a: [', 'users: 3', '- list', 'users: [{user: {}}]', 'a: 1\n---\nb: 2', 'text'])
    assert.type(file(text).fault, 'string', text)
  assert.is(new KubeconfigFile('bob', Buffer.from([0xff, 0xfe, 0x00])).fault, 'it is not UTF-8')
  for (const text of ['', '# nothing', '{}', 'users: null', '\uFEFFusers: []'])
    assert.is(file(text).fault, undefined, text)
})

it.run()
