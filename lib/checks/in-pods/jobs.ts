import { untrusted } from '../../base/printable.ts'
import { quote } from '../../base/shell.ts'
import { shellFile } from '../../base/shell-file.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import type { Group, User, Volume } from '../../inventory/schema.ts'
import { JOBS, type KubeObject } from '../../kube/object.ts'
import { clearJobs, type JobRef, until } from '../step-six/submitted-job.ts'

/** Marks what we submit, beside its name; strict keeps labels of our own domain from users. */
const LABEL = { key: 'verify-trial', value: 'pods' }
const PREFIX = 'verify-pods-'

/** A user in a group, with the jobs that are submitted as they. */
export interface PodTester {
  user: User
  group: Group
  volumes: readonly Volume[]
  /** What findings about them name. */
  subject: string
  /** The one that stays and listens, the one that looks around, and the one that mounts another group's claim. */
  stay: JobRef
  look: JobRef
  foreign: JobRef
}

/** Whom and where; no two testers have jobs of one name. */
export const testerOf = (user: User, group: Group, volumes: readonly Volume[]): PodTester => {
  const job = (what: string): JobRef => ({ namespace: group.name, name: `${PREFIX}${what}-${user.name}` })
  return {
    user,
    group,
    volumes: volumes.filter((one) => one.group === group.name),
    subject: `${user.name} in ${group.name}`,
    stay: job('a'),
    look: job('b'),
    foreign: job('c'),
  }
}

/** What is asked for, and must be found in the container. */
export const ASKED = { millicpu: 100, memory: 64 * 1024 * 1024 }

const PROBE = shellFile(new URL('scripts/probe.sh', import.meta.url)).toString()

/** Where the one that stays listens: above what only root may open. */
export const PORT = 21_333

const values = (all: Readonly<Record<string, string | number>>): string =>
  Object.entries(all)
    .map(([name, value]) => `${name}=${quote(String(value))}\n`)
    .join('')

/** In letters that pass through templates unharmed. It becomes the first process, or no signal would reach it. */
const commandOf = (script: string): string =>
  `exec sh -c "$(echo ${Buffer.from(script).toString('base64')} | base64 -d)"`

/** The arguments of `arena` that submit one job. */
export const submission = (
  { name, namespace }: JobRef,
  image: string,
  volumes: readonly string[],
  script: string,
): string[] => [
  'submit',
  'tf',
  `--name=${name}`,
  `--namespace=${namespace}`,
  `--image=${image}`,
  `--label=${LABEL.key}=${LABEL.value}`,
  `--chief-cpu=${ASKED.millicpu}m`,
  `--chief-memory=${ASKED.memory / 1024 / 1024}Mi`,
  ...volumes.map((volume) => `--data=${volume}:/verify/${volume}`),
  commandOf(script),
]

/** What a job of this tester runs. */
export const scriptOf = (
  { volumes, subject }: PodTester,
  { run, mode, seconds, calls }: { run: string; mode: 'stay' | 'look'; seconds: number; calls: string },
): string =>
  values({
    run,
    me: markOf(subject),
    volumes: volumes.map(({ name }) => name).join(' '),
    mode,
    seconds,
    port: PORT,
    calls,
  }) + PROBE

/** A tester as a part of a file's name. */
export const markOf = (subject: string): string => subject.replace(/[^A-Za-z0-9]+/g, '-')

/** The file that a tester writes into a volume, without what all begin with. */
export const fileOf = ({ subject }: PodTester, volume: string): string => `${markOf(subject)}-${volume}`

/** The jobs of ours that are there, of whichever run. */
export const ours = async (cluster: KubeConnection, signal: AbortSignal): Promise<JobRef[]> => {
  const selector = encodeURIComponent(`${LABEL.key}=${LABEL.value}`)
  const list = await cluster.read(`/apis/${JOBS[0]!.apiVersion}/tfjobs?labelSelector=${selector}`, signal)
  const { items = [] } = (list ?? {}) as { items?: KubeObject[] }
  return items.flatMap(({ metadata: { name, namespace } }) =>
    namespace !== undefined && name.startsWith(PREFIX) ? [{ name, namespace }] : [],
  )
}

/** Deletes all jobs of ours and waits until they and their pods are gone. */
export const clearOurs = async (
  known: readonly JobRef[],
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<void> => {
  const all = [...known, ...(await ours(cluster, signal))]
  const unique = [...new Map(all.map((job) => [`${job.namespace}/${job.name}`, job])).values()]
  await clearJobs(unique, cluster, signal)
  await until(PODS_GONE, signal, async () =>
    (await trialPods(cluster, signal)).length === 0 ? true : undefined,
  )
}

/** Seconds: a pod is given 30 to end. */
const PODS_GONE = 60

interface ContainerState {
  waiting?: { reason?: string; message?: string }
  terminated?: { reason?: string; exitCode?: number }
}

interface PodStatus {
  phase?: string
  podIP?: string
  conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
  containerStatuses?: readonly { state?: ContainerState }[]
}

/** A pod of one of our jobs. */
export interface Pod {
  job: string
  namespace: string
  name: string
  uid: string
  /** Where it runs. */
  node: string | undefined
  status: PodStatus
}

/** The pods of our jobs: one LIST. */
export const trialPods = async (cluster: KubeConnection, signal: AbortSignal): Promise<Pod[]> => {
  const selector = encodeURIComponent(`${LABEL.key}=${LABEL.value}`)
  const list = await cluster.read(`/api/v1/pods?labelSelector=${selector}`, signal)
  const { items = [] } = (list ?? {}) as { items?: KubeObject[] }
  return items.flatMap(({ metadata, spec, status }) => {
    const job = /^(verify-pods-.+)-chief-0$/.exec(metadata.name)?.[1]
    if (job === undefined) return []
    return [
      {
        job,
        namespace: metadata.namespace!,
        name: metadata.name,
        uid: metadata.uid!,
        node: (spec as { nodeName?: string } | undefined)?.nodeName,
        status: (status ?? {}) as PodStatus,
      },
    ]
  })
}

/** The pod of a job among these. */
export const podFor = (pods: readonly Pod[], { name, namespace }: JobRef): Pod | undefined =>
  pods.find((pod) => pod.job === name && pod.namespace === namespace)

/** Reasons from which a container does not recover in the time that we have. */
const STUCK =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainer\w*|RunContainerError|CrashLoopBackOff)$/

/** Why a pod will not run, in the cluster's own words; undefined while it may. */
export const stuck = ({ status }: Pod): string | undefined => {
  const { conditions = [], containerStatuses = [] } = status
  const unscheduled = conditions.find((one) => one.type === 'PodScheduled' && one.status === 'False')
  if (unscheduled !== undefined) return untrusted(`${unscheduled.reason}: ${unscheduled.message ?? ''}`, 300)
  const { waiting } = containerStatuses[0]?.state ?? {}
  return waiting !== undefined && STUCK.test(waiting.reason ?? '')
    ? untrusted(`${waiting.reason}: ${waiting.message ?? ''}`, 300)
    : undefined
}

/** The last warning about a pod. */
export const warningOf = async (
  { namespace, uid }: Pick<Pod, 'namespace' | 'uid'>,
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const selector = encodeURIComponent(`involvedObject.uid=${uid},type=Warning`)
  const list = await cluster.read(`/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`, signal)
  const { items = [] } = (list ?? {}) as { items?: { reason?: string; message?: string }[] }
  const last = items.at(-1)
  return last === undefined ? undefined : untrusted(`${last.reason}: ${last.message ?? ''}`, 300)
}
