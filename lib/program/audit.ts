import type { Check } from '../audit/check.ts'
import type { JobTrial } from '../audit/job-trial.ts'
import type { Tables } from '../audit/tables.ts'

/** Checks that are made together: nothing is wanted, something is found out. */
export interface Audit {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** Arguments that could be given, shown by `--help`. */
  example?: string
  checks: readonly Check[]
  /** What it tells beside its findings. */
  tables: Tables
  /** What `--jobs` tries. */
  jobs: JobTrial
}

/** The audit as it is: only for its types. */
export const audit = (definition: Audit): Audit => definition
