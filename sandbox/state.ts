import { readFileSync } from 'node:fs'
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AutomationError } from '../lib/base/errors.ts'
import { replaceFile } from './files.ts'
import type { Variant } from './variant.ts'

/** The directory that holds package.json. */
export const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)))

/** A machine that listens for SSH on its own loopback address. */
export interface ClientMachine {
  name: string
  address: string
  port: number
}

/** What programs need to know of a sandbox that is up; paths are absolute. */
export interface SandboxState {
  directory: string
  /** The API server's URL. */
  server: string
  /** admin.kubeconfig, whose only cluster, user and context are named `sandbox`. */
  kubeconfig: string
  context: 'sandbox'
  auditLog: string
  sshConfig: string
  sshKey: string
  knownHosts: string
  ports: { api: number; etcd: number; etcdPeer: number }
  clients: ClientMachine[]
  /** Files with a password for each user of the document. */
  passwords: Record<string, string>
  arena: { version: string; archive: string; sha256: string }
  /** What it is, other than usual. */
  variant: Variant
}

/** The directory of a sandbox: as asked, or ARENA_SANDBOX_STATE, or `.sandbox` in the checkout. */
export const stateDirectory = (asked = process.env.ARENA_SANDBOX_STATE): string =>
  resolve(asked || join(CHECKOUT, '.sandbox'))

const OURS = '.arena-sandbox'

/**
 * Refuses a directory that holds something else, because `down` deletes it whole; one that is absent or empty
 * is fine.
 */
export const refuseForeign = async (directory: string): Promise<void> => {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0 || entries.includes(OURS)) return
  throw new AutomationError({
    code: 'usage',
    subject: directory,
    message: 'this directory is not a sandbox',
    hint: 'name an empty or absent directory in ARENA_SANDBOX_STATE',
  })
}

/** The directory with no symbolic link in its path, which is how processes of a sandbox are marked. */
export const realStateDirectory = async (asked?: string): Promise<string> => {
  const directory = stateDirectory(asked)
  return realpath(directory).catch(() => directory)
}

/** Makes the state directory, readable by its owner only, and resolves with its real path. */
export const makeStateDirectory = async (asked?: string): Promise<string> => {
  const directory = stateDirectory(asked)
  await refuseForeign(directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, OURS), '')
  for (const name of ['log', 'pki', 'ssh', 'secrets', 'clients'])
    await mkdir(join(directory, name), { recursive: true, mode: 0o700 })
  return realpath(directory)
}

/** What `up` wrote about the sandbox there, or undefined when it never got so far. */
export const findState = (directory?: string): SandboxState | undefined => {
  try {
    return JSON.parse(readFileSync(join(stateDirectory(directory), 'state.json'), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What `up` wrote about the sandbox there; an error that says how to start it when there is none. */
export const readState = (directory?: string): SandboxState => {
  const state = findState(directory)
  if (state !== undefined) return state
  throw new AutomationError({
    code: 'unreachable',
    subject: stateDirectory(directory),
    message: 'there is no sandbox here',
    hint: 'start it: npm run sandbox -- up',
  })
}

/** Saves it as `state.json`, in one step. */
export const writeState = (state: SandboxState): Promise<void> =>
  replaceFile(join(state.directory, 'state.json'), `${JSON.stringify(state, null, 2)}\n`)
