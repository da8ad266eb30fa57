import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { type AutomationError, isAutomationError } from '../../lib/base/errors.ts'
import type { KubeConnection } from '../../lib/connect/connection.ts'
import { connectKube } from '../../lib/connect/kube/api.ts'
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type KubeObject,
  NAMESPACE,
  pathOf,
  RESOURCE_QUOTA,
  ROLE,
  ROLE_BINDING,
  SERVICE_ACCOUNT,
  TOKEN_SECRET,
} from '../../lib/kube/object.ts'
import { type ApiServer, startApiServer } from '../support/apiserver.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('a real API server', { seconds: 60 })
const signal = new AbortController().signal

let api: ApiServer
let kube: KubeConnection

it.before(async () => {
  api = await startApiServer()
  kube = await connect(api.kubeconfig)
  await kube.apply(NAMESPACE, namespace('dev1'), { signal })
})
it.after(async () => {
  await kube?.close()
  await api?.stop()
})

const connect = (kubeconfig: string): Promise<KubeConnection> =>
  connectKube({ kubeconfig, context: 'sandbox' }, { signal, timeoutMs: 30_000 })

/** A kubeconfig whose user is another. */
const asUser = async (name: string, user: (admin: object) => object): Promise<KubeConnection> => {
  const config = parse(await readFile(api.kubeconfig, 'utf8'))
  config.users[0].user = user(config.users[0].user)
  const path = join(api.directory, `${name}.kubeconfig`)
  await writeFile(path, stringify(config))
  return connect(path)
}

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const role = (name: string, verbs: string[] = ['get']): KubeObject => ({
  apiVersion: ROLE.apiVersion,
  kind: 'Role',
  metadata: { name, namespace: 'dev1' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
})
const roleAt = (name: string): string => pathOf(ROLE, 'dev1', name)
const find = async (name: string) => kube.read(roleAt(name), signal)

const fails = async (promise: Promise<unknown>): Promise<AutomationError> => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error.stack))
  return error
}

it('reads what is there and nothing where there is nothing', async () => {
  assert.match((await kube.read('/version', signal))?.['gitVersion'] as string, /^v1\./)
  assert.is(await kube.read('/apis/kubeflow.org', signal), undefined)
  assert.is(await find('absent'), undefined)
  assert.is((await kube.read(pathOf(NAMESPACE, undefined, 'dev1'), signal))?.metadata.name, 'dev1')
})

it('applies an object, changes it and owns its fields', async () => {
  assert.is(await find('applied'), undefined)
  const made = await kube.apply(ROLE, role('applied'), { signal })
  assert.is(made.metadata.managedFields?.[0]?.manager, 'arena-playbooks')
  const changed = await kube.apply(ROLE, role('applied', ['get', 'list']), { signal })
  assert.equal(changed['rules'], role('', ['get', 'list'])['rules'])
  const again = await kube.apply(ROLE, role('applied', ['get', 'list']), { signal })
  assert.is(again.metadata.resourceVersion, changed.metadata.resourceVersion)
})

it('takes a field over from another manager', async () => {
  await kube.create(
    ROLE,
    { ...role('foreign'), metadata: { ...role('foreign').metadata, labels: { a: 'old' } } },
    { signal },
  )
  const mine = { ...role('foreign'), metadata: { ...role('foreign').metadata, labels: { a: 'new' } } }
  assert.equal((await kube.apply(ROLE, mine, { signal })).metadata.labels, { a: 'new' })
})

it('stores nothing in a dry run', async () => {
  await kube.apply(ROLE, role('dry'), { signal, dryRun: true })
  await kube.create(ROLE, role('dry'), { signal, dryRun: true })
  assert.is(await find('dry'), undefined)
  const made = await kube.create(ROLE, role('dry'), { signal })
  await kube.replace(ROLE, { ...made, rules: [] }, { signal, dryRun: true })
  await kube.remove({ kind: ROLE, ...made.metadata, uid: made.metadata.uid! }, { signal, dryRun: true })
  assert.equal((await find('dry'))?.['rules'], made['rules'])
})

it('creates once, and says conflict the second time', async () => {
  await kube.create(ROLE, role('created'), { signal })
  const error = await fails(kube.create(ROLE, role('created'), { signal }))
  assert.equal([error.code, error.status, error.subject], ['conflict', 409, 'Role dev1/created'])
})

it('replaces only what it has seen', async () => {
  const made = await kube.create(ROLE, role('replaced'), { signal })
  const { managedFields: _, ...metadata } = made.metadata
  const wanted = {
    ...made,
    metadata: { ...metadata, labels: { a: 'b' } },
    rules: role('', ['list'])['rules'],
  }
  const replaced = await kube.replace(ROLE, wanted, { signal })
  assert.equal([replaced['rules'], replaced.metadata.labels], [wanted.rules, { a: 'b' }])
  assert.is((await fails(kube.replace(ROLE, wanted, { signal }))).code, 'conflict')
})

it('removes only the very object, and is content when it is gone', async () => {
  const first = await kube.create(ROLE, role('removed'), { signal })
  const ref = { kind: ROLE, namespace: 'dev1', name: 'removed' }
  assert.is((await fails(kube.remove({ ...ref, uid: 'another' }, { signal }))).code, 'conflict')
  const changed = await kube.apply(ROLE, role('removed', ['list']), { signal })
  const seen = { ...ref, uid: first.metadata.uid!, resourceVersion: first.metadata.resourceVersion! }
  assert.is((await fails(kube.remove(seen, { signal }))).code, 'conflict')
  assert.ok(await find('removed'))
  await kube.remove({ ...seen, resourceVersion: changed.metadata.resourceVersion! }, { signal })
  assert.is(await find('removed'), undefined)
  await kube.remove(seen, { signal })
})

it('passes on what the server finds wrong with an object', async () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'dev1' },
    spec: { hard: { gpu: '1' } },
  }
  const invalid = await fails(kube.apply(RESOURCE_QUOTA, quota, { signal }))
  assert.equal([invalid.code, invalid.status], ['api', 422])
  assert.match(invalid.message, 'must be a standard resource')
  const unknown = await fails(kube.create(ROLE, { ...role('typo'), rule: [] }, { signal }))
  assert.equal([unknown.code, unknown.status], ['api', 400])
  assert.match(unknown.message, 'unknown field "rule"')
})

it('does not repeat a field that server-side apply does not know', async () => {
  const before = kube.requests
  const error = await fails(kube.apply(NAMESPACE, { ...namespace('dev1'), spec: { typo: 1 } }, { signal }))
  assert.match(error.message, '.spec.typo: field not declared in schema')
  assert.is(kube.requests, before + 1)
})

it('says when a namespace is missing', async () => {
  const stray = { ...role('stray'), metadata: { name: 'stray', namespace: 'nowhere' } }
  const error = await fails(kube.apply(ROLE, stray, { signal }))
  assert.equal([error.code, error.status], ['api', 404])
  assert.match(error.message, 'namespaces "nowhere" not found')
})

it('says which right somebody lacks', async () => {
  const nobody = await asUser('nobody', (admin) => ({ ...admin, as: 'nobody' }))
  const list = await fails(nobody.list(ROLE_BINDING, signal))
  assert.equal([list.code, list.status], ['api', 403])
  assert.is(list.hint, 'grant list on rolebindings.rbac.authorization.k8s.io in the whole cluster')
  const write = await fails(nobody.apply(ROLE, role('theirs'), { signal }))
  assert.is(write.hint, 'grant patch on roles.rbac.authorization.k8s.io in the namespace dev1')
  const read = await fails(nobody.read(pathOf(SERVICE_ACCOUNT, 'dev1', 'x'), signal))
  assert.is(read.hint, 'grant get on serviceaccounts in the namespace dev1')
  await nobody.close()
})

it('says that nobody may grant more than they have', async () => {
  const some = { ...role('some'), rules: [{ apiGroups: ['*'], resources: ['roles'], verbs: ['*'] }] }
  some.rules[0]!.verbs = ['get', 'create', 'patch']
  await kube.apply(ROLE, some, { signal })
  await kube.apply(
    ROLE_BINDING,
    {
      apiVersion: ROLE.apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'some', namespace: 'dev1' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'some' }],
    },
    { signal },
  )
  const limited = await asUser('some', (admin) => ({ ...admin, as: 'some' }))
  const error = await fails(limited.apply(ROLE, role('more'), { signal }))
  assert.equal([error.status, /escalate/.test(error.hint!)], [403, true])
  await limited.close()
})

it('does not accept a token that the server does not', async () => {
  const stranger = await asUser('stranger', () => ({ token: 'wrong-token-of-mine' }))
  const error = await fails(stranger.list(NAMESPACE, signal))
  assert.equal([error.code, error.exitCode, stranger.requests], ['auth', 3, 1])
  assert.not.match(error.message, 'wrong-token-of-mine')
  await stranger.close()
})

it('lists every page, with kinds put back, and counts each request', async () => {
  await Promise.all(
    Array.from({ length: 1050 }, (_, index) => kube.apply(ROLE, role(`page-${index}`), { signal })),
  )
  const before = kube.requests
  const { items, resourceVersion } = await kube.list(ROLE, signal)
  assert.is(kube.requests, before + 3)
  const pages = items.filter(({ metadata }) => metadata.name.startsWith('page-'))
  assert.is(new Set(pages.map(({ metadata }) => metadata.name)).size, 1050)
  assert.ok(items.every(({ apiVersion, kind }) => apiVersion === ROLE.apiVersion && kind === 'Role'))
  assert.match(resourceVersion, /^\d+$/)
})

it('lists token Secrets and no others', async () => {
  const secret = (name: string, type: string, annotations = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'dev1', annotations },
    type,
  })
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bob', namespace: 'dev1' } }
  await kube.create(SERVICE_ACCOUNT, account, { signal })
  await kube.create(TOKEN_SECRET, secret('other', 'Opaque'), { signal })
  const annotations = { 'kubernetes.io/service-account.name': 'bob' }
  await kube.create(TOKEN_SECRET, secret('bob-token-1', 'kubernetes.io/service-account-token', annotations), {
    signal,
  })
  const { items } = await kube.list(TOKEN_SECRET, signal)
  assert.equal(
    items.map(({ metadata }) => metadata.name),
    ['bob-token-1'],
  )
})

it('breaks off a list promptly', async () => {
  const stop = new AbortController()
  const listing = fails(kube.list(ROLE, stop.signal))
  stop.abort()
  assert.is((await listing).code, 'cancelled')
})

/** Collects what a watch reports until it is ended. */
const watching = (kind = RESOURCE_QUOTA, version = '') => {
  const names: string[] = []
  const stop = new AbortController()
  const ended = kube.watch(kind, version, ({ metadata }) => void names.push(metadata.name), stop.signal)
  const until = async (name: string): Promise<void> => {
    while (!names.includes(name)) await sleep(10)
  }
  return {
    names,
    until,
    async end() {
      stop.abort()
      await ended
    },
  }
}

const quota = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: 'dev1' },
  spec: { hard: { pods: '1' } },
})

it('watches from where a list ended, and ends when told', async () => {
  await kube.apply(RESOURCE_QUOTA, quota('before'), { signal })
  const { resourceVersion } = await kube.list(RESOURCE_QUOTA, signal)
  const watch = watching(RESOURCE_QUOTA, resourceVersion)
  await kube.apply(RESOURCE_QUOTA, quota('after'), { signal })
  await watch.until('after')
  assert.equal(watch.names, ['after'])
  await watch.end()
})

it('watches everything when it does not know from where', async () => {
  const watch = watching()
  await watch.until('before')
  await watch.end()
})

it('goes on working and watching when the API server was away', async () => {
  const { resourceVersion } = await kube.list(RESOURCE_QUOTA, signal)
  const watch = watching(RESOURCE_QUOTA, resourceVersion)
  await kube.apply(RESOURCE_QUOTA, quota('first'), { signal })
  await watch.until('first')
  await api.halt()
  const writing = kube.apply(RESOURCE_QUOTA, quota('second'), { signal })
  await api.resume()
  await writing
  await watch.until('second')
  await watch.end()
  assert.not.ok(watch.names.includes('before'))
})

it('takes no refusal for an answer while the API server is only coming back', async () => {
  await kube.apply(
    CLUSTER_ROLE_BINDING,
    {
      apiVersion: ROLE.apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'waker' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'waker' }],
    },
    { signal },
  )
  const waker = await asUser('waker', (admin) => ({ ...admin, as: 'waker' }))
  const answered = (): Promise<string> =>
    waker.list(NAMESPACE, signal).then(
      () => 'listed',
      (error) => (isAutomationError(error) ? error.code : String(error)),
    )
  while ((await answered()) !== 'listed') await sleep(100)
  await api.halt()
  const seen = new Set<string>()
  let isBack = false
  const resuming = api.resume().finally(() => {
    isBack = true
  })
  while (!isBack) seen.add(await answered())
  await resuming
  seen.add(await answered())
  seen.delete('unreachable')
  assert.equal([...seen], ['listed'])
  await waker.close()
})

it('reaches an API server behind something that cuts the first connections, also in the middle of TLS', async () => {
  const port = Number(new URL(api.server).port)
  let dialed = 0
  const relay = createServer((socket) => {
    dialed++
    socket.on('error', () => {})
    if (dialed === 1) return void socket.destroy()
    if (dialed === 2) return void socket.once('data', () => socket.resetAndDestroy())
    const onward = connectTcp(port, '127.0.0.1').on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  try {
    const config = parse(await readFile(api.kubeconfig, 'utf8'))
    config.clusters[0].cluster.server = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`
    const path = join(api.directory, 'relayed.kubeconfig')
    await writeFile(path, stringify(config))
    const relayed = await connect(path)
    const { items } = await relayed.list(NAMESPACE, signal)
    assert.ok(items.some(({ metadata }) => metadata.name === 'dev1'))
    assert.equal([dialed, relayed.requests], [3, 3])
    await relayed.close()
  } finally {
    relay.close()
  }
})

it('watches anew when the version it knows is too old', async () => {
  const watch = watching(RESOURCE_QUOTA, '1')
  await watch.until('before')
  await watch.end()
})

it('is unreachable while the API server is down', async () => {
  await api.halt()
  const newcomer = await connect(api.kubeconfig)
  const error = await fails(newcomer.list(CLUSTER_ROLE, signal))
  assert.equal([error.code, error.exitCode, error.subject], ['unreachable', 3, api.server])
  // One that the server drops as it goes is tried again; one that it refuses is not.
  assert.ok(newcomer.requests <= 2, `${newcomer.requests} requests`)
  await newcomer.close()
  await api.resume()
})

it.run()
