import type { Check } from '../audit/check.ts'
import type { JobTrial } from '../audit/job-trial.ts'
import type { Tables } from '../audit/tables.ts'
import type { Kind } from '../kube/object.ts'

/** Checks that are made together: nothing is wanted, something is found out. */
export interface Audit {
  kind: 'audit'
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** Arguments that could be given, shown by `--help`. */
  example?: string
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
