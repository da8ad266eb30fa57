import { createHash } from 'node:crypto'
import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { findState, type SandboxState } from './state.ts'
import { cacheDirectory } from './tools.ts'

const registry = (): string => join(cacheDirectory(), 'sandboxes')

const linkOf = (directory: string): string =>
  join(registry(), createHash('sha256').update(directory).digest('hex').slice(0, 32))

/** Lets other sandboxes know of this one until its state is deleted. */
export const register = async (directory: string): Promise<void> => {
  await mkdir(registry(), { recursive: true, mode: 0o700 })
  await rm(linkOf(directory), { force: true })
  await symlink(directory, linkOf(directory))
}

/** The other sandboxes of this computer, also those of which nothing runs; forgets those without a state. */
const others = async (directory: string): Promise<SandboxState[]> => {
  await mkdir(registry(), { recursive: true, mode: 0o700 })
  const states: SandboxState[] = []
  for (const name of await readdir(registry())) {
    const other = await readlink(join(registry(), name))
    const state = findState(other)
    if (state === undefined) await rm(join(registry(), name), { force: true })
    else if (other !== directory) states.push(state)
  }
  return states
}

/** What other sandboxes listen on, or will when they are started again. */
export interface Reserved {
  ports: number[]
  addresses: string[]
}

/** What sandboxes other than the one in this directory have, whether it runs or not. */
export const reservedFor = async (directory: string): Promise<Reserved> => {
  const states = await others(directory)
  return {
    ports: states.flatMap(({ ports }) => Object.values(ports)),
    addresses: states.flatMap(({ clients }) => clients.map(({ address }) => address)),
  }
}

/** Ports of this sandbox's own, the first from each of these on that nothing listens on and no other sandbox has. */
export const choosePorts = async (
  directory: string,
  first = { api: 6443, etcd: 12379 },
): Promise<SandboxState['ports']> => {
  const { ports } = await reservedFor(directory)
  const api = await freePort(first.api, ports)
  const etcd = await freePort(first.etcd, ports)
  return { api, etcd, etcdPeer: await freePort(first.etcd, [...ports, etcd]) }
}
