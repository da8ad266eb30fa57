import type { Check } from '../audit/check.ts'
import type { JobTrial } from '../audit/job-trial.ts'
import type { Tables } from '../audit/tables.ts'
import type { Kind } from '../kube/object.ts'
import type { Described } from './described.ts'

/** Checks that are made together: nothing is wanted, something is found out. */
export interface Audit extends Described {
  kind: 'audit'
  checks: readonly Check[]
  /** What it tells beside its findings. */
  tables: Tables
  /** What `--jobs` tries, and what that tells. */
  jobs: JobTrial
  /** What `--pods` tries in pods of an image, and the checks that it makes in place of those by hand. */
  pods: {
    trial(image: string): JobTrial
    checks: readonly Pick<Check, 'id' | 'goal' | 'title'>[]
    kinds: readonly Kind[]
  }
  jobChecks: readonly Pick<Check, 'id' | 'goal' | 'title'>[]
}

/** An audit of these checks. */
export const audit = (definition: Omit<Audit, 'kind'>): Audit => ({ kind: 'audit', ...definition })
