import * as assert from 'uvu/assert'
import { tokenOfUser } from '../../../lib/audit/credentials.ts'
import { asAutomationError } from '../../../lib/base/errors.ts'
import type { Finding } from '../../../lib/check.ts'
import { asTheUser } from '../../../lib/checks/as-the-user.ts'
import { kubeconfigs } from '../../../lib/checks/kubeconfig.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { filesRead, printed } from '../../support/printed.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/kubeconfig')

const SERVER = 'https://10.0.0.91:6443'
const DAY = 1_795_478_400

const token = (claims: object): string =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

const file = (name: string, group: string, claims: object = {}) => ({
  clusters: [
    {
      name: 'prod',
      cluster: {
        server: SERVER,
        'certificate-authority-data': Buffer.from('the authority').toString('base64'),
      },
    },
  ] as object[],
  users: [
    { name, user: { token: token({ sub: `system:serviceaccount:${group}:${name}`, ...claims }) } },
  ] as object[],
  contexts: [{ name: group, context: { cluster: 'prod', user: name, namespace: group } }] as object[],
  'current-context': group,
})

type File = ReturnType<typeof file>

interface There {
  bob?: File | string
  lines?: readonly string[]
}

const LINES = [
  '41c0 20001 20001 3 4096 /home/bob',
  '41c0 20001 20001 2 4096 /home/bob/.kube',
  '8180 20001 20001 1 900 /home/bob/.kube/config',
]

const there = ({ bob = file('bob', 'dev1'), lines = LINES }: There = {}) => ({
  accounts: printed(`passwd:bob:x:20001:20001::/home/bob:/bin/bash\ntoday:${DAY}`),
  'kube directories': printed(
    [...lines, ...LINES.map((line) => line.replace('bob', 'tom').replaceAll('20001', '20002'))].join('\n'),
  ),
  kubeconfigs: filesRead(
    {
      path: './home/bob/.kube/config',
      uid: 20_001,
      content: typeof bob === 'string' ? bob : JSON.stringify(bob),
    },
    { path: './home/tom/.kube/config', uid: 20_002, content: JSON.stringify(file('tom', 'dev2')) },
  ),
})

const found = (id: string, of: There = {}, over: Partial<Inventory> = {}): string[] =>
  findingsOf(
    kubeconfigs.find((check) => check.id === id)!,
    sceneOf(there(of), { inventory: { ...INVENTORY, ...over } }),
  )

const without = (index: number, ...lines: string[]): string[] => LINES.toSpliced(index, 3 - index, ...lines)

/** A file with something more in its lists. */
const adding = (more: Partial<Record<'clusters' | 'users' | 'contexts', object>>): File => {
  const own = file('bob', 'dev1')
  for (const [section, entry] of Object.entries(more)) own[section as 'users'].push(entry)
  return own
}

it('a file as setup writes it passes', () => {
  for (const id of ['A1', 'A5'])
    assert.equal(
      found(id).map((line) => line.split(' on ')[0]),
      ['pass bob', 'pass tom'],
      id,
    )
})

for (const [sentence, of, facts] of [
  ['no file is told', { lines: without(1) }, ' → run setup'],
  [
    'a link is told, wherever it leads',
    { lines: without(2, 'a1ff 20001 20001 1 20 /home/bob/.kube/config') },
    ' (~/.kube/config): /home/bob/.kube/config is a symbolic link → advice',
  ],
  [
    'a directory that is a link is told',
    { lines: without(1, 'a1ff 20001 20001 1 20 /home/bob/.kube') },
    ' (~/.kube/config): /home/bob/.kube is a symbolic link → advice',
  ],
  [
    'a file that all may read is told',
    { lines: without(2, '81a4 20001 20001 1 900 /home/bob/.kube/config') },
    ': mode 0644 → run setup',
  ],
  ['what is no kubeconfig is told', { bob: 'a: [' }, ': it is not YAML → advice'],
  [
    'another server is told',
    { bob: { ...file('bob', 'dev1'), clusters: [{ name: 'prod', cluster: { server: 'https://evil' } }] } },
    `: cluster.server https://evil rather than ${SERVER} → run setup`,
  ],
  [
    'credentials of an admin for this cluster are told',
    {
      bob: adding({
        users: { name: 'kubernetes-admin', user: { 'client-key-data': 'c2VjcmV0' } },
        contexts: { name: 'admin', context: { cluster: 'prod', user: 'kubernetes-admin' } },
      }),
    },
    ': kubernetes-admin → advice',
  ],
  [
    'the token of a colleague is told',
    { bob: adding({ users: { name: 'tom', user: { token: 'x' } } }) },
    ': users.tom besides → run setup',
  ],
] as const)
  it(sentence, () => {
    assert.is(found('A1', of as There)[0], `fail bob on client01${facts}`)
  })

it('credentials of an admin for this cluster are told at any of its addresses', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n'
  const told = (authority: string): string[] => {
    const bob = adding({
      clusters: {
        name: 'another',
        cluster: {
          server: 'https://10.0.0.92:6443',
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
        },
      },
      users: { name: 'kubernetes-admin', user: { 'client-key-data': 'c2VjcmV0' } },
      contexts: { name: 'admin', context: { cluster: 'another', user: 'kubernetes-admin' } },
    })
    const scene = sceneOf(there({ bob }), { endpoint: { server: SERVER, ca } })
    return findingsOf(kubeconfigs.find(({ id }) => id === 'A1')!, scene).filter((line) =>
      line.includes(': kubernetes-admin'),
    )
  }
  assert.is(told(ca.replaceAll('\n', '\r\n')).length, 1)
  assert.equal(told(ca.replace('QUJD', 'REVG')), [])
})

it("a cluster of the user's own and its credentials are theirs", () => {
  const bob = adding({
    clusters: { name: 'home', cluster: { server: 'https://home' } },
    users: { name: 'me', user: { password: 'secret' } },
    contexts: { name: 'home', context: { cluster: 'home', user: 'me' } },
  })
  for (const id of ['A1', 'A5']) assert.match(found(id, { bob })[0]!, /^pass bob/)
})

it('a token is read for whom it names and how long it is good', () => {
  const claims = (more: object): string[] => found('A2', { bob: file('bob', 'dev1', more) })
  assert.is(claims({})[0]!, 'gap bob on client01 → advice')
  assert.is(
    claims({ sub: 'system:serviceaccount:dev2:tom' })[0],
    'fail bob on client01: system:serviceaccount:dev2:tom → run setup',
  )
  assert.is(claims({ exp: DAY - 86_401 })[0], 'fail bob on client01 → run setup')
  assert.is(claims({ exp: DAY + 2 * 86_400 })[0], 'gap bob on client01 (2) → run setup')
  assert.is(claims({ exp: DAY + 30 * 86_400 }).at(-1), 'pass bob on client01 (30)')
  const outside = file('bob', 'dev1', { sub: 'system:serviceaccount:arena-prod:bob' })
  const bound = { tokens: 'bound' } as const
  assert.is(
    found('A2', { bob: outside }, { isolation: 'strict', ...bound })[0],
    'fail bob on client01 → run setup',
  )
  assert.is(found('A2', { bob: file('bob', 'dev1') }, bound)[0]!, 'fail bob on client01 → run setup')
})

it('a context that is missing or leads elsewhere is told, and a choice that is not there', () => {
  const own = file('bob', 'dev1')
  const elsewhere = { name: 'dev1', context: { cluster: 'prod', user: 'bob', namespace: 'kube-system' } }
  assert.is(
    found('A5', { bob: { ...own, contexts: [elsewhere] } })[0],
    'fail bob on client01: contexts.dev1.namespace kube-system rather than dev1 → run setup',
  )
  assert.is(
    found('A5', { bob: { ...own, contexts: [] } })[0],
    'fail bob on client01: no contexts.dev1 → run setup',
  )
  assert.match(
    found('A5', { bob: { ...own, 'current-context': 'gone' } })[0]!,
    /current-context gone rather than dev1/,
  )
})

it('shows nothing of a token', () => {
  const bob = file('bob', 'dev1', { sub: 'system:serviceaccount:dev2:tom' })
  const all = kubeconfigs.flatMap(({ id }) => found(id, { bob }))
  const { user } = bob.users[0] as { user: { token: string } }
  for (const part of user.token.split('.')) assert.not.match(all.join('\n'), part)
})

it('one that cannot be read, or is none, is not tried: what mends it is said, as setup would refuse it', () => {
  const broken: There = { bob: '[not: a kubeconfig' }
  const link: There = { lines: without(2, 'a1ff 20001 20001 1 9 /home/bob/.kube/config') }
  for (const of of [broken, link]) {
    assert.match(found('A1', of)[0]!, /^fail bob on client01\b.* → advice$/)
    const scene = sceneOf({
      ...there(of),
      ...(of === link && { kubeconfigs: filesRead() }),
      'as the user': eachPrinted({ bob: { code: 1, stderr: 'error: error loading config file' } }),
    })
    const [said] = [...asTheUser[0]!.trials(scene)] as Finding[]
    assert.equal([said!.verdict, said!.subjects], ['unknown', ['bob on client01']])
    let hint: string | undefined
    try {
      tokenOfUser(scene, 'bob')
    } catch (error) {
      hint = asAutomationError(error).hint
    }
    assert.match(hint ?? '', '/.kube/config')
    assert.equal(said!.repair, { advice: hint })
  }
})

it.run()
