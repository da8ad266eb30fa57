import type { Playbook } from './playbook.ts'

/** A report on how the tenants that a playbook makes stand. */
export interface Survey {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** Arguments that could be given, shown by `--help`. */
  example?: string
  /** What they are held to. */
  of: Playbook
}

/** The survey as it is: only for its types. */
export const survey = (definition: Survey): Survey => definition
