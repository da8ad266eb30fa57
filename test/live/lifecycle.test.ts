import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { login, onTerminal, type Said } from '../support/login.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('lifecycle', { seconds: 240 })

const USER = 'life-cat'
const UID = 43_012

let state: SandboxState
let table: InventoryInput
let file: string
let directory: string
let passwordFile: string
let asCat: (command: string) => Promise<Said>

const inFile = async (): Promise<InventoryInput> => JSON.parse(await readFile(file, 'utf8'))

const play = async (playbook: string, ...flags: string[]): Promise<Told> => {
  const told = await runPlaybook(playbook, file, ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

const refusedWith = async (
  code: number,
  said: RegExp,
  playbook: string,
  ...flags: string[]
): Promise<void> => {
  const before = await readFile(file, 'utf8')
  const { code: got, stdout, stderr } = await runText(playbook, file, '--output', 'lines', ...flags)
  assert.is(got, code, stdout + stderr)
  assert.match(stdout + stderr, said)
  assert.is(await readFile(file, 'utf8'), before, 'the inventory is as it was')
}

const everywhere = (script: string): Promise<string[]> =>
  Promise.all(state.clients.map(({ name }) => runOn(name, script, state)))

it.before(async () => {
  state = await sandbox()
  table = tenants('life', 43_000, state)
  const files = await inventoryFile()
  file = await files.write(table)
  directory = await mkdtemp(join(tmpdir(), 'arena-life-'))
  passwordFile = join(directory, 'cat.password')
  await play('setup')
})

it.after(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true })
})

it('refuses a taken name or uid, an unknown group, and to make a password that nobody would see', async () => {
  await everywhere('useradd -u 43077 life-foreign')
  const add = ['add-user', '--group', 'life1'] as const
  await refusedWith(64, /life9.*is not a group/s, 'add-user', '--name', USER, '--group', 'life9')
  await refusedWith(64, /is a user already/, 'add-user', '--name', 'life-ann', '--group', 'life2')
  await refusedWith(64, /is an account on client0\d already/, ...add, '--name', 'life-foreign')
  await refusedWith(
    64,
    /uid 43077.*is held by life-foreign on client0\d/s,
    ...add,
    '--name',
    USER,
    '--uid',
    '43077',
  )
  await refusedWith(64, /uid 43010.*is held by life-ann/s, ...add, '--name', USER, '--uid', '43010')
  const child = spawn(
    'setsid',
    ['-w', process.execPath, 'playbooks/add-user.ts', file, '--name', USER, '--group', 'life1'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  assert.is(await new Promise((resolve) => child.once('close', resolve)), 64)
  assert.is((await inFile()).users.length, 2)
  assert.equal(await everywhere(`getent passwd ${USER} || true`), ['', ''])
  await everywhere('userdel life-foreign')
})

it('shows under --check what would be added, file and all, and changes nothing', async () => {
  const before = await readFile(file, 'utf8')
  const { code, stdout } = await runText(
    'add-user',
    file,
    '--name',
    USER,
    '--group',
    'life1',
    '--check',
    '--output',
    'lines',
  )
  assert.is(code, 2)
  assert.match(stdout, /\+ .*"life-cat"/)
  assert.match(stdout, /\+ linux-user\/life-cat/)
  assert.is(await readFile(file, 'utf8'), before)
})

it('adds a user with the next free uid, on every machine with the same new password', async () => {
  assert.equal(await everywhere(`getent passwd ${USER} || true`), ['', ''])
  const told = await play(
    'add-user',
    '--name',
    USER,
    '--group',
    'life1',
    '--gecos',
    '猫',
    '--password-file',
    passwordFile,
  )
  assert.ok(
    told.changes.every(({ id }) => id.includes(USER)),
    'nothing of others',
  )
  const entry = (await inFile()).users.find(({ name }) => name === USER)
  assert.equal(entry, { name: USER, uid: UID, groups: ['life1'], gecos: '猫' })
  assert.is((await stat(passwordFile)).mode & 0o777, 0o600)
  const shadows = await everywhere(`getent shadow ${USER} | cut -d: -f3; su ${USER} -c true 2>&1 || true`)
  for (const shadow of shadows) assert.match(shadow, /^0\n/)
  const password = (await readFile(passwordFile, 'utf8')).trim()
  assert.ok(password.length >= 20)
  assert.not.match(told.stdout + told.stderr, password)
  assert.equal((await runPlaybook('setup', file, '--check')).changes, [], 'setup agrees')
})

it('gives a new password for as long as the first one was not changed, and says so', async () => {
  const first = await readFile(passwordFile, 'utf8')
  const told = await play('add-user', '--name', USER, '--group', 'life1', '--password-file', passwordFile)
  assert.equal(
    told.changes.map(({ id }) => id),
    [`given-password/${USER}`, `given-password/${USER}`],
  )
  assert.is(told.changes[0]!.change.diffs[0]!.from, 'given, not changed yet')
  assert.is.not(await readFile(passwordFile, 'utf8'), first)
})

it('lets the user change it at the first login on a real terminal, and go on', async () => {
  const given = (await readFile(passwordFile, 'utf8')).trim()
  const own = 'Correct-Horse-7-Battery'
  const answers = [
    [/current.*password:/i, given],
    [/new.*password:/i, own],
    [/(retype|again).*:/i, own],
  ] as const
  const shown = await onTerminal(USER, state, passwordFile, answers, /updated successfully|error/)
  assert.match(shown, /updated successfully/)
  const ownFile = join(directory, 'own.password')
  await writeFile(ownFile, `${own}\n`, { mode: 0o600 })
  asCat = login(USER, state, ownFile)
  assert.match((await asCat('id -un; id -Gn')).stdout, /^life-cat\nlife-cat .*life1/)
  assert.match((await asCat('arena list')).stdout, 'NAME')
  assert.match((await asCat('arena data list')).stdout, 'life1-public')
  assert.match((await asCat('arena-kubectl get pods -n life2')).stderr, 'Forbidden')
})

it('finds nothing to do when all of it is there', async () => {
  const { clients } = state
  await runOn(clients[1]!.name, `chage -d 20000 ${USER}`, state)
  const told = await play('add-user', '--name', USER, '--group', 'life1')
  assert.equal(told.changes, [])
})

it('replaces the token while the user works, without one failure, and the old one is dead', async () => {
  const young = await play('rotate-credentials', '--user', USER)
  assert.equal(young.changes, [], 'it is not an hour old')
  assert.is(
    young.recap!.warnings.filter((one) => one.includes(`${USER} (`) && one.includes('--now')).length,
    1,
  )
  const kubeconfig = await runOn('client01', `cat /home/${USER}/.kube/config`, state)
  const loop = asCat(
    'for i in 1 2 3 4 5 6 7 8 9 10; do arena-kubectl get pods >/dev/null 2>&1 && echo ok || echo FAILED; sleep 1; done',
  )
  const told = await play('rotate-credentials', '--user', USER, '--now')
  assert.ok(told.changes.some(({ id, change }) => id.endsWith(`${USER}-token-1`) && change.op === 'remove'))
  assert.ok(
    told.changes.every(({ id }) => id.includes(USER)),
    'nothing of others',
  )
  assert.is((await loop).stdout.replaceAll('ok\n', ''), '')
  assert.is.not(await runOn('client01', `cat /home/${USER}/.kube/config`, state), kubeconfig)
  const old = await runOn(
    'client01',
    `umask 077; cat > /tmp/old.config <<'EOF'\n${kubeconfig}\nEOF\narena-kubectl --kubeconfig ` +
      '/tmp/old.config get pods 2>&1 || true; rm /tmp/old.config',
    state,
  )
  assert.match(old, /Unauthorized|logged in/)
  assert.equal((await play('rotate-credentials', '--user', USER)).changes, [])
  await refusedWith(64, /--older-than/, 'rotate-credentials', '--now', '--older-than', '1h')
  await refusedWith(64, /--now/, 'rotate-credentials', '--older-than', 'a while')
})

it('replaces it again right afterwards, whatever the clock of this machine says', async () => {
  const names = `kubectl get secrets -n life1 -l arena-playbooks/user=${USER} -o name`
  assert.is(await runOn('cluster', names, state), `secret/${USER}-token-2\n`)
  await play('rotate-credentials', '--user', USER, '--now')
  assert.is(await runOn('cluster', names, state), `secret/${USER}-token-3\n`)
  await play('rotate-credentials', '--user', USER, '--older-than', '0m')
  assert.is(await runOn('cluster', names, state), `secret/${USER}-token-4\n`)
  assert.match((await asCat('arena list')).stdout, 'NAME')
})

it('moves the user to another group, and the old rights are gone', async () => {
  const inventory = await inFile()
  const users = inventory.users.map((user) => (user.name === USER ? { ...user, groups: ['life2'] } : user))
  await writeFile(file, JSON.stringify({ ...inventory, users }, null, 2))
  await play('setup')
  const can = (namespace: string): Promise<string> =>
    runOn(
      'cluster',
      `kubectl auth can-i list pods -n ${namespace} --as=system:serviceaccount:life2:${USER} || true
       kubectl auth can-i list pods -n ${namespace} --as=system:serviceaccount:life1:${USER} || true`,
      state,
    )
  assert.is(await can('life1'), 'no\nno\n')
  assert.is(await can('life2'), 'yes\nno\n')
  assert.match((await asCat('arena list')).stdout, 'NAME')
  assert.match((await asCat('arena-kubectl get pods -n life1')).stderr, 'Forbidden')
})

it('does not remove somebody whose jobs nobody decided about, but takes their access at once', async () => {
  const submitted = await asCat('arena submit tf --name=life-job --gpus=1 --image=busybox "sleep 9"')
  assert.is(submitted.code, 0, submitted.stderr)
  await runOn(
    'client01',
    `su ${USER} -c 'setsid sleep 1000 >/dev/null 2>&1 &'
     mkdir -p /var/spool/cron/crontabs && echo '* * * * * true' > /var/spool/cron/crontabs/${USER}
     chown ${USER} /var/spool/cron/crontabs/${USER}
     su ${USER} -c 'touch /tmp/life-left; echo thesis > ~/thesis; mkdir -p ~/a/b; echo x > ~/a/b/c'
     ps -u ${USER} -o comm= | grep -q sleep`,
    state,
  )
  const told = await runPlaybook('remove-user', file, '--name', USER, '--limit', 'cluster')
  assert.is(told.code, 1, told.summary)
  assert.match(JSON.stringify(told.recap!.problems), /TFJob.*life2\/life-job.*--jobs stop/)
  assert.match(
    (await asCat('arena list')).stderr + (await asCat('arena list')).stdout,
    /Unauthorized|logged in|forbidden|provide cred/i,
  )
})

it('removes the user: revoked, stopped, locked, ended, archived, deleted, and proved', async () => {
  const { code, stdout } = await runText(
    'remove-user',
    file,
    '--name',
    USER,
    '--jobs',
    'stop',
    '--output',
    'lines',
  )
  assert.is(code, 0, stdout)
  for (const proof of [
    /pass +L4 .*no binding names them/,
    /pass +L5 +client01: .*\/var\/backups\/arena-playbooks\/life-cat-43012\.tar\.gz \(sha256 [0-9a-f]{64}\)/,
    /pass +L5 +client02: has no account/,
  ])
    assert.match(stdout, proof)
  assert.match(stdout.trimEnd().split('\n').at(-1)!, /^cluster +ok=\d+ changed=\d+ failed=0/)
  const inventory = await inFile()
  assert.not(inventory.users.some(({ name }) => name === USER))
  assert.equal(
    inventory.retired?.map(({ name, uid }) => ({ name, uid })),
    [{ name: USER, uid: UID }],
  )
  assert.equal(
    await everywhere(
      `getent passwd ${USER} || ls -d /home/${USER} 2>/dev/null || ps -u ${UID} -o pid= || true`,
    ),
    ['', ''],
  )
  const archive = `/var/backups/arena-playbooks/${USER}-${UID}.tar.gz`
  assert.match(
    await runOn(
      'client01',
      `stat -c '%a %U' ${archive}; sha256sum -c ${archive}.sha256; tar -tzf ${archive}`,
      state,
    ),
    /^600 root\n.*: OK\n[\s\S]*home\/life-cat\/thesis\n[\s\S]*tmp\/life-left/,
  )
  assert.is(await runOn('cluster', 'kubectl get tfjobs -n life2 -o name', state), '')
  const bindings = await runOn('cluster', 'kubectl get rolebindings,clusterrolebindings -A -o yaml', state)
  assert.not.match(bindings, `name: ${USER}\n`)
})

it('finds nothing more to do, and does not give the name or uid away', async () => {
  assert.equal((await play('remove-user', '--name', USER)).changes, [])
  assert.equal((await play('setup')).changes, [])
  await refusedWith(64, /who left on/, 'add-user', '--name', USER, '--group', 'life1')
  await refusedWith(
    64,
    /who left on/,
    'add-user',
    '--name',
    'life-new',
    '--group',
    'life1',
    '--uid',
    String(UID),
  )
  await refusedWith(64, /retired: \[\{ name: "life-nobody"/, 'remove-user', '--name', 'life-nobody')
})

it('adds a group, changes its quota, and removes it, its data kept', async () => {
  await play('add-group', '--name', 'life3', '--gpu', '1', '--volume', 'life3-public=/life/3')
  assert.equal((await play('add-group', '--name', 'life3')).changes, [])
  await play('set-quota', '--group', 'life3', '--gpu', '2', '--memory', '8Gi')
  const quota = await runOn(
    'cluster',
    `kubectl get resourcequota life3-compute-resources -n life3 -o jsonpath='{.spec.hard}'`,
    state,
  )
  assert.equal(JSON.parse(quota), {
    'limits.memory': '8Gi',
    'requests.memory': '8Gi',
    'requests.nvidia.com/gpu': '2',
  })
  await refusedWith(64, /--gpu lots: /, 'set-quota', '--group', 'life3', '--gpu', 'lots')
  await refusedWith(64, /--name Carol: /, 'add-user', '--name', 'Carol', '--group', 'life3')
  assert.equal((await play('setup', '--check')).changes, [], 'setup agrees')
  await refusedWith(64, /has members: life-ann/, 'remove-group', '--name', 'life1')
  await refusedWith(
    64,
    /is not the group life3/,
    'remove-group',
    '--name',
    'life3',
    '--delete-namespace',
    'life1',
  )
  await refusedWith(64, /--name life9: /, 'remove-group', '--name', 'life9')
  const told = await play('remove-group', '--name', 'life3', '--delete-namespace', 'life3')
  assert.ok(told.changes.some(({ id }) => id === 'departed-namespace/life3'))
  assert.equal(
    told.recap!.leftovers.map(({ id }) => id),
    ['volume/life3-public'],
  )
  await runOn('cluster', 'kubectl wait --for=delete namespace/life3 --timeout=300s', state)
  const volume = await runOn(
    'cluster',
    `kubectl get pv life3-public -o jsonpath='{.status.phase} {.spec.claimRef.namespace}/{.spec.claimRef.name}'`,
    state,
  )
  assert.is(volume, 'Released life3/life3-public')
  assert.equal(await everywhere('getent group life3 || true'), ['', ''])
  assert.equal((await play('remove-group', '--name', 'life3')).changes, [])
  await runOn('cluster', 'kubectl delete pv life3-public', state)
})

it('carries out what an edit of one group changes for all, and says what of it has no effect', async () => {
  const readable = (): Promise<string> =>
    runOn('cluster', 'kubectl get clusterroles -o yaml | grep -c "^    - life-urgent$" || true', state)
  const starts = ({ changes }: Told): string[] =>
    changes.map(({ id }) => id).filter((id) => /^cluster-role\/.*-start$/.test(id))
  assert.is(await readable(), '0\n')
  const told = await play(
    'set-quota',
    '--group',
    'life1',
    '--priority-class',
    'life-urgent',
    '--host-users',
    'no',
  )
  assert.is(starts(told).length, 1)
  const warned = (word: string): boolean => told.recap!.warnings.some((one) => one.includes(word))
  assert.ok(warned('life-urgent') && warned('hostUsers'), told.recap!.warnings.join('\n'))
  assert.is(await readable(), '1\n')
  assert.equal((await play('setup', '--check')).changes, [], 'setup agrees')
  const added = await play('add-group', '--name', 'life4', '--gpu', '1', '--priority-class', 'life-more')
  assert.is(starts(added).length, 1)
  assert.equal((await play('setup', '--check')).changes, [], 'setup agrees')
  assert.is(starts(await play('remove-group', '--name', 'life4', '--delete-namespace', 'life4')).length, 1)
  await play('set-quota', '--group', 'life1', '--priority-class', 'none', '--host-users', 'yes')
  assert.is(await readable(), '0\n')
  assert.equal((await play('setup', '--check')).changes, [], 'setup agrees')
})

it('gives a new password to somebody who lost theirs', async () => {
  await refusedWith(64, /is not a user/, 'set-password', '--name', 'life-nobody')
  const lost = join(directory, 'ben.password')
  await play('set-password', '--name', 'life-ben', '--password-file', lost)
  const shown = await onTerminal('life-ben', state, lost, [], /current password/i)
  assert.match(shown, /change your password/)
})

it.run()
