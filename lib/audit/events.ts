import type { Language } from '../base/language.ts'
import type { RunEvent } from '../engine/events.ts'
import type { JobStage } from './job-trial.ts'
import type { Report } from './report.ts'

/** What an audit tells, in order. */
export type AuditEvent =
  /** Questions put to the API server so far, of all that will be. */
  | { type: 'asking'; asked: number; of: number }
  | Extract<RunEvent, { type: 'observed' }>
  | { type: 'trying'; at: JobStage }
  | { type: 'report'; report: Report; language: Language }
  /** What was found out at the end of a run that was to bring it about. */
  | { type: 'proof'; report: Report }
