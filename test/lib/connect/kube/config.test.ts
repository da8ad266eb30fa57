import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { type AutomationError, isAutomationError } from '../../../../lib/base/errors.ts'
import type { KubeSettings } from '../../../../lib/connect/connection.ts'
import { connectKube } from '../../../../lib/connect/kube/api.ts'
import { rejects, suite } from '../../../support/suite.ts'

const it = suite('kubeconfig')
const directory = await mkdtemp(join(tmpdir(), 'arena-kubeconfig-'))
const PEM = '-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

let count = 0
const file = async (text: string): Promise<string> => {
  const path = join(directory, `config-${++count}`)
  await writeFile(path, text)
  return path
}

interface Parts {
  cluster?: object
  user?: object
}

const kubeconfig = ({ cluster, user }: Parts = {}): Promise<string> =>
  file(
    stringify({
      clusters: [{ name: 'prod', cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
      users: [{ name: 'admin', user: { token: 'top-secret-token', ...user } }],
      contexts: [
        { name: 'admin@prod', context: { cluster: 'prod', user: 'admin' } },
        { name: 'lost', context: { cluster: 'gone', user: 'admin' } },
      ],
    }),
  )

const connect = (path: string, context = 'admin@prod', told: Partial<KubeSettings> = {}) =>
  connectKube(
    { kubeconfig: path, context, ...told },
    { signal: new AbortController().signal, timeoutMs: 1000 },
  )

const refused = async (connecting: Promise<unknown>): Promise<AutomationError> => {
  const error = await rejects(connecting)
  assert.ok(isAutomationError(error))
  assert.is(error.code, 'inventory')
  assert.not.match(error.message, 'top-secret-token')
  return error
}

it.after(() => rm(directory, { recursive: true }))

it('gives users the server and the certificate authority of the context', async () => {
  const path = await kubeconfig({ cluster: { 'certificate-authority-data': base64(PEM) } })
  assert.equal((await connect(path)).endpoint, { server: 'https://10.0.0.1:6443', ca: PEM })
})

it('gives users the name in the certificate with our own address only', async () => {
  const cluster = { 'tls-server-name': 'kubernetes.default.svc' }
  assert.is((await connect(await kubeconfig({ cluster }))).endpoint.tlsServerName, 'kubernetes.default.svc')
  const other = await connect(await kubeconfig({ cluster }), 'admin@prod', {
    server: 'https://api.example.com',
  })
  assert.is(other.endpoint.tlsServerName, undefined)
  const told = { server: 'https://api.example.com', tlsServerName: 'api.internal' }
  assert.is(
    (await connect(await kubeconfig({ cluster }), 'admin@prod', told)).endpoint.tlsServerName,
    'api.internal',
  )
})

it('does not know how users get there where we need a proxy, until the inventory says so', async () => {
  const path = await kubeconfig({ cluster: { 'proxy-url': 'http://ann:top-secret-token@10.0.0.3:3128' } })
  const { untold, proxyUrl } = (await connect(path)).endpoint
  assert.is(proxyUrl, undefined)
  assert.match(untold!.reason, /https:\/\/10\.0\.0\.1:6443 .*proxy-url/)
  assert.not.match(untold!.reason + untold!.hint, 'top-secret-token')
  for (const told of [{ server: 'https://10.0.0.1:6443' }, { proxyUrl: 'http://10.0.0.3:3128' }])
    assert.is((await connect(path, 'admin@prod', told)).endpoint.untold, undefined)
})

it('gives users another server when the inventory names one', async () => {
  const { endpoint } = await connect(await kubeconfig(), 'admin@prod', { server: 'https://api.example.com' })
  assert.equal(endpoint, { server: 'https://api.example.com', ca: '' })
})

it('reads a certificate authority from a file beside the kubeconfig', async () => {
  await writeFile(join(directory, 'ca.crt'), PEM)
  const path = await kubeconfig({ cluster: { 'certificate-authority': 'ca.crt' } })
  assert.is((await connect(path)).endpoint.ca, PEM)
})

it('names a file that the kubeconfig names and that is not there', async () => {
  const error = await refused(connect(await kubeconfig({ user: { 'client-certificate': 'gone.crt' } })))
  assert.match(error.reason, join(directory, 'gone.crt'))
  assert.match(error.reason, 'ENOENT')
})

it('names a kubeconfig that is not there', async () => {
  const error = await refused(connect('/nowhere/config'))
  assert.is(error.subject, '/nowhere/config')
  assert.match(error.reason, 'ENOENT')
  assert.match(error.hint!, 'cluster.kubeconfig')
})

it('names the line of a mistake and quotes none', async () => {
  const path = await file('contexts: []\nusers:\n- user: {token: top-secret-token\nclusters: []\n')
  const error = await refused(connect(path))
  assert.match(error.subject!, /config-\d+:\d+$/)
})

it('refuses what is not a kubeconfig', async () => {
  for (const text of ['', 'top-secret-token', 'a: 1', '- b'])
    assert.match((await refused(connect(await file(text)))).subject!, /config-\d+$/)
})

it('lists the contexts there are when the wanted one is not', async () => {
  const error = await refused(connect(await kubeconfig(), 'staging'))
  assert.match(error.reason, '"staging"')
  assert.match(error.hint!, 'admin@prod, lost')
})

it('says which entry a context misses', async () => {
  const error = await refused(connect(await kubeconfig(), 'lost'))
  assert.match(error.message, '"gone"')
})

it('says what an entry lacks', async () => {
  const error = await refused(connect(await kubeconfig({ cluster: { server: '' } })))
  assert.match(error.message, /"prod".*cluster\.server/)
})

it('refuses to be anonymous', async () => {
  for (const text of [
    'users: [{name: a, user: {}}]\ncontexts: [{name: admin@prod, context: {cluster: c, user: a}}]',
    'users: [{name: a}]\ncontexts: [{name: admin@prod, context: {cluster: c, user: a}}]',
    'contexts: [{name: admin@prod, context: {cluster: c}}]',
  ]) {
    const clusters = 'clusters: [{name: c, cluster: {server: https://10.0.0.1}}]'
    assert.match((await refused(connect(await file(`${clusters}\n${text}`)))).message, 'anonymous')
  }
})

it('refuses an auth-provider that kubectl has given up', async () => {
  const user = { token: undefined, 'auth-provider': { name: 'gcp' } }
  assert.match((await refused(connect(await kubeconfig({ user })))).message, /auth-provider.*"gcp"/)
})

it('says that KUBECONFIG is not read', async () => {
  process.env.KUBECONFIG = '/a/config:/b/config'
  try {
    const staged = await kubeconfig()
    for (const connecting of [() => connect('/nowhere/config'), () => connect(staged, 'staging')])
      assert.match((await refused(connecting())).hint!, 'KUBECONFIG (/a/config:/b/config)')
  } finally {
    delete process.env.KUBECONFIG
  }
})

it('refuses insecure-skip-tls-verify', async () => {
  const error = await refused(connect(await kubeconfig({ cluster: { 'insecure-skip-tls-verify': true } })))
  assert.match(error.message, 'insecure-skip-tls-verify')
})

it('refuses a server without TLS', async () => {
  const error = await refused(connect(await kubeconfig({ cluster: { server: 'http://10.0.0.1' } })))
  assert.match(error.message, 'https')
})

it('refuses a proxy that it cannot speak to', async () => {
  const error = await refused(connect(await kubeconfig({ cluster: { 'proxy-url': 'socks5://10.0.0.2' } })))
  assert.match(error.message, 'proxy-url')
})

it('says that certificates cannot be used before anything is sent', async () => {
  const connection = await connect(
    await kubeconfig({ cluster: { 'certificate-authority-data': base64(PEM) } }),
  )
  await refused(connection.read('/version', new AbortController().signal))
  assert.is(connection.requests, 0)
})

it.run()
