import * as assert from 'uvu/assert'
import type { Scene } from '../../../lib/audit/facts.ts'
import { withinReach } from '../../../lib/checks/within-reach.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/within-reach')

const payload = (sub: string): string => Buffer.from(JSON.stringify({ sub })).toString('base64url')

const found = (of: Record<string, string>, once = ''): string[] =>
  findingsOf(withinReach, sceneOf({ 'within reach': eachPrinted(of, once) }))

const PASS = ['bob', 'tom'].map((name) => `pass ${name} on client01: gets into nothing of others`)

it('a home and a kubeconfig of his own are nothing to tell', () => {
  const own = (name: string): string => `2\nopen /home/${name}\nopen /home/${name}/.kube/config\n`
  assert.equal(found({ bob: own('bob'), tom: own('tom') }), PASS)
})

it('another home and another kubeconfig are', () => {
  assert.equal(found({ bob: '2\n', tom: '2\nopen /home/bob\nopen /home/bob/.kube/config\n' }), [
    'fail tom on client01: gets into the home of somebody else: /home/bob',
    'fail tom on client01: reads the kubeconfig of somebody else: /home/bob/.kube/config',
    PASS[0],
  ])
})

it('a copy of a kubeconfig concerns those who read it, and not whom it is of', () => {
  const once = `credential 0 /tmp/a b\ntoken ${payload('system:serviceaccount:dev1:bob')}\n`
  const read = '2\ncredential 0 /tmp/a b\n'
  assert.equal(found({ bob: read, tom: read }, once), [
    'fail tom on client01: reads a credential of somebody else: the token of bob in /tmp/a b',
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
    'fail bob on client01: reads a credential of somebody else: the token of ' +
      'system:serviceaccount:kube-system:admin in /tmp/x',
    'fail bob on client01: reads a credential of somebody else: an encoded token in /tmp/x',
    'fail bob on client01: reads a credential of somebody else: a client key in /tmp/x',
    PASS[1],
  ])
})

it('what he wrote himself is his, unless it names another', () => {
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
  assert.match(
    found({ bob: '2\n', tom: '2\n' }, 'more\n')[0]!,
    /^gap client01: has more than the 20,000 files/,
  )
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
  const told =
    'fail stranger on client01: is not in the inventory, and has a credential of a user: the token of ' +
    `bob in ${path}`
  assert.equal(held(`24700 ${path}`), [told, ...PASS])
  assert.equal(held(`24700 ${path}`, 'stranger'), PASS, 'whoever administers the machine has it anyway')
  assert.equal(held(`0 ${path}`), PASS)
  const trusted = [{ kind: 'Account' as const, name: 'stranger', reason: 'patches' }]
  assert.equal(held(`24700 ${path}`, 'root', { inventory: { ...INVENTORY, trusted } }), PASS)
})

it.run()
