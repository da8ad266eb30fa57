import * as assert from 'uvu/assert'
import { loginChecks } from '../../../lib/checks/login.ts'
import { printed } from '../../support/printed.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/login')

type Check = (typeof loginChecks)[number]
const [power, logins, credentials] = loginChecks as [Check, Check, Check]

const SSHD = `sshd
permitrootlogin without-password
permitemptypasswords no
passwordauthentication yes
kbdinteractiveauthentication no
authorizedkeyscommand none
`
const NO_SUDO = 'sudo\nUser bob is not allowed to run sudo on client01.\n'
const TOM = SSHD + NO_SUDO.replace('bob', 'tom')

interface There {
  bob?: string
  shadow?: string
  keys?: string
  writes?: string
  homes?: string
  shells?: string
  closed?: string
  hash?: string
  shell?: string
  others?: string
  proxies?: string
}

const HOMES = '41c0 20001 20001 3 4096 /home/bob\n41c0 20002 20002 3 4096 /home/tom\n'

const SOME_SUDO = `sudo
Matching Defaults entries for bob on client01:
    env_reset

User bob may run the following commands on client01:
    (ALL : ALL) ALL
    (root) NOPASSWD: /usr/bin/systemctl
`

const there = ({
  bob = SSHD + NO_SUDO,
  shadow = 'set:',
  keys = '',
  writes = '',
  homes = HOMES,
  shells = '',
  closed = '',
  hash = 'x',
  shell = '/bin/bash',
  others = '',
  proxies = '',
}: There = {}) => ({
  accounts: printed(`passwd:bob:${hash}:20001:20001::/home/bob:${shell}
    passwd:tom:x:20002:20002::/home/tom:/bin/bash
    group:dev1:10001:bob
    shadow:bob:${shadow}
    shadow:tom:set:
    ${others}
    today:1795478400`),
  proxies,
  logins: eachPrinted({ bob, tom: TOM }),
  'authorized keys': printed(keys),
  homes,
  'login shells': shells,
  'no logins': closed,
  'within reach': eachPrinted({ bob: `20001\n${writes}`, tom: '20002\n' }),
})

const PASS = ['bob', 'tom'].map((name) => `pass ${name} on client01`)

it('a password that sshd takes is enough', () => {
  assert.equal(findingsOf(logins, sceneOf(there())), PASS)
})

for (const [sentence, of, says] of [
  ['an account without a password is told', { shadow: 'never set:' }, 'fail bob on client01 → advice'],
  ['a locked one is told', { shadow: 'locked:' }, 'fail bob on client01 → there: usermod -U bob'],
  ['an expired one is told', { shadow: 'set:20000' }, 'fail bob on client01 → there: chage -E -1 bob'],
  ['one that a run left shut half way is told', { shadow: 'set:2' }, 'fail bob on client01 → advice'],
  [
    'a password that was not changed in time is told',
    { shadow: 'set::20000:90:7' },
    'fail bob on client01 → there: chage -I -1 bob',
  ],
  [
    'a shell that is not there is told',
    { shells: 'missing:/bin/bash\n' },
    'fail bob on client01 (/bin/bash) → advice',
  ],
  [
    'a shell that cannot be run is told',
    { shells: 'no program:/bin/bash\n' },
    'fail bob on client01 (/bin/bash) → advice',
  ],
  [
    'a home that is not there is told',
    { homes: HOMES.replace(/^.*\n/, '') },
    'fail bob on client01: /home/bob → run setup',
  ],
  [
    'a machine that lets only root in is told',
    { closed: '/etc/nologin\n' },
    'fail client01: /etc/nologin → there: rm /etc/nologin',
  ],
  [
    'a password that sshd does not take fails',
    { bob: SSHD.replace('passwordauthentication yes', 'passwordauthentication no') },
    'fail bob on client01 → advice',
  ],
  [
    'a key is no use where sshd takes none',
    {
      shadow: 'never set:',
      keys: '8180 20001 20001 1 90 /home/bob/.ssh/authorized_keys',
      bob: `${SSHD}pubkeyauthentication no\n`,
    },
    'fail bob on client01 → advice',
  ],
  [
    'a shell that lets nobody in is told, whatever the inventory says',
    { shell: '/usr/sbin/nologin' },
    'fail bob on client01: /usr/sbin/nologin → run setup',
  ],
  [
    "a group that sshd lets in is none of the user's",
    { bob: `${SSHD}allowgroups admins dev2\n` },
    'fail bob on client01: AllowGroups → advice',
  ],
  [
    'the user is among those whom sshd keeps out',
    { bob: `${SSHD}denyusers t?m\ndenyusers b*@10.0.0.0/8\n` },
    'fail bob on client01: DenyUsers → advice',
  ],
] as const)
  it(sentence, () => {
    assert.is(findingsOf(logins, sceneOf(there(of)))[0], says)
  })

for (const [sentence, of, says] of [
  ['an empty password fails', { shadow: 'empty:' }, 'fail bob on client01 → run setup'],
  ['a hash that all can read fails', { hash: 'set' }, 'fail bob on client01 (/etc/passwd) → there: pwconv'],
  [
    'empty passwords that sshd takes fail',
    { bob: SSHD.replace('emptypasswords no', 'emptypasswords yes') },
    'fail client01 → advice',
  ],
  [
    'root without a password fails',
    { others: 'passwd:root:x:0:0::/root:/sbin/nologin\n    shadow:root:empty:' },
    "fail root on client01 → there: usermod -p '*' root",
  ],
  [
    'somebody else without one fails, too',
    { others: 'passwd:eve:x:900:900::/home/eve:/bin/sh\n    shadow:eve:empty:' },
    "fail eve on client01 → there: usermod -p '*' eve",
  ],
  [
    'a proxy by which all act as a user fails, by process',
    { proxies: '4711 20001\n' },
    'fail bob on client01: process 4711 → advice',
  ],
  ["root's password is told", { bob: SSHD.replace('without-password', 'yes') }, 'gap client01 → advice'],
] as const)
  it(sentence, () => {
    assert.is(findingsOf(credentials, sceneOf(there(of)))[0], says)
  })

it('a process of which it cannot be seen whether it is a proxy is told', () => {
  assert.match(
    findingsOf(credentials, sceneOf(there({ proxies: 'late 4711\n' })))[0]!,
    /^unknown client01\b.*4711/,
  )
})

it('an account without a password that nobody can enter is passed over', () => {
  for (const others of [
    'passwd:eve:x:900:900::/home/eve:/usr/sbin/nologin\n    shadow:eve:empty:',
    'passwd:eve:x:900:900::/home/eve:/bin/sh\n    shadow:eve:empty:1',
    'passwd:root:x:0:0::/root:/bin/sh\n    shadow:root:never set:',
  ])
    assert.ok(findingsOf(credentials, sceneOf(there({ others }))).every((one) => /^pass/.test(one)))
})

it('a shell that is not in /etc/shells, and a password to be changed soon, hinder nobody', () => {
  const of = { shells: 'unlisted:/bin/bash\n', shadow: 'set::20700:20:900' }
  assert.equal(findingsOf(logins, sceneOf(there(of))), PASS)
  assert.ok(findingsOf(credentials, sceneOf(there(of))).every((one) => /^pass/.test(one)))
})

it('who has a key needs no password, and who is in a group that is let in is let in', () => {
  const keys = '8180 20001 20001 1 400 /home/bob/.ssh/authorized_keys'
  assert.equal(findingsOf(logins, sceneOf(there({ shadow: 'never set:', keys }))), PASS)
  assert.equal(findingsOf(logins, sceneOf(there({ bob: `${SSHD}allowgroups ops dev*\n` }))), PASS)
})

it('a machine without sshd and sudo has nothing to say', () => {
  assert.equal(findingsOf(logins, sceneOf(there({ bob: '' }))), PASS)
  assert.match(findingsOf(power, sceneOf(there({ bob: '' })))[0]!, /^pass bob/)
})

it('sshd that does not say is not taken for one that lets in', () => {
  assert.is(
    findingsOf(logins, sceneOf(there({ bob: `sshd\n${NO_SUDO}` })))[0]!,
    'unknown bob on client01 → advice',
  )
})

it('whoever has no account there, or about whom sshd was not asked, is not said to get in', () => {
  const none = { ...there(), accounts: printed('passwd:tom:x:20002:20002::/home/tom:/bin/bash\n    today:1') }
  assert.equal(
    findingsOf(logins, sceneOf(none)).filter((one) => / bob /.test(one)),
    [],
  )
  const [first] = findingsOf(logins, sceneOf({ ...there(), logins: eachPrinted({ tom: TOM }) }))
  assert.is(first!, 'unknown bob on client01 → advice')
})

it('each command of sudo is named', () => {
  const bob = SSHD + SOME_SUDO
  assert.equal(findingsOf(power, sceneOf(there({ bob }))).slice(0, 2), [
    'fail bob on client01: (ALL : ALL) ALL → advice',
    'fail bob on client01: (root) NOPASSWD: /usr/bin/systemctl → advice',
  ])
})

it('what one sudo allows is told although another refuses it, once', () => {
  for (const bob of [NO_SUDO + SOME_SUDO, SOME_SUDO + NO_SUDO, SOME_SUDO + SOME_SUDO])
    assert.is(
      findingsOf(power, sceneOf(there({ bob: SSHD + bob }))).filter((one) => /^fail/.test(one)).length,
      2,
    )
  assert.is(
    findingsOf(power, sceneOf(there({ bob: `${SSHD + NO_SUDO}sudo\n` })))[0]!,
    'unknown bob on client01 → advice',
  )
})

it('sudo that does not say is not taken for none', () => {
  const bob = 'sudo\nsudo: parse error in /etc/sudoers near line 3\n'
  assert.is(findingsOf(power, sceneOf(there({ bob })))[0]!, 'unknown bob on client01 → advice')
})

it("a user's key that root takes too is told", () => {
  const key = 'ssh-ed25519 AAAAC3Nza'
  const scene = (keys: string) => ({ ...there(), 'keys of root': keys })
  const [bob, tom] = INVENTORY.users
  const inventory = { ...INVENTORY, users: [{ ...bob!, sshKeys: [`${key} bob@laptop`] }, tom!] }
  const found = (keys: string): string[] =>
    findingsOf(power, sceneOf(scene(keys), { inventory, users: inventory.users }))
  assert.equal(found('AAAAC3Nza\n'), [
    'fail bob on client01: /root/.ssh/authorized_keys → advice',
    'pass tom on client01',
  ])
  for (const other of ['', 'AAAAC3Nz\n']) assert.ok(found(other).every((line) => line.startsWith('pass')))
})

it("what others run must not be the user's to write", () => {
  assert.is(
    findingsOf(power, sceneOf(there({ writes: 'write /usr/local/bin\n' })))[0],
    'fail bob on client01: /usr/local/bin → there: chown root:root /usr/local/bin && chmod go-w /usr/local/bin',
  )
})

it.run()
