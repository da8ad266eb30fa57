// What only running containers can tell: files, traffic and devices, tried by jobs of the users themselves.
import { randomBytes } from 'node:crypto'
import { cannotTell } from '../../audit/cannot-tell.ts'
import type { Scene } from '../../audit/facts.ts'
import type { JobStage, JobTrial } from '../../audit/job-trial.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { asAutomationError } from '../../base/errors.ts'
import { pause } from '../../base/pause.ts'
import type { HostConnection, KubeConnection } from '../../connect/connection.ts'
import { peersOf } from '../rights/peers.ts'
import { type ArenaSaid, arenaAs } from '../step-six/arena-as-user.ts'
import { heldBecause, type JobRef, until } from '../step-six/submitted-job.ts'
import { workloadsOf } from '../workloads.ts'
import { callsOf } from './calls.ts'
import { IN_PODS } from './checks.ts'
import {
  clearOurs,
  type Pod,
  type PodTester,
  podFor,
  scriptOf,
  stuck,
  submission,
  testerOf,
  trialPods,
  warningOf,
} from './jobs.ts'
import { judge, type Looked, type PodsTold } from './judge.ts'
import { readLog, type Told } from './said.ts'

interface Site {
  scene: Scene
  image: string
  host: HostConnection
  cluster: KubeConnection
  patience: number
  tell(at: JobStage): void
  signal: AbortSignal
  /** In the name of every file that this trial writes. */
  run: string
}

/** Tries what only pods can tell, in pods of this image, as one user of each set that RBAC treats alike. */
export const inPods =
  (image: string): JobTrial =>
  async ({ reach, tell, ...input }) => {
    const [machine] = input.scene.hosts
    if (machine === undefined) return []
    try {
      const [host, cluster] = await Promise.all([reach.host(machine), reach.cluster()])
      const run = randomBytes(6).toString('hex')
      return await tryAll({ ...input, image, host, cluster, tell, run })
    } catch (error) {
      const { subject = 'pods' } = asAutomationError(error)
      return [{ check: IN_PODS.G4, ...cannotTell(subject, error) }]
    }
  }

const tryAll = async (site: Site): Promise<CheckedFinding[]> => {
  const testers = testersOf(site.scene)
  if (testers.length === 0) return []
  const jobs = testers.flatMap(({ stay, look, foreign }) => [stay, look, foreign])
  const clear = (signal: AbortSignal): Promise<void> => clearOurs(jobs, site.cluster, signal)
  // A run that was killed may have left some.
  await clear(site.signal)
  try {
    return judge(await outcomesOf(testers, site), site.scene)
  } finally {
    site.tell({ stage: 'clearing-pods' })
    await clear(AbortSignal.timeout(CLEARING_MS))
  }
}

const CLEARING_MS = 120_000

/** In each group, the first user of each set that RBAC treats alike and that may submit jobs of TensorFlow there. */
const testersOf = (scene: Scene): PodTester[] =>
  scene.groups.flatMap((group) =>
    peersOf(scene).flatMap((peers) => {
      const user = peers.users.find(({ groups }) => groups.some((one) => one.group === group.name))
      const submits = workloadsOf(peers, group.name, scene).some(({ resource }) => resource === 'tfjobs')
      return user === undefined || !submits ? [] : [testerOf(user, group, scene.inventory.volumes)]
    }),
  )

/** What became of a job: its pod and log, or why there is none. */
type Came = { pod: Pod; told: Told } | { failed: string }

const outcomesOf = async (testers: readonly PodTester[], site: Site): Promise<PodsTold[]> => {
  const { scene, image, run, patience } = site
  site.tell({ stage: 'pods', users: testers.map(({ subject }) => subject) })
  const sent = await submitted(testers, site, (tester) => {
    const names = tester.volumes.map(({ name }) => name)
    const script = scriptOf(tester, { run, mode: 'stay', seconds: patience * 3, calls: '' })
    const claim = foreignTo(tester, scene)
    return [
      { id: 'stay', args: submission(tester.stay, image, names, script) },
      ...(claim === undefined
        ? []
        : [{ id: 'foreign', args: submission(tester.foreign, image, [claim], 'exit 0') }]),
    ]
  })
  const stayed = await each(testers, (tester) => came(tester, tester.stay, sent(tester, 'stay'), site))
  const going = testers.filter((tester) => 'pod' in stayed.get(tester)!)
  const foreign = await each(testers, (tester) => foreignOf(tester, sent(tester, 'foreign'), site))
  const looked = going.length === 0 ? new Map<PodTester, Looked>() : await lookAround(going, stayed, site)
  return testers.map((tester): PodsTold => {
    const one = stayed.get(tester)!
    const isUp = 'told' in one
    return {
      tester,
      stayed: isUp ? one.told : one,
      // Nobody looks around where the first does not run.
      looked: isUp ? looked.get(tester)! : one,
      foreign: foreignTo(tester, scene) === undefined ? undefined : foreign.get(tester)!,
    }
  })
}

const lookAround = async (
  going: readonly PodTester[],
  stayed: ReadonlyMap<PodTester, Came>,
  site: Site,
): Promise<Map<PodTester, Looked>> => {
  site.tell({ stage: 'look' })
  const ready = going.map((tester) => {
    const { pod } = stayed.get(tester) as { pod: Pod }
    return { tester, address: pod.status.podIP ?? '', name: pod.name, node: pod.node }
  })
  const calls = new Map(going.map((tester) => [tester, callsOf(tester, ready, site.scene)]))
  const sent = await submitted(going, site, (tester) => {
    const asked = calls.get(tester)!.map(({ id, want, host, port }) => `${id} ${want} ${host} ${port}`)
    const script = scriptOf(tester, { run: site.run, mode: 'look', seconds: 0, calls: asked.join('\n') })
    const names = tester.volumes.map(({ name }) => name)
    return [{ id: 'look', args: submission(tester.look, site.image, names, script) }]
  })
  return each(going, async (tester): Promise<Looked> => {
    const result = await came(tester, tester.look, sent(tester, 'look'), site)
    return 'told' in result ? { told: result.told, calls: calls.get(tester)! } : result
  })
}

const each = async <T>(
  testers: readonly PodTester[],
  work: (tester: PodTester) => Promise<T>,
): Promise<Map<PodTester, T>> =>
  new Map(await Promise.all(testers.map(async (one) => [one, await work(one)] as const)))

const submitted = async (
  testers: readonly PodTester[],
  { host, signal }: Site,
  commands: (tester: PodTester) => readonly { id: string; args: readonly string[] }[],
): Promise<(tester: PodTester, id: string) => ArenaSaid> => {
  const idOf = (tester: PodTester, id: string) => `${tester.group.name} ${id}`
  const all = testers.flatMap((tester) =>
    commands(tester).map(({ id, args }) => ({ user: tester.user, id: idOf(tester, id), args })),
  )
  const said = await arenaAs(all, host, signal)
  return (tester, id) => said(tester.user, idOf(tester, id))
}

/** Waits until the pod of a job has said all that it has to say, as its user reads it through Arena. */
const came = async (tester: PodTester, job: JobRef, sent: ArenaSaid, site: Site): Promise<Came> => {
  if (!sent.ok) return { failed: `arena submit failed: ${sent.said}` }
  const { cluster, patience, signal } = site
  let last = 'no pod of it is there'
  const pod = await until(patience, signal, async () => {
    const live = podFor(await trialPods(cluster, signal), job)
    if (live === undefined) return undefined
    const reason = stuck(live)
    last = reason ?? `the pod is ${live.status.phase}`
    if (reason !== undefined && !isPassing(reason)) return reason
    return live.status.phase === 'Pending' ? undefined : live
  })
  if (pod === undefined) {
    const held = await heldBecause(job, { cluster, signal, seconds: 0 })
    return { failed: held ?? (await warned(job, site)) ?? `it does not run after ${patience} s: ${last}` }
  }
  if (typeof pod === 'string') return { failed: pod }
  return logOf(tester, job, pod, site)
}

/** The scheduler tries again; nothing else that is told of a pod passes by itself in our time. */
const isPassing = (reason: string): boolean => reason.startsWith('Unschedulable')

const warned = async (job: JobRef, { cluster, signal }: Site): Promise<string | undefined> => {
  const pod = podFor(await trialPods(cluster, signal), job)
  return pod && warningOf(pod, cluster, signal)
}

const LOG_SECONDS = 90
const LOOK_AGAIN_MS = 1500

const logOf = async (tester: PodTester, job: JobRef, pod: Pod, site: Site): Promise<Came> => {
  let last = 'it has said nothing'
  const told = await until(LOG_SECONDS, site.signal, async () => {
    const said = await arenaAs(
      [{ user: tester.user, id: job.name, args: ['logs', job.name, `--namespace=${job.namespace}`] }],
      site.host,
      site.signal,
    )
    const { ok, text, said: reason } = said(tester.user, job.name)
    if (!ok) last = `arena logs failed: ${reason}`
    const log = readLog(text, site.run)
    if (log.whole) return log
    await pause(LOOK_AGAIN_MS, site.signal)
    return undefined
  })
  return told === undefined ? { failed: `the log of its pod is not to be had: ${last}` } : { pod, told }
}

/** A claim of another group, whose name means nothing in this one. */
const foreignTo = ({ group, volumes }: PodTester, { inventory }: Scene): string | undefined =>
  inventory.volumes.find((one) => one.group !== group.name && volumes.every(({ name }) => name !== one.name))
    ?.name

/** Whether a pod with a foreign claim runs: undefined when it does not, and what was said when that is not known. */
const foreignOf = async (
  tester: PodTester,
  sent: ArenaSaid,
  { cluster, signal }: Site,
): Promise<'kept' | 'runs' | { failed: string }> => {
  if (!sent.ok)
    return /not ?found|no persistentvolumeclaim|doesn't exist|not exist/i.test(sent.said)
      ? 'kept'
      : { failed: `arena submit failed: ${sent.said}` }
  const state = await until(FOREIGN_SECONDS, signal, async () => {
    const pod = podFor(await trialPods(cluster, signal), tester.foreign)
    if (pod === undefined) return undefined
    if (pod.status.phase !== 'Pending') return 'runs' as const
    return /persistentvolumeclaim .*not found/i.test(stuck(pod) ?? '') ? ('kept' as const) : undefined
  })
  if (state !== undefined) return state
  const held = await heldBecause(tester.foreign, { cluster, signal, seconds: 0 })
  return { failed: held ?? 'nothing is told of a pod with the claim of another group' }
}

const FOREIGN_SECONDS = 30
