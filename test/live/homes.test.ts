import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { oneDisk } from '../support/one-disk.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { verify } from '../support/verify.ts'

const it = suite('homes on two machines', { seconds: 240 })

const HOMES = '/home'
const CLIENTS = ['client01', 'client02'] as const

let state: SandboxState
let file: string
let takeAway: () => Promise<void>

const user = (name: string, uid: number) => ({ name, uid, groups: ['hom1'] })

it.before(async () => {
  state = await sandbox()
  takeAway = await oneDisk(HOMES, state)
  ;({ file } = await inventoryFile())
  const table = tenants('hom', 14_600, state)
  const users = [user('hom-ann', 24_600), user('hom-ben', 24_601), user('hom-cal', 24_602)]
  const inventory: InventoryInput = { ...table, groups: table.groups.slice(0, 1), users, volumes: [] }
  await writeFile(file, JSON.stringify(inventory, null, 2))
})

it.after(async () => {
  for (const host of CLIENTS)
    await runOn(host, "awk -F: '/^hom-/ { print $1 }' /etc/passwd | xargs -r -n 1 userdel", state)
  await takeAway()
})

const run = async (playbook: string, ...flags: string[]): Promise<Told> => {
  const told = await runPlaybook(playbook, file, ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

/** What is in a directory that only a run needs. */
const debris = (): Promise<string> =>
  runOn('client01', `find ${HOMES} -name '.arena-*' -o -name '.config.*'`, state)

const changedOn = ({ recap }: Told): number[] => CLIENTS.map((host) => recap!.targets[host]!.changed)

const followers = ({ stdout }: Told, id: string): string[] =>
  JSON.parse(stdout.split('\n').findLast((line) => line.includes('"type":"plan"'))!)
    .plan.actions.filter((action: { id: string }) => action.id === id)
    .map(({ on, follows }: { on: string; follows?: string }) => `${on} after ${follows ?? 'nobody'}`)

/** Has client02 tell another start of its kernel, so that it is not known that both have one disk. */
const unrecognised = async (action: () => Promise<void>): Promise<void> => {
  const boot = '/proc/sys/kernel/random/boot_id'
  await runOn(
    'client02',
    `cat /proc/sys/kernel/random/uuid > /run/boot && mount --bind /run/boot ${boot}`,
    state,
  )
  try {
    await action()
  } finally {
    await runOn('client02', `umount ${boot}`, state)
  }
}

const assertWorks = async (name: string): Promise<void> => {
  const get = `runuser -u ${name} -- env HOME=${HOMES}/${name} /opt/arena/current/bin/kubectl get pods -o name`
  for (const host of CLIENTS)
    assert.is(await runOn(host, `${get}; test -s ${HOMES}/${name}/.bashrc`, state), '')
  assert.is(await debris(), '')
}

it('is set up three times at the first go, one machine after the other', async () => {
  for (const round of [1, 2, 3]) {
    await runOn('client01', `rm -rf ${HOMES}/hom-*`, state)
    const told = await run('setup')
    assert.equal(followers(told, 'linux-user/hom-ann'), ['client01 after nobody', 'client02 after client01'])
    assert.equal(followers(told, 'kubeconfig/hom-ann'), ['client01 after nobody', 'client02 after client01'])
    assert.ok(
      changedOn(told).every((changed) => changed >= 4),
      `round ${round}`,
    )
    await assertWorks('hom-ann')
  }
  assert.equal((await run('setup')).changes, [])
})

it('is set up three times where it is not known that they have one disk', () =>
  unrecognised(async () => {
    for (const _ of [1, 2, 3]) {
      await runOn('client01', `rm -rf ${HOMES}/hom-*`, state)
      const told = await run('setup')
      assert.equal(followers(told, 'kubeconfig/hom-ann'), ['client01 after nobody', 'client02 after nobody'])
      await assertWorks('hom-ann')
    }
    assert.equal((await run('setup')).changes, [])
  }))

it('gets users at the first go, and passwords', async () => {
  const passwordOf = (name: string) => `${dirname(file)}/password-of-${name}`
  for (const [index, name] of ['hom-x', 'hom-y', 'hom-z'].entries()) {
    const uid = String(24_610 + index)
    await run(
      'add-user',
      '--name',
      name,
      '--group',
      'hom1',
      '--uid',
      uid,
      '--password-file',
      passwordOf(name),
    )
    await assertWorks(name)
  }
  const told = await run('set-password', '--name', 'hom-x', '--password-file', passwordOf('new'))
  assert.equal(changedOn(told), [1, 1])
})

it('loses users at the first go, and one machine has the whole home in its archive', async () => {
  for (const [index, name] of ['hom-x', 'hom-y', 'hom-z'].entries()) {
    await runOn(
      'client01',
      `mkdir /home/${name}/d && cd /home/${name}/d && for i in $(seq 400); do echo $i > f$i; done && ` +
        `chown -R ${name}: .`,
      state,
    )
    const told = await run('remove-user', '--name', name, '--jobs', 'stop')
    assert.equal(followers(told, `departed-home/${name}`), [
      'client01 after nobody',
      'client02 after client01',
    ])
    const archive = `/var/backups/arena-playbooks/${name}-${24_610 + index}*.tar.gz`
    const listed = `for archive in ${archive}; do [ ! -e "$archive" ] || tar -tzf "$archive" | grep -c /d/f; done`
    const counts = await Promise.all(CLIENTS.map((host) => runOn(host, listed, state)))
    assert.equal(counts.toSorted(), ['', '400\n'])
    assert.is(await runOn('client02', `ls -d /home/${name} 2>/dev/null || true`, state), '')
    assert.is(await debris(), '')
  }
})

it('gets new tokens at the first go, one user after the other', async () => {
  for (const name of ['hom-ann', 'hom-ben', 'hom-cal']) {
    const before = await runOn('client02', `sha256sum < /home/${name}/.kube/config`, state)
    await run('rotate-credentials', '--user', name, '--now')
    assert.is.not(await runOn('client02', `sha256sum < /home/${name}/.kube/config`, state), before)
    await assertWorks(name)
  }
})

it('is refused, before anything is changed, when one machine has two names', async () => {
  const { address, port } = state.clients[0]!
  const inventory: InventoryInput = JSON.parse(await readFile(file, 'utf8'))
  const config = `${dirname(file)}/ssh-config`
  await writeFile(config, `Host login\n  HostName ${address}\n  Port ${port}\n`)
  const [first] = inventory.hosts
  const login = { ...first!, name: 'login', address: 'login', sshConfig: config }
  delete login.port
  const twins = await (await inventoryFile()).write({ ...inventory, hosts: [...inventory.hosts, login] })
  await runOn('client01', 'userdel hom-cal', state)
  const { code, stderr, stdout } = await runPlaybook('setup', twins)
  assert.is(code, 65, stdout)
  assert.match(stderr + stdout, 'hosts: login')
  assert.is(await runOn('client01', 'getent passwd hom-cal || echo none', state), 'none\n')
  await run('setup')
  assert.match(await runOn('client01', 'getent passwd hom-cal', state), '/home/hom-cal')
})

/** What is refused in a run that is not done, and why. */
const refusals = ({ code, actions, summary }: Told): string[] => {
  assert.is(code, 1, summary)
  return actions
    .filter(({ change }) => change.op === 'refuse')
    .map(({ id, on, change }) => `${id} on ${on}: ${change.reason}`)
}

it("hands over nothing of root's that is mounted at a home or its .kube", async () => {
  await runOn('client01', 'mkdir -p -m 700 /srv/hom && chown root:root /srv/hom', state)
  const onto = (path: string) => `mount --bind /srv/hom ${path}`
  await runOn('client01', `chown root:root /home/hom-ann/.kube && ${onto('/home/hom-ann/.kube')}`, state)
  await runOn('client01', `${onto('/home/hom-ben')}`, state)
  const busy = await runOn(
    'client01',
    "cd /home/hom-ann; setsid setpriv --reuid=hom-ann --regid=24600 --init-groups sh -c 'while :; do " +
      "mv .kube k; mkdir .kube; rmdir .kube; mv k .kube; done' >/dev/null 2>&1 </dev/null & echo $!",
    state,
  )
  try {
    assert.equal(refusals(await runPlaybook('setup', file, '--limit', 'client01,cluster')), [
      'linux-user/hom-ben on client01: /home/hom-ben is a mount point and belongs to root',
      "kubeconfig/hom-ann on client01: /home/hom-ann/.kube is a mount point: what is there is not hom-ann's alone",
    ])
  } finally {
    await runOn('client01', `kill -9 -${busy.trim()}`, state)
    await runOn('client01', 'umount /home/hom-ben; umount /home/hom-ann/.kube', state)
  }
  assert.is(await runOn('client01', "stat -c '%U %a' /srv/hom; ls -A /srv/hom", state), 'root 700\n')
  const flicker = `while ${onto('/home/hom-ann/.kube')}; do until umount /home/hom-ann/.kube; do :; done; done`
  for (const _ of [1, 2, 3]) {
    await runOn('client01', 'chown root:root /home/hom-ann/.kube', state)
    const pid = await runOn(
      'client01',
      `setsid sh -c '${flicker}' >/dev/null 2>&1 </dev/null & echo $!`,
      state,
    )
    await runPlaybook('setup', file, '--limit', 'client01,cluster')
    await runOn('client01', `kill -9 -${pid.trim()}; while umount /home/hom-ann/.kube; do :; done`, state)
    assert.is(await runOn('client01', "stat -c '%U %a' /srv/hom; ls -A /srv/hom", state), 'root 700\n')
  }
  await run('setup')
  await assertWorks('hom-ann')
})

it('makes no home under what is to be mounted, half of one on a full disk, or where others may write', async () => {
  const inventory: InventoryInput = JSON.parse(await readFile(file, 'utf8'))
  const more = [
    { ...user('hom-due', 24_620), home: '/data/hom-due/u' },
    { ...user('hom-full', 24_621), home: '/data/hom-full/u' },
    { ...user('hom-open', 24_622), home: '/data/hom-open/u' },
  ]
  const wider = await (await inventoryFile()).write({ ...inventory, users: [...inventory.users, ...more] })
  await runOn(
    'client01',
    `mkdir -p /data/hom-due /data/hom-full /data/hom-open && chmod 2775 /data/hom-open && chgrp hom1 /data/hom-open
     mount -t tmpfs -o size=4k,mode=755 tmpfs /data/hom-full
     cp /etc/fstab /run/fstab && echo 'tmpfs /data/hom-due tmpfs size=1m,mode=755 0 0' >> /etc/fstab`,
    state,
  )
  const limited = ['--limit', 'client01,cluster', '--step', '1'] as const
  try {
    const first = await runPlaybook('setup', wider, ...limited)
    assert.equal(refusals(first), [
      'linux-user/hom-due on client01: /data/hom-due is in /etc/fstab and not mounted',
      'linux-user/hom-open on client01: /data/hom-open, above the home, is not a directory that only root can change',
    ])
    assert.ok(
      first.recap!.problems.some(
        ({ action, outcome }) => action.id === 'linux-user/hom-full' && outcome.state === 'failed',
      ),
    )
    assert.is(
      await runOn(
        'client01',
        'ls -A /data/hom-due /data/hom-full /data/hom-open; getent passwd hom-due || true',
        state,
      ),
      '/data/hom-due:\n\n/data/hom-full:\n\n/data/hom-open:\n',
    )
    await runOn(
      'client01',
      'mount /data/hom-due; mount -o remount,size=1m /data/hom-full; chmod g-w /data/hom-open',
      state,
    )
    const second = await runPlaybook('setup', wider, ...limited)
    assert.is(second.code, 0, second.summary)
    assert.is(
      await runOn(
        'client01',
        'for d in due full open; do diff -r /etc/skel /data/hom-$d/u && stat -c "%U %a" /data/hom-$d/u; done',
        state,
      ),
      'hom-due 700\nhom-full 700\nhom-open 700\n',
    )
    await runOn(
      'client01',
      'umount /data/hom-due && install -d -m 700 -o hom-due -g hom-due /data/hom-due/u',
      state,
    )
    const K7 = ['--only', 'K7', '--limit', 'client01', '--user']
    const failing = async (name: string) =>
      (await verify(wider, ...K7, name)).failures.map(({ check, subjects }) => `${check.id} ${subjects}`)
    assert.equal(await failing('hom-due'), ['K7 hom-due on client01'])
    assert.equal(await failing('hom-open'), [])
  } finally {
    await runOn(
      'client01',
      'cp /run/fstab /etc/fstab; umount /data/hom-due || :; umount /data/hom-full; for n in due full ' +
        'open; do userdel hom-$n; done; rm -r /data/hom-*; true',
      state,
    )
  }
})

it.run()
