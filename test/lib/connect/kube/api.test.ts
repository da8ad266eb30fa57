import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { install } from '@sinonjs/fake-timers'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { AutomationError, isAutomationError } from '../../../../lib/base/errors.ts'
import { Secret } from '../../../../lib/base/secret.ts'
import type { KubeConnection } from '../../../../lib/connect/connection.ts'
import { connectKube } from '../../../../lib/connect/kube/api.ts'
import { failedCall } from '../../../../lib/connect/kube/errors.ts'
import { type Json, LEASE, NAMESPACE, ROLE, TOKEN_SECRET } from '../../../../lib/kube/object.ts'
import { type Answering, answer } from '../../../support/apiserver.ts'
import { rejects, suite } from '../../../support/suite.ts'
import { claimsOf, tokenWith } from '../../../support/token.ts'

const it = suite('API connection', { seconds: 20 })
const signal = new AbortController().signal

type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => void

let site: Answering
let handle: Handler
let seen: string[] = []
const opened: KubeConnection[] = []

it.before(async () => {
  site = await answer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push(`${request.method} ${request.url}`)
    handle(Object.assign(request, { body }), response)
  })
})
it.after(async () => {
  await Promise.all(opened.map((connection) => connection.close()))
  await site.close()
})

const connect = async (handler: Handler, kubeconfig = site.kubeconfig, timeoutMs = 5000) => {
  handle = handler
  seen = []
  const connection = await connectKube({ kubeconfig, context: 'sandbox' }, { signal, timeoutMs })
  opened.push(connection)
  return connection
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

const status = (code: number, message: string, reason?: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  code,
  ...(reason !== undefined && { reason }),
})

/** Answers with each in turn, and with the last for ever. */
const inTurn = (...handlers: Handler[]): Handler => {
  let next = 0
  return (...args) => handlers[Math.min(next++, handlers.length - 1)]!(...args)
}

const fails = async (promise: Promise<unknown>): Promise<AutomationError> => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error.stack))
  return error
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev1' } }
const ok: Handler = (_, response) => json(response, 200, namespace)
const busyFor =
  (seconds: number): Handler =>
  (_, response) =>
    json(response, 429, status(429, 'slow down'), { 'retry-after': String(seconds) })
const cut: Handler = (_, response) => void response.destroy()

const inquiry = { method: 'GET', path: '/version' } as const
const BEARER = { token: 'some-token-of-ours' }

/** A kubeconfig for the same server with another user. */
const withUser = async (user: object, cluster: object = {}): Promise<string> => {
  const config = parse(await readFile(site.kubeconfig, 'utf8'))
  config.users[0].user = user
  Object.assign(config.clusters[0].cluster, cluster)
  const path = join(site.directory, `kubeconfig-${opened.length}`)
  await writeFile(path, stringify(config))
  return path
}

it('waits as long as a busy server asks, then tries again, and counts both requests', async () => {
  const connection = await connect(inTurn(busyFor(1), ok))
  const started = performance.now()
  assert.is((await connection.apply(NAMESPACE, namespace, { signal })).metadata.name, 'dev1')
  assert.ok(performance.now() - started >= 1000)
  assert.is(connection.requests, 2)
})

it('knows the time of the server by its answers, whatever our own clock says', async () => {
  const connection = await connect((_, response) =>
    json(response, 200, namespace, { date: 'Tue, 24 Nov 2020 12:00:00 GMT' }),
  )
  assert.ok(connection.now.getFullYear() > 2020)
  await connection.read('/version', signal)
  assert.is(connection.now.getFullYear(), 2020)
})

it('goes on asking a server that is busy most of the time', async () => {
  const connection = await connect(inTurn(...Array.from({ length: 9 }, () => busyFor(0)), ok))
  assert.ok(await connection.read('/version', signal))
  assert.is(connection.requests, 10)
})

it('tries again where the first connections are dropped on the way', async () => {
  const connection = await connect(inTurn(cut, cut, ok))
  assert.ok(await connection.read('/version', signal))
  assert.is(connection.requests, 3)
})

it('takes no refusal of a server for its word that was lost and is only just back', async () => {
  const forbidden: Handler = (_, response) =>
    json(response, 403, status(403, 'namespaces is forbidden: User "ann" cannot list it', 'Forbidden'))
  const connection = await connect(inTurn(ok, cut, forbidden, forbidden, ok, forbidden))
  await connection.read('/version', signal)
  assert.ok(await connection.read('/version', signal))
  assert.is(connection.requests, 5)
  const settled = await connect(inTurn(ok, forbidden))
  await settled.read('/version', signal)
  assert.is((await fails(settled.read('/version', signal))).status, 403)
  assert.is(settled.requests, 2)
})

it('creates again what a busy server has not taken', async () => {
  const connection = await connect(inTurn(busyFor(0), ok))
  await connection.create(NAMESPACE, namespace, { signal })
  assert.is(connection.requests, 2)
})

it('does not wait longer than the limit of an operation', async () => {
  const connection = await connect(busyFor(60))
  const error = await fails(connection.read('/version', signal))
  assert.equal([error.code, error.status, connection.requests], ['api', 429, 1])
})

it('reads again when the server ails or the connection is lost', async () => {
  const ailing: Handler = (_, response) => json(response, 500, status(500, 'etcd', 'InternalError'))
  const away: Handler = (_, response) => void response.writeHead(503).end()
  const connection = await connect(inTurn(ailing, away, cut, ok))
  assert.ok(await connection.read('/version', signal))
  assert.is(connection.requests, 4)
})

it('gives up at last, as unreachable', async () => {
  const connection = await connect((_, response) => void response.writeHead(503).end(), site.kubeconfig, 1500)
  const error = await fails(connection.read('/version', signal))
  assert.equal([error.code, error.status, error.exitCode], ['unreachable', 503, 3])
  assert.ok(connection.requests > 1)
})

it('sends a create or a replace only once when it may have arrived', async () => {
  for (const verb of ['create', 'replace'] as const) {
    const connection = await connect(inTurn(ok, cut, ok))
    await connection.read('/version', signal)
    assert.is((await fails(connection[verb](NAMESPACE, namespace, { signal }))).code, 'unreachable')
    assert.is(connection.requests, 2)
  }
})

it('does not repeat what the schema refuses with a 500', async () => {
  const connection = await connect((_, response) =>
    json(response, 500, status(500, 'field not declared in schema')),
  )
  const error = await fails(connection.apply(NAMESPACE, namespace, { signal }))
  assert.equal([error.code, error.status, connection.requests], ['api', 500, 1])
  assert.is(error.subject, 'Namespace dev1')
  assert.match(error.reason, 'field not declared in schema')
})

it('tells at once when nothing listens', async () => {
  const connection = await connect(ok, await withUser(BEARER, { server: 'https://127.0.0.1:1' }))
  const error = await fails(connection.read('/version', signal))
  assert.equal([error.code, error.subject], ['unreachable', 'https://127.0.0.1:1'])
})

it('trusts no server that the authority in the kubeconfig has not signed', async () => {
  const pki = (name: string) => readFile(join(site.directory, 'pki', name), 'base64')
  const stranger = await pki('etcd-ca.crt')
  const connection = await connect(ok, await withUser(BEARER, { 'certificate-authority-data': stranger }))
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  try {
    const error = await fails(connection.read('/version', signal))
    assert.is(error.code, 'unreachable')
    assert.match(error.hint!, 'certificate authority')
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  }
  assert.equal(seen, [])
})

it('trusts no server under another name', async () => {
  const connection = await connect(ok, await withUser(BEARER, { 'tls-server-name': 'api.example.com' }))
  assert.is((await fails(connection.read('/version', signal))).code, 'unreachable')
  const right = await connect(ok, await withUser(BEARER, { 'tls-server-name': 'kubernetes.default.svc' }))
  assert.ok(await right.read('/version', signal))
})

it('breaks off promptly what is in flight, waits or is queued', async () => {
  const hang: Handler = () => {}
  const connection = await connect(hang, site.kubeconfig, 120_000)
  const stop = new AbortController()
  const all = Array.from({ length: 100 }, () => fails(connection.read('/version', stop.signal)))
  while (seen.length < 32) await sleep(10)
  stop.abort()
  for (const error of await Promise.all(all)) assert.is(error.code, 'cancelled')
  assert.is(connection.requests, 32)
})

it('breaks off promptly while it waits for a busy server', async () => {
  const connection = await connect(busyFor(60), site.kubeconfig, 120_000)
  const stop = new AbortController()
  const failing = fails(connection.read('/version', stop.signal))
  while (seen.length === 0) await sleep(10)
  stop.abort()
  assert.is((await failing).code, 'cancelled')
})

it('says why it was broken off when the signal does', async () => {
  const connection = await connect(() => {})
  const reason = new AutomationError({ code: 'lock-lost', message: 'our lock was taken over' })
  assert.is(await fails(connection.read('/version', AbortSignal.abort(reason))), reason)
})

it('breaks off what is in flight when it is closed', async () => {
  const connection = await connect(() => {})
  const failing = fails(connection.read('/version', signal))
  await sleep(50)
  await connection.close()
  assert.is((await failing).code, 'cancelled')
})

it('gives up a server that does not answer within the limit', async () => {
  const connection = await connect(() => {}, site.kubeconfig, 300)
  const error = await fails(connection.read('/version', signal))
  assert.is(error.code, 'unreachable')
  assert.is(connection.requests, 1)
})

it('keeps at most 32 requests in flight, over connections that it keeps', async () => {
  const ports = new Set<number>()
  let now = 0
  let most = 0
  const full = Promise.withResolvers<void>()
  const connection = await connect(async (request, response) => {
    ports.add(request.socket.remotePort!)
    most = Math.max(most, ++now)
    if (now === 32) full.resolve()
    await full.promise
    now--
    json(response, 200, {})
  })
  await Promise.all(Array.from({ length: 200 }, () => connection.read('/version', signal)))
  assert.is(most, 32)
  assert.ok(ports.size <= 32, `${ports.size} connections`)
  assert.is(connection.requests, 200)
})

it('opens two connections, and two more each time that calls have waited for a moment', async () => {
  const clock = install({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const sockets = new Set<unknown>()
    const held: (() => void)[] = []
    let holds = false
    const connection = await connect(({ socket }, response) => {
      sockets.add(socket)
      const end = (): void => json(response, 200, { metadata: {}, items: [] })
      if (holds) held.push(end)
      else end()
    })
    const calls = () => Promise.all(Array.from({ length: 23 }, () => connection.list(ROLE, signal)))
    await calls()
    assert.is(sockets.size, 2)
    clock.tick(100)
    holds = true
    const slow = calls()
    for (const wanted of [2, 4, 6, 8]) {
      for (let tries = 0; tries < 400 && held.length < wanted; tries++) await sleep(5)
      await sleep(50)
      assert.is(held.length, wanted)
      clock.tick(15)
    }
    for (let tries = 0; tries < 400 && held.length < 10; tries++) await sleep(5)
    holds = false
    for (const end of held) end()
    await slow
    assert.is(sockets.size, 10)
  } finally {
    clock.uninstall()
  }
})

it('applies as our field manager, forced and strict, in a dry run when asked', async () => {
  let type: string | undefined
  let sent: unknown
  const connection = await connect((request, response) => {
    type = request.headers['content-type']
    sent = JSON.parse(request.body)
    ok(request, response)
  })
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'a', namespace: 'b' },
  }
  await connection.apply(ROLE, role, { signal, dryRun: true })
  const url = new URL(seen[0]!.split(' ')[1]!, site.server)
  assert.is(url.pathname, '/apis/rbac.authorization.k8s.io/v1/namespaces/b/roles/a')
  assert.equal(Object.fromEntries(url.searchParams), {
    fieldManager: 'arena-playbooks',
    fieldValidation: 'Strict',
    dryRun: 'All',
    force: 'true',
  })
  assert.equal([type, sent], ['application/apply-patch+yaml', role])
})

it('deletes with preconditions that the server reads', async () => {
  let sent: unknown
  const connection = await connect((request, response) => {
    sent = JSON.parse(request.body)
    ok(request, response)
  })
  await connection.remove(
    { kind: NAMESPACE, name: 'dev1', uid: 'u', resourceVersion: '7' },
    { signal, dryRun: true },
  )
  assert.equal(sent, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    preconditions: { uid: 'u', resourceVersion: '7' },
    dryRun: ['All'],
  })
})

const bound = {
  kind: 'bound' as const,
  namespace: 'arena-prod',
  serviceAccount: 'bob',
  anchor: { name: 'bob-token-1', uid: 'anchor' },
  seconds: 7_776_000,
}

it('asks for a token that is bound to its anchor, and tells how long it was given', async () => {
  let sent: unknown
  const value = tokenWith(claimsOf(bound, 'account', { from: 1000, until: 4600 }), 'canary')
  const connection = await connect((request, response) => {
    sent = JSON.parse(request.body)
    json(response, 201, { status: { token: value, expirationTimestamp: '1970-01-01T01:16:40Z' } })
  })
  const { token, lasts } = await connection.issue(bound, signal)
  assert.equal(seen, ['POST /api/v1/namespaces/arena-prod/serviceaccounts/bob/token'])
  assert.equal(sent, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: 7_776_000,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bob-token-1', uid: 'anchor' },
    },
  })
  assert.equal(lasts, { from: 1000, until: 4600, asked: 7_776_000 })
  assert.is(String(token), '«secret:token of bob»')
  assert.is(await token.reveal(), value)
})

it('takes no other answer for a token, and does not ask twice', async () => {
  for (const answered of [{}, { status: {} }, { status: { token: 'a.b.c', expirationTimestamp: 'soon' } }]) {
    const connection = await connect((_, response) => json(response, 201, answered))
    assert.equal([(await fails(connection.issue(bound, signal))).code, connection.requests], ['api', 1])
  }
  const ailing = await connect((_, response) => json(response, 500, status(500, 'etcd', 'InternalError')))
  await fails(ailing.issue(bound, signal))
  assert.is(ailing.requests, 1)
})

it('reads answers that are compressed', async () => {
  const connection = await connect((request, response) => {
    assert.match(request.headers['accept-encoding'] as string, 'gzip')
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify({ gitVersion: 'v1' })))
  })
  assert.equal(await connection.read('/version', signal), { gitVersion: 'v1' })
})

it('begins a list anew, in one piece, when its pages have expired', async () => {
  const page =
    (token: string): Handler =>
    (_, response) =>
      json(response, 200, { items: [namespace], metadata: { resourceVersion: '5', continue: token } })
  const gone: Handler = (_, response) => json(response, 410, status(410, 'too old', 'Expired'))
  const connection = await connect(inTurn(page('next'), gone, page('')))
  assert.equal((await connection.list(NAMESPACE, signal)).items.length, 1)
  assert.equal(
    seen,
    [
      'GET /api/v1/namespaces?limit=500',
      'GET /api/v1/namespaces?limit=500&continue=next',
      'GET /api/v1/namespaces?',
    ].map((line) => line.replace(/\?$/, '')),
  )
})

it('asks the server for nothing but token Secrets', async () => {
  const connection = await connect((_, response) =>
    json(response, 200, { items: null, metadata: { resourceVersion: '1' } }),
  )
  assert.equal(await connection.list(TOKEN_SECRET, signal), { items: [], resourceVersion: '1' })
  assert.match(decodeURIComponent(seen[0]!), 'fieldSelector=type=kubernetes.io/service-account-token')
})

it('says what right is missing', async () => {
  const message =
    'roles.rbac.authorization.k8s.io is forbidden: User "ann" cannot list resource "roles" in API ' +
    'group "rbac.authorization.k8s.io" at the cluster scope'
  const connection = await connect((_, response) => json(response, 403, status(403, message, 'Forbidden')))
  const error = await fails(connection.list(ROLE, signal))
  assert.equal([error.code, error.status, error.subject], ['api', 403, 'roles'])
  assert.match(error.hint!, 'list on roles.rbac.authorization.k8s.io')
})

it('shows of an answer its message only: short, harmless and without secrets', async () => {
  const password = 'correct horse battery'
  await new Secret('password', password).reveal()
  const message = `${password}\u001b[31m${'x'.repeat(1000)}`
  const body = { ...status(422, message), details: { causes: [{ message: 'in the body' }] } }
  const connection = await connect((_, response) => json(response, 422, body))
  const error = await fails(connection.create(NAMESPACE, namespace, { signal }))
  assert.not.match(error.message, password)
  assert.not.match(error.message, 'in the body')
  assert.match(error.message, '«secret»\\u001b[31mxxx')
  assert.ok(error.message.length < 600)
})

it('takes its own token out of what a server says', async () => {
  const token = 'kubeconfig-token-1234'
  const connection = await connect(
    (request, response) => json(response, 400, status(400, `you sent ${request.headers.authorization}`)),
    await withUser({ token }),
  )
  const error = await fails(connection.read('/version', signal))
  assert.match(error.message, 'you sent Bearer «secret»')
})

it('calls credentials that are not accepted by that name', async () => {
  const connection = await connect((_, response) => json(response, 401, status(401, 'Unauthorized')))
  const error = await fails(connection.read('/version', signal))
  assert.equal([error.code, error.exitCode, connection.requests], ['auth', 3, 1])
})

it('does not take a log-in page for an answer', async () => {
  const connection = await connect((_, response) => void response.end('<html>secret page'))
  const error = await fails(connection.read('/version', signal))
  assert.equal([error.code, error.message.includes('secret page')], ['api', false])
})

it('calls only what the network did unreachable: a bug of ours is a bug, and not tried again', async () => {
  const call = { verb: 'get', subject: 'namespaces' }
  const coded = (error: Error, code: string) => Object.assign(error, { code })
  for (const [error, code, status] of [
    [coded(new Error('reset'), 'ECONNRESET'), 'unreachable', 3],
    [coded(new Error('certificate has expired'), 'CERT_HAS_EXPIRED'), 'unreachable', 3],
    [coded(new Error('incorrect header check'), 'Z_DATA_ERROR'), 'unreachable', 3],
    [coded(new AggregateError([], ''), 'ECONNREFUSED'), 'unreachable', 3],
    [new SyntaxError('of JSON'), 'api', 1],
    [new Error('ours'), 'bug', 70],
    [new TypeError('ours'), 'bug', 70],
    [coded(new TypeError('ours'), 'ERR_INVALID_ARG_TYPE'), 'bug', 70],
    [coded(new RangeError('ours'), 'ERR_OUT_OF_RANGE'), 'bug', 70],
    ['thrown', 'bug', 70],
  ] as const) {
    const failure = failedCall(call, 'https://127.0.0.1', error)
    assert.equal([failure.code, failure.exitCode], [code, status], String(error))
    assert.is(failure.retryable, code === 'unreachable')
  }
  const connection = await connect(ok)
  const cyclic: Record<string, Json> = {}
  cyclic['itself'] = cyclic
  const failed = await fails(connection.create(NAMESPACE, { ...namespace, spec: cyclic }, { signal }))
  assert.equal([failed.code, connection.requests], ['bug', 1])
})

it('says of a token that no request can carry that it cannot be used, and not what it is', async () => {
  const token = 'a\u0001token of 张三'
  const connection = await connect(ok, await withUser({ token }))
  const mine = await fails(connection.read('/version', signal))
  const theirs = await fails(connection.inquire({ ...inquiry, token: new Secret('of ann', token) }, signal))
  for (const error of [mine, theirs]) {
    assert.equal([error.code, connection.requests], ['auth', 0])
    assert.not.match(error.message, '张三')
  }
})

it('asks a credential plugin once for many requests, and again when what it gave has expired', async () => {
  const log = join(site.directory, 'plugin.log')
  const plugin = join(site.directory, 'plugin')
  const tokens: (string | undefined)[] = []
  const credential =
    '{"status": {"token": "from-plugin", "expirationTimestamp": "\'$(date -u -d "+1 hour" +%FT%TZ)\'"}}'
  await writeFile(plugin, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> ${log}\necho '${credential}'\n`, {
    mode: 0o700,
  })
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', args: [] }
  const connection = await connect(
    (request, response) => {
      tokens.push(request.headers.authorization)
      json(response, 200, {})
    },
    await withUser({ exec }),
  )
  const asked = async () => (await readFile(log, 'utf8')).trim().split('\n')
  await Promise.all(Array.from({ length: 20 }, () => connection.read('/version', signal)))
  assert.is((await asked()).length, 1)
  assert.is(JSON.parse((await asked())[0]!).spec.interactive, false)
  const clock = install({ now: Date.now() + 7_200_000, toFake: ['Date'] })
  try {
    await connection.read('/version', signal)
  } finally {
    clock.uninstall()
  }
  assert.is((await asked()).length, 2)
  assert.equal([...new Set(tokens)], ['Bearer from-plugin'])
})

it('tells a credential plugin about the cluster, when the kubeconfig says so', async () => {
  const told = join(site.directory, 'cluster-info')
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', `printf %s "$KUBERNETES_EXEC_INFO" > ${told}; echo '{"status": {"token": "given"}}'`],
  }
  const cluster = {
    'tls-server-name': 'kubernetes.default.svc',
    extensions: [
      { name: 'other', extension: 1 },
      { name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } },
    ],
  }
  const specTold = async (provideClusterInfo: boolean) => {
    const connection = await connect(ok, await withUser({ exec: { ...exec, provideClusterInfo } }, cluster))
    await connection.read('/version', signal)
    return JSON.parse(await readFile(told, 'utf8')).spec
  }
  const { clusters } = parse(await readFile(site.kubeconfig, 'utf8'))
  assert.equal(await specTold(false), { interactive: false })
  assert.equal(await specTold(true), {
    interactive: false,
    cluster: {
      server: site.server,
      'certificate-authority-data': clusters[0].cluster['certificate-authority-data'],
      'tls-server-name': 'kubernetes.default.svc',
      config: { audience: 'a' },
    },
  })
})

it('acts as whom the kubeconfig says, with groups, uid and extra', async () => {
  let headers: string[] = []
  const connection = await connect(
    (request, response) => {
      headers = request.rawHeaders
      json(response, 200, {})
    },
    await withUser({
      ...BEARER,
      as: 'ann',
      'as-uid': '7',
      'as-groups': ['ops', '运维'],
      'as-user-extra': { 'example.com/scope (x)': ['a', 'b'] },
    }),
  )
  await connection.read('/version', signal)
  const sent = headers.flatMap((name, index) =>
    index % 2 === 0 && /^impersonate/i.test(name)
      ? [`${name}: ${Buffer.from(headers[index + 1]!, 'latin1')}`]
      : [],
  )
  assert.equal(sent, [
    'Impersonate-User: ann',
    'Impersonate-Uid: 7',
    'Impersonate-Group: ops',
    'Impersonate-Group: 运维',
    'Impersonate-Extra-example.com%2Fscope%20%28x%29: a',
    'Impersonate-Extra-example.com%2Fscope%20%28x%29: b',
  ])
})

it('says what a credential plugin complains of, but not what it printed', async () => {
  const plugin = async (script: string): Promise<AutomationError> => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      installHint: 'install it from example.com',
    }
    const connection = await connect(ok, await withUser({ exec }))
    return fails(connection.read('/version', signal))
  }
  const complaint = await plugin('echo "session expired" >&2; exit 1')
  assert.equal([complaint.code, complaint.hint], ['auth', 'install it from example.com'])
  assert.match(complaint.message, 'session expired')
  for (const script of ['echo raw-token', `echo '{}'`])
    assert.equal(
      [(await plugin(script)).code, (await plugin(script)).reason.includes('raw-token')],
      ['auth', false],
    )
})

it('reads the token of a token file anew', async () => {
  const file = join(site.directory, 'token')
  await writeFile(file, 'from-file\n')
  let token: string | undefined
  const connection = await connect(
    (request, response) => {
      token = request.headers.authorization
      json(response, 200, {})
    },
    await withUser({ tokenFile: 'token' }),
  )
  await connection.read('/version', signal)
  assert.is(token, 'Bearer from-file')
})

it('is never anonymous: by an empty token file, a plugin without words, or a server that says so', async () => {
  let asked = 0
  const count: Handler = (_, response) => {
    asked++
    json(response, 200, {})
  }
  await writeFile(join(site.directory, 'token'), '\n')
  const silent = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: '' },
  }
  for (const user of [
    { tokenFile: 'token' },
    { exec: { apiVersion: silent.apiVersion, command: 'echo', args: [JSON.stringify(silent)] } },
  ]) {
    const error = await fails((await connect(count, await withUser(user))).read('/version', signal))
    assert.is(error.code, 'auth')
  }
  assert.is(asked, 0)
  const said = 'roles is forbidden: User "system:anonymous" cannot list resource "roles" in API group "x"'
  const connection = await connect((_, response) => json(response, 403, status(403, said, 'Forbidden')))
  const error = await fails(connection.read('/version', signal))
  assert.is(error.code, 'auth')
  assert.not.match(error.hint!, 'grant')
})

it('goes through the proxy of the kubeconfig', async () => {
  const targets: string[] = []
  const proxy = createServer().on('connect', (request, socket) => {
    targets.push(request.url!)
    const { hostname, port } = new URL(site.server)
    const onward = connectTcp(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const connection = await connect(ok, await withUser(BEARER, { 'proxy-url': url }))
  try {
    assert.ok(await connection.read('/version', signal))
    assert.equal(targets, [new URL(site.server).host])
  } finally {
    await connection.close()
    proxy.close()
  }
})

it('follows a kind over several connections and begins anew when its version is unknown', async () => {
  const event = (type: string, version: string, name = 'a') =>
    `${JSON.stringify({ type, object: { ...namespace, metadata: { name, resourceVersion: version } } })}\n`
  const gone = `${JSON.stringify({ type: 'ERROR', object: status(410, 'too old', 'Expired') })}\n`
  const stop = new AbortController()
  const connection = await connect(
    inTurn(
      (_, response) =>
        void response.end(event('ADDED', '11') + event('DELETED', '12') + event('BOOKMARK', '15')),
      (_, response) => void response.end(gone),
      (_, response) =>
        void response.write(event('MODIFIED', '30', 'é').slice(0, -30), () => response.destroy()),
      (_, response) => void response.write(event('ADDED', '31', 'b')),
    ),
  )
  const names: string[] = []
  await connection.watch(
    NAMESPACE,
    '10',
    ({ metadata }) => {
      names.push(metadata.name)
      if (metadata.name === 'b') stop.abort()
    },
    stop.signal,
  )
  assert.equal(names, ['a', 'b'])
  const versions = seen.map((line) => new URL(line.slice(4), site.server).searchParams.get('resourceVersion'))
  assert.equal(versions, ['10', '15', null, null])
})

it('goes on watching where a server that is only just back refuses it', async () => {
  const forbidden: Handler = (_, response) => json(response, 403, status(403, 'no', 'Forbidden'))
  const event = { type: 'ADDED', object: { ...namespace, metadata: { name: 'a', resourceVersion: '2' } } }
  const stop = new AbortController()
  const connection = await connect(
    inTurn(ok, cut, forbidden, forbidden, (_, response) => void response.write(`${JSON.stringify(event)}\n`)),
  )
  await connection.read('/version', signal)
  await connection.watch(NAMESPACE, '1', () => stop.abort(), stop.signal)
  assert.is(connection.requests, 5)
})

it('does not go on watching what it may not', async () => {
  const connection = await connect((_, response) => json(response, 403, status(403, 'no', 'Forbidden')))
  const error = await fails(connection.watch(LEASE, '1', () => {}, signal))
  assert.equal([error.status, connection.requests], [403, 1])
})

it('passes on what the watcher throws', async () => {
  const connection = await connect(
    (_, response) => void response.write(`${JSON.stringify({ type: 'ADDED', object: namespace })}\n`),
  )
  const watching = connection.watch(
    NAMESPACE,
    '1',
    () => {
      throw new RangeError('ours')
    },
    signal,
  )
  assert.instance(await rejects(watching), RangeError)
})

it.run()
