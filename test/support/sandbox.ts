import { join } from 'node:path'
import { down, readState, type SandboxState, up } from '../../sandbox/sandbox.ts'
import { CHECKOUT } from '../../sandbox/state.ts'
import type { Variant } from '../../sandbox/variant.ts'
import { askedVariant } from './variants.ts'

// A sandbox of the tests' own, so that one that a person has up is left alone.
process.env.ARENA_SANDBOX_STATE ??= join(CHECKOUT, '.sandbox-test-1')

let started: Promise<SandboxState> | undefined

/** The tests' sandbox with two client machines, of the variant that was asked for, started when first asked for. */
export const sandbox = (more: Variant & { clients?: number } = {}): Promise<SandboxState> => {
  started ??= up({ clients: 2, ...askedVariant(), ...more, onProgress: (line) => console.log(`  ${line}`) })
  return started
}

/** Ends the tests' sandbox if a test started it. */
export const stop = async (): Promise<void> => {
  if (started !== undefined) await down()
}

export { readState }
