// How a job stands, as whatever runs it says.
import { JOB_KIND_NAMES, jobKind } from '../conventions/job-kinds.ts'
import type { KubeObject } from './object.ts'
import type { WithConditions } from './shapes.ts'

/** Held is what was submitted and does not run: a quota or the scheduler holds it. */
export type JobState = 'running' | 'held' | 'done'

const nameOf = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string =>
  `${apiVersion.split('/')[0]} ${kind}`

const PHASES = new Map<string, readonly string[]>(
  JOB_KIND_NAMES.map(jobKind).flatMap(({ group, kind, phase }) =>
    phase === undefined ? [] : [[`${group} ${kind}`, phase] as const],
  ),
)

/** The word by which KubeRay, Volcano and the Spark operator say how a job stands, in small letters. */
const phaseOf = (job: WithConditions): string => {
  const field = PHASES.get(nameOf(job)) ?? []
  const said = field.reduce<unknown>((of, one) => (of as Record<string, unknown> | undefined)?.[one], job)
  return typeof said === 'string' ? said.toLowerCase() : ''
}

const DONE_PHASES = ['complete', 'completed', 'failed', 'validationfailed', 'aborted', 'terminated']
const DONE_CONDITIONS = ['Succeeded', 'Failed', 'Complete']

/** How a job of Arena's kinds or of Kubernetes stands. */
export const jobState = (job: WithConditions): JobState => {
  const phase = phaseOf(job)
  if (phase === 'running') return 'running'
  if (DONE_PHASES.includes(phase)) return 'done'
  const isNow = (wanted: string): boolean =>
    (job.status?.conditions ?? []).some(({ type, status }) => type === wanted && status === 'True')
  if (DONE_CONDITIONS.some(isNow)) return 'done'
  return isNow('Running') ? 'running' : 'held'
}

/** Kinds that come to an end with all their pods: neither services nor what may leave something running. */
const ENDING = new Set([
  'batch Job',
  ...JOB_KIND_NAMES.map(jobKind).flatMap(({ group, kind, isTraining, isOutlived }) =>
    isTraining && !isOutlived ? [`${group} ${kind}`] : [],
  ),
])

/** Whether a thing is a job that has ended, and its pods with it. */
export const hasEndedAsJob = (object: KubeObject): boolean =>
  ENDING.has(nameOf(object)) && jobState(object) === 'done'
