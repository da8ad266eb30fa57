import * as assert from 'uvu/assert'
import { sshKeys } from '../../../lib/checks/ssh-keys.ts'
import type { Inventory } from '../../../lib/inventory/schema.ts'
import { textWith } from '../../../lib/linux/authorized-keys.ts'
import { filesRead, printed } from '../../support/printed.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/ssh keys')

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH bob@laptop'
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI home'
const FILE = '8180 20001 20001 1 200 /home/bob/.ssh/authorized_keys'
const DIRECTORY = '41c0 20001 20001 2 4096 /home/bob/.ssh'
const SSHD = `sshd
pubkeyauthentication yes
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
`

interface There {
  text?: string
  file?: string
  directory?: string
  sshd?: string
  second?: string
}

const there = ({ text, file = FILE, directory = DIRECTORY, sshd = SSHD, second = '' }: There = {}) => ({
  accounts: printed('passwd:bob:x:20001:20001::/home/bob:/bin/bash'),
  'ssh directories': printed(
    ['41c0 20001 20001 3 4096 /home/bob', directory, ...(text === undefined ? [] : [file])].join('\n'),
  ),
  'authorized keys files': filesRead(
    ...(text === undefined ? [] : [{ path: './home/bob/.ssh/authorized_keys', uid: 20_001, content: text }]),
  ),
  'second lists of keys': second,
  logins: eachPrinted({ bob: sshd, tom: SSHD }),
})

const [check] = sshKeys
const block = (...keys: string[]): string => textWith([], INVENTORY.name, keys)

/** What is told of bob, each as its verdict and what it is about. */
const told = (
  of: There,
  { keys = [KEY], ...more }: Partial<Inventory> & { keys?: readonly string[] | null } = {},
) => {
  const [bob, tom] = INVENTORY.users
  const inventory = {
    ...INVENTORY,
    ...more,
    users: [
      { ...bob!, ...(keys !== null && { sshKeys: [...keys] }) },
      { ...tom!, sshKeys: [OTHER] },
    ],
  }
  return findingsOf(check!, sceneOf(there(of), { inventory, users: [inventory.users[0]!] })).map((line) =>
    line.replace(' bob on client01', ''),
  )
}

const exclusive = { isolation: 'strict', authorizedKeys: 'exclusive' } as const

it('passes where the block is as the inventory has it, whatever the user has beside it', () => {
  for (const own of ['', '# mine\n', 'command="date" ssh-rsa AAAAB3Nz mine\n'])
    assert.equal(told({ text: own + block(KEY) }), ['pass'])
})

for (const [sentence, of, more, verdict, about] of [
  ['no list at all', {}, {}, 'fail', /: ssh-ed25519 SHA256:\S+ bob@laptop → run setup$/],
  ['a list without the block', { text: `${KEY}\n` }, {}, 'fail', / bob@laptop → run setup$/],
  [
    'a key in the block that the inventory has not',
    { text: block(KEY, OTHER) },
    {},
    'fail',
    /: .*SHA256:\S+ home → run setup$/,
  ],
  [
    'the block of somebody whose keys were taken out',
    { text: block(KEY) },
    { keys: null },
    'fail',
    /bob@laptop → run setup$/,
  ],
  ["a colleague's key beside it", { text: `${OTHER}\n${block(KEY)}` }, {}, 'gap', /: tom → advice$/],
  [
    "a colleague's key of somebody without keys",
    { text: `no-pty ${OTHER}\n` },
    { keys: null },
    'gap',
    /: tom → advice$/,
  ],
  [
    'a key beside, where the inventory has all',
    { text: `${OTHER}\n${block(KEY)}` },
    exclusive,
    'fail',
    / home → run setup$/,
  ],
  [
    'a key of whoever is to have none',
    { text: `${OTHER}\n` },
    { ...exclusive, keys: null },
    'fail',
    / home → run setup$/,
  ],
  [
    'a second list, where the inventory has all',
    { text: block(KEY), second: '8180 20001 20001 1 90 /home/bob/.ssh/authorized_keys2\n' },
    exclusive,
    'fail',
    /: ~\/\.ssh\/authorized_keys2 → advice$/,
  ],
  [
    'a list that others may write',
    { text: block(KEY), file: FILE.replace('8180', '81b0') },
    {},
    'fail',
    /mode 0660 →/,
  ],
  [
    'a directory that others may write',
    { text: block(KEY), directory: DIRECTORY.replace('41c0', '41ff') },
    {},
    'fail',
    /mode 0777 →/,
  ],
  [
    'the same of somebody without keys',
    { text: 'x\n', file: FILE.replace('8180', '81b6') },
    { keys: null },
    'fail',
    /mode 0666 →/,
  ],
  [
    "somebody else's list",
    { text: 'x\n', file: FILE.replace('20001', '20002') },
    { keys: null },
    'fail',
    /20002\b/,
  ],
  [
    'a link in its place',
    { text: '', file: FILE.replace('8180', 'a1ff') },
    {},
    'fail',
    /authorized_keys\) → advice$/,
  ],
  [
    'sshd that takes no keys',
    { text: block(KEY), sshd: SSHD.replace('n yes', 'n no') },
    {},
    'fail',
    /^fail → advice$/,
  ],
  [
    'sshd that looks elsewhere',
    { text: block(KEY), sshd: SSHD.replace(/file .*/, 'file /etc/keys/%u') },
    {},
    'fail',
    /: \/etc\/keys\/%u → advice$/,
  ],
] as const)
  it(`tells of ${sentence}`, () => {
    const [first, ...others] = told(of, { ...more })
    assert.equal(others, [])
    assert.is(/^\w+/.exec(first!)![0], verdict)
    assert.match(first!, about)
  })

it('leaves alone what is the own list of somebody without keys', () => {
  for (const of of [
    {},
    { text: 'x\n', file: FILE.replace('8180', 'a1ff') },
    { text: '', file: FILE.replace('8180', '81b6').replace(' 200 ', ' 0 ') },
  ])
    assert.equal(told(of, { keys: null }), ['pass'])
})

it('shows nothing of a line that is no key, which may be a secret one', () => {
  const [line] = told({ text: `b3BlbnNzaC1rZXktdjEAAAAA word\n${block(KEY)}` }, exclusive)
  assert.match(line!, /: a line that is no key → run setup$/)
})

it('a second list is no matter where sshd does not read it, or where users may have their own', () => {
  const second = '8180 20001 20001 1 90 /home/bob/.ssh/authorized_keys2\n'
  const text = block(KEY)
  assert.equal(told({ text, second }).length, 1)
  const atHome = SSHD.replaceAll('.ssh/', '%h/.ssh/')
  assert.match(told({ text, second, sshd: atHome }, exclusive)[0]!, /^fail: ~\/.ssh\/authorized_keys2/)
  assert.match(told({ text, second })[0]!, /^pass/)
  assert.match(
    told({ text, second, sshd: SSHD.replace(' .ssh/authorized_keys2', '') }, exclusive)[0]!,
    /^pass/,
  )
})

it.run()
