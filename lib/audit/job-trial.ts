import type { Reach } from '../connect/connection.ts'
import type { Scene } from './facts.ts'
import type { CheckedFinding } from './report.ts'

/** What a trial with real jobs or pods is at; `seconds` is the longest that it waits. */
export type JobStage =
  | { stage: 'begin' | 'beyond' | 'goes-on' | 'clearing' }
  | { stage: 'within'; users: readonly string[]; seconds: number }
  | { stage: 'pods'; users: readonly string[] }
  | { stage: 'look' | 'clearing-pods' }

export interface JobTrialInput {
  scene: Scene
  reach: Reach
  /** How long a job may take to run, in seconds: a node may have to fetch the image first. */
  patience: number
  /** Groups at work at once, where a trial works on several. */
  forks: number
  /** Is told what is under way. */
  tell(at: JobStage): void
  signal: AbortSignal
}

/** Finds out what only real jobs can tell, and clears them away; what it could not do is a finding. */
export type JobTrial = (input: JobTrialInput) => Promise<readonly CheckedFinding[]>
