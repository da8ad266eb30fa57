import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { Secret } from '../../../../lib/base/secret.ts'
import { type Script, sh } from '../../../../lib/base/shell.ts'
import type { HostConnection } from '../../../../lib/connect/connection.ts'
import { connectLocal } from '../../../../lib/connect/host/local.ts'
import { rejects, suite } from '../../../support/suite.ts'

const test = suite('local', { seconds: 30 })
const { signal } = new AbortController()

let dir: string
let host: HostConnection
test.before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'local-'))
  host = await connect(30_000)
})
test.after(async () => {
  await host.close()
  await rm(dir, { recursive: true })
})

const connect = (timeoutMs: number) =>
  connectLocal({ name: 'client', address: 'client', connection: 'local' }, { timeoutMs })

const output = async (script: Script): Promise<string> => {
  const result = (await host.run([{ id: 'it', script }], { signal })).get('it')
  assert.ok(result?.state === 'ran')
  assert.is(result.code, 0, result.stderr)
  return result.stdout.toString('utf8')
}

const fails = async (promise: Promise<unknown>, code: string, ...words: string[]): Promise<void> => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error))
  assert.is(error.code, code, error.message)
  for (const word of words) assert.match(error.message, word)
}

test('frames run here as over SSH', async () => {
  const text = '多用户 '.repeat(200_000)
  const results = await host.run(
    [
      { id: 'a', script: sh`printf %s ${text}; echo problem >&2` },
      { id: 'b', script: sh`exit 3` },
      { id: 'c', script: sh`true`, needs: ['b'] },
    ],
    { signal },
  )
  assert.equal(results.get('a'), { state: 'ran', code: 0, stdout: Buffer.from(text), stderr: 'problem\n' })
  assert.equal(results.get('b'), { state: 'ran', code: 3, stdout: Buffer.alloc(0), stderr: '' })
  assert.equal(results.get('c'), { state: 'skipped', needs: 'b' })
})

test('our environment, where the inventory’s secrets may be, is not handed on', async () => {
  process.env['LOCAL_TEST_SECRET'] = 'canary'
  try {
    assert.not.match(await output(sh`env`), 'LOCAL_TEST_SECRET')
  } finally {
    delete process.env['LOCAL_TEST_SECRET']
  }
})

test('a secret is not in the process list while it is used', async () => {
  const secret = new Secret('pw', `canary ${process.pid} "quoted"`)
  const text = await output(sh`
    v=${secret}
    printf '%s' "$v" | grep -c canary
    for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null | grep -v 'grep -c'`)
  assert.match(text, /^1\n/)
  assert.match(text, '/bin/sh')
  assert.not.match(text, `canary ${process.pid}`)
})

test('a file is put in place whole and private', async () => {
  const [from, to] = [join(dir, 'from'), join(dir, 'made', 'to')]
  const bytes = Buffer.alloc(5_000_000, 'x中')
  await writeFile(from, bytes)
  await host.upload(from, to, signal)
  assert.ok((await readFile(to)).equals(bytes))
  assert.is((await stat(to)).mode & 0o7777, 0o600)
})

test('aborting ends the run at once, and the processes with it', async () => {
  const abort = new AbortController()
  const file = join(dir, 'pid')
  const running = host.run([{ id: 'a', script: sh`echo $$ > ${file}; exec sleep 600` }], {
    signal: abort.signal,
  })
  const failing = fails(running, 'cancelled', 'client')
  while ((await readFile(file, 'utf8').catch(() => '')) === '') await sleep(20)
  abort.abort()
  await failing
  const pid = Number(await readFile(file, 'utf8'))
  while (alive(pid)) await sleep(20)
})

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('silence for longer than the limit is a timeout', async () => {
  const impatient = await connect(300)
  await fails(impatient.run([{ id: 'hangs', script: sh`sleep 30` }], { signal }), 'timeout', 'hangs')
  await impatient.close()
})

test('a shell that is killed is an error that says where', async () => {
  await fails(
    host.run([{ id: 'suicide', script: sh`kill -9 $$` }], { signal }),
    'command',
    'SIGKILL',
    'suicide',
  )
})

test.run()
