import { createHash } from 'node:crypto'
import type { KubeObject } from '../kube-object.ts'

/** How many jobs are in which state. */
export interface JobCounts {
  running: number
  /** Submitted, and not running: a quota or the scheduler holds them. */
  held: number
  done: number
}

type Job = KubeObject & { status?: { conditions?: readonly { type: string; status: string }[] } }

const OWNER = 'arena.kubeflow.org/uid'

/** Jobs by namespace, and by whoever submitted them with Arena, which writes the MD5 of his user name on them. */
export const jobsBy = (jobs: readonly KubeObject[]) => {
  const byNamespace = Map.groupBy(jobs, ({ metadata }) => metadata.namespace)
  const byOwner = Map.groupBy(jobs, ({ metadata }) => metadata.labels?.[OWNER])
  return {
    inNamespace: (namespace: string): JobCounts => counted(byNamespace.get(namespace)),
    of: (username: string): JobCounts =>
      counted(byOwner.get(createHash('md5').update(username).digest('hex'))),
  }
}

const counted = (jobs: readonly KubeObject[] = []): JobCounts => {
  const counts = { running: 0, held: 0, done: 0 }
  for (const job of jobs) counts[stateOf(job as Job)]++
  return counts
}

const stateOf = ({ status }: Job): keyof JobCounts => {
  const now = (type: string): boolean =>
    (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True')
  if (now('Succeeded') || now('Failed')) return 'done'
  return now('Running') ? 'running' : 'held'
}
