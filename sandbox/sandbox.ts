import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AutomationError } from '../lib/base/errors.ts'
import { packArena } from './arena.ts'
import { makeCertificates } from './certificates.ts'
import { startClients } from './client.ts'
import { startCluster } from './cluster.ts'
import { allDone, requireCommands } from './command.ts'
import { addressOf, CLUSTER_PARTS, isReady } from './control-plane.ts'
import { exists } from './files.ts'
import { writeInventory } from './inventory.ts'
import { type Layer, prepareLayer, prepareWorkerLayer } from './layer.ts'
import { exclusive } from './lock.ts'
import { WORKER } from './nodes.ts'
import { greets } from './ports.ts'
import { findRunning, stop } from './process.ts'
import { choosePorts, register } from './reservations.ts'
import {
  findState,
  makeStateDirectory,
  realStateDirectory,
  refuseForeign,
  type SandboxState,
  stateDirectory,
  writeState,
} from './state.ts'
import { type Progress, prepareTools, type Tools } from './tools.ts'
import { settledVariant, type Variant } from './variant.ts'
import { endWorker, startWorker, WORKER_IMAGE, WORKER_PARTS } from './worker.ts'

export { readState, type SandboxState } from './state.ts'

export interface SandboxOptions {
  /** Where its state is kept; ARENA_SANDBOX_STATE or `.sandbox` in the checkout by default. */
  directory?: string
  /** Called with a line for a person to read as things go on. */
  onProgress?: Progress
}

/** One process of a sandbox, as it is now. */
export interface SandboxProcess {
  name: string
  up: boolean
  pid?: number
  /** Where it listens, if it does. */
  address?: string
}

/** The document's users, who get a password each. */
const USERS = ['bob', 'tom']

/** Refuses to go on as anyone but root on Linux. */
export const requireRoot = (): void => {
  if (process.platform === 'linux' && process.getuid?.() === 0) return
  throw new AutomationError({
    code: 'usage',
    subject: 'sandbox',
    message: 'it needs root on Linux: its client machines are namespaces with mounts of their own',
    hint: 'run it as root, for example in a container started with --privileged',
  })
}

const NEEDED = {
  openssl: 'openssl',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
  mount: 'mount',
  pivot_root: 'util-linux',
  tar: 'tar',
  gzip: 'gzip',
}

const makePasswords = async (directory: string): Promise<Record<string, string>> => {
  const files: Record<string, string> = {}
  for (const user of USERS) {
    const file = join(directory, 'secrets', `${user}.password`)
    if (!(await exists(file)))
      await writeFile(file, `${randomBytes(15).toString('base64url')}\n`, { mode: 0o600 })
    files[user] = file
  }
  return files
}

const prepareState = async (
  directory: string,
  arena: SandboxState['arena'],
  asked: Variant,
): Promise<SandboxState> => {
  const before = findState(directory)
  const ports = before?.ports ?? (await choosePorts(directory))
  return {
    directory,
    server: `https://127.0.0.1:${ports.api}`,
    kubeconfig: join(directory, 'admin.kubeconfig'),
    context: 'sandbox',
    auditLog: join(directory, 'audit.log'),
    sshConfig: join(directory, 'ssh/config'),
    sshKey: join(directory, 'ssh/id_ed25519'),
    knownHosts: join(directory, 'ssh/known_hosts'),
    ports,
    clients: before?.clients ?? [],
    passwords: await makePasswords(directory),
    arena,
    variant: settledVariant(asked, before?.variant),
  }
}

/** Builds and installs what every sandbox is made of, where that was never done: minutes the first time. */
export const prepare = async ({
  onProgress: progress = () => undefined,
  ...variant
}: SandboxOptions & Variant = {}): Promise<{
  tools: Tools
  layer: Layer
  workerLayer?: Layer
}> => {
  requireRoot()
  await requireCommands(NEEDED)
  return {
    tools: await prepareTools(progress, variant),
    layer: await prepareLayer(variant, progress),
    ...(variant.worker && { workerLayer: await prepareWorkerLayer(progress) }),
  }
}

/**
 * Starts what is missing of a sandbox, building its tools when that was never done, and resolves when all of it
 * works. `clients` is the number of client machines: as many as there are, or one, by default. What it is a variant of
 * stays until it is ended.
 */
export const up = async (
  options: SandboxOptions & Variant & { clients?: number } = {},
): Promise<SandboxState> => {
  const { clients, directory: place, onProgress: progress = () => undefined, ...asked } = options
  requireRoot()
  await refuseForeign(stateDirectory(place))
  const variant = settledVariant(asked, findState(place)?.variant)
  const { tools, layer, workerLayer } = await prepare({ onProgress: progress, ...variant })
  const directory = await makeStateDirectory(place)
  const start = async () => {
    const arena = await packArena(directory, tools, progress)
    await makeCertificates(directory)
    // Ports that are free stay so only while no other sandbox looks for some.
    return exclusive('ports', async () => {
      const state = await prepareState(directory, arena, variant)
      await writeState(state)
      await register(directory)
      await allDone([
        startCluster(state, tools),
        startClients(state, clients ?? (state.clients.length || 1), layer),
      ])
      if (workerLayer !== undefined) {
        await startWorker(state, tools, workerLayer)
        progress(`${WORKER.name} is ready and runs pods of ${WORKER_IMAGE}`)
      }
      await writeInventory(state)
      return state
    })
  }
  return exclusive(directory, start, () => progress('waiting for another run on the same sandbox'))
}

/** Ends every process of a sandbox and deletes its directory; fine where there is none, or only half of one. */
export const down = async (options: SandboxOptions = {}): Promise<void> => {
  requireRoot()
  const directory = await realStateDirectory(options.directory)
  await refuseForeign(directory)
  await exclusive(directory, async () => {
    await stop(directory)
    await endWorker(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  })
}

/** The parts of a sandbox and whether each works; the parts of one that was never started are all down. */
export const status = async (options: SandboxOptions = {}): Promise<SandboxProcess[]> => {
  requireRoot()
  const directory = await realStateDirectory(options.directory)
  const state = findState(directory)
  const running = await findRunning(directory)
  const part = async (name: string, address?: string, works = async () => true): Promise<SandboxProcess> => {
    const pid = running.find((one) => one.part === name)?.pid
    return {
      name,
      up: pid !== undefined && (await works()),
      ...(pid === undefined ? {} : { pid }),
      ...(address === undefined ? {} : { address }),
    }
  }
  return Promise.all([
    ...CLUSTER_PARTS.map((name) =>
      part(
        name,
        state && addressOf(state, name),
        async () => name !== 'kube-apiserver' || (state !== undefined && isReady(state)),
      ),
    ),
    ...(state?.variant.worker ? WORKER_PARTS : []).map((name) => part(name)),
    ...(state?.clients ?? []).map(({ name, address, port }) =>
      part(name, `${address}:${port}`, () => greets(address, port, 'SSH-2.0-')),
    ),
  ])
}
