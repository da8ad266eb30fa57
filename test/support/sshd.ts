import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { defined } from '../../lib/base/defined.ts'
import type { Host } from '../../lib/inventory/schema.ts'
import { debian } from './debian.ts'

const run = promisify(execFile)

/** The password of every user of the test server but root, who has none. */
export const PASSWORD = 'correct horse'
const HASH = '$6$tests$NK9nVKc1TdpItMSObKjnYSHgeRyIxFKuqmD0QzldBr3UdU6.LyPPow8nWaw/LPeWNI1/SaPAZkZzR1Ko46OSK0'

/**
 * Who may log in: `noisy` is root with a talking profile and `greedy` with one that reads standard input, `locked` gets
 * no shell; the others differ in what sudo lets them do.
 */
const USERS = {
  noisy: { uid: 0, shell: '/bin/bash' },
  greedy: { uid: 0, shell: '/bin/bash' },
  locked: { uid: 2004, shell: '/usr/sbin/nologin' },
  deploy: { uid: 2001, shell: '/bin/sh', sudo: 'ALL=(ALL) ALL' },
  free: { uid: 2002, shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD: ALL' },
  plain: { uid: 2003, shell: '/bin/sh' },
  shut: { uid: 2005, shell: '/bin/sh', sudo: 'ALL=(ALL) NOPASSWD: NOEXEC: ALL' },
} satisfies Record<string, { uid: number; shell: string; sudo?: string }>

/**
 * The machine of the server: this one, with other accounts, read-only system directories and empty homes, in mount
 * and PID namespaces that go when the server does.
 */
const MACHINE = `
set -eu
mount -t overlay -o ro,lowerdir="$1/etc$2:/etc" etc /etc
[ "$3" = '' ] || mount -t overlay -o ro,lowerdir="$3/usr:/usr" usr /usr
for dir in /root /home /run; do mount -t tmpfs -o mode=755 tmpfs "$dir"; done
mkdir /run/sshd
for user in noisy greedy locked deploy free plain; do mkdir -m 755 "/home/$user"; done
echo 'echo "welcome \`date\`"; echo "stderr of a profile" >&2' > /home/noisy/.bashrc
echo 'read -r line; cat > /dev/null' > /home/greedy/.bashrc
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
`

/** What a test gives in place of a host's own settings; undefined for none. */
export type Settings = { [K in keyof Host]?: Host[K] | undefined }

export interface Sshd {
  address: string
  port: number
  /** A directory for the test's own files, removed by `stop`. */
  dir: string
  /** The server's keys as in a known_hosts file, type and base64; it offers the first unless asked for the other. */
  hostKeys: { ed25519: string; ecdsa: string }
  /** A private key that every user may log in with. */
  identityFile: string
  /** Settings of this host, with the pinned key; what is given replaces or adds to them. */
  settings(more?: Settings): Host
  /** What the server has logged so far. */
  log(): string
  /** Kills the processes that serve logged-in connections; returns how many. */
  killSessions(): Promise<number>
  stop(): Promise<void>
}

/** Starts a real OpenSSH server on a free loopback port; `config` lines are added to its configuration. */
export const startSshd = async ({ config = [] }: { config?: readonly string[] } = {}): Promise<Sshd> => {
  if (process.getuid?.() !== 0)
    throw new Error('these tests start sshd in a mount namespace of its own: run them as root on Linux')
  const dir = await mkdtemp(join(tmpdir(), 'sshd-'))
  await chmod(dir, 0o755)
  const { root = '' } = await debian()
  const hostKeys = {
    ed25519: await writeKey(join(dir, 'host_ed25519')),
    ecdsa: await writeKey(join(dir, 'host_ecdsa'), { type: 'ecdsa' }),
  }
  const clientKey = await writeKey(join(dir, 'id_ed25519'))
  await writeFile(join(dir, 'authorized_keys'), `${clientKey}\n`)
  await writeAccounts(join(dir, 'etc'), dir)
  const address = `127.0.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const port = 2200 + Math.floor(Math.random() * 20000)
  await writeFile(join(dir, 'sshd_config'), [...sshdConfig(dir, address, port), ...config, ''].join('\n'))

  const etcOfRoot = root === '' ? '' : `:${root}/etc`
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const server = spawn(
    'setpriv',
    // Whatever becomes of the tests, no server outlives them.
    ['--pdeathsig', 'KILL', ...namespaces, 'sh', '-c', MACHINE, 'sh', dir, etcOfRoot, root],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const stop = async (): Promise<void> => {
    await stopped(server)
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await listening(server, () => log)
  } catch (error) {
    await stop()
    throw error
  }
  const identityFile = join(dir, 'id_ed25519')
  return {
    address,
    port,
    dir,
    hostKeys,
    identityFile,
    settings: ({ name = 'client01', address: other = address, connection = 'ssh', ...more } = {}) => {
      const own = {
        port,
        user: 'root',
        identityFile,
        hostKey: [hostKeys.ed25519],
        agent: false,
        sshConfig: 'none',
      }
      return { name, address: other, connection, ...defined({ ...own, ...more }) }
    },
    log: () => log,
    killSessions: () => killSessions(server.pid!),
    stop,
  }
}

const sshdConfig = (dir: string, address: string, port: number): string[] => [
  `ListenAddress ${address}:${port}`,
  `HostKey ${dir}/host_ed25519`,
  `HostKey ${dir}/host_ecdsa`,
  `AuthorizedKeysFile ${dir}/authorized_keys`,
  'StrictModes no',
  'PidFile none',
  'UsePAM no',
  'UseDNS no',
  'PermitRootLogin yes',
  'PasswordAuthentication yes',
  'LogLevel VERBOSE',
]

/** A new private key at the path; returns its public half. */
export const writeKey = async (
  path: string,
  { type = 'ed25519', passphrase = '' }: { type?: 'ed25519' | 'ecdsa'; passphrase?: string } = {},
): Promise<string> => {
  const { path: pathOf } = await debian()
  await run(pathOf('ssh-keygen'), ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', path])
  return (await readFile(`${path}.pub`, 'utf8')).trim()
}

const writeAccounts = async (etc: string, dir: string): Promise<void> => {
  await mkdir(join(etc, 'sudoers.d'), { recursive: true })
  const passwd = await readFile('/etc/passwd', 'utf8')
  const names = Object.entries(USERS)
  const known = passwd.split('\n').filter((line) => !/^(sshd|root):/.test(line) && line !== '')
  const lines = names.map(([name, { uid, shell }]) => `${name}:x:${uid}:${uid}::/home/${name}:${shell}`)
  const system = ['root:x:0:0::/root:/bin/bash', 'sshd:x:2000:65534::/run/sshd:/usr/sbin/nologin']
  await writeFile(join(etc, 'passwd'), [...system, ...known, ...lines, ''].join('\n'))
  const shadow = [
    'root:*:19000:0:99999:7:::',
    ...names.map(([name]) => `${name}:${HASH}:19000:0:99999:7:::`),
    '',
  ]
  await writeFile(join(etc, 'shadow'), shadow.join('\n'), { mode: 0o600 })
  const rules = names.flatMap(([name, user]) => ('sudo' in user ? [`${name} ${user.sudo}`] : []))
  const defaults = ['Defaults env_reset', 'Defaults use_pty', `Defaults logfile=${dir}/sudo.log`]
  const sudoers = [...defaults, 'root ALL=(ALL:ALL) ALL', ...rules, '']
  await writeFile(join(etc, 'sudoers'), sudoers.join('\n'), { mode: 0o440 })
}

const listening = (server: ChildProcess, log: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.stderr!.on('data', () => {
      if (log().includes('Server listening')) resolve()
    })
    server.on('exit', () => reject(new Error(`sshd did not start: ${log()}`)))
  })

const stopped = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.on('exit', () => resolve())
    server.kill('SIGKILL')
  })

const killSessions = async (unshare: number): Promise<number> => {
  const [sshd] = await childrenOf(unshare)
  const sessions = await childrenOf(sshd!)
  for (const pid of sessions) process.kill(pid, 'SIGKILL')
  return sessions.length
}

const childrenOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
