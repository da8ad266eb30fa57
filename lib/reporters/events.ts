import type { AdoptedInventory } from '../adopt/remark.ts'
import type { Writing } from '../adopt/write/destination.ts'
import type { AuditEvent } from '../audit/events.ts'
import type { Language } from '../base/language.ts'
import type { RunEvent } from '../engine/events.ts'
import type { TenantsReport } from '../survey/standing.ts'

/** Everything that a command tells, in order. Reporters turn it into text; nothing else prints. */
export type Event =
  | RunEvent
  | AuditEvent
  /** What changes in the inventory file itself, as lines of a diff. */
  | { type: 'edit'; file: string; diff: readonly string[] }
  | { type: 'found'; found: AdoptedInventory; file: string; writing: Writing }
  /** A page for a browser was written. */
  | { type: 'page'; file: string }
  | { type: 'tenants'; report: TenantsReport; language: Language }

/** Turns events into something to read. */
export interface Reporter {
  /** A promise where there is much to say: it resolves once that was taken. */
  on(event: Event): Promise<void> | void
  close?(): Promise<void> | void
}
