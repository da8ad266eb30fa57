import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import ssh2 from 'ssh2'
import * as assert from 'uvu/assert'
import { type AutomationError, isAutomationError } from '../../lib/base/errors.ts'
import { Secret } from '../../lib/base/secret.ts'
import { Script, sh } from '../../lib/base/shell.ts'
import type { Frame, FrameResult, HostConnection } from '../../lib/connect/connection.ts'
import type { ConnectOptions } from '../../lib/connect/ssh/ssh.ts'
import type { Host } from '../../lib/inventory/schema.ts'
import { debian } from './debian.ts'
import { PASSWORD, type Settings, type Sshd, startSshd, writeKey } from './sshd.ts'
import { rejects, suite } from './suite.ts'

/** Logs in to a machine: the transport under test. */
export type Connect = (settings: Host, options: ConnectOptions) => Promise<HostConnection>

let connectSsh: Connect

/** Says by which transport the tests of this module log in; they are the same for each. */
export const logInBy = (connect: Connect): void => {
  connectSsh = connect
}

export const test = suite('ssh', { seconds: 60 })
const { signal } = new AbortController()

let sshd: Sshd
test.before(async () => {
  sshd = await startSshd()
})
test.after(() => sshd.stop())

/** The server that the tests share. */
export const server = (): Sshd => sshd

export const connecting = (more: Settings = {}, timeoutMs = 30_000) =>
  connectSsh(sshd.settings(more), { signal, timeoutMs })

export const using = async <T>(
  use: (host: HostConnection) => Promise<T>,
  more: Settings = {},
  timeoutMs?: number,
): Promise<T> => {
  const host = await connecting(more, timeoutMs)
  try {
    return await use(host)
  } finally {
    await host.close()
  }
}

export const output = async (host: HostConnection, script: Script): Promise<string> => {
  const result = (await host.run([{ id: 'it', script }], { signal })).get('it')
  assert.ok(result?.state === 'ran')
  assert.is(result.code, 0, result.stderr)
  return result.stdout.toString('utf8')
}

export const fails = async (promise: Promise<unknown>, code: string, ...words: (string | RegExp)[]) => {
  const error = await rejects(promise)
  assert.ok(isAutomationError(error), String(error))
  assert.is(error.code, code, error.message)
  for (const word of words) assert.match(error.message, word as string)
  return error as AutomationError
}

test('a batch is one exec on one connection, whatever the number of frames', async () => {
  await using(async (host) => {
    const connections = sshd.log().match(/Connection from/g)?.length
    const frames = Array.from({ length: 50 }, (_, index) => ({
      id: String(index),
      script: sh`echo ${index}`,
    }))
    const results = await host.run(frames, { signal })
    assert.equal(
      [...results].map(([id, result]) => [id, result.state === 'ran' && result.stdout.toString()]),
      frames.map(({ id }) => [id, `${id}\n`]),
    )
    assert.is(host.execs, 1)
    assert.equal(await host.run([], { signal }), new Map())
    assert.is(host.execs, 1)
    await output(host, sh`true`)
    assert.is(host.execs, 2)
    assert.is(sshd.log().match(/Connection from/g)?.length, connections)
  })
})

test('a server that allows few sessions at a time serves one run after the other', async () => {
  const strict = await startSshd({ config: ['MaxSessions 2'] })
  try {
    const host = await connectSsh(strict.settings(), { signal, timeoutMs: 10_000 })
    for (let round = 0; round < 20; round++) assert.is(await output(host, sh`echo ${round}`), `${round}\n`)
    await fails(
      Promise.all([1, 2, 3].map(() => output(host, sh`sleep 1`))),
      'unreachable',
      'no command could be started',
    )
    await host.close()
  } finally {
    await strict.stop()
  }
})

test('frames are told about while later ones still run', async () => {
  await using(async (host) => {
    const seen: [string, FrameResult['state']][] = []
    const go = join(sshd.dir, 'go')
    const frames: Frame[] = [
      { id: 'first', script: sh`true` },
      { id: 'waits', script: sh`while [ ! -e ${go} ]; do sleep 0.02; done` },
      { id: 'skipped', script: sh`true`, needs: ['fails'] },
    ]
    frames.splice(2, 0, { id: 'fails', script: sh`false` })
    const running = host.run(frames, { signal, onFrame: (id, { state }) => seen.push([id, state]) })
    while (seen.length === 0) await sleep(5)
    assert.equal(seen, [['first', 'ran']])
    await writeFile(go, '')
    await running
    assert.equal(seen.slice(1), [
      ['waits', 'ran'],
      ['fails', 'ran'],
      ['skipped', 'skipped'],
    ])
  })
})

test('a callback that throws rejects the run', async () => {
  await using(async (host) => {
    const onFrame = () => {
      throw new Error('of the caller')
    }
    const error = await rejects(host.run([{ id: 'a', script: sh`true` }], { signal, onFrame }))
    assert.match(error.message, 'of the caller')
  })
})

test('characters that arrive in pieces stay whole', async () => {
  const text = '多用户共享集群 '.repeat(40_000)
  await using(async (host) => {
    assert.is(await output(host, sh`printf %s ${text}`), text)
    const results = await host.run([{ id: 'it', script: sh`printf %s ${text} >&2` }], { signal })
    const result = results.get('it')
    assert.ok(result?.state === 'ran')
    assert.is(result.stderr, text)
  })
})

test('a noisy profile of the login shell does not get in the way', async () => {
  await using(
    async (host) => {
      const results = await host.run([{ id: 'it', script: sh`echo "$HOME"; echo problem >&2` }], { signal })
      const result = results.get('it')
      assert.ok(result?.state === 'ran')
      assert.is(result.stdout.toString(), '/home/noisy\n')
      assert.is(result.stderr, 'problem\n')
    },
    { user: 'noisy' },
  )
})

test('a big script and a big output at once do not wait for each other', async () => {
  const half = randomBytes(1_000_000).toString('hex')
  await using(async (host) => {
    const frames = [1, 2, 3].map((id) => ({
      id: String(id),
      script: sh`printf %s ${half}; printf %s ${half} >&2`,
    }))
    for (const result of (await host.run(frames, { signal })).values()) {
      assert.ok(result.state === 'ran')
      assert.ok(result.stdout.equals(Buffer.from(half)))
      assert.ok(result.stderr === half)
    }
    const zeros = await output(host, sh`head -c 50000000 /dev/zero`)
    assert.is(zeros.length, 50_000_000)
  })
})

test('frames may exit, be killed or be no shell at all; the rest is run', async () => {
  await using(async (host) => {
    const texts = ['exit 3', "sh -c 'kill -9 $$'", 'if (', 'echo end']
    const results = await host.run(
      texts.map((text) => ({ id: text, script: new Script([text]) })),
      { signal },
    )
    const codes = [...results.values()].map((result) => result.state === 'ran' && result.code)
    assert.equal([codes[0], codes[1], codes[3]], [3, 137, 0])
    assert.ok(codes[2] !== 0)
  })
})

test('a batch whose own shell is killed says in which frame, and keeps what ended before', async () => {
  await using(async (host) => {
    const seen: string[] = []
    const frames = ['true', 'kill -9 $$', 'true'].map((text, index) => ({
      id: `frame ${index}`,
      script: new Script([text]),
    }))
    await fails(
      host.run(frames, { signal, onFrame: (id) => seen.push(id) }),
      'command',
      'client01',
      'killed by SIGKILL',
      'frame 1',
    )
    assert.equal(seen, ['frame 0'])
    assert.is(await output(host, sh`echo still there`), 'still there\n')
  })
})

test('a step that leaves something running behind does not hold the batch up', async () => {
  await using(async (host) => {
    assert.is(await output(host, sh`sleep 120 & echo started`), 'started\n')
  })
})

test('a secret is in nobody’s process list, environment or temporary file while it is used', async () => {
  const canary = `canary-${randomBytes(8).toString('hex')}`
  const secret = new Secret('pw', `${canary} with spaces & "quotes"`)
  await using(async (host) => {
    const look = sh`
      v=${secret}
      printf '%s' "$v" | { read -r got; [ "$got" = "$v" ] && echo used; }
      for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; tr '\\0' ' ' < $p/environ; done 2>/dev/null
      find /run /root /home -type f -exec cat {} + 2>/dev/null
      find /tmp -maxdepth 1 -newermt '-60 seconds' -size -100k -type f -exec cat {} + 2>/dev/null
      echo "pids:" $(ls /proc | grep -c '^[0-9]')`
    const text = await output(host, look)
    assert.match(text, /used\n/)
    assert.match(text, /sshd: root/)
    assert.match(text, /pids: [1-9]/)
    assert.not.match(text, canary)
  })
})

test('an unknown host is refused before anything is shown to it', async () => {
  const file = join(sshd.dir, 'empty')
  await writeFile(file, '')
  const error = await fails(
    connecting({ hostKey: undefined, knownHosts: file, user: 'never-logged-in' }),
    'host-key',
    'client01',
    `${sshd.address}:${sshd.port}`,
    'SHA256:',
  )
  await writeFile(file, error.hint!.match(/echo '(.*?)' >>/)![1]!)
  await using((host) => output(host, sh`true`), { hostKey: undefined, knownHosts: file })
  assert.not.match(sshd.log(), 'never-logged-in')
})

test('a changed key is refused, whatever kind of key is known', async () => {
  const other = await writeKey(join(sshd.dir, 'other'))
  const file = join(sshd.dir, 'changed')
  await writeFile(file, `# old\n[${sshd.address}]:${sshd.port} ${other}\n`)
  await fails(connecting({ hostKey: undefined, knownHosts: file }), 'host-key', 'HAS CHANGED', `${file}:2`)
  await fails(connecting({ hostKey: [other] }), 'host-key', 'HAS CHANGED', 'hostKey[0] of client01')
})

test('a host that is known by one kind of key is asked for that kind', async () => {
  await using((host) => output(host, sh`true`), { hostKey: [sshd.hostKeys.ecdsa] })
})

test('a host in a hashed known_hosts file is known', async () => {
  const file = join(sshd.dir, 'hashed')
  await writeFile(file, `[${sshd.address}]:${sshd.port} ${sshd.hostKeys.ed25519}\n`)
  await promisify(execFile)((await debian()).path('ssh-keygen'), ['-H', '-f', file])
  assert.not.match(await readFile(file, 'utf8'), sshd.address)
  await using((host) => output(host, sh`true`), { hostKey: undefined, knownHosts: file })
})

test('a jump host is logged in to with its own key checked, and leads on', async () => {
  const jump = `root@${sshd.address}:${sshd.port}`
  const file = join(sshd.dir, 'known')
  await writeFile(file, `[${sshd.address}]:${sshd.port} ${sshd.hostKeys.ed25519}\n`)
  const before = sshd.log().match(/Accepted publickey/g)!.length
  await using((host) => output(host, sh`echo through`), { proxyJump: `${jump},${jump}`, knownHosts: file })
  assert.is(sshd.log().match(/Accepted publickey/g)!.length - before, 3)

  await fails(
    connecting({ proxyJump: jump, knownHosts: '/dev/null' }),
    'host-key',
    `jump host ${sshd.address}`,
  )
  await fails(
    connecting({ proxyJump: jump, knownHosts: file, port: 1 }),
    'unreachable',
    `the jump host cannot reach ${sshd.address}:1`,
    'refused',
  )
})

test('ssh_config is enough to get there', async () => {
  const config = join(sshd.dir, 'ssh_config')
  const known = join(sshd.dir, 'known-by-name')
  await writeFile(known, `the-client ${sshd.hostKeys.ed25519}\n`)
  await writeFile(
    config,
    `Host client0?\n  HostName ${sshd.address}\n  Port ${sshd.port}\n  User root\n  HostKeyAlias the-client\n` +
      `  UserKnownHostsFile ${known}\n  IdentityFile ${sshd.dir}/id_%n\n`,
  )
  await writeFile(join(sshd.dir, 'id_client01'), await readFile(sshd.identityFile), { mode: 0o600 })
  const settings: Host = {
    name: 'client01',
    address: 'client01',
    connection: 'ssh',
    sshConfig: config,
  }
  const host = await connectSsh(settings, { signal, timeoutMs: 10_000 })
  assert.is(await output(host, sh`id -u`), '0\n')
  await host.close()
})

test('a connection that is cut in mid-run rejects as unreachable, and so does the next run', async () => {
  await using(async (host) => {
    const running = host.run(
      [
        { id: 'a', script: sh`echo before` },
        { id: 'b', script: sh`sleep 20` },
      ],
      { signal, onFrame: () => void sshd.killSessions() },
    )
    const error = await fails(running, 'unreachable', /connection lost after [1-9]\d* bytes/)
    assert.ok(error.retryable)
    await fails(host.run([{ id: 'c', script: sh`true` }], { signal }), 'unreachable', 'connection lost')
    await fails(host.upload(sshd.identityFile, '/root/x', signal), 'unreachable', 'connection lost')
  })
})

test('a connection that is cut or reset while nothing runs does not end the process', async () => {
  const sockets: Socket[] = []
  const [proxy, port] = await listening((socket) => {
    sockets.push(socket)
    const onward = connect(sshd.port, sshd.address)
    for (const end of [socket, onward]) end.on('error', () => {})
    onward.on('close', () => socket.destroy())
    socket.pipe(onward).pipe(socket)
  })
  const cut = [
    async () => assert.ok((await sshd.killSessions()) > 0),
    async () => sockets.at(-1)!.resetAndDestroy(),
  ]
  for (const how of cut)
    await using(
      async (host) => {
        await output(host, sh`true`)
        await how()
        await sleep(100)
        await fails(host.run([{ id: 'c', script: sh`true` }], { signal }), 'unreachable', 'connection lost')
      },
      { address: '127.0.0.1', port },
    )
  proxy.close()
})

test('aborting ends a run at once, starts nothing more, and leaves the connection usable', async () => {
  await using(async (host) => {
    const abort = new AbortController()
    const witness = join(sshd.dir, 'after-abort')
    const running = host.run(
      [
        { id: 'a', script: sh`true` },
        { id: 'b', script: sh`sleep 120` },
        { id: 'c', script: sh`echo x > ${witness}` },
      ],
      { signal: abort.signal, onFrame: () => abort.abort() },
    )
    await fails(running, 'cancelled', 'client01')
    assert.is(await output(host, sh`echo on`), 'on\n')
    await sleep(1_300)
    await rejects(stat(witness))
    await fails(host.run([{ id: 'd', script: sh`true` }], { signal: abort.signal }), 'cancelled')
  })
})

test('the step that a broken-off change is at is waited for, by looks and by the next change', async () => {
  const at = join(sshd.dir, 'at')
  const go = join(sshd.dir, 'may-end')
  const step = {
    id: 'it',
    script: sh`echo begun > ${at}; while [ ! -e ${go} ]; do sleep 0.02; done; cat ${at}; echo ended > ${at}`,
  }
  const said = async (): Promise<string> => readFile(at, 'utf8').catch(() => '')
  const breakOff = (changes: boolean) =>
    using(async (host) => {
      const abort = new AbortController()
      const cut = host.run([step], { signal: abort.signal, changes })
      while ((await said()) !== 'begun\n') await sleep(20)
      abort.abort()
      await fails(cut, 'cancelled')
    })
  await using(async (host) => {
    await breakOff(false)
    assert.is(await output(host, sh`cat ${at}`), 'begun\n', 'a look is not waited for by looks')
    await writeFile(go, '')
    while ((await said()) !== 'ended\n') await sleep(20)
    await rm(go)
    await breakOff(true)
    const look = output(host, sh`cat ${at}`)
    await writeFile(go, '')
    assert.is(await look, 'ended\n')
    await rm(go)
    await breakOff(true)
    const changing = host.run([step], { signal, changes: true })
    await writeFile(go, '')
    assert.is(String(((await changing).get('it') as { stdout: Buffer }).stdout), 'begun\n')
  })
})

test('aborting with a reason of ours keeps it', async () => {
  await using(async (host) => {
    const abort = new AbortController()
    const { AutomationError } = await import('../../lib/base/errors.ts')
    const running = host.run([{ id: 'a', script: sh`sleep 60` }], { signal: abort.signal })
    abort.abort(new AutomationError({ code: 'lock-lost', message: 'somebody took the lock' }))
    await fails(running, 'lock-lost')
  })
})

test('silence for longer than the limit is a timeout that names what hung', async () => {
  await using(
    async (host) => {
      const busy = sh`for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.7; done`
      assert.match(await output(host, busy), '8')
      await fails(host.run([{ id: 'hangs', script: sh`sleep 9` }], { signal }), 'timeout', '5 s', 'hangs')
    },
    {},
    // A login gets no longer, also on a busy machine.
    5_000,
  )
})

test('a host that never stops talking is cut off before it fills the memory', async () => {
  await using(async (host) => {
    const endless = host.run([{ id: 'endless', script: sh`cat /dev/zero` }], { signal })
    await fails(endless, 'command', 'more than 256 MB', 'endless')
    assert.is(await output(host, sh`echo on`), 'on\n')
  })
})

test('twenty megabytes arrive intact, as root’s own file, under their name only when whole', async () => {
  const from = join(sshd.dir, 'big')
  const to = join(sshd.dir, "it's big (1)")
  const bytes = randomBytes(20_000_000)
  await writeFile(from, bytes)
  await writeFile(to, 'old')
  await chmod(to, 0o644)
  await using(async (host) => {
    await host.upload(from, to, signal)
    assert.is(host.execs, 1)
  })
  const got = await readFile(to)
  assert.is(hash(got), hash(bytes))
  const { mode, uid, gid } = await stat(to)
  assert.equal([(mode & 0o7777).toString(8), uid, gid], ['600', 0, 0])
  assert.equal(await leftovers(), [])
})

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const leftovers = async (): Promise<string[]> =>
  (await readdir(sshd.dir)).filter((name) => name.endsWith('.tmp'))

test('an upload that fails leaves the old file and nothing else', async () => {
  const from = join(sshd.dir, 'small')
  const dir = join(sshd.dir, 'a-directory')
  const link = join(sshd.dir, 'a-link')
  await writeFile(from, 'new')
  await writeFile(join(sshd.dir, 'kept'), 'old')
  await mkdir(dir)
  await symlink(join(sshd.dir, 'kept'), link)
  await using(async (host) => {
    await fails(
      host.upload(from, `${from}/x`, signal),
      'command',
      `${from}/x on client01`,
      'cannot create directory',
    )
    await fails(host.upload(join(sshd.dir, 'big'), dir, signal), 'command', 'is a directory')
    await fails(host.upload(join(sshd.dir, 'missing'), '/root/x', signal), 'inventory', 'missing', 'ENOENT')
    await fails(host.upload(from, 'relative', signal), 'bug')
    await host.upload(from, link, signal)
    await host.upload(from, join(dir, 'made/on/the way'), signal)
    const abort = new AbortController()
    const endless = host.upload('/dev/zero', join(sshd.dir, 'kept'), abort.signal)
    setTimeout(() => abort.abort(), 200)
    await fails(endless, 'cancelled')
  })
  assert.is(await readFile(join(sshd.dir, 'kept'), 'utf8'), 'old')
  assert.is(await readFile(link, 'utf8'), 'new')
  assert.not((await stat(link)).isSymbolicLink())
  assert.is(await readFile(join(dir, 'made/on/the way'), 'utf8'), 'new')
  assert.is((await stat(join(dir, 'made'))).mode & 0o777, 0o700)
  assert.equal(await readdir(dir), ['made'])
  while ((await leftovers()).length > 0) await sleep(20)
})

test('a user who is not root is told to set sudo', async () => {
  const error = await using(
    (host) =>
      fails(host.run([{ id: 'a', script: sh`true` }], { signal }), 'auth', 'logged in as plain', 'uid 2003'),
    { user: 'plain' },
  )
  assert.match(error.hint!, 'sudo')
})

test('sudo without a password makes root of a user, for frames and uploads', async () => {
  const witness = join(sshd.dir, 'by-sudo')
  await using(
    async (host) => {
      assert.is(await output(host, sh`id -u; umask`), '0\n0077\n')
      await host.upload(sshd.identityFile, witness, signal)
      assert.is(host.execs, 2)
    },
    { user: 'free', sudo: true },
  )
  assert.is((await stat(witness)).uid, 0)
})

test('sudo gets its password on standard input, and what it does not read is dropped', async () => {
  const password = new Secret('sudo', PASSWORD)
  for (const user of ['deploy', 'free'])
    await using(
      async (host) => {
        const text = await output(host, sh`id -u; tr '\\0' ' ' < /proc/$$/environ; cat /proc/[0-9]*/cmdline`)
        assert.match(text, /^0\n/)
        assert.not.match(text, PASSWORD)
        const big = 'x'.repeat(1_000_000)
        assert.is(await output(host, sh`printf %s ${big}`), big)
        const error = await fails(
          host.upload(sshd.identityFile, '/etc', signal),
          'command',
          '/etc on client01',
        )
        assert.match(error.message, /could not be written: is a directory$/m)
      },
      { user, sudo: { password } },
    )
})

test('a refused sudo password is offered once, and not again in the next run', async () => {
  const attempts = async (): Promise<number> =>
    ((await readFile(join(sshd.dir, 'sudo.log'), 'utf8')).match(/incorrect password attempt/g) ?? []).length
  const before = await attempts()
  await using(
    async (host) => {
      const run = () => host.run([{ id: 'a', script: sh`true` }], { signal })
      const error = await fails(run(), 'auth', 'client01', 'sudo refused the password')
      assert.not.match(error.message + String(error.hint), 'wrong horse')
      await fails(run(), 'auth', 'sudo refused the password')
    },
    { user: 'deploy', sudo: { password: new Secret('sudo', 'wrong horse') } },
  )
  assert.is((await attempts()) - before, 1)
  assert.match(await readFile(join(sshd.dir, 'sudo.log'), 'utf8'), /\b1 incorrect password attempt/)
})

test('what sudo refuses is told apart', async () => {
  const refused = (more: Settings, ...words: string[]) =>
    using((host) => fails(host.run([{ id: 'a', script: sh`true` }], { signal }), 'auth', ...words), more)
  const password = new Secret('sudo', PASSWORD)
  await refused({ user: 'deploy', sudo: true }, 'does not make root of deploy without a password')
  await refused({ user: 'plain', sudo: { password } }, 'does not make root of plain')
  await refused({ user: 'shut', sudo: true }, 'the shell that sudo starts can start no program')
  await refused({ user: 'locked' }, 'runs no commands', 'not available')
  await using((host) => output(host, sh`true`), {
    user: 'root',
    sudo: { password: new Secret('sudo', 'unused') },
  })
})

test('a wrong login password is tried once', async () => {
  const failures = (): number => sshd.log().match(/Failed password for deploy/g)?.length ?? 0
  const before = failures()
  const settings = { user: 'deploy', identityFile: undefined, password: new Secret('login', 'wrong horse') }
  const error = await fails(
    connecting(settings),
    'auth',
    'deploy was refused',
    'tried password',
    'publickey,',
  )
  assert.not.match(error.message + error.hint, 'wrong horse')
  assert.is(failures() - before, 1)
  const right = {
    ...settings,
    password: new Secret('login', PASSWORD),
    sudo: { password: new Secret('sudo', PASSWORD) },
  }
  assert.is(await using((host) => output(host, sh`id -u`), right), '0\n')
})

test('a server that hangs up on a password is not shown it again', async () => {
  let shown = 0
  const hostKey = await readFile(join(sshd.dir, 'host_ed25519'))
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'password') return attempt.reject(['password'])
      shown++
      client.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const settings = { identityFile: undefined, password: new Secret('login', PASSWORD) }
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const login = connecting({ ...settings, address: '127.0.0.1', port: address.port })
  await fails(login, 'unreachable', 'during the login of root')
  assert.is(shown, 1)
  server.close()
})

test('a refused key is named, with what the server takes', async () => {
  const path = join(sshd.dir, 'stranger')
  await writeKey(path)
  await fails(
    connecting({ identityFile: path }),
    'auth',
    'root was refused',
    `tried ${path}`,
    'takes publickey',
  )
  await fails(connecting({ identityFile: join(sshd.dir, 'none') }), 'auth', `${sshd.dir}/none does not exist`)
  await writeFile(join(sshd.dir, 'rubbish'), 'rubbish')
  await fails(
    connecting({ identityFile: join(sshd.dir, 'rubbish') }),
    'inventory',
    'rubbish',
    'not a private key',
  )
})

test('a server that wants a key and a password says what is missing, and gets both in either order', async () => {
  for (const order of ['publickey,password', 'password,publickey']) {
    const both = await startSshd({ config: [`AuthenticationMethods ${order}`] })
    const login = (more: Settings) =>
      connectSsh(both.settings({ user: 'free', sudo: true, ...more }), { signal, timeoutMs: 30_000 })
    const password = new Secret('login', PASSWORD)
    const wrong = new Secret('login', 'wrong horse')
    try {
      const without = await fails(login({}), 'auth', 'free was refused')
      assert.match(without.hint!, '`password` of this host')
      const refused = await fails(login({ password: wrong }), 'auth', 'free was refused')
      if (order === 'publickey,password') {
        assert.match(without.message, `it accepted ${both.identityFile}`)
        assert.match(refused.hint!, 'check the `password`')
      }
      const host = await login({ password })
      assert.is(await output(host, sh`id -u`), '0\n')
      await host.close()
    } finally {
      await both.stop()
    }
  }
})

test('a start-up file that reads standard input is named, and nothing ran', async () => {
  const mark = join(sshd.dir, 'ran')
  const touch = (host: HostConnection) =>
    host.run([{ id: 'it', script: sh`touch ${mark}` }], { signal, changes: true })
  for (const work of [
    touch,
    (host: HostConnection) => host.upload(join(sshd.dir, 'rubbish'), mark, signal),
  ]) {
    await writeFile(join(sshd.dir, 'rubbish'), 'rubbish')
    await using(
      async (host) => {
        const { hint } = await fails(work(host), 'command', 'nothing ran')
        assert.match(hint!, 'greedy')
      },
      { user: 'greedy' },
    )
    assert.not.ok(await stat(mark).catch(() => undefined))
  }
  await using(touch)
  assert.ok(await stat(mark))
})

test('an encrypted key is used through an agent, and without one the error says ssh-add', async () => {
  const path = join(sshd.dir, 'encrypted')
  const key = await writeKey(path, { passphrase: 'passphrase' })
  await writeFile(join(sshd.dir, 'authorized_keys'), `${key}\n`, { flag: 'a' })
  const error = await fails(connecting({ identityFile: path }), 'auth', `${path} is encrypted`)
  assert.match(error.hint!, `ssh-add ${path}`)

  const tools = await debian()
  const socket = join(sshd.dir, 'agent')
  const agent = spawn(tools.path('ssh-agent'), ['-D', '-a', socket], { stdio: 'ignore' })
  const saved = process.env['SSH_AUTH_SOCK']
  process.env['SSH_AUTH_SOCK'] = socket
  try {
    while (!(await stat(socket).catch(() => undefined))) await sleep(10)
    const strangers = await Promise.all(
      Array.from({ length: 7 }, async (_, index) => {
        const stranger = join(sshd.dir, `stranger${index}`)
        await writeKey(stranger)
        return stranger
      }),
    )
    await addKeys(tools.path('ssh-add'), [...strangers, path], 'passphrase')
    // Seven useless keys would be too many attempts: the named one has to come first.
    const found = await using((host) => output(host, sh`echo in`), { identityFile: path, agent: true })
    assert.is(found, 'in\n')
    const tooMany = await fails(connecting({ identityFile: undefined, agent: true }), 'auth', 'agent key')
    assert.match(tooMany.message, 'too many attempts')
    await fails(connecting({ identityFile: path, agent: false }), 'auth', 'is encrypted')
  } finally {
    if (saved === undefined) delete process.env['SSH_AUTH_SOCK']
    else process.env['SSH_AUTH_SOCK'] = saved
    agent.kill()
  }
})

const addKeys = async (sshAdd: string, paths: readonly string[], passphrase: string): Promise<void> => {
  const askpass = join(sshd.dir, 'askpass')
  await writeFile(askpass, `#!/bin/sh\necho ${passphrase}\n`, { mode: 0o700 })
  const env = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
  await promisify(execFile)(sshAdd, [...paths], { env })
}

const listening = async (onConnection: Parameters<typeof createServer>[1]): Promise<[Server, number]> => {
  const server = createServer(onConnection)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return [server, address.port]
}

test('a host that cannot be reached is told apart by why', async () => {
  const [closed, port] = await listening(() => {})
  await new Promise((resolve) => closed.close(resolve))
  const error = await fails(
    connecting({ address: '127.0.0.1', port }),
    'unreachable',
    `127.0.0.1:${port}: connection refused`,
  )
  assert.ok(error.retryable)
  assert.is(error.exitCode, 3)
  await fails(connecting({ address: 'no-such-host.invalid' }), 'unreachable', 'cannot be resolved')
})

test('a server that drops connections is tried again, one that is silent is given up in time', async () => {
  let connections = 0
  const [dropping, port] = await listening((socket) => {
    connections++
    socket.destroy()
  })
  await fails(
    connecting({ address: '127.0.0.1', port }),
    'unreachable',
    'closed the connection before the login',
  )
  assert.is(connections, 3)
  dropping.close()

  const sockets: { destroy(): void }[] = []
  const [silent, silentPort] = await listening((socket) => sockets.push(socket))
  await fails(
    connecting({ address: '127.0.0.1', port: silentPort }, 500),
    'unreachable',
    'no login within 0.5 s',
  )
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 100)
  const aborted = connectSsh(sshd.settings({ address: '127.0.0.1', port: silentPort }), {
    signal: abort.signal,
    timeoutMs: 600_000,
  })
  await fails(aborted, 'cancelled', 'client01')
  for (const socket of sockets) socket.destroy()
  silent.close()
})
