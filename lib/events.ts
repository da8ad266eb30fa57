import type { Writing } from './adopt/destination.ts'
import type { Found } from './adopt/found.ts'
import type { Report } from './check/report.ts'
import type { AutomationError } from './errors.ts'
import type { Mode, Outcome } from './outcome.ts'
import type { Action, Plan } from './plan.ts'
import type { Recap } from './recap.ts'
import type { Resource } from './resource-type.ts'
import type { Language } from './tenants/messages.ts'
import type { TenantsReport } from './tenants/tenants.ts'

/** Everything a run tells, in order. Reporters turn it into text; the engine never prints. */
export type Event =
  | { type: 'start'; playbook: string; inventory: string; mode: Mode | 'list' }
  /** What changes in the inventory file itself, as lines of a diff. */
  | { type: 'edit'; file: string; diff: readonly string[] }
  | { type: 'list'; resources: readonly Resource[] }
  | { type: 'observed'; targets: number; seconds: number }
  | { type: 'plan'; plan: Plan; mode: Mode }
  | { type: 'apply'; actions: readonly Action[] }
  | { type: 'change:start'; action: Action }
  /** Bytes of a file that a change brings to its machine, so far and in all. */
  | { type: 'upload'; action: Action; file: string; sent: number; of: number }
  | { type: 'change:end'; action: Action; outcome: Outcome }
  /** The run was asked to end: nothing new is begun, `running` changes are finished. */
  | { type: 'stopping'; running: number }
  | { type: 'verify'; count: number }
  /** Questions put to the API server so far, of all that will be. */
  | { type: 'asking'; asked: number; of: number }
  /** Something worth knowing at this point. */
  | { type: 'note'; text: string }
  | { type: 'report'; report: Report; language: Language }
  /** What was found out at the end of a run that was to bring it about. */
  | { type: 'proof'; report: Report }
  | { type: 'found'; found: Found; file: string; writing: Writing }
  | { type: 'tenants'; report: TenantsReport; language: Language }
  | { type: 'error'; error: AutomationError }
  | { type: 'recap'; recap: Recap }

/** Turns events into something to read. */
export interface Reporter {
  on(event: Event): void
  close?(): Promise<void> | void
}
