import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { Secret } from '../../lib/base/secret.ts'
import { sh } from '../../lib/base/shell.ts'
import { InventoryReach } from '../../lib/connect/open.ts'
import { connectOpenSsh } from '../../lib/connect/openssh/openssh.ts'
import { connectSsh } from '../../lib/connect/ssh/ssh.ts'
import { debian } from '../support/debian.ts'
import { connecting, fails, logInBy, output, server, test, using } from '../support/ssh-tests.ts'
import { PASSWORD, type Settings, startSshd, writeKey } from '../support/sshd.ts'

logInBy(connectOpenSsh)

const { signal } = new AbortController()
const options = { signal, timeoutMs: 30_000 }
const ours = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('arena-ssh-'))

test('a server with post-quantum key exchange only is reached, where node-ssh says why it is not', async () => {
  const quantum = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
  try {
    const settings = quantum.settings()
    await fails(connectSsh(settings, options), 'unreachable', 'key exchange')
    const host = await connectOpenSsh(settings, options)
    assert.is(await output(host, sh`id -u`), '0\n')
    await host.close()

    const notes: string[] = []
    const hosts = ['client01', 'client02'].map((name) => ({ ...settings, name }))
    const inventory = { hosts, cluster: {} } as unknown as ConstructorParameters<typeof InventoryReach>[0]
    const reach = new InventoryReach(inventory, { signal, timeout: 30, onNote: (text) => notes.push(text) })
    for (const { name } of hosts) assert.is(await output(await reach.host(name), sh`id -u`), '0\n')
    assert.is(notes.length, 1)
    assert.match(notes[0]!, 'client01')
    await reach.close()
  } finally {
    await quantum.stop()
  }
})

test('a server with none of the algorithms of ssh is told what it takes', async () => {
  const config = join(server().dir, 'old-only')
  await writeFile(config, 'KexAlgorithms diffie-hellman-group1-sha1\n')
  const error = await fails(
    connecting({ sshConfig: config }),
    'unreachable',
    'key exchange',
    'curve25519-sha256',
  )
  assert.not.ok(error.retryable)
})

test('a user certificate of a CA that the server trusts lets in, and the key alone does not', async () => {
  const authority = await startSshd({ config: ['TrustedUserCAKeys /etc/user-ca.pub'] })
  try {
    await writeKey(join(authority.dir, 'ca'))
    await writeFile(join(authority.dir, 'etc/user-ca.pub'), await readFile(join(authority.dir, 'ca.pub')))
    const identityFile = join(authority.dir, 'certified')
    await writeKey(identityFile)
    const log = () => connectOpenSsh(authority.settings({ identityFile }), options)
    await fails(log(), 'auth', `tried ${identityFile}`)
    const keygen = (await debian()).path('ssh-keygen')
    const signing = ['-q', '-s', join(authority.dir, 'ca'), '-I', 'test', '-n', 'root', `${identityFile}.pub`]
    await promisify(execFile)(keygen, signing)
    const host = await log()
    assert.is(await output(host, sh`id -u`), '0\n')
    await host.close()
    await fails(connectSsh(authority.settings({ identityFile }), options), 'auth')
  } finally {
    await authority.stop()
  }
})

test('ProxyCommand, Match exec and Include of ssh_config are what ssh makes of them', async () => {
  const { dir, address, port, identityFile } = server()
  const [config, included, way] = ['proxy_config', 'included', 'way'].map((name) => join(dir, name))
  await writeFile(
    way!,
    `require('fs').writeFileSync('${way}-taken', '')
    const onward = require('net').connect(${port}, '${address}')
    process.stdin.pipe(onward).pipe(process.stdout)`,
  )
  await writeFile(included!, `Host behind\n  ProxyCommand ${process.execPath} ${way}\n`)
  await writeFile(
    config!,
    `Include ${included}\nMatch originalhost behind exec "test -e ${way}"\n  User root\n` +
      `  IdentityFile ${identityFile}\n` +
      'Match originalhost behind exec "false"\n  User nobody\n',
  )
  const settings: Settings = {
    address: 'behind',
    sshConfig: config,
    user: undefined,
    port: undefined,
    identityFile: undefined,
  }
  await fails(connectSsh(server().settings(settings), options), 'inventory', 'Match exec')
  assert.is(await using((host) => output(host, sh`id -un`), settings), 'root\n')
  assert.ok(await stat(`${way}-taken`))

  await writeFile(config!, 'NoSuchOption yes\n')
  await fails(connecting(settings), 'inventory', 'ssh cannot read its configuration')
  await fails(connecting({ ...settings, sshConfig: `${config}-none` }), 'inventory', 'cannot be read')
})

test('what ssh_config says for a terminal does not loosen or hinder us', async () => {
  const { dir } = server()
  const config = join(dir, 'loose')
  const learned = join(dir, 'learned')
  await writeFile(
    config,
    `StrictHostKeyChecking no\nUserKnownHostsFile ${learned}\nControlMaster auto\nControlPath ${dir}/users-own\n` +
      'ControlPersist yes\nRequestTTY force\nRemoteCommand false\nForkAfterAuthentication yes\nLogLevel QUIET\n' +
      'StdinNull yes\nLocalForward 1 localhost:1\nUpdateHostKeys yes\n',
  )
  await fails(connecting({ sshConfig: config, hostKey: undefined }), 'host-key', 'SHA256:')
  await rejectsStat(learned)
  assert.is(await using((host) => output(host, sh`echo in`), { sshConfig: config }), 'in\n')
  await rejectsStat(join(dir, 'users-own'))
})

const rejectsStat = async (path: string): Promise<void> =>
  assert.is(await stat(path).catch(({ code }) => code), 'ENOENT')

test('the password is in no file, argument or environment, and in a fifo of the user’s own only', async () => {
  const found: string[] = []
  const look = promisify(execFile)
  const settings = { user: 'deploy', identityFile: undefined, password: new Secret('login', PASSWORD) }
  // While sshd waits a moment, everything of the login is there to be looked at.
  const connected = connecting({ ...settings, sudo: { password: new Secret('sudo', PASSWORD) } })
  let fifos = 0
  const looked = (async () => {
    for (let done = false; !done; ) {
      done = await Promise.race([connected.then(() => true), sleep(5).then(() => false)])
      const all = 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" " "'
      found.push((await look('sh', ['-c', `${all}; true`], { maxBuffer: 1e8 })).stdout)
      for (const name of await ours())
        for (const file of await readdir(join(tmpdir(), name)).catch(() => [])) {
          const path = join(tmpdir(), name, file)
          const entry = await stat(path).catch(() => undefined)
          if (entry?.isFIFO()) {
            fifos++
            assert.is(entry.mode & 0o777, 0o600)
          } else if (entry?.isFile()) found.push(await readFile(path, 'utf8').catch(() => ''))
        }
    }
  })()
  const host = await connected
  await looked
  assert.is(await output(host, sh`id -u`), '0\n')
  assert.ok(fifos > 0)
  assert.ok(found.length > 0)
  for (const text of found) assert.not.match(text, PASSWORD)
  await host.close()
})

test('close, also after a lost connection, leaves no process, socket or directory', async () => {
  const before = await ours()
  const added = async () => (await ours()).filter((name) => !before.includes(name))
  const host = await connecting()
  assert.is((await added()).length, 1)
  const dir = join(tmpdir(), (await added())[0]!)
  assert.is((await stat(dir)).mode & 0o777, 0o700)
  const pid = Number(await readFile(join(dir, 'pid'), 'utf8'))
  process.kill(pid, 0)
  await host.close()
  assert.equal(await added(), [])
  await gone(pid)

  const cut = await connecting()
  await server().killSessions()
  await fails(cut.run([{ id: 'it', script: sh`true` }], { signal }), 'unreachable', 'connection lost')
  await cut.close()
  assert.equal(await added(), [])
})

/** Waits until the process has ended, or is only waited for by its parent. */
const gone = async (pid: number): Promise<void> => {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (state === '' || / Z /.test(state)) return
    await sleep(20)
  }
}

test('a run that is killed leaves no login, no process and no directory behind', async () => {
  const program = join(server().dir, 'killed.mts')
  const lib = join(import.meta.dirname, '../../lib')
  await writeFile(
    program,
    `import { connectOpenSsh } from '${lib}/connect/openssh/openssh.ts'\n` +
      `import { sh } from '${lib}/base/shell.ts'\n` +
      `const signal = new AbortController().signal\n` +
      `const host = await connectOpenSsh(${JSON.stringify(server().settings())}, { signal, timeoutMs: 60000 })\n` +
      `const frames = [{ id: 'a', script: sh\`true\` }, { id: 'b', script: sh\`sleep 300\` }]\n` +
      `await host.run(frames, { signal, onFrame: () => console.log('at work') })\n`,
  )
  const before = await ours()
  const added = async () => (await ours()).filter((name) => !before.includes(name))
  const child = spawn(process.execPath, [...process.execArgv, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const [name] = await added()
  const pid = Number(await readFile(join(tmpdir(), name!, 'pid'), 'utf8'))
  child.kill('SIGKILL')
  await gone(pid)
  while ((await added()).length > 0) await sleep(20)
})

test('a machine without ssh, or with one that is too old, is told so before anything', async () => {
  const { dir } = server()
  const saved = process.env['PATH']
  const before = server().log().length
  try {
    for (const [place, text, words] of [
      ['no-ssh', undefined, 'has no ssh'],
      ['old-ssh', '#!/bin/sh\necho OpenSSH_7.9p1, OpenSSL >&2\n', '7.9'],
    ] as const) {
      await mkdir(join(dir, place))
      if (text !== undefined) await writeFile(join(dir, place, 'ssh'), text, { mode: 0o755 })
      await symlink('/bin/sh', join(dir, place, 'sh'))
      process.env['PATH'] = join(dir, place)
      const { hint } = await fails(connecting(), 'unreachable', words)
      assert.match(hint!, 'openssh-client')
    }
  } finally {
    process.env['PATH'] = saved
  }
  assert.is(server().log().length, before)
})

test.run()
