import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('machines of another make', { seconds: 400 })

let state: SandboxState
let table: InventoryInput
let inventory: string

const on = (script: string): Promise<string> => runOn('client01', script, state)

const play = (name: string, ...flags: string[]): Promise<Told> => runPlaybook(name, inventory, ...flags)

const fieldsOf = ({ changes }: Told): Record<string, string[]> =>
  Object.fromEntries(changes.map(({ id, change }) => [id, change.diffs.map(({ field }) => field)]))

const assertInSync = async (): Promise<void> => {
  const { code, summary, ...told } = await play('setup', '--check')
  assert.equal(fieldsOf({ code, summary, ...told }), {})
  assert.is(code, 0, summary)
}

it.before(async () => {
  state = await sandbox()
  table = tenants('mach', 44_000, state)
  table = { ...table, hosts: table.hosts.slice(0, 1) }
  inventory = await (await inventoryFile()).write(table)
})

it('is a machine of the kind that was asked for', async () => {
  const { tools, release } = state.variant
  const own = await runOn('cluster', '. /etc/os-release; echo $VERSION_CODENAME', state)
  assert.is(await on('. /etc/os-release; echo $VERSION_CODENAME'), release ? `${release}\n` : own)
  const rust = tools !== undefined
  for (const tool of ['stat', 'id', 'sha256sum', 'mv', 'date', 'tail', 'xargs', 'find'])
    assert.is((await on(`readlink -f "$(command -v ${tool})"`)).startsWith('/usr/lib/uutils/'), rust, tool)
  assert.is((await on('sudo --version')).startsWith('sudo-rs'), rust)
})

it('gets accounts, homes, Arena and kubeconfigs, and nothing is left to do', async () => {
  assert.is(await on('getent passwd mach-ann || true; ls -d /opt/arena /home/mach-ann 2>&- || true'), '')
  const first = await play('setup')
  assert.is(first.code, 0, first.summary)
  assert.equal(first.recap!.warnings, [])
  assert.is(await on("stat -c '%a %u %g' /home/mach-ann/.kube/config"), '600 44010 44010\n')
  await assertInSync()
  assert.is(
    await on('su - mach-ann -s /bin/sh -c "arena-kubectl auth can-i create tfjobs.kubeflow.org"'),
    'yes\n',
  )
  assertClean(await verify(inventory))
})

it('finds what was tampered with by field, and puts it right', async () => {
  await on(
    `usermod -s /bin/sh -aG sudo mach-ann
     chmod 0755 /home/mach-ann
     chmod 0644 /home/mach-ann/.kube/config
     chown -R root:root /home/mach-ben/.kube
     chmod g+w /opt/arena/current/bin/arena
     rm /charts
     echo exit >> /usr/local/bin/arena`,
  )
  const told = await play('setup')
  assert.is(told.code, 0, told.summary)
  assert.equal(fieldsOf(told), {
    'linux-user/mach-ann': ['groups', 'shell', 'home mode'],
    'kubeconfig/mach-ann': ['mode'],
    'kubeconfig/mach-ben': ['.kube owner', 'owner'],
    'arena-client/arena': ['bin/arena', '/charts', '/usr/local/bin/arena'],
  })
  await assertInSync()
})

it('makes a home again that was deleted, and a kubeconfig', async () => {
  await on('rm -r /home/mach-ben; rm /home/mach-ann/.kube/config')
  const told = await play('setup')
  assert.is(told.code, 0, told.summary)
  assert.equal(Object.keys(fieldsOf(told)).toSorted(), [
    'kubeconfig/mach-ann',
    'kubeconfig/mach-ben',
    'linux-user/mach-ben',
  ])
  assert.is(await on("stat -c '%a %u %F' /home/mach-ben"), '700 44011 directory\n')
  await assertInSync()
})

it('is told apart by verify where one user reaches the other, and where a sudo lets somebody', async () => {
  const sudos = (
    await on('for sudo in sudo sudo.ws; do ! command -v $sudo >/dev/null || echo $sudo; done')
  ).trim()
  assert.equal(sudos.split('\n'), state.variant.tools !== undefined ? ['sudo', 'sudo.ws'] : ['sudo'])
  await on(
    `install -m 644 /home/mach-ann/.kube/config /tmp/mach
     chmod 0711 /home/mach-ann; chmod 0755 /home/mach-ann/.kube; chmod 0644 /home/mach-ann/.kube/config
     echo 'mach-ben ALL=(root) NOPASSWD: /usr/bin/tail -f /var/log/*' >/etc/sudoers.d/mach
     sh -c 'sleep 600; :' job --token=secret-in-arguments >/dev/null 2>&1 </dev/null & echo $! > /run/mach.pid`,
  )
  try {
    const { failures, unknown } = await verify(inventory, '--only', 'K')
    assert.equal(unknown, [])
    const found = failures.map(({ check, subjects }) => `${check.id} ${subjects.join()}`)
    for (const one of ['K1 mach-ben on client01', 'K3 mach-ben on client01', 'K5 client01'])
      assert.ok(found.includes(one), `${one} is not among ${found.join('; ')}`)
  } finally {
    await on('kill $(cat /run/mach.pid); rm /tmp/mach /etc/sudoers.d/mach /run/mach.pid')
  }
  const told = await play('setup')
  assert.is(told.code, 0, told.summary)
  assertClean(await verify(inventory, '--only', 'A,B,K'))
})

it('lets who may use sudo work as root, with and without a password, and says who may not', async () => {
  await on(
    `for name in mops mpass mnone; do
       useradd -m -s /bin/bash $name
       install -d -m 700 -o $name /home/$name/.ssh
       install -m 600 -o $name /root/.ssh/authorized_keys /home/$name/.ssh/authorized_keys
     done
     echo 'mpass:right horse' | chpasswd; echo 'mnone:right horse' | chpasswd
     printf '%s\\n' 'mops ALL=(root) NOPASSWD: ALL' 'mpass ALL=(root) ALL' >/etc/sudoers.d/mach`,
  )
  const as = async (user: string, sudo: true | string): Promise<Told> => {
    const password = typeof sudo === 'string' ? { password: { command: `printf '${sudo}'` } } : sudo
    const hosts = [{ ...table.hosts[0]!, user, sudo: password }]
    return runPlaybook('setup', await (await inventoryFile()).write({ ...table, hosts }), '--check')
  }
  const ways: [user: string, sudo: true | string, words: RegExp | undefined][] = [
    ['mops', true, undefined],
    ['mops', 'not asked for', undefined],
    ['mpass', 'right horse', undefined],
    ['mpass', 'wrong horse', /sudo refused the password/],
    ['mpass', true, /does not make root of mpass without a password/],
    ['mnone', 'right horse', /sudo does not make root of mnone|sudo refused/],
    ['mnone', true, /does not make root of mnone without a password/],
  ]
  try {
    for (const [user, sudo, words] of ways) {
      const told = await as(user, sudo)
      assert.is(told.code, words === undefined ? 0 : 3, `${user} ${sudo}: ${told.summary}`)
      if (words !== undefined) assert.match(told.stdout, words)
      assert.not.match(told.stdout + told.stderr, 'right horse')
    }
  } finally {
    await on('for name in mops mpass mnone; do userdel -r $name 2>&-; done; rm /etc/sudoers.d/mach')
  }
})

it('replaces a token, and the old one is dead', async () => {
  const made =
    "kubectl get secret -n mach1 -l arena-playbooks/user=mach-ann -o jsonpath='{.items[*].metadata.creationTimestamp}'"
  const age = Date.parse((await runOn('cluster', made, state)).trim())
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, age + 61_000 - Date.now())))
  await on('install -m 600 /home/mach-ann/.kube/config /run/mach.old')
  const asOld =
    'arena-kubectl --kubeconfig /run/mach.old get pods >/dev/null 2>&1 && echo works || echo refused'
  assert.is(await on(asOld), 'works\n')
  const told = await play('rotate-credentials', '--user', 'mach-ann', '--older-than', '1m')
  assert.is(told.code, 0, told.summary)
  assert.is(await on(asOld), 'refused\n')
  await assertInSync()
})

it('takes a user away with all that was left there, and keeps an archive of it', async () => {
  await on(
    `cd /home/mach-ann
     mkdir -m 0 shut; mkfifo pipe; ln -s /etc/passwd link; touch -- '-rf *' 'two
lines' "a'b\\"c"; head -c 3000000 /dev/urandom > large
     mkdir -p /var/tmp/-rf; touch /tmp/mach /var/tmp/-rf/x /dev/shm/mach
     chown -Rh mach-ann:mach-ann . /var/tmp/-rf /tmp/mach /dev/shm/mach
     setsid setpriv --reuid=44010 --regid=44010 --init-groups \\
       sh -c 'trap "" TERM; while :; do sleep 1; done' >/dev/null 2>&1 </dev/null &`,
  )
  const left =
    'getent passwd mach-ann; find /home/mach-ann /tmp /var/tmp /dev/shm -uid 44010 2>/dev/null; ps ' +
    '-e -o uid= 2>/dev/null | grep -w 44010'
  assert.match(await on(`{ ${left}; } || true`), '/dev/shm/mach')
  const told = await play('remove-user', '--name', 'mach-ann')
  assert.is(told.code, 0, told.summary)
  assert.is(await on(`{ ${left}; } || true`), '')
  const names = await on('tar -tzf /var/backups/arena-playbooks/mach-ann-44010.tar.gz')
  for (const name of ['shut/', 'pipe', 'link', 'two\\nlines', 'large', '/tmp/mach', '/dev/shm/mach'])
    assert.ok(names.includes(name), `${name} is not in the archive: ${names}`)
  assertClean(await verify(inventory, '--only', 'A,B,K'))
})

it.run()
