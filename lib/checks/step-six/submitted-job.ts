import { AutomationError } from '../../base/errors.ts'
import { pause } from '../../base/pause.ts'
import { untrusted } from '../../base/printable.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import { JOBS, type Kind, type KubeObject, pathOf } from '../../kube/object.ts'

/** A TFJob that Arena made. */
export interface JobRef {
  namespace: string
  name: string
}

export interface Watching {
  cluster: KubeConnection
  /** How long it may take, in seconds. */
  patience: number
  signal: AbortSignal
}

interface Condition {
  type: string
  status: string
  message?: string
}

const TFJOB = JOBS[0]!
const CONFIG_MAP: Kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

/** The operator tries to make a pod at once, and the API server deletes at once. */
const SOON = 30

/** True once the job runs or has run; otherwise why it does not. */
export const runs = async (job: JobRef, { cluster, patience, signal }: Watching): Promise<true | string> => {
  let last = 'the operator has not looked at it'
  const state = await until(patience, signal, async () => {
    const live = await jobOf(job, cluster, signal)
    const { conditions = [] } = (live?.['status'] ?? {}) as { conditions?: Condition[] }
    const isNow = (type: string): boolean =>
      conditions.some((one) => one.type === type && one.status === 'True')
    if (isNow('Running') || isNow('Succeeded')) return true
    last = (await refusedPod(live, cluster, signal)) ?? (untrusted(conditions.at(-1)?.message ?? '') || last)
    return isNow('Failed') ? last : undefined
  })
  return state ?? `the job does not run after ${patience} s: ${last}`
}

/** Which quota holds the job; undefined when none does. */
export const heldBecause = (
  job: JobRef,
  { cluster, signal, seconds = SOON }: Omit<Watching, 'patience'> & { seconds?: number },
): Promise<string | undefined> =>
  until(seconds, signal, async () => refusedPod(await jobOf(job, cluster, signal), cluster, signal))

const QUOTA = 'exceeded quota: '

const jobOf = ({ namespace, name }: JobRef, cluster: KubeConnection, signal: AbortSignal) =>
  cluster.read(pathOf(TFJOB, namespace, name), signal)

/**
 * Why the operator cannot make a pod. `arena get -e` shows events of pods only, so it is looked up here; by uid, for
 * events outlive a job and the next one may have its name.
 */
const refusedPod = async (
  job: KubeObject | undefined,
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<string | undefined> => {
  if (job === undefined) return undefined
  const { namespace, uid } = job.metadata
  const selector = encodeURIComponent(`involvedObject.uid=${uid}`)
  const list = await cluster.read(`/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`, signal)
  const { items = [] } = (list ?? {}) as { items?: { message?: string }[] }
  const { message } = items.find((one) => one.message?.includes(QUOTA)) ?? {}
  return message === undefined ? undefined : untrusted(message.slice(message.indexOf(QUOTA)), 300)
}

/** Deletes jobs and what Arena keeps of them, and waits until they are gone. */
export const clearJobs = async (
  jobs: readonly JobRef[],
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<void> => {
  const things = jobs.flatMap(({ namespace, name }) => [
    { kind: TFJOB, namespace, name },
    { kind: CONFIG_MAP, namespace, name: `${name}-tfjob` },
  ])
  await Promise.all(
    things.map(async ({ kind, namespace, name }) => {
      const gone = await until(SOON, signal, async () => {
        const object = await cluster.read(pathOf(kind, namespace, name), signal)
        if (object === undefined) return true
        await cluster.remove({ kind, namespace, name, uid: object.metadata.uid! }, { signal })
        return undefined
      })
      if (gone === undefined) throw notGone(`${kind.kind} ${namespace}/${name}`)
    }),
  )
}

/** What was looked for, or undefined when it did not show in so many seconds. */
export const until = async <T>(
  seconds: number,
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  for (const end = performance.now() + seconds * 1000; ; await pause(500, signal)) {
    const seen = await look()
    if (seen !== undefined || performance.now() > end) return seen
  }
}

const notGone = (subject: string): AutomationError =>
  new AutomationError({
    code: 'not-converged',
    subject,
    message: `is still there ${SOON} s after it was deleted`,
    hint: 'see what holds it: its finalizers',
  })
