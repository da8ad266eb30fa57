import type { Kind } from '../kube/object.ts'
import type { QuotaUse } from '../kube/quota-use.ts'
import type { Scene } from './facts.ts'

/** What a user may do in one place, beside what the inventory says. */
export interface Access {
  /** The role that the inventory gives the user there. */
  role?: string
  /** Rights that the user has and should not have, and those that are missing. */
  beyond: number
  missing: number
}

/** Each user's access, by namespace and for the cluster as a whole. */
export interface AccessTable {
  places: readonly string[]
  rows: readonly { user: string; access: readonly Access[] }[]
}

/** What an audit computes beside its findings, from what was seen. Each throws where the cluster could not be read. */
export interface Tables {
  /** What they are computed from. */
  kinds: readonly Kind[]
  access(scene: Scene): AccessTable
  quotas(scene: Scene): readonly QuotaUse[]
  /** How many rights were computed. */
  computed(scene: Scene): number
}
