import * as assert from 'uvu/assert'
import type { Finding } from '../../../lib/audit/check.ts'
import { accountChecks } from '../../../lib/checks/linux-accounts.ts'
import type { Printed } from '../../support/cases.ts'
import { printed } from '../../support/printed.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/account')

const [accounts, homes] = accountChecks as [(typeof accountChecks)[number], (typeof accountChecks)[number]]

const passwd = (bob: string): string => `passwd:root:x:0:0:root:/root:/bin/bash
  ${bob}
  passwd:tom:x:20002:20002::/home/tom:/bin/bash
  group:root:0:
  group:video:44:bob
  group:docker:999:bob
  group:arena-prod:995:bob,tom
  group:dev1:10001:bob
  group:dev2:10002:tom
  group:bob:20001:
  group:tom:20002:
  shadow:bob:set:
  today:1795478400`

const BOB = 'passwd:bob:x:20001:20001::/home/bob:/bin/bash'

interface There {
  bob?: string
  gshadow?: string
  entered?: string
  groups?: string
  at?: string
}

const there = ({
  bob = BOB,
  gshadow = '',
  entered = '',
  groups = '20001 995 10001',
  at = '41c0 20001 20001 3 4096 /home/bob',
}: There = {}): Printed => ({
  accounts: printed(`${passwd(bob)}\n${gshadow}`),
  'hidden groups': eachPrinted({ bob: entered, tom: '' }),
  'within reach': eachPrinted({ bob: `${groups}\n`, tom: '20002 995 10002\n' }),
  homes: printed(`41ed 0 0 5 4096 /home\n${at}\n41c0 20002 20002 3 4096 /home/tom`),
})

const first = (of: There): string => findingsOf(accounts, sceneOf(there(of)))[0]!

it('an account as the inventory says passes', () => {
  assert.equal(findingsOf(accounts, sceneOf(there())), ['pass bob on client01', 'pass tom on client01'])
})

it('groups on one machine are those that the inventory says for it', () => {
  const inGroups = (groups: string, ...memberships: string[]): string[] => {
    const hosts = INVENTORY.hosts.map((host) => ({ ...host, memberships: { bob: memberships } }))
    return findingsOf(accounts, sceneOf(there({ groups }), { inventory: { ...INVENTORY, hosts } }))
  }
  assert.ok(inGroups('20001 995 44', 'video').includes('pass bob on client01'))
  assert.equal(inGroups('20001 995 10001', 'video').slice(0, 2), [
    'fail bob on client01: video → run setup',
    'fail bob on client01: dev1 → run setup',
  ])
  assert.is(inGroups('20001 995 999', 'docker')[0], 'fail bob on client01: docker → advice')
  assert.is(inGroups('20001 995 0', 'root')[0], 'fail bob on client01: root → advice')
})

it('a group with the rights of root that memberships give is a known gap where trusted names it', () => {
  const hosts = INVENTORY.hosts.map((host) => ({ ...host, memberships: { bob: ['docker'] } }))
  const meant = { kind: 'Membership' as const, name: 'bob', group: 'docker', reason: 'builds images' }
  const told = (...trusted: readonly (typeof meant & { host?: string })[]) => {
    const scene = sceneOf(there({ groups: '20001 995 999' }), {
      inventory: { ...INVENTORY, hosts, trusted: [...trusted] },
    })
    return [...accounts.trials(scene)] as Finding[]
  }
  const [failure] = told()
  assert.is(failure!.verdict, 'fail')
  assert.equal(failure!.trusted, { kind: 'Membership', name: 'bob', group: 'docker', host: 'client01' })
  for (const entry of [meant, { ...meant, host: 'client01' }]) {
    const [gap] = told(entry)
    assert.equal([gap!.verdict, gap!.subjects], ['gap', ['bob on client01']])
    assert.is(gap!.thing, 'docker (builds images)')
    assert.match(gap!.says, 'which the inventory accepts')
  }
  for (const entry of [
    { ...meant, host: 'client02' },
    { ...meant, group: 'sudo' },
    { ...meant, name: 'tom' },
  ])
    assert.is(told(entry)[0]!.verdict, 'fail', JSON.stringify(entry))
})

it('a group of the inventory that is docker on a machine is no membership that trusted could accept', () => {
  const groups = INVENTORY.groups.map((group) => (group.name === 'dev1' ? { ...group, gid: 999 } : group))
  const trusted = [{ kind: 'Membership' as const, name: 'bob', group: 'docker', reason: 'builds images' }]
  const elsewhere = [
    ...INVENTORY.hosts,
    { ...INVENTORY.hosts[0]!, name: 'client02', memberships: { bob: ['docker'] } },
  ]
  const inventory = { ...INVENTORY, groups, hosts: elsewhere, trusted }
  const scene = sceneOf(there({ groups: '20001 995 999' }), { inventory })
  const failure = ([...accounts.trials(scene)] as Finding[]).find(
    ({ subjects }) => subjects[0] === 'bob on client01',
  )!
  assert.equal([failure.verdict, failure.thing, failure.trusted], ['fail', 'docker', undefined])
  assert.match(JSON.stringify(failure.repair), /dev1 of the inventory has the gid of docker there/)
})

it('what memberships do not give is a failure, whatever trusted names', () => {
  const trusted = [{ kind: 'Membership' as const, name: 'bob', group: 'docker', reason: 'builds images' }]
  const scene = sceneOf(there({ groups: '20001 995 10001 999' }), { inventory: { ...INVENTORY, trusted } })
  assert.is(findingsOf(accounts, scene)[0], 'fail bob on client01: docker → run setup')
})

for (const [sentence, gid, says] of [
  ['of the directory alone', 7000, /^pass /],
  ['that is docker on this machine', 999, /^fail .*: docker → advice$/],
  ['that is another group of the inventory', 10_002, /^fail .*: dev2 → advice$/],
] as const)
  it(`a first group ${sentence}, as a directory gives it, is judged by what it is here`, () => {
    const { accounts: files, ...others } = there({ bob: '', groups: `${gid} 995 10001` })
    const directory = `account:bob:hidden:501:${gid}::/home/bob:/bin/bash`
    const [bob, ...rest] = INVENTORY.users
    const users = [{ ...bob!, uid: 501, accounts: 'directory' as const }, ...rest]
    const scene = sceneOf({ accounts: files!, ...others, directory }, { inventory: { ...INVENTORY, users } })
    const told = findingsOf(accounts, scene).filter((line) => line.includes('bob on client01'))
    assert.is(told.length, 1, told.join('\n'))
    assert.match(told[0]!, says)
  })

for (const [sentence, of, says] of [
  ['an account that is not there is told', { bob: '' }, 'fail bob on client01 → run setup'],
  ['another uid is told', { bob: BOB.replace('20001', '20009') }, 'fail bob on client01 (20009) → advice'],
  ['another shell is told', { bob: BOB.replace('bash', 'sh') }, 'fail bob on client01: /bin/sh → run setup'],
  [
    'another primary group is told',
    { bob: BOB.replace('20001::', '10001::') },
    'fail bob on client01: gid 10001 → run setup',
  ],
  ['a group that is missing is told', { groups: '20001 995' }, 'fail bob on client01: dev1 → run setup'],
  [
    'a group of another is told',
    { groups: '20001 995 10001 10002' },
    'fail bob on client01: dev2 → run setup',
  ],
  [
    'docker is told for what it is',
    { groups: '20001 995 10001 999' },
    'fail bob on client01: docker → run setup',
  ],
  [
    'a group that only gshadow has the user in, and sg lets the user enter, is told',
    { gshadow: 'gshadow:dev2:never set::tom,bob', entered: 'dev2\n' },
    'fail bob on client01 (/etc/gshadow): dev2 → run setup',
  ],
  [
    'the same without sg is told',
    { gshadow: 'gshadow:dev2:never set::tom,bob' },
    'fail bob on client01 (/etc/gshadow): dev2 → run setup',
  ],
  [
    'an administrator of a group is told',
    { gshadow: 'gshadow:dev1:never set:bob:bob' },
    'fail bob on client01: dev1 → run setup',
  ],
  [
    'a group of the inventory with a password is told',
    { gshadow: 'gshadow:dev1:set::bob' },
    'fail client01: dev1 → run setup',
  ],
  [
    'docker with a password is told',
    { bob: BOB, gshadow: 'gshadow:docker:set::bob' },
    'fail client01: docker → there: gpasswd -r docker',
  ],
  [
    'a group that only a directory knows is told',
    { groups: '20001 995 10001 7000' },
    'fail bob on client01: gid 7000 → advice',
  ],
] as const)
  it(sentence, () => {
    assert.is(first(of), says)
  })

it('says nothing of groups when no command could be run as this user', () => {
  const scene = sceneOf({ ...there(), 'within reach': eachPrinted({ tom: '20002 995 10002\n' }) })
  assert.is(findingsOf(accounts, scene)[0], 'unknown bob on client01')
})

it('a home that is open, of somebody else, or missing is told', () => {
  const home = (at: string): string => findingsOf(homes, sceneOf(there({ at })))[0]!
  assert.is(home('41ed 20001 20001 3 4096 /home/bob'), 'fail bob on client01: home mode 0755 → run setup')
  assert.is(home('41c0 20002 20001 3 4096 /home/bob'), 'fail bob on client01 (/home/bob 20002) → advice')
  assert.is(home(''), 'fail bob on client01: no home → run setup')
  assert.is(home('a1ff 0 0 1 9 /home/bob'), 'fail bob on client01 (/home/bob) → advice')
})

it('what could not be read hides nothing of other machines', () => {
  const inventory = {
    ...INVENTORY,
    hosts: ['client01', 'client02'].map((name) => ({ name, address: name, connection: 'ssh' as const })),
  }
  const good = sceneOf(there(), { inventory })
  const bad = sceneOf({ ...there(), accounts: null })
  const on = (host: string) => (host === 'client01' ? bad : good).on(host)
  const found = findingsOf(accounts, { ...good, on })
  assert.equal(
    [...new Set(found.map((line) => line.split(':')[0]))],
    ['unknown client01', 'pass bob on client02', 'pass tom on client02'],
  )
})

it.run()
