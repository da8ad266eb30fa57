import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('cluster access', { seconds: 240 })

const KUBECONFIG = 'kubeconfig/clu-ann'

let state: SandboxState
let directory: string
let files: Awaited<ReturnType<typeof inventoryFile>>
const open: (Server | ReturnType<typeof createServer>)[] = []

type Cluster = InventoryInput['cluster']

/** One user in one group on one machine. */
const inventory = (cluster: Partial<Cluster>): InventoryInput => {
  const table = tenants('clu', 14_400, state)
  return {
    ...table,
    cluster: { context: state.context, kubeconfig: state.kubeconfig, ...cluster },
    hosts: table.hosts.slice(0, 1),
    groups: table.groups.slice(0, 1),
    users: table.users.slice(0, 1).map((user) => ({ ...user, uid: 24_499 })),
    volumes: [],
  }
}

const setup = async (cluster: Partial<Cluster>, ...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory(cluster)), ...flags)

/** What the cluster answers ann, with the kubeconfig of that user. */
const asAnn = (command = 'arena-kubectl get pods'): Promise<string> =>
  runOn('client01', `su - clu-ann -c '${command}' 2>&1 || true`, state)
const WORKS = 'No resources found in clu1 namespace'

const config = (): Promise<string> => runOn('client01', 'cat /home/clu-ann/.kube/config', state)
const edit = (script: string): Promise<string> =>
  runOn('client01', `sed -i '${script}' /home/clu-ann/.kube/config`, state)

type Fields = Record<string, unknown>

const merged = (entry: Fields, other: Fields): Fields =>
  Object.fromEntries(Object.entries({ ...entry, ...other }).filter(([, value]) => value !== null))

let written = 0

/** The administrator's kubeconfig with other entries of the cluster and of the user; `null` takes a field out. */
const kubeconfig = async (cluster: Fields, user: Fields = {}): Promise<string> => {
  const text = parse(await readFile(state.kubeconfig, 'utf8'))
  text.clusters[0].cluster = merged(text.clusters[0].cluster, cluster)
  text.users[0].user = merged(text.users[0].user, user)
  const path = join(directory, `kubeconfig-${written++}`)
  await writeFile(path, stringify(text))
  return path
}

const joined = (one: Socket, other: Socket): void => {
  one.pipe(other).pipe(one)
  one.on('error', () => other.destroy())
  other.on('error', () => one.destroy())
}

const toServer = (): Socket => connect(Number(new URL(state.server).port), '127.0.0.1')

const portOf = async (server: (typeof open)[number], address = '127.0.0.1'): Promise<number> => {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return (server.address() as AddressInfo).port
}

it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'clu-access-'))
  files = await inventoryFile()
  const told = await setup({})
  assert.is(told.code, 0, told.summary)
  assert.match(await asAnn(), WORKS)
})
it.after(async () => {
  for (const server of open) server.close()
  await runOn('cluster', 'kubectl delete namespace clu1 --ignore-not-found --wait=false', state)
  await rm(directory, { recursive: true, force: true })
})

it('gives users the name in the certificate that the admin needs', async () => {
  // An address that the certificate of the API server does not name.
  const port = await portOf(
    createServer((socket) => joined(socket, toServer())),
    '127.0.9.14',
  )
  const server = `https://127.0.9.14:${port}`
  const name = { 'tls-server-name': 'kubernetes.default.svc' }
  const without = await setup({ kubeconfig: await kubeconfig({ server }) }, '--check')
  assert.is(without.code, 3, without.summary)
  const told = await setup({ kubeconfig: await kubeconfig({ server, ...name }) })
  assert.is(told.code, 0, told.summary)
  assert.equal(
    told.changes.map(({ id, change }) => [id, change.diffs.map(({ field }) => field)]),
    [[KUBECONFIG, ['cluster.server', 'cluster.tls-server-name']]],
  )
  assert.match(await asAnn(), WORKS)
  await edit('/tls-server-name/d')
  assert.match(await asAnn(), 'certificate is valid for')
  const named = { server, tlsServerName: 'kubernetes.default.svc' }
  assert.is((await setup(named)).code, 0)
  assert.match(await asAnn(), WORKS)
  assert.equal((await setup(named, '--check')).changes, [])
})

it('overwrites no file that works where only the admin has the proxy, and leaves alone what users write', async () => {
  const asked: string[] = []
  const proxy = createHttpServer().on('connect', (request, socket) => {
    asked.push(request.url!)
    if (asked.length < 3) return void socket.destroy()
    const onward = toServer()
    onward.once('connect', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    joined(socket as Socket, onward)
  })
  const url = `http://127.0.0.1:${await portOf(proxy)}`
  // A name that only the proxy knows.
  const server = 'https://kubernetes.default.svc:6443'
  const path = await kubeconfig({ server, 'proxy-url': url })
  const before = await config()
  const refused = await setup({ kubeconfig: path })
  assert.is(refused.code, 1, refused.summary)
  assert.equal(asked[0], 'kubernetes.default.svc:6443')
  const { change } = refused.actions.find(({ id }) => id === KUBECONFIG)!
  assert.is(change.op, 'refuse')
  assert.match(change.hint!, 'proxyUrl')
  assert.is(await config(), before)
  assert.match(await asAnn(), WORKS)

  const wrong = await setup({ kubeconfig: path, server })
  assert.is(wrong.code, 0, wrong.summary)
  assert.not.match(await asAnn(), WORKS)
  await edit(`s|^    server: .*|&\\n    proxy-url: ${url}|`)
  assert.match(await asAnn(), WORKS)
  assert.equal((await setup({ kubeconfig: path, server }, '--check')).changes, [])

  await edit('/proxy-url/d')
  const told = await setup({ kubeconfig: path, proxyUrl: url })
  assert.is(told.code, 0, told.summary)
  assert.match(await asAnn(), WORKS)
})

it('writes no certificate authority where the admin has none', async () => {
  const trusted = '/tmp/clu-ca.crt'
  const ca = await readFile(join(state.directory, 'pki', 'cluster-ca.crt'), 'utf8')
  const path = await kubeconfig({ 'certificate-authority-data': null })
  const untrusted = await setup({ kubeconfig: path }, '--check')
  assert.is(untrusted.code, 3, untrusted.summary)
  process.env.NODE_EXTRA_CA_CERTS = join(state.directory, 'pki', 'cluster-ca.crt')
  try {
    const told = await setup({ kubeconfig: path })
    assert.is(told.code, 0, told.summary)
    assert.equal((await setup({ kubeconfig: path }, '--check')).changes, [])
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS
  }
  assert.not.match(await config(), 'certificate-authority-data')
  assert.match(await asAnn(), 'certificate signed by unknown authority')
  await runOn('client01', `cat > ${trusted} <<'PEM'\n${ca}PEM\n`, state)
  assert.match(await asAnn(`SSL_CERT_FILE=${trusted} arena-kubectl get pods`), WORKS)
  await runOn('client01', `rm ${trusted}`, state)
})

it('acts as the groups that the admin acts as', async () => {
  const role = 'kubectl create clusterrolebinding clu-admins --clusterrole=cluster-admin --group=clu-admins'
  await runOn('cluster', role, state)
  const alone = await setup({ kubeconfig: await kubeconfig({}, { as: 'clu-somebody' }) }, '--check')
  assert.is(alone.code, 1, alone.summary)
  assert.match(alone.stdout + alone.stderr, 'clu-somebody')
  const groups = { as: 'clu-somebody', 'as-groups': ['clu-others', 'clu-admins'] }
  const path = await kubeconfig({}, groups)
  const told = await setup({ kubeconfig: path })
  assert.is(told.code, 0, told.summary)
  assert.equal((await setup({ kubeconfig: path }, '--check')).changes, [])
  await runOn('cluster', 'kubectl delete clusterrolebinding clu-admins', state)
  assert.is((await setup({ kubeconfig: path }, '--check')).code, 1)
})

it('tells a credential plugin about the cluster where that is asked for', async () => {
  const { users } = parse(await readFile(state.kubeconfig, 'utf8'))
  const { 'client-certificate-data': certificate, 'client-key-data': key } = users[0].user
  const status = {
    clientCertificateData: Buffer.from(certificate, 'base64').toString(),
    clientKeyData: Buffer.from(key, 'base64').toString(),
  }
  const apiVersion = 'client.authentication.k8s.io/v1'
  await writeFile(
    join(directory, 'credential.json'),
    JSON.stringify({ apiVersion, kind: 'ExecCredential', status }),
  )
  const asked = ['server', 'certificate-authority-data', 'config'].map(
    (field) => `case $KUBERNETES_EXEC_INFO in *'"${field}":'*) ;; *) echo 'no cluster' >&2; exit 1 ;; esac`,
  )
  await writeFile(
    join(directory, 'plugin'),
    `#!/bin/sh
${asked.join('\n')}
cat '${directory}/credential.json'
`,
    { mode: 0o755 },
  )
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'clu' } }]
  const exec = { apiVersion, command: './plugin', interactiveMode: 'Never' }
  const by = (provideClusterInfo: boolean): Promise<string> =>
    kubeconfig(
      { extensions },
      { 'client-certificate-data': null, 'client-key-data': null, exec: { ...exec, provideClusterInfo } },
    )
  const without = await setup({ kubeconfig: await by(false) }, '--check')
  assert.is(without.code, 3, without.summary)
  assert.match(without.stdout + without.stderr, 'no cluster')
  const path = await by(true)
  await edit('s|^    server: .*|    server: https://elsewhere.example.com|')
  const told = await setup({ kubeconfig: path })
  assert.equal([told.code, told.changes.map(({ id }) => id)], [0, [KUBECONFIG]], told.summary)
  assert.match(await asAnn(), WORKS)
})

it('says that KUBECONFIG with several files is not read, and the command that makes one of them', async () => {
  const parts = [await kubeconfig({}), await kubeconfig({})]
  const { kubeconfig: _, ...cluster } = inventory({}).cluster
  const file = await files.write({ ...inventory({}), cluster })
  const atHome = async (): Promise<Told> => {
    const { HOME } = process.env
    Object.assign(process.env, { HOME: directory, KUBECONFIG: parts.join(':') })
    try {
      return await runPlaybook('setup', file, '--check')
    } finally {
      process.env.HOME = HOME
      delete process.env.KUBECONFIG
    }
  }
  const unread = await atHome()
  assert.is(unread.code, 65, unread.summary)
  const command = /kubectl config view --flatten > <file>/.exec(unread.stdout + unread.stderr)
  assert.ok(command, unread.summary)
  await mkdir(join(directory, '.kube'))
  const whole = command[0].replace('<file>', join(directory, '.kube', 'config'))
  await runOn('cluster', `KUBECONFIG=${parts.join(':')} ${whole}`, state)
  const told = await atHome()
  assert.is(told.code, 0, told.summary)
})

it('does not take a wrong address for an old cluster', async () => {
  const path = await kubeconfig({ server: `${state.server}/somewhere` })
  const told = await setup({ kubeconfig: path }, '--check')
  assert.is(told.code, 1)
  assert.match(told.stdout + told.stderr, 'answers 404 to /version')
})

it.run()
