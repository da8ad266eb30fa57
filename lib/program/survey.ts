import type { Described } from './described.ts'
import type { Playbook } from './playbook.ts'

/** A report on how the tenants that a playbook makes stand. */
export interface Survey extends Described {
  kind: 'survey'
  /** What they are held to. */
  of: Playbook
}

/** A survey of what a playbook makes. */
export const survey = (definition: Omit<Survey, 'kind'>): Survey => ({ kind: 'survey', ...definition })
