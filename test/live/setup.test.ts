import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('setup', { seconds: 120 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('first', 31_000, state))
})

it('plans everything on an empty world under --check, fails at nothing and writes nothing', async () => {
  const before = await runOn('client01', 'cat /etc/passwd /etc/group; find /tmp /home /opt | sort', state)
  let told: Awaited<ReturnType<typeof runPlaybook>> | undefined
  const requests = await audited(state, async () => {
    told = await runPlaybook('setup', inventory, '--check', '--diff')
  })
  assert.is(told!.code, 2, told!.summary)
  assert.ok(told!.changes.length > 20)
  assert.equal(told!.recap!.problems, [])
  assert.equal(writes(requests), [])
  assert.is(await runOn('client01', 'cat /etc/passwd /etc/group; find /tmp /home /opt | sort', state), before)
})

it('makes it so, and the second run finds nothing to do and writes nothing', async () => {
  const first = await runPlaybook('setup', inventory)
  assert.is(first.code, 0, first.summary)
  for (const host of ['client01', 'client02']) assert.is(first.recap!.targets[host]!.failed, 0)

  const before = await runOn(
    'client01',
    'sha256sum /etc/passwd /etc/shadow /etc/group /home/*/.kube/config',
    state,
  )
  let second: Awaited<ReturnType<typeof runPlaybook>> | undefined
  const requests = await audited(state, async () => {
    second = await runPlaybook('setup', inventory)
  })
  assert.is(second!.code, 0)
  assert.equal(second!.changes, [])
  assert.equal(writes(requests), [])
  const after = await runOn(
    'client01',
    'sha256sum /etc/passwd /etc/shadow /etc/group /home/*/.kube/config',
    state,
  )
  assert.is(after, before)
})

it('costs one exec per host, one LIST per kind and three reads when there is nothing to do', async () => {
  let told: Awaited<ReturnType<typeof runPlaybook>> | undefined
  const requests = await audited(state, async () => {
    told = await runPlaybook('setup', inventory)
  })
  const lists = requests.filter(({ verb }) => verb === 'list')
  // Secrets are listed once for each of two types.
  assert.is(new Set(lists.map(({ requestURI }) => requestURI)).size, lists.length)
  assert.is(lists.length, 20)
  const reads = requests.filter(({ verb }) => verb === 'get').map(({ requestURI }) => requestURI)
  assert.equal(reads.toSorted(), [
    '/apis',
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/arena-playbooks',
    '/version',
  ])
  assert.equal(told!.recap!.traffic, { execs: 2, requests: 23 })
})

it('lets a user log in with their password and use the cluster with their rights only', async () => {
  const password = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  const [client] = state.clients
  const asAnn = (command: string): Promise<string> =>
    runOn(
      'client02',
      `cat > /tmp/askpass <<'EOF'\n#!/bin/sh\necho '${password}'\nEOF\nchmod 700 /tmp/askpass\n` +
        'SSH_ASKPASS=/tmp/askpass SSH_ASKPASS_REQUIRE=force ssh -o StrictHostKeyChecking=no -o ' +
        'UserKnownHostsFile=/dev/null ' +
        `-o PreferredAuthentications=password -p ${client!.port} first-ann@${client!.address} ` +
        `'${command}' 2>&1 || true; rm -f /tmp/askpass`,
      state,
    )
  assert.match(await asAnn('id -un; id -Gn'), /first-ann\nfirst-ann (arena-first first1|first1 arena-first)/)
  assert.match(await asAnn('arena-kubectl get pods'), /No resources found in first1 namespace/)
  assert.match(await asAnn('arena-kubectl get pods -n first2'), /Forbidden/)
  assert.match(await asAnn('arena-kubectl get secrets'), /Forbidden/)
  assert.match(await asAnn('cat /home/first-ben/.kube/config'), /Permission denied/)
})

it('shows a plan that a person can read', async () => {
  await runOn('client01', 'usermod -s /bin/sh first-ann', state)
  const { code, stdout } = await runText('setup', inventory, '--check', '--output', 'lines')
  assert.is(code, 2)
  assert.match(stdout, /~ linux-user\/first-ann +client01 +shell \/bin\/sh → \/bin\/bash/)
  assert.match(stdout, /Plan: 1 to update \(~\); \d+ unchanged\./)
  assert.match(
    stdout.trimEnd().split('\n').at(-1)!,
    /^\S+ +ok=\d+ changed=\d+ failed=0 skipped=0 unreachable=0$/,
  )
  assert.is((await runText('setup', inventory)).code, 0)
})

/** Writes a line of sshd_config on each machine, and waits until an ordinary client is told that. */
const serversTake = async (change: string, told: string): Promise<void> => {
  for (const { name, address, port } of state.clients) {
    await runOn(name, `${change} /etc/ssh/sshd_config; kill -HUP 1`, state)
    const ordinary =
      'ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ' +
      `-o KexAlgorithms=curve25519-sha256 -p ${port} root@${address} true 2>&1 || true`
    await until(() => runOn('cluster', ordinary, state), told)
  }
}

it('goes with verify by the own ssh, where servers take post-quantum key exchange only', async () => {
  for (const { name } of state.clients)
    await runOn(name, 'usermod -s /bin/sh first-ann; rm -r /opt/arena', state)
  await serversTake(
    "sed -i '1i KexAlgorithms sntrup761x25519-sha512@openssh.com'",
    'no matching key exchange',
  )
  const { file, write } = await inventoryFile()
  const table = tenants('first', 31_000, state)
  const [first, ...others] = table.hosts
  await write({ ...table, hosts: [{ ...first!, connection: 'openssh' }, ...others] })
  try {
    const found = await runPlaybook('setup', file, '--check')
    assert.is(found.code, 2, found.summary)
    assert.equal(
      found.changes.map(({ id, on }) => `${id} ${on}`).toSorted(),
      ['arena-client/arena', 'linux-user/first-ann'].flatMap((id) => [`${id} client01`, `${id} client02`]),
    )
    const done = await runPlaybook('setup', file)
    assert.is(done.code, 0, done.summary)
    assertClean(await verify(file))
  } finally {
    await serversTake("sed -i '/^KexAlgorithms/d'", 'Permission denied')
  }
})

/** Runs a line of a crontab as cron does: its own short environment, `sh`, the home as working directory. */
const asCron = (line: string): Promise<{ code: unknown; mailed: string }> =>
  new Promise((resolve) => {
    const env = { HOME: tmpdir(), LOGNAME: 'root', SHELL: '/bin/sh', PATH: '/usr/bin:/bin' }
    execFile('/bin/sh', ['-c', line], { cwd: tmpdir(), env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, mailed: stdout + stderr }),
    )
  })

it('runs from the crontab of the README, which mails only what went wrong', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-cron-'))
  try {
    for (const name of ['lib', 'playbooks', 'tasks', 'templates', 'node_modules', 'package.json'])
      await symlink(join(CHECKOUT, name), join(directory, name))
    await mkdir(join(directory, 'inventory'))
    const file = join(directory, 'inventory/prod.ts')
    await writeFile(file, `export default ${await readFile(inventory, 'utf8')}`)
    const block = /```crontab\n(.*?)```/s.exec(await readFile(join(CHECKOUT, 'README.md'), 'utf8'))![1]!
    const lines = block
      .trim()
      .split('\n')
      .map((line) => line.split(/ +root +/)[1]!)
    assert.is(lines.length, 2)
    for (const line of lines) {
      const command = line.replace('/opt/arena-playbooks', directory)
      assert.equal(await asCron(command), { code: 0, mailed: '' }, line)
      const log = />(\S+\.log)/.exec(line)![1]!
      assert.match(await readFile(join(directory, log), 'utf8'), /^Finished in /m)
    }
    await writeFile(file, 'export default {}')
    for (const line of lines)
      assert.match((await asCron(line.replace('/opt/arena-playbooks', directory))).mailed, 'prod.ts')
  } finally {
    await rm(directory, { recursive: true })
  }
})

it.run()
