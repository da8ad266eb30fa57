import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import type { Scene } from '../../../lib/audit/facts.ts'
import { isAdvice } from '../../../lib/audit/repair.ts'
import { AutomationError } from '../../../lib/base/errors.ts'
import { withinReach } from '../../../lib/checks/within-reach.ts'
import { type KubeObject, SERVICE_ACCOUNT } from '../../../lib/kube/object.ts'
import { makeCertificates } from '../../../sandbox/certificates.ts'
import { live } from '../../support/live.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/within-reach')

const payload = (sub: string): string => Buffer.from(JSON.stringify({ sub })).toString('base64url')

const found = (of: Record<string, string>, once = ''): string[] =>
  findingsOf(withinReach, sceneOf({ 'within reach': eachPrinted(of, once) }))

const PASS = ['bob', 'tom'].map((name) => `pass ${name} on client01`)

it("a home and a kubeconfig of the user's own are nothing to tell", () => {
  const own = (name: string): string => `2\nopen /home/${name}\nopen /home/${name}/.kube/config\n`
  assert.equal(found({ bob: own('bob'), tom: own('tom') }), PASS)
})

it('another home and another kubeconfig are', () => {
  assert.equal(found({ bob: '2\n', tom: '2\nopen /home/bob\nopen /home/bob/.kube/config\n' }), [
    'fail tom on client01: /home/bob → run setup',
    'fail tom on client01: /home/bob/.kube/config → run setup',
    PASS[0],
  ])
})

it('what only root reads is told: hashes of passwords, and homes of those who left', () => {
  const paths = ['/etc/shadow', '/etc/gshadow-', '/var/backups/arena-playbooks']
  const read = paths.map((path) => `open ${path}\n`).join('')
  assert.equal(found({ bob: `2\n${read}`, tom: '2\n' }), [
    ...paths.map((path) => `fail bob on client01: ${path} → there: chmod o-rwx ${path}`),
    PASS[1],
  ])
})

it('a copy of a kubeconfig concerns those who read it, and not whom it is of', () => {
  const once = `credential 0 /tmp/a b\ntoken ${payload('system:serviceaccount:dev1:bob')}\n`
  const read = '2\ncredential 0 /tmp/a b\n'
  assert.equal(found({ bob: read, tom: read }, once), [
    "fail tom on client01: the token of bob in /tmp/a b → there: chmod 0600 '/tmp/a b' and make new tokens",
    PASS[0],
  ])
  assert.equal(found({ bob: read, tom: '2\n' }, once), PASS)
})

it("a token of a machine, a key and an encoded token are nobody's among users", () => {
  const once = `credential 0 /tmp/x
token ${payload('system:serviceaccount:kube-system:admin')}
encoded
key
`
  assert.equal(found({ bob: '2\ncredential 0 /tmp/x\n', tom: '2\n' }, once), [
    'fail bob on client01: the token of system:serviceaccount:kube-system:admin in /tmp/x → ' +
      'there: chmod 0600 /tmp/x',
    'fail bob on client01: an encoded token in /tmp/x → there: chmod 0600 /tmp/x',
    'fail bob on client01: a client key in /tmp/x → there: chmod 0600 /tmp/x',
    PASS[1],
  ])
})

it('what the user wrote is theirs, unless it names another', () => {
  const read = '2\ncredential 20001 /tmp/x\n'
  assert.equal(found({ bob: read, tom: '2\n' }, 'credential 20001 /tmp/x\nkey\n'), PASS)
  const stolen = `credential 20001 /tmp/x\ntoken ${payload('system:serviceaccount:dev2:tom')}\n`
  assert.match(found({ bob: read, tom: '2\n' }, stolen)[0]!, 'the token of tom')
})

it('what only looks like a token is none', () => {
  const once = `credential 0 /usr/local/x.json\ntoken ${payload('1234567890')}\ntoken !!!\n`
  assert.equal(found({ bob: '2\ncredential 0 /usr/local/x.json\n', tom: '2\n' }, once), PASS)
})

it('more files than are looked through are told', () => {
  assert.is(found({ bob: '2\n', tom: '2\n' }, 'more\n')[0]!, 'gap client01 (20,000) → advice')
})

it("at home a colleague's token is told, and own tokens, keys and tokens of other clusters are not", () => {
  const of = (sub: string): string => `token ${payload(`system:serviceaccount:${sub}`)}\n`
  const mine = 'credential 20002 /home/tom/x.yaml\n'
  const tom = (lines: string): string[] => found({ bob: '2\nhome\n', tom: `2\nhome\n${lines}` })
  assert.equal(tom(`${mine}${of('dev1:bob')}`), [
    'fail tom on client01: the token of bob in /home/tom/x.yaml → there: rm /home/tom/x.yaml and make new tokens',
    PASS[0],
  ])
  assert.equal(tom(`${mine}${of('dev2:tom')}${of('elsewhere:robot')}key\nencoded\nother\n`), PASS)
  assert.equal(tom(`credential 0 /home/tom/admin.conf\n${of('kube-system:admin')}key\n`).slice(0, -1), [
    'fail tom on client01: the token of system:serviceaccount:kube-system:admin in ' +
      '/home/tom/admin.conf → there: chmod 0600 /home/tom/admin.conf',
    'fail tom on client01: a client key in /home/tom/admin.conf → there: chmod 0600 /home/tom/admin.conf',
  ])
})

it('in a file of their own, the token of a service account of this cluster is told, and of no other', () => {
  const robot: KubeObject = live(SERVICE_ACCOUNT, 'kube-system/robot')
  const sub = 'system:serviceaccount:kube-system:robot'
  const bound = (uid: string, exp: number) => ({
    sub,
    exp,
    'kubernetes.io': { namespace: 'kube-system', serviceaccount: { name: 'robot', uid } },
  })
  const legacy = (uid: string) => ({ sub, 'kubernetes.io/serviceaccount/service-account.uid': uid })
  const [TODAY, uid] = [20_000, robot.metadata.uid!]
  const tom = (path: string, claims: object, once = ''): string[] => {
    const token = `token ${Buffer.from(JSON.stringify(claims)).toString('base64url')}\n`
    const file = `credential 20002 ${path}\n`
    const own = once === '' ? `2\nhome\n${file}${token}` : `2\n${file}home\n`
    const printed = {
      'within reach': eachPrinted({ bob: '2\nhome\n', tom: own }, once === '' ? '' : `${file}${token}`),
      accounts: `today:${TODAY * 86_400}\n`,
    }
    const scene = sceneOf(printed, { items: (kind) => (kind === SERVICE_ACCOUNT ? [robot] : []) })
    return findingsOf(withinReach, scene)
  }
  const told = (path: string, repair = `there: rm ${path}`): string[] => [
    `fail tom on client01: the token of ${sub} in ${path} → ${repair}`,
    PASS[0]!,
  ]
  const [HOME, TMP] = ['/home/tom/notes.txt', '/tmp/notes.txt']
  for (const claims of [bound(uid, (TODAY + 1) * 86_400), legacy(uid)]) {
    assert.equal(tom(HOME, claims), told(HOME))
    assert.equal(tom(TMP, claims, 'in /tmp'), told(TMP))
    assert.equal(tom('/home/tom/.kube/config', claims), told('/home/tom/.kube/config', 'advice'))
  }
  for (const claims of [
    legacy('of another cluster'),
    bound('of another cluster', (TODAY + 1) * 86_400),
    bound(uid, (TODAY - 1) * 86_400),
    { ...legacy(uid), sub: 'system:serviceaccount:kube-system:other' },
    { sub },
  ]) {
    assert.equal(tom(HOME, claims), PASS)
    assert.equal(tom(TMP, claims, 'in /tmp'), PASS)
  }
})

it('where service accounts could not be read, nobody says whose such a token is', () => {
  const claims = { sub: 'system:serviceaccount:a:b', 'kubernetes.io/serviceaccount/service-account.uid': 'u' }
  const token = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const own = `2\nhome\ncredential 20002 /home/tom/x\ntoken ${token}\n`
  const items = (): never => {
    throw new AutomationError({ code: 'api', message: 'may not list' })
  }
  const [first] = findingsOf(
    withinReach,
    sceneOf({ 'within reach': eachPrinted({ bob: '2\nhome\n', tom: own }) }, { items }),
  )
  assert.match(first!, /^unknown tom on client01\b/)
})

it('at home, the key of a client of this cluster is told, and that of another cluster is not', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-reach-'))
  await mkdir(join(directory, 'pki'))
  await makeCertificates(directory)
  const read = (name: string, encoding: 'utf8' | 'base64') =>
    readFile(join(directory, 'pki', `${name}.crt`), encoding)
  const ca = await read('cluster-ca', 'utf8')
  const [ours, other] = [await read('bootstrap', 'base64'), await read('etcd-client', 'base64')]
  await rm(directory, { recursive: true })
  const tom = (path: string, certificate: string): string[] =>
    findingsOf(
      withinReach,
      sceneOf(
        {
          'within reach': eachPrinted({
            bob: '2\nhome\n',
            tom: `2\nhome\ncredential 20002 /home/tom/${path}\nkey\ncertificate ${certificate}\n`,
          }),
        },
        { endpoint: { server: 'https://10.0.0.91:6443', ca } },
      ),
    )
  assert.is(
    tom('old/x', ours)[0],
    'fail tom on client01: the key of O=system:masters, CN=sandbox-bootstrap for this cluster in ' +
      '/home/tom/old/x → there: rm /home/tom/old/x',
  )
  assert.equal(tom('old/x', other), PASS)
  // That file is read by A1, context by context.
  assert.equal(tom('.kube/config', ours), PASS)
})

it("a colleague's token in the kubeconfig is told, and nothing tells to delete that file", () => {
  const lines = `credential 20002 /home/tom/.kube/config\ntoken ${payload('system:serviceaccount:dev1:bob')}\n`
  const scene = sceneOf({ 'within reach': eachPrinted({ bob: '2\n', tom: `2\nhome\n${lines}` }) })
  const [told] = ([...withinReach.trials(scene)] as Finding[]).filter(({ verdict }) => verdict === 'fail')
  assert.equal(told!.subjects, ['tom on client01'])
  assert.ok(isAdvice(told!.repair!))
})

it('a home that could not be looked through is told of its user: no verdict, or a gap where there is more', () => {
  const verdicts = (said: string): string[] =>
    found({ bob: '2\nhome\n', tom: `2\nhome\n${said}` }).map((line) => line.split(/:| \(| →/)[0]!)
  assert.equal(verdicts('late\n'), ['unknown tom on client01', 'pass bob on client01'])
  for (const said of ['more\n', 'odd\n'])
    assert.equal(verdicts(said), ['gap tom on client01', 'pass bob on client01'])
})

it('a token of a user in the home of an account outside the inventory is told, whoever reads it', () => {
  const bobs = `token ${payload('system:serviceaccount:dev1:bob')}`
  const held = (holder: string, admin = 'root', over: Partial<Scene> = {}): string[] =>
    findingsOf(
      withinReach,
      sceneOf(
        {
          'within reach': eachPrinted({ bob: '2\n', tom: '2\n' }, `credential ${holder}\n${bobs}\n`),
          'outsider accounts': `admin ${admin}\n`,
          accounts: 'passwd:stranger:x:24700:24700::/home/stranger:/bin/bash\ntoday:1795478400\n',
        },
        over,
      ),
    )
  const path = '/home/stranger/config'
  const told = `fail stranger on client01: the token of bob in ${path} → there: rm ${path} and make new tokens`
  assert.equal(held(`24700 ${path}`), [told, ...PASS])
  assert.equal(held(`24700 ${path}`, 'stranger'), PASS, 'whoever administers the machine has it anyway')
  assert.equal(held(`0 ${path}`), PASS)
  const trusted = [{ kind: 'Account' as const, name: 'stranger', reason: 'patches' }]
  assert.equal(held(`24700 ${path}`, 'root', { inventory: { ...INVENTORY, trusted } }), PASS)
})

it.run()
