import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { hesiod } from '../support/hesiod.ts'
import { login } from '../support/login.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('accounts', { seconds: 600 })

let state: SandboxState
let table: InventoryInput
let file: Awaited<ReturnType<typeof inventoryFile>>
let inventory: string

const UID = 24_200

const on = (script: string): Promise<string> => runOn('client01', script, state)

/** What a command ends with, run as ann, who is in acc1 only. */
const asAnn = (command: string): Promise<string> =>
  on(
    `setpriv --reuid ${UID} --regid ${UID} --init-groups sh -c '${command}' </dev/null 2>/dev/null && code=0 || code=$?
     echo "= $code"`,
  )

const saved = 'for one in passwd group shadow gshadow; do cp -p /etc/$one /run/acc.$one; done'
const restored =
  'for one in passwd group shadow gshadow; do cp -p /run/acc.$one /etc/$one; rm /run/acc.$one; done'

/** Does something to the machine, looks, and undoes it. */
const during = async (make: string, mend: string, look: () => Promise<void>): Promise<void> => {
  await on(make)
  try {
    await look()
  } finally {
    await on(mend)
  }
}

const fieldsOf = ({ changes }: Told): Record<string, string[]> =>
  Object.fromEntries(changes.map(({ id, change }) => [id, change.diffs.map(({ field }) => field)]))

const refusal = ({ actions }: Told, id: string) => {
  const action = actions.find((one) => one.id === id)
  assert.is(action?.change.op, 'refuse', JSON.stringify(action?.change))
  return action!.change
}

/** Checks and subjects of what fails, without the words. */
const failing = ({ failures }: Verified): string[] =>
  failures
    .flatMap(({ check, subjects, things }) =>
      subjects.map((subject) => [check.id, subject, ...things].join(' ')),
    )
    .toSorted()

const goalOne = ({ report }: Verified): number => report.goals.find(({ goal }) => goal === 1)!.counts.fail

const with_ = (more: Partial<InventoryInput['users'][number]>): Promise<string> =>
  file.write({
    ...table,
    users: [table.users[0]!, { ...table.users[1]!, ...more }],
  })

it.before(async () => {
  state = await sandbox()
  const all = tenants('acc', 14_200, state)
  table = {
    ...all,
    hosts: all.hosts.filter(({ name }) => name === 'client01'),
    users: all.users.map((user, index) => ({ ...user, uid: UID + index })),
  }
  file = await inventoryFile()
  inventory = await file.write(table)
  await on('groupadd -g 14290 acc-power')
})

it.after(() => on('groupdel acc-power; rm -f /usr/bin/acc-shell'))

it('names what lines of an earlier account give to a new one, and leaves nothing of it', async () => {
  await on(
    `groupadd -g 14201 acc2
     sed -i 's/^acc-power:\\(.*\\)$/acc-power:\\1acc-ben/' /etc/group
     sed -i 's/^acc2:.*/acc2:!:acc-ann:acc-ann/' /etc/gshadow`,
  )
  const first = await runPlaybook('setup', inventory)
  assert.is(first.code, 0, first.summary)
  const fields = fieldsOf(first)
  assert.equal(fields['linux-group/acc2'], ['administrators', 'members in gshadow'])
  assert.ok(fields['linux-user/acc-ben']!.includes('groups left behind'))
  assert.is(await on('id -nG acc-ben'), 'acc-ben acc2 arena-acc\n')
  assert.is(await on("grep '^acc' /etc/gshadow | cut -d: -f1,3,4 | grep acc2"), 'acc2::acc-ben\n')
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
  assertClean(await verify(inventory, '--only', 'K'))
})

it('takes away what only /etc/gshadow gives: members, administrators, passwords', async () => {
  await on(
    `sed -i 's/^acc2:.*/acc2:!:acc-ann:acc-ben,acc-ann/; s/^acc-power:.*/acc-power:!:acc-ann,root:/' /etc/gshadow
     echo acc1:open | chgpasswd`,
  )
  assert.is(await asAnn('sg acc2 -c "id -g"'), '14201\n= 0\n')
  assert.is(await asAnn('gpasswd -a acc-ann acc2 >/dev/null'), '= 0\n')
  assert.match(await on('grep ^acc1: /etc/gshadow'), /^acc1:\$/)
  await on('gpasswd -d acc-ann acc2; sed -i "s/^acc2:.*/acc2:!:acc-ann:acc-ben,acc-ann/" /etc/gshadow')
  const verified = await verify(inventory, '--only', 'K')
  assert.equal(failing(verified), [
    'K2 acc-ann on client01 acc-power acc2',
    'K2 acc-ann on client01 acc2',
    'K2 client01 acc1',
  ])
  const { code, summary, ...told } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  assert.equal(fieldsOf({ code, summary, ...told }), {
    'linux-group/acc1': ['password'],
    'linux-group/acc2': ['administrators', 'members in gshadow'],
    'linux-user/acc-ann': ['groups in gshadow', 'administrator of groups'],
  })
  assert.not.match(await asAnn('sg acc2 -c "id -g"'), '14201')
  assert.not.match(await asAnn('gpasswd -a acc-ann acc2'), '= 0')
  assert.is(await on("awk -F: '/^acc-power:/ { print $3 }' /etc/gshadow"), 'root\n')
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
  assertClean(await verify(inventory, '--only', 'K'))
})

it('reads no words of programs: another stat and another sudo are as good', async () => {
  const other = [
    'printf \'#!/bin/sh\\n/usr/bin/stat "$@" 2>/run/acc.stat; code=$?; sed "s/$/ (os error 2)/" ' +
      "/run/acc.stat >&2; exit $code\\n' >/usr/local/sbin/stat",
    'chmod 755 /usr/local/sbin/stat; cp -p /usr/bin/sudo /usr/bin/sudo.ws; chmod u-s /usr/bin/sudo',
    "echo 'acc-ann ALL=(root) NOPASSWD: /usr/bin/tail -f /var/log/acc' >/etc/sudoers.d/acc",
    'mv /home/acc-ann/.kube /run/acc.kube',
  ].join('\n')
  const mended = `rm -r /usr/local/sbin/stat /usr/bin/sudo.ws /etc/sudoers.d/acc /run/acc.stat /run/acc.kube
    chmod u+s /usr/bin/sudo`
  await during(other, mended, async () => {
    assert.match(await on('PATH=/usr/local/sbin:$PATH stat /nowhere 2>&1 || true'), / \(os error 2\)$/m)
    const told = await runPlaybook('setup', inventory)
    assert.equal(Object.keys(fieldsOf(told)), ['kubeconfig/acc-ann'])
    assert.is(told.code, 0, told.summary)
    const verified = await verify(inventory, '--only', 'K')
    assert.equal(verified.unknown, [])
    assert.equal(failing(verified), ['K3 acc-ann on client01 (root) NOPASSWD: /usr/bin/tail -f /var/log/acc'])
  })
})

it('reads the line that PAM reads where there are two, and has a person decide', async () => {
  await during(
    `${saved}; sed -i '/^acc-ben:/i acc-ben::20000:0:99999:7:::' /etc/shadow`,
    restored,
    async () => {
      assert.match(await asAnn('echo | su acc-ben -c "id -un"'), 'acc-ben')
      const told = await runPlaybook('setup', inventory, '--check')
      assert.match(refusal(told, 'linux-user/acc-ben').hint!, 'vipw -s')
      assert.match(refusal(told, 'linux-user/acc-ben').reason!, /\/etc\/shadow: acc-ben in \d+, \d+/)
      const verified = await verify(inventory, '--only', 'K')
      assert.equal(failing(verified), ['K11 acc-ben on client01', 'K2 acc-ben on client01'])
    },
  )
  await during(`${saved}; line=$(grep ^acc2: /etc/group); echo "$line" >>/etc/group`, restored, async () => {
    const told = await runPlaybook('setup', inventory, '--check')
    assert.match(refusal(told, 'linux-group/acc2').hint!, 'vigr')
  })
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('reads a line and a member behind blanks, as PAM does, and has a person decide', async () => {
  const lines = `${saved}
    sed -i '/^acc-ben:/i \\ \\tacc-ben::20000:0:99999:7:::' /etc/shadow
    sed -i 's/^acc-power:.*/&, acc-ann/; s/^acc2:/\\t&/' /etc/group`
  await during(lines, restored, async () => {
    assert.match(await asAnn('echo | su acc-ben -c "id -un"; id -nG'), /acc-ben[\s\S]*acc-power/)
    const told = await runPlaybook('setup', inventory, '--check')
    assert.match(refusal(told, 'linux-user/acc-ben').hint!, 'vipw -s')
    assert.match(refusal(told, 'linux-user/acc-ann').reason!, /\/etc\/group: acc-ann in \d+/)
    assert.match(refusal(told, 'linux-group/acc2').hint!, 'vigr')
    const verified = await verify(inventory, '--only', 'K')
    for (const one of ['K11 acc-ben on client01', 'K2 acc-ann on client01', 'K2 acc-ben on client01'])
      assert.ok(failing(verified).includes(one), failing(verified).join())
  })
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('moves an empty password out of /etc/passwd before it sets one', async () => {
  await on(`sed -i '/^acc-ben:/d' /etc/shadow; sed -i 's/^acc-ben:x:/acc-ben::/' /etc/passwd`)
  assert.match(await asAnn('echo | su acc-ben -c "id -un"'), 'acc-ben')
  const told = await runPlaybook('setup', inventory)
  assert.equal(fieldsOf(told), { 'linux-user/acc-ben': ['password'] })
  assert.is(told.code, 0, told.summary)
  assert.match(await on('grep ^acc-ben: /etc/passwd'), /^acc-ben:x:/)
  assert.is((await login('acc-ben', state, state.passwords['tom']!)('id -un')).stdout, 'acc-ben\n')
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('refuses a shell with which nobody could log in, and says when it is not listed', async () => {
  const other = await with_({ shell: '/usr/bin/acc-shell' })
  const absent = await runPlaybook('setup', other)
  assert.is(absent.code, 1)
  assert.match(refusal(absent, 'linux-user/acc-ben').reason!, '/usr/bin/acc-shell')
  assert.ok(absent.actions.some(({ id, change }) => id === 'linux-user/acc-ann' && change.op === 'keep'))
  await on('ln -s /bin/bash /usr/bin/acc-shell')
  const there = await runPlaybook('setup', other)
  assert.is(there.code, 0, there.summary)
  const { change } = there.actions.find(({ id }) => id === 'linux-user/acc-ben')!
  assert.match(change.warnings!.join(), '/etc/shells')
  assertClean(await verify(other, '--only', 'K2,K4'))
  await on('rm /usr/bin/acc-shell')
  const { stderr, code } = await login('acc-ben', state, state.passwords['tom']!)('true')
  assert.is.not(code, 0, stderr)
  const verified = await verify(other, '--only', 'K2,K4')
  assert.equal(failing(verified), ['K4 acc-ben on client01'])
  assert.is(goalOne(verified), 1)
  inventory = await file.write(table)
  assert.is((await runPlaybook('setup', inventory)).code, 0)
})

it('does not call somebody able to work who cannot log in', async () => {
  const password = state.passwords['tom']!
  const ben = login('acc-ben', state, password)
  assert.is((await ben('true')).code, 0)
  for (const make of [
    'chage -d 2020-01-01 -M 90 -I 7 acc-ben',
    'chage -E 2020-01-01 acc-ben',
    'usermod -L acc-ben',
    "usermod -p '!' acc-ben",
  ])
    await during(`${saved}; ${make}`, restored, async () => {
      assert.is.not((await ben('true')).code, 0, make)
      const verified = await verify(inventory, '--only', 'K')
      assert.equal(failing(verified), ['K4 acc-ben on client01'], make)
      assert.is(goalOne(verified), 1)
      assert.is(verified.code, 1)
    })
  await during('echo closed >/etc/nologin', 'rm /etc/nologin', async () => {
    assert.is.not((await ben('true')).code, 0)
    assert.equal(failing(await verify(inventory, '--only', 'K4')), ['K4 client01 /etc/nologin'])
  })
  await during('mv /home/acc-ben /home/acc-away', 'mv /home/acc-away /home/acc-ben', async () => {
    const verified = await verify(inventory, '--only', 'K2,K4,K7')
    assert.ok(failing(verified).includes('K4 acc-ben on client01 /home/acc-ben'))
  })
  assert.is((await ben('true')).code, 0)
  assertClean(await verify(inventory, '--only', 'K'))
})

it('says that /etc is read-only, before anything is tried', async () => {
  await on('usermod -s /bin/sh acc-ben')
  await during('mount --bind /etc /etc && mount -o remount,bind,ro /etc', 'umount /etc', async () => {
    const told = await runPlaybook('setup', inventory)
    assert.is(told.code, 1)
    assert.match(refusal(told, 'linux-user/acc-ben').reason!, '/etc')
    assert.match(refusal(told, 'linux-user/acc-ben').hint!, 'findmnt')
    assert.equal(fieldsOf(told), {})
  })
  const told = await runPlaybook('setup', inventory)
  assert.equal(fieldsOf(told), { 'linux-user/acc-ben': ['shell'] })
  assert.is(told.code, 0, told.summary)
})

it('leaves no half-filled home where the disk is full, and fills it later', async () => {
  const home = '/acc-homes/ben'
  await on(
    'mkdir /acc-homes; mount -t tmpfs -o size=8k,mode=755 acc /acc-homes; pkill -u acc-ben || :; userdel -r acc-ben',
  )
  const other = await with_({ home })
  try {
    const full = await runPlaybook('setup', other)
    assert.is(full.code, 1)
    assert.is(await on(`ls -A /acc-homes`), '')
    await on('mount -o remount,size=1m /acc-homes')
    const told = await runPlaybook('setup', other)
    assert.is(told.code, 0, told.summary)
    assert.is(await on(`cd ${home} && for one in .profile .bashrc; do cmp $one /etc/skel/$one; done`), '')
    assert.is((await runPlaybook('setup', other, '--check')).code, 0)
  } finally {
    await on('umount -l /acc-homes; rmdir /acc-homes; userdel acc-ben')
    inventory = await file.write(table)
  }
})

it('meets a directory that spells a name otherwise in the plan, and not in useradd', async () => {
  const directory = await hesiod('127.0.14.53', {
    'acc-ben.passwd': 'Acc-Ben@corp.example.com:x:1154600:1154600::/home/ben:/bin/sh',
    'acc-ben.group': 'ACC-BEN:x:1154600:',
  })
  try {
    await during(directory.join, directory.leave, async () => {
      assert.match(
        await on('getent passwd acc-ben; useradd -u 24250 acc-ben 2>&1 || true'),
        /^Acc-Ben@corp.*\n.*exists/,
      )
      const told = await runPlaybook('setup', inventory)
      assert.match(refusal(told, 'linux-user/acc-ben').reason!, 'Acc-Ben@corp.example.com (1154600)')
      assert.is(told.code, 1)
      assert.is(told.recap!.traffic.execs, 1)
    })
    const told = await runPlaybook('setup', inventory)
    assert.is(told.code, 0, told.summary)
    // What the files have is not asked for.
    await during(directory.join, directory.leave, async () => {
      assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
    })
  } finally {
    await directory.stop()
  }
})

/** Turns a terminal magenta, which we never do. */
const MAGENTA = '\u001b[35m'

it('shows escape sequences of a machine and of the cluster as text, live or line by line', async () => {
  inventory = await with_({ gecos: 'Ben' })
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  const odd = `acc${MAGENTA}eve`
  const make = `${saved}
    sed -i 's/^acc-ben:\\(.*\\):Ben:/acc-ben:\\1:Ben ${MAGENTA}:/' /etc/passwd
    echo '${odd}:x:24290:14200::/nonexistent:/bin/sh' >>/etc/passwd
    sed -i 's/^arena-acc:.*/&,${odd}/' /etc/group
    install -d -m 755 -o acc-ann '/tmp/${odd}' && touch '/tmp/${odd}/of-root'
    install -m 644 -o acc-ann /home/acc-ann/.kube/config '/tmp/${odd}/copy'`
  const shared = 'persistentvolumeclaim acc1-public -n acc1'
  const saying = `printf '%s\\n' '#!/bin/sh' 'echo "no ${MAGENTA}" >&2; exit 1' > /usr/local/sbin/usermod
    chmod 755 /usr/local/sbin/usermod`
  const undone = `${restored}; rm -r '/tmp/${odd}' /usr/local/sbin/usermod`
  await during(`${make}\n${saying}`, undone, async () => {
    await runOn('cluster', `kubectl annotate ${shared} --overwrite description='of ${MAGENTA}'`, state)
    const leaver = ['remove-user', inventory, '--name', 'acc-ann', '--check', '--diff', '--output'] as const
    const commands: Record<string, readonly [string, string, ...string[]]> = {
      lines: ['setup', inventory, '--check', '--diff', '--output', 'lines'],
      pretty: ['setup', inventory, '--check', '--diff', '--output', 'pretty'],
      'of a leaver, lines': [...leaver, 'lines'],
      'of a leaver, pretty': [...leaver, 'pretty'],
    }
    const page = `${inventory}.html`
    const verify = ['verify', inventory, '--only', 'K1', '--report', page, '--output'] as const
    commands['of checks, lines'] = [...verify, 'lines']
    commands['of checks, pretty'] = [...verify, 'pretty']
    const adopted = inventory.replace(/[^/]*$/, 'acc.ts')
    const there = ['--kubeconfig', state.kubeconfig, '--ssh-config', state.sshConfig, '--host', 'client01']
    commands['of what people made'] = ['adopt', ...(there as [string]), '--out', adopted]
    // What a program says that fails, last, since it is the only one that changes something.
    commands['of a program'] = ['setup', inventory, '--limit', 'client01', '--output', 'lines']
    for (const [name, [command, first, ...args]] of Object.entries(commands)) {
      const { stdout, stderr } = await runText(command, first, ...args)
      const file = command === 'adopt' ? await readFile(adopted, 'utf8') : ''
      assert.not.match(stdout + stderr, MAGENTA, name)
      assert.match(stdout + file, '\\u001b[35m', name)
    }
    for (const written of [page, adopted]) assert.not.match(await readFile(written, 'utf8'), MAGENTA, written)
  })
  inventory = await file.write(table)
  assert.is((await runPlaybook('setup', inventory)).code, 0)
})

it.run()
