import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node'
import { NodeSSH } from 'node-ssh'
import * as assert from 'uvu/assert'
import { $ } from 'zx'
import { type Edit, edited } from '../../lib/inventory/edit.ts'
import { loadInventory } from '../../lib/inventory/load.ts'
import { inventoryOf } from '../../sandbox/inventory.ts'
import { becomesFree } from '../../sandbox/ports.ts'
import { findRunning } from '../../sandbox/process.ts'
import { choosePorts, reservedFor } from '../../sandbox/reservations.ts'
import { down, readState, type SandboxState, status, up } from '../../sandbox/sandbox.ts'
import { rejects, suite } from '../support/suite.ts'

const test = suite('sandbox: its life', { seconds: 90 })

let directory = ''
const state = (): SandboxState => readState(directory)

const on = async (client: string, command: string): Promise<string> =>
  (await $({ quiet: true })`ssh -F ${state().sshConfig} ${client} ${command}`).stdout.trim()

const config = (): KubeConfig => {
  const loaded = new KubeConfig()
  loaded.loadFromFile(state().kubeconfig)
  return loaded
}

const admin = (): CoreV1Api => config().makeApiClient(CoreV1Api)

const pids = async (): Promise<Map<string, number>> =>
  new Map((await status({ directory })).map(({ name, pid = 0 }) => [name, pid]))

const notUp = async (): Promise<string[]> =>
  (await status({ directory })).filter(({ up }) => !up).map(({ name }) => name)

/** The sshd of a client machine: the only child of the process that the status names. */
const sshdOf = async (client: string): Promise<number> => {
  const pid = (await pids()).get(client)
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim())
}

const gone = async (pid: number): Promise<void> => {
  while (
    await access(`/proc/${pid}/environ`).then(
      () => true,
      () => false,
    )
  )
    await new Promise((resolve) => setTimeout(resolve, 10))
}

const kill = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL')
  await gone(pid)
}

const occupy = async (address: string, port: number) => {
  const server = createServer().listen(port, address)
  await once(server, 'listening')
  return server
}

/** Local addresses (hexadecimal, as the kernel writes them) on which a process of the sandbox listens. */
const listening = async (): Promise<string[]> => {
  const running = (await findRunning(directory)).map(({ pid }) => pid)
  const sockets = new Set<string>()
  for (const pid of [...running, await sshdOf('client01')])
    for (const fd of await readdir(`/proc/${pid}/fd`))
      sockets.add(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))
  const rows = (await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8'))))
    .flatMap((text) => text.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
  return rows
    .filter(([, , , how, , , , , , inode]) => how === '0A' && sockets.has(`socket:[${inode}]`))
    .map(([, local = '']) => local)
}

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-sandbox-test-'))
  assert.equal(await status({ directory }).then((parts) => parts.some(({ up }) => up)), false)
  await up({ directory, clients: 1 })
})

test.after(() => down({ directory }))

test('a cluster with the nodes of the document answers its administrator', async () => {
  assert.equal(await notUp(), [])
  const { items } = await admin().listNode()
  assert.equal(
    items.map(({ metadata, status }) => [
      metadata?.name,
      status?.allocatable?.['nvidia.com/gpu'],
      status?.allocatable?.memory,
    ]),
    ['worker01', 'worker02', 'worker03'].map((name) => [name, '1', '30Gi']),
  )
})

test('a client machine is a machine of its own, without the secrets of this one', async () => {
  assert.is(await on('client01', 'hostname; id -un; cat /proc/1/comm'), 'client01\nroot\nsshd')
  assert.is(
    await on('client01', `ls -A /root /home; ls -d ${directory} 2>&1 | grep -c 'No such'`),
    '/home:\n\n/root:\n.ssh\n1',
  )
})

test('a user made on it logs in with the password', async () => {
  const { clients, passwords } = state()
  const password = (await readFile(passwords.bob!, 'utf8')).trim()
  assert.is((await stat(passwords.bob!)).mode & 0o777, 0o600)
  const [machine] = clients
  const login = () =>
    new NodeSSH().connect({
      host: machine!.address,
      port: machine!.port,
      username: 'bob',
      password,
      hostVerifier: () => true,
    })
  await rejects(login())
  await $({
    quiet: true,
    input: `bob:${password}\n`,
  })`ssh -F ${state().sshConfig} client01 ${'useradd -m bob && chpasswd'}`
  const ssh = await login()
  assert.is((await ssh.execCommand('id -un')).stdout, 'bob')
  ssh.dispose()
})

test('the archive is in the layout of Arena’s installer and has the checksum that is written', async () => {
  const { archive, sha256, version } = state().arena
  assert.is((await $({ quiet: true })`sha256sum ${archive}`).stdout.split(' ')[0], sha256)
  const entries = (await $({ quiet: true })`tar -tzf ${archive}`).stdout.split('\n')
  for (const path of ['bin/arena', 'bin/kubectl', 'bin/helm', 'charts/tfjob/Chart.yaml', 'install.sh'])
    assert.ok(
      entries.some(
        (entry) => entry.startsWith(`arena-installer-${version}-linux-`) && entry.endsWith(`/${path}`),
      ),
      path,
    )
})

test('every request is in the audit log, with user, verb and URI', async () => {
  await admin().createNamespace({ body: { metadata: { name: 'audited' } }, dryRun: 'All' })
  await new Promise((ended) =>
    new Watch(config()).watch('/api/v1/namespaces', { timeoutSeconds: 1 }, () => undefined, ended),
  )
  const log = await readFile(state().auditLog, 'utf8')
  const mine = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ user }) => user.username === 'sandbox-admin')
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`)
  assert.ok(mine.includes('create /api/v1/namespaces?dryRun=All'))
  assert.ok(mine.some((line) => /^watch \/api\/v1\/namespaces\?.*watch=true/.test(line)))
})

test('all of it listens on loopback only', async () => {
  const addresses = await listening()
  assert.is(addresses.length, 4)
  for (const address of addresses) assert.match(address, /^[0-9A-F]{6}7F:/)
})

test('up again changes nothing', async () => {
  const before = await pids()
  const { server, clients } = state()
  await up({ directory })
  assert.equal(await pids(), before)
  assert.equal(state().server, server)
  assert.equal(state().clients, clients)
})

test('what was killed is started again and has kept what it held', async () => {
  await admin().createNamespace({ body: { metadata: { name: 'kept' } } })
  await on('client01', 'echo kept > /root/file')
  await kill((await pids()).get('kube-apiserver')!)
  await kill((await pids()).get('etcd')!)
  await kill(await sshdOf('client01'))
  assert.equal(await notUp(), ['etcd', 'kube-apiserver', 'client01'])
  await up({ directory })
  assert.equal(await notUp(), [])
  assert.is((await admin().readNamespace({ name: 'kept' })).metadata?.name, 'kept')
  assert.is(await on('client01', 'cat /root/file'), 'kept')
})

test('the port of the API server is not given up, the address of a machine is', async () => {
  const { ports, clients } = state()
  await kill((await pids()).get('kube-apiserver')!)
  await kill(await sshdOf('client01'))
  assert.ok(await becomesFree('127.0.0.1', ports.api))
  const elsewhere = await choosePorts(join(directory, 'another'), ports)
  assert.not.ok(Object.values(ports).some((port) => Object.values(elsewhere).includes(port)))
  assert.ok((await reservedFor(join(directory, 'another'))).addresses.includes(clients[0]!.address))
  assert.not.ok((await reservedFor(directory)).ports.includes(ports.api))
  const other = await occupy('127.0.0.1', ports.api)
  const squatter = await occupy(clients[0]!.address, clients[0]!.port)
  assert.match(
    (await rejects(up({ directory }))).message,
    `another program listens on 127.0.0.1:${ports.api}`,
  )
  other.close()
  await up({ directory })
  squatter.close()
  assert.equal(await notUp(), [])
  assert.is.not(state().clients[0]!.address, clients[0]!.address)
  assert.is(await on('client01', 'hostname'), 'client01')
})

test('machines are added and removed to the number that is asked for', async () => {
  const kept = (await pids()).get('client01')
  await up({ directory, clients: 2 })
  assert.is(await on('client02', 'hostname'), 'client02')
  assert.is((await pids()).get('client01'), kept)
  const removed = await sshdOf('client02')
  await up({ directory, clients: 1 })
  assert.equal(
    [...(await pids()).keys()].filter((name) => name.startsWith('client')),
    ['client01'],
  )
  await gone(removed)
  assert.equal(await readdir(join(directory, 'clients')), ['client01'])
})

test('its inventory is for playbooks to edit: up follows the machines and keeps what was written', async () => {
  const file = inventoryOf(state())
  const first = await loadInventory(file)
  assert.equal(
    first.hosts.map(({ name }) => name),
    ['client01'],
  )
  assert.equal(
    first.users.map(({ name, password }) => [name, password !== undefined]),
    [
      ['bob', true],
      ['tom', true],
    ],
  )
  const carol: Edit = { do: 'add', list: 'users', entry: { name: 'carol', uid: 20_003, groups: ['dev1'] } }
  await writeFile(file, edited(file, await readFile(file, 'utf8'), [carol]))
  await up({ directory, clients: 2 })
  const second = await loadInventory(file)
  assert.equal(
    second.hosts.map(({ name, port }) => [name, port]),
    state().clients.map(({ name, port }) => [name, port]),
  )
  assert.equal(
    second.users.map(({ name }) => name),
    ['bob', 'tom', 'carol'],
  )
  await up({ directory, clients: 1 })
})

test('down leaves no process, mount or file, whatever was killed or deleted before', async () => {
  const processes = [...(await pids()).values(), await sshdOf('client01')]
  await kill((await pids()).get('etcd')!)
  await kill((await pids()).get('client01')!)
  await rm(join(directory, 'state.json'))
  await rm(join(directory, 'pki'), { recursive: true })
  await down({ directory })
  for (const pid of processes) await gone(pid)
  assert.equal(await findRunning(directory), [])
  assert.not.ok((await readFile('/proc/mounts', 'utf8')).includes(directory))
  assert.match((await rejects(stat(directory))).message, 'ENOENT')
  await down({ directory })
})

test('a directory that holds something else is neither used nor deleted', async () => {
  const foreign = await mkdtemp(join(tmpdir(), 'arena-sandbox-test-'))
  await writeFile(join(foreign, 'precious'), '')
  for (const verb of [up, down])
    assert.match((await rejects(verb({ directory: foreign }))).message, 'this directory is not a sandbox')
  assert.equal(await readdir(foreign), ['precious'])
  await rm(foreign, { recursive: true })
})

test.run()
