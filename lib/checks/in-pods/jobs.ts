import { untrusted } from '../../base/printable.ts'
import { quote } from '../../base/shell.ts'
import { shellFile } from '../../base/shell-file.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import { type JobKindName, jobKind, TRIAL_KINDS } from '../../conventions/job-kinds.ts'
import { jobWordOf } from '../../conventions/names.ts'
import type { Group, User, Volume } from '../../inventory/schema.ts'
import { itemsIn } from '../../kube/list.ts'
import {
  type Kind,
  type KubeObject,
  type Metadata,
  type OwnerReference,
  POD,
  pathOf,
} from '../../kube/object.ts'
import type { PodObject, PodStatus } from '../../kube/shapes.ts'
import { type JobRef, submitting, TRIAL_LABEL } from '../step-six/submitted-job.ts'

/** With the label of its run, tells what we submit. */
export const PREFIX = 'verify-pods-'

/** A user in a group, with the jobs that are submitted as they. */
export interface PodTester {
  user: User
  group: Group
  volumes: readonly Volume[]
  /** Claims that are there besides; the first tester of a group looks into them. */
  claims: readonly string[]
  /** What findings about them name. */
  subject: string
  /**
   * The one that stays and listens, the one that looks around, the one that mounts another group's claim, and the one
   * that mounts what the inventory does not name.
   */
  stay: JobRef
  look: JobRef
  foreign: JobRef
  more: JobRef
}

/** Whom and where; no two testers have jobs of one name. */
export const testerOf = (
  user: User,
  group: Group,
  kind: JobKindName,
  volumes: readonly Volume[],
  claims: readonly string[] = [],
): PodTester => {
  const job = (what: string): JobRef => ({
    kind,
    namespace: group.name,
    name: `${PREFIX}${what}-${jobWordOf(user.name)}`,
  })
  return {
    user,
    group,
    volumes: volumes.filter((one) => one.group === group.name),
    claims,
    subject: `${user.name} in ${group.name}`,
    stay: job('a'),
    look: job('b'),
    foreign: job('c'),
    more: job('d'),
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

/**
 * In letters that pass through templates unharmed, and in the first process, or no signal would reach it: that heeds
 * no signal until it says how.
 */
const commandOf = (script: string): string =>
  `trap "exit 0" TERM; eval "$(echo ${Buffer.from(script).toString('base64')} | base64 -d)"`

/** What all jobs of a trial have in common. */
export interface PodTrial {
  /** On each of its jobs, and in the name of every file that it writes. */
  run: string
  image: string
}

/** The arguments of `arena` that submit one job. */
export const submission = (
  job: JobRef,
  { image, run }: PodTrial,
  volumes: readonly string[],
  script: string,
): string[] => {
  const { cpu, memory } = jobKind(job.kind).trial!
  return [
    ...submitting(job, run),
    `--namespace=${job.namespace}`,
    `--image=${image}`,
    `${cpu}=${ASKED.millicpu}m`,
    `${memory}=${ASKED.memory / 1024 / 1024}Mi`,
    ...volumes.map((volume) => `--data=${volume}:/verify/${volume}`),
    commandOf(script),
  ]
}

/** What a probe is told. */
export interface ProbeInput {
  run: string
  /** The one that stays writes and listens; one that looks reads and calls. */
  mode: 'stay' | 'look'
  /** How long the one that stays does so. */
  seconds?: number
  /** Where it looks; each is mounted. */
  volumes: readonly string[]
  /** A line for each connection to be tried. */
  calls?: readonly string[]
  /** What directories are marked with: what the marks of this inventory begin with, and a line for each new one. */
  marks: string
  marking?: readonly string[]
}

/** What a job of this tester runs. */
export const scriptOf = (
  { subject }: PodTester,
  { run, mode, seconds = 0, volumes, calls = [], marks, marking = [] }: ProbeInput,
): string =>
  values({
    run,
    me: markOf(subject),
    volumes: volumes.join(' '),
    mode,
    seconds,
    port: PORT,
    calls: calls.join('\n'),
    marks,
    marking: marking.join('\n'),
  }) + PROBE

/** A tester as a part of a file's name. */
export const markOf = (subject: string): string => subject.replace(/[^A-Za-z0-9]+/g, '-')

/** The file that a tester writes into a volume, without what all begin with. */
export const fileOf = ({ subject }: PodTester, volume: string): string => `${markOf(subject)}-${volume}`

/** Without what only the controller of the pod may say. */
const ownersIn = ({ ownerReferences = [] }: Metadata): OwnerReference[] =>
  ownerReferences.map(({ apiVersion, kind, name, uid }) => ({ apiVersion, kind, name, uid }))

/** A pod of one of our jobs. */
export interface Pod {
  job: string
  namespace: string
  name: string
  uid: string
  labels: Readonly<Record<string, string>>
  /** What it belongs to. */
  owners: readonly OwnerReference[]
  /** Where it runs. */
  node: string | undefined
  status: PodStatus
}

const POD_NAME = new RegExp(
  `^(${PREFIX}.+)-(${TRIAL_KINDS.map((kind) => jobKind(kind).trial!.role).join('|')})-0$`,
)

/** What trials in pods made of a kind, those of a run or of whichever: one LIST. */
export const trialObjects = async <O extends KubeObject>(
  kind: Kind,
  cluster: KubeConnection,
  signal: AbortSignal,
  run: string | undefined,
): Promise<O[]> => {
  const selector = encodeURIComponent(run === undefined ? TRIAL_LABEL : `${TRIAL_LABEL}=${run}`)
  const list = await cluster.read(`${pathOf(kind)}?labelSelector=${selector}`, signal)
  return itemsIn<O>(list).filter(({ metadata }) => metadata.name.startsWith(PREFIX))
}

const trialPods = async (cluster: KubeConnection, signal: AbortSignal, run: string): Promise<Pod[]> => {
  const pods = await trialObjects<PodObject>(POD, cluster, signal, run)
  return pods.flatMap(({ metadata, spec, status = {} }) => {
    const job = POD_NAME.exec(metadata.name)?.[1]
    if (job === undefined) return []
    return [
      {
        job,
        namespace: metadata.namespace!,
        name: metadata.name,
        uid: metadata.uid!,
        labels: metadata.labels ?? {},
        owners: ownersIn(metadata),
        node: spec?.nodeName,
        status,
      },
    ]
  })
}

/** The pods of a run, listed once for all who ask in the same moment. */
export const podsOfRun = (
  cluster: KubeConnection,
  signal: AbortSignal,
  run: string,
): (() => Promise<Pod[]>) => {
  let last: { at: number; pods: Promise<Pod[]> } | undefined
  return () => {
    if (last === undefined || performance.now() - last.at > MOMENT_MS)
      last = { at: performance.now(), pods: trialPods(cluster, signal, run) }
    return last.pods
  }
}

const MOMENT_MS = 400

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

/** Whether Arena or the scheduler says that a claim is not there, and not that something else is not. */
export const lacksClaim = (said: string, claim: string): boolean =>
  said.includes(claim) && /(persistentvolumeclaim|pvc)s?\b.*(not ?found|not exist|doesn't exist)/i.test(said)
