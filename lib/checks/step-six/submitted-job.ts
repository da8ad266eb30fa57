import { AutomationError, asAutomationError } from '../../base/errors.ts'
import { pause } from '../../base/pause.ts'
import { untrusted } from '../../base/printable.ts'
import { readableQuantities } from '../../base/quantity.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import type { JobKindName } from '../../conventions/job-kinds.ts'
import { itemsIn } from '../../kube/list.ts'
import { CONFIG_MAP, kindOfJob, type Metadata, type ObjectRef, pathOf } from '../../kube/object.ts'
import type { KubeEvent, WithConditions } from '../../kube/shapes.ts'

/** A job that Arena made. */
export interface JobRef {
  kind: JobKindName
  namespace: string
  name: string
}

export interface Watching {
  cluster: KubeConnection
  /** How long it may take, in seconds. */
  patience: number
  signal: AbortSignal
}

/** The operator tries to make a pod at once, and the API server deletes at once. */
const SOON = 30

/** True once the job runs or has run; otherwise why it does not. */
export const runs = async (job: JobRef, { cluster, patience, signal }: Watching): Promise<true | string> => {
  let last = 'the operator has not looked at it'
  const state = await until(patience, signal, async () => {
    const live: WithConditions | undefined = await jobOf(job, cluster, signal)
    const { conditions = [] } = live?.status ?? {}
    const isNow = (type: string): boolean =>
      conditions.some((one) => one.type === type && one.status === 'True')
    if (isNow('Running') || isNow('Succeeded')) return true
    const events = await eventsOf(live, cluster, signal)
    last = quotaIn(events) ?? warningIn(events) ?? (untrusted(conditions.at(-1)?.message ?? '') || last)
    return isNow('Failed') ? last : undefined
  })
  return state ?? `the job does not run after ${patience} s: ${last}`
}

/** Which quota holds the job; undefined when none does. */
export const heldBecause = (job: JobRef, { cluster, signal }: Asking): Promise<string | undefined> =>
  until(SOON, signal, async () => quotaIn(await eventsOf(await jobOf(job, cluster, signal), cluster, signal)))

/** Why no pod comes of a job, as the cluster tells it: a quota, or else what warned last. */
export const refusedBecause = async (job: JobRef, site: Asking): Promise<string | undefined> =>
  hinderedBecause(await jobOf(job, site.cluster, site.signal), site)

/** The same of any object. */
export const hinderedBecause = async (
  object: Told | undefined,
  { cluster, signal }: Asking,
): Promise<string | undefined> => {
  const events = await eventsOf(object, cluster, signal)
  return quotaIn(events) ?? warningIn(events)
}

type Asking = Pick<Watching, 'cluster' | 'signal'>

/** What events tell of. */
type Told = { metadata: Pick<Metadata, 'namespace' | 'uid'> }

const QUOTA = 'exceeded quota: '

const jobOf = ({ kind, namespace, name }: JobRef, cluster: KubeConnection, signal: AbortSignal) =>
  cluster.read(pathOf(kindOfJob(kind), namespace, name), signal)

/** Which quota keeps the operator from making a pod. */
const quotaIn = (events: readonly KubeEvent[]): string | undefined => {
  const { message } = events.find((one) => one.message?.includes(QUOTA)) ?? {}
  return message === undefined
    ? undefined
    : untrusted(readableQuantities(message.slice(message.indexOf(QUOTA))), 300)
}

const warningIn = (events: readonly KubeEvent[]): string | undefined => {
  const { reason, message = '' } = events.findLast(({ type }) => type === 'Warning') ?? {}
  return reason === undefined ? undefined : untrusted(`${reason}: ${message}`, 300)
}

/** Whether the operator makes a pod in that time, be there a node for it or not. */
export const getsPod = (job: JobRef, { cluster, patience, signal }: Watching): Promise<true | undefined> =>
  until(patience, signal, async () => {
    const events = await eventsOf(await jobOf(job, cluster, signal), cluster, signal)
    return events.some(({ reason }) => reason === 'SuccessfulCreatePod') || undefined
  })

/**
 * What is told of a job. `arena get -e` shows events of pods only, so it is looked up here; by uid, for events outlive
 * a job and the next one may have its name.
 */
const eventsOf = async (
  job: Told | undefined,
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<readonly KubeEvent[]> => {
  if (job === undefined) return []
  const { namespace, uid } = job.metadata
  const selector = encodeURIComponent(`involvedObject.uid=${uid}`)
  const list = await cluster.read(`/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`, signal)
  return itemsIn(list)
}

/** Marks the jobs of a trial with its run; strict keeps labels of our own domain from users. */
export const TRIAL_LABEL = 'verify-trial'

/** What `arena` is told of every job of a run. */
export const submitting = ({ kind, name }: JobRef, run: string): string[] => [
  'submit',
  kind,
  `--name=${name}`,
  `--label=${TRIAL_LABEL}=${run}`,
]

/**
 * Deletes jobs of trials and what Arena keeps of them, and waits until they are gone; where a run is named, its own
 * only. A job of such a name that no trial submitted is somebody's own. For as long as the signal lets it, it waits for
 * a cluster that is away.
 */
export const clearJobs = async (
  jobs: readonly JobRef[],
  cluster: KubeConnection,
  signal: AbortSignal,
  run?: string,
): Promise<void> => {
  await Promise.all(
    jobs.map(async (job) => {
      const { namespace, name } = job
      const kind = kindOfJob(job.kind)
      const live = await comesBack(signal, () => jobOf(job, cluster, signal))
      const of = live?.metadata.labels?.[TRIAL_LABEL]
      if (run === undefined ? live !== undefined && of === undefined : of !== run) return
      const things = [
        { kind, namespace, name },
        { kind: CONFIG_MAP, namespace, name: `${name}-${kind.kind.toLowerCase()}` },
      ]
      await Promise.all(things.map((thing) => remove(thing, cluster, signal)))
    }),
  )
}

const remove = async (
  { kind, namespace, name }: Required<ObjectRef>,
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<void> => {
  let first: string | undefined
  const gone = await goes(SOON, signal, async () => {
    const object = await cluster.read(pathOf(kind, namespace, name), signal)
    first ??= object?.metadata.uid
    // Another one of its name is somebody else's.
    if (object === undefined || object.metadata.uid !== first) return false
    await cluster.remove({ kind, namespace, name, uid: first! }, { signal })
    return true
  })
  if (!gone) throw notGone(`${kind.kind} ${namespace}/${name}`)
}

/**
 * What is asked of a cluster, asked again while it is away. An API server that has just started refuses everything
 * until its authenticators and RBAC have read what they go by, so refusals are asked again for half a minute, too.
 */
export const comesBack = async <T>(
  signal: AbortSignal,
  ask: () => Promise<T>,
  { waitsMs = AWAY_MS }: { waitsMs?: number } = {},
): Promise<T> => {
  let refusals = 0
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const { lost, status } = asAutomationError(error)
      refusals = lost ? 0 : refusals + 1
      const startsUp = REFUSALS.includes(status) && refusals <= REFUSED_AT_MOST
      if (signal.aborted || !(lost || startsUp)) throw error
      await pause(waitsMs, signal).catch(() => {
        throw error
      })
    }
  }
}

const AWAY_MS = 1000
const REFUSALS: readonly unknown[] = [401, 403]
const REFUSED_AT_MOST = 30

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

/**
 * Whether something is gone in so many seconds, or before the signal says that time is up. It waits for a cluster that
 * is away; one that stays away is an error.
 */
export const goes = async (
  seconds: number,
  signal: AbortSignal,
  isThere: () => Promise<boolean>,
): Promise<boolean> => {
  let there = false
  const look = async (): Promise<true | undefined> => {
    there = await isThere()
    return there ? undefined : true
  }
  try {
    return (await comesBack(signal, () => until(seconds, signal, look))) ?? false
  } catch (error) {
    if (there && asAutomationError(error).code === 'cancelled') return false
    throw error
  }
}

const notGone = (subject: string): AutomationError =>
  new AutomationError({
    code: 'not-converged',
    subject,
    message: 'is still there after it was deleted',
    hint: 'see what holds it: its finalizers',
  })
