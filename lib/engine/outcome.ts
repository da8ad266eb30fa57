import { type AutomationError, asAutomationError } from '../base/errors.ts'

/** What a run was asked to do. */
export type Mode = 'check' | 'apply'

/**
 * How an action ended. `unreachable`: its target was lost, so it is unknown whether it happened; `lost`: what it rests
 * on was.
 */
export type Outcome =
  | { state: 'done' }
  | { state: 'failed' | 'unreachable'; error: AutomationError }
  | { state: 'skipped'; reason: string; lost?: true }

export const DONE: Outcome = { state: 'done' }
export const STOPPED: Outcome = { state: 'skipped', reason: 'the run was stopped' }

/** The outcome of what needs something that ended otherwise than done: unfinished, not failed, when that was lost. */
export const skippedAfter = (need: string, ended: Outcome): Outcome =>
  ended.state === 'skipped'
    ? ended
    : {
        state: 'skipped',
        reason: `needs ${need}`,
        ...(ended.state === 'unreachable' && { lost: true }),
      }

/** The outcome of an error: a lost connection leaves open whether the change was made. */
export const outcomeOfError = (error: unknown, subject?: string): Outcome => {
  const known = asAutomationError(error, subject)
  return { state: known.lost ? 'unreachable' : 'failed', error: known }
}
