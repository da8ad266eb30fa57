import type { Playbook } from './playbook.ts'

/** A report on how the tenants that a playbook makes stand. */
export interface Survey {
  kind: 'survey'
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** Arguments that could be given, shown by `--help`. */
  example?: string
  /** What they are held to. */
  of: Playbook
}

/** A survey of what a playbook makes. */
export const survey = (definition: Omit<Survey, 'kind'>): Survey => ({ kind: 'survey', ...definition })
