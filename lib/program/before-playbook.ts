import type { Inventory } from '../inventory/schema.ts'
import type { Peek, PeekOptions } from './before.ts'
import type { FlagDefinitions, FlagValues } from './flags.ts'
import type { Chosen, Playbook } from './playbook.ts'

/** Looks at what a playbook asks to know before anything is planned; at nothing where it does not ask. */
export const peekFor = async <F extends FlagDefinitions>(
  { peeks, peeksAtIssued }: Playbook<F>,
  inventory: Inventory,
  flags: FlagValues<F> & Chosen,
  options: Omit<PeekOptions, 'issued'>,
): Promise<Peek> => {
  if (peeks === undefined) return { accounts: new Map(), tokens: [] }
  const { peek } = await import('./before.ts')
  return peek(inventory, peeks(inventory, flags), { ...options, issued: peeksAtIssued ?? false })
}
