import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { isHere, localFile } from '../../../lib/connect/download.ts'
import { failsWith } from '../../support/errors.ts'
import { suite } from '../../support/suite.ts'

const it = suite('download', { seconds: 30 })

const CONTENT = 'the archive'
const SHA256 = createHash('sha256').update(CONTENT).digest('hex')
const signal = new AbortController().signal

let directory: string
let server: Server
let url: string
let asked = 0

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-download-'))
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(directory, name)) as [string, string]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
    asked++
    response.statusCode = request.url === '/archive' ? 200 : 404
    response.end(CONTENT)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})

it.after(async () => {
  server.close()
  await rm(directory, { recursive: true })
})

/** In a process of its own, which trusts the server's certificate. */
const download = async (from: string, sha256: string): Promise<string> => {
  const code = `
    import { localFile } from ${JSON.stringify(resolve('lib/connect/download.ts'))}
    const [from, sha256] = process.argv.slice(1)
    const { signal } = new AbortController()
    console.log(await localFile(from, sha256, signal).catch((error) => error.message))`
  const env = { ...process.env, XDG_CACHE_HOME: directory, NODE_EXTRA_CA_CERTS: join(directory, 'cert.pem') }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', code, from, sha256],
    { env },
  )
  return stdout.trim()
}

const kept = (): Promise<string[]> => readdir(join(directory, 'arena-playbooks/downloads'))

it('takes a local file as it is, when it is the one that was meant', async () => {
  const file = join(directory, 'archive')
  await writeFile(file, CONTENT)
  assert.is(await localFile(file, SHA256, signal), file)
  await failsWith(localFile(file, '0'.repeat(64), signal), 'inventory', file, SHA256)
  await failsWith(localFile(`${file}.gone`, SHA256, signal), 'inventory', `${file}.gone`, 'ENOENT')
})

it('is looked at before it is needed: a local file and its sum, a URL only when it is kept already', async () => {
  const file = join(directory, 'looked')
  await writeFile(file, CONTENT)
  assert.is(await isHere(file, SHA256), true)
  await failsWith(isHere(file, '0'.repeat(64)), 'inventory', SHA256)
  await failsWith(isHere(`${file}.gone`, SHA256), 'inventory', 'ENOENT')
  const before = asked
  assert.is(await isHere(`${url}/archive`, 'c'.repeat(64)), false)
  assert.is(asked, before)
})

it('fetches a URL once and keeps it', async () => {
  const first = await download(`${url}/archive`, SHA256)
  assert.is(await readFile(first, 'utf8'), CONTENT)
  assert.is(await download(`${url}/archive`, SHA256), first)
  assert.is(asked, 1)
})

it('keeps nothing that is not what was meant, or that was not there', async () => {
  assert.match(await download(`${url}/archive`, 'f'.repeat(64)), SHA256)
  assert.match(await download(`${url}/other`, 'e'.repeat(64)), '404')
  assert.match(await download('https://127.0.0.1:9/x', 'd'.repeat(64)), 'https://127.0.0.1:9/x')
  assert.equal(await kept(), [SHA256])
})

it.run()
