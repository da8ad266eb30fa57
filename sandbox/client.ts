import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AutomationError } from '../lib/base/errors.ts'
import { allDone } from './command.ts'
import type { Layer } from './layer.ts'
import { becomesFree, greets, isFree } from './ports.ts'
import { findRunning, start, stop, waitFor } from './process.ts'
import { reservedFor } from './reservations.ts'
import { hostKeyPath, makeKey, writeSshFiles } from './ssh.ts'
import { CHECKOUT, type ClientMachine, type SandboxState, writeState } from './state.ts'
import { cacheDirectory } from './tools.ts'

const PORT = 2222

/** Not this machine's own, which may be strict; a user logs in with a password, root with a key. */
const SSHD_CONFIG = `PermitRootLogin prohibit-password
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
HostKey /etc/ssh/ssh_host_ed25519_key
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`

const named = (index: number): string => `client${String(index).padStart(2, '0')}`

const choose = async (index: number, taken: readonly string[]): Promise<ClientMachine> => {
  for (let net = 0; net < 256; net++) {
    const address = `127.0.${net}.${10 + index}`
    if (!taken.includes(address) && (await isFree(address, PORT)))
      return { name: named(index), address, port: PORT }
  }
  throw new AutomationError({
    code: 'command',
    subject: named(index),
    message: `port ${PORT} is taken on every address 127.0.0–255.${10 + index}`,
  })
}

/** Writes a tree of files that a machine is to have from its first start, with the modes they need. */
export const writeSeed = async (home: string, name: string, files: Record<string, string>): Promise<void> => {
  const seed = join(home, 'seed')
  await rm(seed, { recursive: true, force: true })
  const all = {
    'etc/hostname': `${name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost\n`,
    'etc/resolv.conf': await readFile('/etc/resolv.conf', 'utf8').catch(() => ''),
    ...files,
  }
  for (const [path, content] of Object.entries(all)) {
    const target = join(seed, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeFile(target, content)
    await chmod(target, path.endsWith('_key') ? 0o600 : 0o644)
  }
}

const homeOf = (directory: string, name: string): string => join(directory, 'clients', name)

const prepare = async ({ directory, sshKey }: SandboxState, name: string): Promise<void> => {
  const home = homeOf(directory, name)
  const key = hostKeyPath(directory, name)
  await writeSeed(home, name, {
    'etc/ssh/sshd_config': SSHD_CONFIG,
    'etc/ssh/ssh_host_ed25519_key': await readFile(key, 'utf8'),
    'etc/ssh/ssh_host_ed25519_key.pub': await readFile(`${key}.pub`, 'utf8'),
    'root/.ssh/authorized_keys': `${await makeKey(sshKey, 'sandbox')}\n`,
  })
  for (const path of ['root', 'root/.ssh']) await chmod(join(home, 'seed', path), 0o700)
}

const startMachine = async (state: SandboxState, machine: ClientMachine, layer: Layer): Promise<void> => {
  const { directory } = state
  const { name, address, port } = machine
  await prepare(state, name)
  const spaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--propagation', 'private']
  const hidden = [CHECKOUT, directory, cacheDirectory()]
  const sshd = ['/usr/sbin/sshd', '-D', '-e', '-o', `ListenAddress=${address}`, '-o', `Port=${port}`]
  const script = join(CHECKOUT, 'sandbox/machine/machine.sh')
  const { lower, archive } = layer
  const started = await start(directory, name, [
    'unshare',
    ...spaces,
    ...['--', 'sh', script, homeOf(directory, name), name, lower, archive, ...hidden, '--', ...sshd],
  ])
  await waitFor(started, directory, () => greets(address, port, 'SSH-2.0-'))
}

const answers = async ({ address, port }: ClientMachine): Promise<boolean> => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(100))
    if (await greets(address, port, 'SSH-2.0-')) return true
  return false
}

/** Starts the machine unless it runs and answers; one that runs and does not is started anew. */
const ensureMachine = async (
  state: SandboxState,
  machine: ClientMachine,
  layer: Layer,
  running: boolean,
): Promise<void> => {
  if (running && (await answers(machine))) return
  await stop(state.directory, (part) => part === machine.name)
  await startMachine(state, machine, layer)
}

/**
 * Makes exactly `count` client machines run: those that run are left alone, those that died keep their files and
 * their address (or get another if it was taken), those beyond the count go with their files.
 */
export const startClients = async (state: SandboxState, count: number, layer: Layer): Promise<void> => {
  const { directory } = state
  const running = new Set((await findRunning(directory)).map(({ part }) => part))
  const surplus = state.clients.slice(count).map(({ name }) => name)
  const { addresses } = await reservedFor(directory)
  const wanted: ClientMachine[] = []
  for (let index = 1; index <= count; index++) {
    const known = state.clients.find(({ name }) => name === named(index))
    const keep = known && (running.has(known.name) || (await becomesFree(known.address, known.port)))
    wanted.push(keep ? known : await choose(index, addresses))
  }
  state.clients = wanted
  const names = new Set(wanted.map(({ name }) => name))
  await stop(directory, (part) => /^client\d+$/.test(part) && !names.has(part))
  for (const name of surplus) {
    await rm(homeOf(directory, name), { recursive: true, force: true })
    for (const file of [hostKeyPath(directory, name), `${hostKeyPath(directory, name)}.pub`])
      await rm(file, { force: true })
  }
  await makeKey(state.sshKey, 'sandbox')
  await writeSshFiles(state)
  await writeState(state)
  await allDone(wanted.map((machine) => ensureMachine(state, machine, layer, running.has(machine.name))))
}
