import { keepHeapSmall } from '../base/small-heap.ts'
import { InventoryReach } from '../connect/open.ts'
import type { BareInvocation } from './command.ts'

/** The targets of an invocation, connected to when first asked for; with --verbose each round trip is told. */
export const reachOf = (
  inventory: ConstructorParameters<typeof InventoryReach>[0],
  { flags, reporter }: Pick<BareInvocation<unknown>, 'flags' | 'reporter'>,
  signal: AbortSignal,
): InventoryReach =>
  new InventoryReach(inventory, {
    signal,
    timeout: flags.timeout,
    onConnected: keepHeapSmall,
    onNote: (text) => reporter.on({ type: 'note', text }),
    ...(flags.verbose && { onRoundTrip: (trip) => reporter.on(trip) }),
  })
