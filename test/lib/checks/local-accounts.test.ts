import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import type { Scene } from '../../../lib/audit/facts.ts'
import { wordsOfRepair } from '../../../lib/audit/repair.ts'
import { localAccounts } from '../../../lib/checks/local-accounts.ts'
import { printed } from '../../support/printed.ts'
import { findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/local-accounts')

const [outside] = localAccounts

/** A machine with bob and the group dev1, and what is added to it. */
const machine = (accounts: string, said = 'admin root', over: Partial<Scene> = {}, directory = ''): Scene =>
  sceneOf(
    {
      directory,
      accounts: printed(`passwd:root:x:0:0:root:/root:/bin/bash
        passwd:bob:x:20001:20001::/home/bob:/bin/bash
        passwd:syslog:x:104:111::/nonexistent:/usr/sbin/nologin
        group:root:0:
        group:sudo:27:
        group:adm:4:syslog
        group:bob:20001:
        ${accounts}
        shadow:root:set:
        shadow:bob:set:
        today:1795478400`),
      'outsider accounts': `${said}\n`,
    },
    over,
  )

const STRANGER = `passwd:stranger:x:24700:24700::/home/stranger:/bin/bash
  group:stranger:24700:
  group:arena-prod:995:bob
  shadow:stranger:set:`

const found = (scene: Scene): string[] => findingsOf(outside!, scene)
const CLEAN = ['pass client01']

it('an account that is only itself is nobody else, nor is a service in a group of the system', () => {
  assert.equal(found(machine(`${STRANGER}\ngroup:dev1:10001:bob`)), CLEAN)
})

it('is told of a group of the inventory, of one with the rights of root, and of uid 0', () => {
  assert.equal(found(machine(`${STRANGER}\ngroup:dev1:10001:bob,stranger`)), [
    'fail stranger on client01: dev1 → there: gpasswd -d stranger dev1',
  ])
  assert.equal(found(machine(`${STRANGER}\ngroup:dev1:10001:bob\ngroup:docker:999:stranger`)), [
    'fail stranger on client01: docker → there: gpasswd -d stranger docker',
  ])
  const toor = `passwd:toor:x:0:24701::/root:/bin/sh\ngroup:toor:24701:\ngroup:dev1:10001:bob`
  assert.equal(found(machine(toor)), ['fail toor on client01: uid 0 → advice'])
})

it('is told of a group that is its first', () => {
  const first = 'passwd:stranger:x:24700:10001::/home/stranger:/bin/bash\ngroup:dev1:10001:bob'
  const [finding] = [...outside!.trials(machine(first))] as Finding[]
  assert.is(finding!.thing, 'dev1')
  assert.match(wordsOfRepair(finding!.repair), 'usermod -g')
})

it('is told of what sudo lets it run, once', () => {
  const said =
    'admin root\naccount stranger\n sudo\n User stranger may run the following commands on client01:\n     (ALL) ALL'
  assert.equal(found(machine(`${STRANGER}\ngroup:dev1:10001:bob`, said)), [
    'fail stranger on client01: (ALL) ALL → advice',
  ])
  const [one] = [...outside!.trials(machine(`${STRANGER}\ngroup:dev1:10001:bob`, said))] as Finding[]
  for (const name of ['client01', 'sudo -ll -U stranger']) assert.match(wordsOfRepair(one!.repair), name)
  assert.equal(
    found(
      machine(
        `${STRANGER.replace('group:arena', 'group:wheel:998:stranger\ngroup:arena')}\ngroup:dev1:10001:bob`,
        said,
      ),
    ),
    ['fail stranger on client01: wheel → there: gpasswd -d stranger wheel'],
  )
  const none = 'admin root\naccount stranger\n sudo\n User stranger is not allowed to run sudo on client01.'
  assert.equal(found(machine(`${STRANGER}\ngroup:dev1:10001:bob`, none)), CLEAN)
})

it('knows whoever looks, whom the inventory trusts, and leaves those who were in it to another check', () => {
  const accounts = `${STRANGER}\ngroup:dev1:10001:bob,stranger`
  assert.equal(found(machine(accounts, 'admin stranger')), CLEAN)
  const trusted = [{ kind: 'Account' as const, name: 'stranger', reason: 'patches' }]
  assert.equal(found(machine(accounts, undefined, { inventory: { ...INVENTORY, trusted } })), CLEAN)
  assert.equal(found(machine(accounts.replace('995:bob', '995:bob,stranger'))), CLEAN)
})

it('a group of a directory that does not tell its members is not taken for one without strangers', () => {
  const groups = INVENTORY.groups.map((one) =>
    one.name === 'dev1' ? { ...one, linuxGroup: 'directory' as const } : one,
  )
  const users = INVENTORY.users.map((one) => ({ ...one, accounts: 'directory' as const }))
  const inventory = { ...INVENTORY, groups, users }
  const ann = 'account:ann:hidden:40001:40000::/home/ann:/bin/bash\nin:ann:40000 10001\n'
  const scene = (directory: string): Scene => machine('', undefined, { inventory, users }, directory)
  assert.equal(found(scene(`group:dev1:10001:ann\n${ann}`)), ['fail ann on client01: dev1 → advice'])
  assert.equal(found(scene(`group:dev1:10001:bob\n${ann.replaceAll('ann', 'bob')}`)), CLEAN)
  for (const directory of ['', `group:dev1:10001:\n${ann.replaceAll('ann', 'bob')}`])
    assert.match(found(scene(directory))[0]!, /^unknown client01\b.*dev1/)
})

it('says what to do, for every account', () => {
  const trials = [...outside!.trials(machine(`${STRANGER}\ngroup:dev1:10001:bob,stranger`))] as Finding[]
  assert.is(trials[0]!.repair, 'there: gpasswd -d stranger dev1')
  assert.equal(trials[0]!.trusted, { kind: 'Account', name: 'stranger' })
})

it.run()
