import { untrusted } from '../base/printable.ts'
import { ARENA_UID, ARENA_USERNAME, arenaUid } from '../conventions/arena.ts'
import { WOKEN_ANNOTATION } from '../conventions/labels.ts'
import { jobState } from '../kube/job-state.ts'
import { type KubeObject, objectId } from '../kube/object.ts'
import { fits } from '../kube/quota-use.ts'
import type { KubeEvent } from '../kube/shapes.ts'

/** How many jobs are in which state. */
export interface JobCounts {
  running: number
  /** Submitted, and not running: a quota or the scheduler holds them. */
  held: number
  done: number
}

/** A job that does not run. */
export interface HeldJob {
  /** `namespace/name`. */
  job: string
  /** Who submitted it, as it says itself. */
  by?: string
  /** The latest warning about it or its pods; absent when there is none any more. */
  reason?: string
  /**
   * Its share is free again, so that the reason is an old one: its operator tries again up to 16 min 40 s later, and
   * at once after any change of the job, such as this command makes.
   */
  wake?: string
}

/** The jobs of a cluster. */
export interface Jobs {
  inNamespace(namespace: string): JobCounts
  /** Of whoever has or had these user names in Kubernetes. */
  of(usernames: readonly string[]): JobCounts
  /** Those that do not run, in some namespaces, of users of these names or of anybody. */
  held(namespaces: readonly string[], usernames?: readonly string[]): HeldJob[]
}

/** Jobs by namespace, and by whoever submitted them with Arena, which writes the MD5 of their user name on them. */
export const jobsBy = (
  jobs: readonly KubeObject[],
  warnings: readonly KubeEvent[] = [],
  quotas?: readonly KubeObject[],
): Jobs => {
  const byNamespace = Map.groupBy(jobs, ({ metadata }) => metadata.namespace)
  const byOwner = Map.groupBy(jobs, ({ metadata }) => metadata.labels?.[ARENA_UID])
  const latest = warnings.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)))
  return {
    inNamespace: (namespace) => counted(byNamespace.get(namespace)),
    of: (usernames) => counted(usernames.flatMap((username) => byOwner.get(arenaUid(username)) ?? [])),
    held(namespaces, usernames) {
      const owners = usernames?.map(arenaUid)
      return namespaces
        .flatMap((namespace) => byNamespace.get(namespace) ?? [])
        .filter(
          (job) =>
            jobState(job) === 'held' && (owners?.includes(job.metadata.labels?.[ARENA_UID] ?? '') ?? true),
        )
        .map((job) => {
          const by = job.metadata.annotations?.[ARENA_USERNAME]
          const siblings = byNamespace.get(job.metadata.namespace)!
          const reason = latest.find((warning) => isAbout(warning, job, siblings))?.message
          const isFree =
            reason !== undefined &&
            quotas !== undefined &&
            isFreeAgain(reason, job.metadata.namespace!, quotas)
          return {
            job: objectId(job.metadata),
            ...(by !== undefined && { by: untrusted(by.replace(/^system:serviceaccount:[^:]*:/, ''), 100) }),
            ...(reason !== undefined && {
              reason: untrusted(reason.slice(Math.max(0, reason.indexOf('exceeded quota: '))), 300),
            }),
            ...(isFree && { wake: wakening(job) }),
          }
        })
    },
  }
}

/** Whether quotas would now let through what they refused, as the API server words it (plugin/pkg/admission). */
const isFreeAgain = (reason: string, namespace: string, quotas: readonly KubeObject[]): boolean => {
  const uncounted = /status unknown for quota: [^,]+, resources: (\S+)/.exec(reason)?.[1]
  const requested = /exceeded quota: [^,]+, requested: (.+?), used: /.exec(reason)?.[1]
  const wanted = (requested ?? uncounted)?.split(',').map((one) => one.split('='))
  return wanted?.every(([key, amount = '0']) => fits(quotas, namespace, key!, amount)) ?? false
}

const KUBECTL_SAFE = /^[a-z0-9][a-z0-9.-]*$/

/** Any change of a job makes its operator look at it again; a member may patch jobs. */
const wakening = ({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): string => {
  const job = `${kind.toLowerCase()}s.${apiVersion.split('/')[0]}/${KUBECTL_SAFE.test(name) ? name : '<name>'}`
  return `kubectl annotate ${job} -n ${namespace} --overwrite ${WOKEN_ANNOTATION}=$(date +%s)`
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: KubeEvent): string =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''

/**
 * By uid, for events outlive a job and the next may have its name; pods are called after the job, so the longest name
 * tells.
 */
const isAbout = (
  { involvedObject: about }: KubeEvent,
  { metadata }: KubeObject,
  all: readonly KubeObject[],
): boolean => {
  if (about?.uid === metadata.uid) return true
  if (about?.kind !== 'Pod' || about.namespace !== metadata.namespace) return false
  const isPodOf = (name: string): boolean => about.name?.startsWith(`${name}-`) === true
  return (
    isPodOf(metadata.name) &&
    !all.some((other) => other.metadata.name.length > metadata.name.length && isPodOf(other.metadata.name))
  )
}

const counted = (jobs: readonly KubeObject[] = []): JobCounts => {
  const counts = { running: 0, held: 0, done: 0 }
  for (const job of jobs) counts[jobState(job)]++
  return counts
}
