import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InventoryInput } from '../lib/inventory/schema.ts'
import { down, type SandboxState, up } from '../sandbox/sandbox.ts'
import { tenants } from './tenants.ts'

/** A sandbox that is there while something is measured. */
export interface BenchPlace {
  state: SandboxState
  /** The file that names its tenants. */
  inventory: string
  /** For files of whoever measures. */
  scratch: string
}

/** Measures on a sandbox that is new and ends with it, with an inventory of so many users. */
export const onSandbox = async <T>(
  { directory, clients = 1, users }: { directory: string; clients?: number; users: number },
  work: (place: BenchPlace) => Promise<T>,
  more: Partial<InventoryInput> = {},
): Promise<T> => {
  const scratch = await mkdtemp(join(tmpdir(), 'arena-bench-'))
  try {
    const state = await up({ directory, clients })
    const inventory = join(scratch, 'inventory.json')
    await writeFile(inventory, JSON.stringify({ ...tenants(users, state), ...more }))
    return await work({ state, inventory, scratch })
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await down({ directory })
  }
}
