import type { AutomationError } from '../base/errors.ts'
import type { RoundTrip } from '../connect/connection.ts'
import type { Resource } from '../resource/type.ts'
import type { Mode, Outcome } from './outcome.ts'
import type { Action, Plan } from './plan.ts'
import type { Recap } from './recap.ts'

/** What a run tells, in order. The engine never prints. */
export type RunEvent =
  | { type: 'start'; playbook: string; inventory: string; mode: Mode | 'list' }
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
  /** Something worth knowing at this point. */
  | { type: 'note'; text: string }
  /** Told with --verbose only. */
  | RoundTrip
  | { type: 'error'; error: AutomationError }
  | { type: 'recap'; recap: Recap }
