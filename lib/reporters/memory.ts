import type { Event, Reporter } from './events.ts'

/** Keeps every event, for tests and for programs that use the engine as a library. */
export const memoryReporter = (): Reporter & { readonly events: readonly Event[] } => {
  const events: Event[] = []
  return { events, on: (event) => void events.push(event) }
}
