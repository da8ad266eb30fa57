// What only running containers can tell: files, traffic and devices, tried by jobs of the users themselves.

import type { Finding } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import type { JobTrial } from '../../audit/job-trial.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { cannotTell, untested } from '../../audit/verdicts.ts'
import { asAutomationError } from '../../base/errors.ts'
import { pause } from '../../base/pause.ts'
import { type JobKindName, jobKind, resourceOfKind, TRIAL_KINDS } from '../../conventions/job-kinds.ts'
import { type Peers, peersOf } from '../rights/peers.ts'
import { onSite, type TrialSite } from '../step-six/site.ts'
import { hinderedBecause, type JobRef, refusedBecause, until } from '../step-six/submitted-job.ts'
import { apiResourceName, workloadsOf } from '../workloads.ts'
import { type Arenas, arenasOn } from './arenas.ts'
import { callsOf, type Listening } from './calls.ts'
import { IN_PODS } from './checks.ts'
import { claimsBesides, isForMany, unseenClaims } from './claims.ts'
import { clearOurs } from './clear.ts'
import {
  lacksClaim,
  type Pod,
  type PodTester,
  type PodTrial,
  type ProbeInput,
  podFor,
  podsOfRun,
  scriptOf,
  stuck,
  submission,
  testerOf,
} from './jobs.ts'
import { judge } from './judge.ts'
import { leftOut } from './left-out.ts'
import { markedVolumes, markingOf, marksOf, rememberMarks } from './marks.ts'
import { linesTold, readLog, type Told } from './said.ts'
import { serve } from './service.ts'
import { sideBySide } from './side-by-side.ts'
import type { Failed, PodsTold } from './told.ts'

/** Of groups, `forks` submit, wait and are read at once; what stays of each goes on while others are at work. */
interface Site extends TrialSite, PodTrial {
  arenas: Arenas
  /** The pods of this trial. */
  pods(): Promise<Pod[]>
}

/** Tries what only pods can tell, in pods of this image, as one user of each set that RBAC treats alike. */
export const inPods =
  (image: string): JobTrial =>
  async (input) => {
    const { scene } = input
    const [machine] = scene.hosts
    if (machine === undefined)
      return ofAll(
        untested(
          scene.groups.map(({ name }) => name),
          'no machine was looked at, and jobs are submitted from one',
          advise('name a machine in --limit, or leave it out'),
        ),
      )
    return onSite(machine, input, (site) => {
      const { host, cluster, signal, run } = site
      const pods = podsOfRun(cluster, signal, run)
      return tryAll({ ...site, image, pods, arenas: arenasOn(host, signal) })
    }).catch(untold)
  }

/** What an error leaves untold: everything. */
const untold = (error: unknown): CheckedFinding[] =>
  ofAll(cannotTell(asAutomationError(error).subject ?? 'pods', error))

/** The same about everything that pods tell. */
const ofAll = (finding: Finding): CheckedFinding[] =>
  Object.values(IN_PODS).map((check) => ({ ...finding, check }))

const tryAll = async (site: Site): Promise<CheckedFinding[]> => {
  const testers = testersOf(site.scene)
  const silent = site.scene.groups.filter(({ name }) => testers.every(({ group }) => group.name !== name))
  const unheard =
    silent.length === 0
      ? []
      : ofAll(
          untested(
            silent.map(({ name }) => name),
            `nobody in the selection may submit a job there of a kind that is tried: ${TRIAL_KINDS.join(', ')}`,
            advise("choose a member of the group, or let it have one of these: the group's jobs.kinds"),
          ),
        )
  if (testers.length === 0) return unheard
  const jobs = testers.flatMap(({ stay, look, foreign, more }) => [stay, look, foreign, more])
  // Whoever has taken the lock from us has cleared away what was there, and has jobs of these names.
  const clear = (signal: AbortSignal): Promise<void> =>
    clearOurs(jobs, site.cluster, signal, site.lost.aborted ? site.run : undefined)
  // A run that was killed may have left some.
  await clear(AbortSignal.any([site.signal, AbortSignal.timeout(site.patience * 1000)]))
  const found = await judged(testers, site).catch(untold)
  site.tell({ stage: 'clearing-pods' })
  // A submission that goes on would make a job after all were cleared away.
  await site.arenas.end()
  const left = await clear(AbortSignal.timeout(site.patience * 1000)).then(() => [], untold)
  return [...found, ...unheard, ...left]
}

const judged = async (testers: readonly PodTester[], site: Site): Promise<CheckedFinding[]> => {
  const outcomes = await outcomesOf(testers, site)
  const { scene } = site
  return [
    ...judge(outcomes, scene),
    ...unseenClaims(scene),
    ...leftOut(scene),
    ...(await remembered(outcomes, site)),
  ]
}

/** What came of keeping in mind which directories are marked. */
const remembered = async (
  outcomes: readonly PodsTold[],
  { scene, cluster, signal }: Site,
): Promise<CheckedFinding[]> => {
  const found = scene.groups.map(async ({ name }): Promise<CheckedFinding[]> => {
    const volumes = markedVolumes(outcomes, name, scene)
    try {
      if (volumes.length > 0) await rememberMarks(name, volumes, cluster, signal)
      return []
    } catch (error) {
      return [{ check: IN_PODS.G5, ...cannotTell(name, error) }]
    }
  })
  return (await Promise.all(found)).flat()
}

/** By which kind of job users can be tried in a group; undefined where they submit none such. */
const trialKindOf = (peers: Peers, namespace: string, scene: Scene): JobKindName | undefined => {
  const may = workloadsOf({ ...peers, namespace }, scene).map(apiResourceName)
  return TRIAL_KINDS.find((kind) => may.includes(resourceOfKind(jobKind(kind))))
}

/** In each group, the first user of each set that RBAC treats alike and that may submit such jobs there. */
const testersOf = (scene: Scene): PodTester[] =>
  scene.groups.flatMap((group) => {
    const users = peersOf(scene).flatMap((peers) => {
      const user = peers.users.find(({ groups }) => groups.some((one) => one.group === group.name))
      const kind = trialKindOf(peers, group.name, scene)
      return user === undefined || kind === undefined ? [] : [{ user, kind }]
    })
    const claims = claimsBesides(scene, group.name)
      .filter(isForMany)
      .map(({ metadata }) => metadata.name)
    return users.map(({ user, kind }, index) =>
      testerOf(user, group, kind, scene.inventory.volumes, index === 0 ? claims : []),
    )
  })

/** What became of a job: its pod and log, or why there is none. */
type Came = { kind: 'came'; pod: Pod; told: Told } | Failed

const outcomesOf = async (testers: readonly PodTester[], site: Site): Promise<PodsTold[]> => {
  const { scene, forks, patience } = site
  site.tell({ stage: 'pods', users: testers.map(({ subject }) => subject) })
  const stays = await sideBySide(testers, forks, async (tester) => {
    const claim = foreignTo(tester, scene)
    const [stayed, foreign] = await Promise.all([
      probed(tester, tester.stay, { mode: 'stay', seconds: patience * 3 }, site),
      claim === undefined ? undefined : foreignOf(tester, claim, site),
    ])
    if (stayed.kind === 'failed') return { stayed, foreign }
    return { stayed: { ...stayed, service: await serve(stayed.pod, site) }, foreign }
  })
  const ready = testers.flatMap((tester): Ready[] => {
    const { stayed } = stays.get(tester)!
    if (stayed.kind === 'failed') return []
    const { pod, told, service } = stayed
    const { name, node, status } = pod
    const listens = linesTold(told, 'end').some(({ listening }) => listening)
    return [{ tester, told, service, address: status.podIP ?? '', name, node, listens }]
  })
  const looks = await lookAround(ready, site)
  return testers.map((tester): PodsTold => {
    const { stayed, foreign } = stays.get(tester)!
    // Nobody looks around where the first does not run.
    if (stayed.kind === 'failed')
      return {
        tester,
        stayed,
        looked: stayed,
        foreign,
        more: tester.claims.length === 0 ? undefined : stayed,
      }
    return { tester, stayed: stayed.told, foreign, ...looks.get(tester)! }
  })
}

/** A pod that stays, and what it said. */
interface Ready extends Listening {
  told: Told
}

const lookAround = (
  ready: readonly Ready[],
  site: Site,
): Promise<Map<PodTester, Pick<PodsTold, 'looked' | 'more'>>> => {
  const { scene, forks } = site
  if (ready.length > 0) site.tell({ stage: 'look' })
  const going = ready.map(({ tester }) => tester)
  const said = new Map(ready.map(({ tester, told }) => [tester, told]))
  return sideBySide(going, forks, async (tester) => {
    const calls = callsOf(tester, ready, scene)
    const look = {
      mode: 'look',
      calls: calls
        .filter(({ failed }) => failed === undefined)
        .map(({ id, want, host, port }) => `${id} ${want} ${host} ${port}`),
      marking: markingOf(tester, said.get(tester)!, going, scene),
    } as const
    const [looked, more] = await Promise.all([
      probed(tester, tester.look, look, site),
      tester.claims.length === 0
        ? undefined
        : probed(tester, tester.more, { mode: 'look', volumes: tester.claims }, site),
    ])
    return {
      looked: looked.kind === 'came' ? { kind: 'looked', told: looked.told, calls } : looked,
      more: more?.kind === 'came' ? more.told : more,
    }
  })
}

/** Submits a job that probes, and waits until its pod has said all that it has to say. */
const probed = async (
  tester: PodTester,
  job: JobRef,
  input: Omit<ProbeInput, 'run' | 'marks' | 'volumes'> & { volumes?: readonly string[] },
  site: Site,
): Promise<Came> => {
  const { run, scene } = site
  const volumes = input.volumes ?? tester.volumes.map(({ name }) => name)
  const script = scriptOf(tester, { ...input, run, volumes, marks: marksOf(scene.inventory) })
  const sent = await site.arenas.run(tester, submission(job, site, volumes, script))
  return sent.ok ? came(tester, job, site) : { kind: 'failed', failed: `arena submit failed: ${sent.said}` }
}

/** Waits until the pod of a job has said all that it has to say, as its user reads it through Arena. */
const came = async (tester: PodTester, job: JobRef, site: Site): Promise<Came> => {
  const { patience, signal, pods } = site
  let last = 'no pod of it is there'
  const pod = await until(patience, signal, async () => {
    const live = podFor(await pods(), job)
    if (live === undefined) return undefined
    const reason = stuck(live)
    last = reason ?? `the pod is ${live.status.phase}`
    if (reason !== undefined && !isPassing(reason)) return reason
    return live.status.phase === 'Pending' ? undefined : live
  })
  if (pod === undefined) {
    const waiting = podFor(await pods(), job)
    const told = waiting && (await hinderedBecause({ metadata: waiting }, site))
    const why = told ?? (await refusedBecause(job, site))
    return { kind: 'failed', failed: why ?? `it does not run after ${patience} s: ${last}` }
  }
  if (typeof pod === 'string') return { kind: 'failed', failed: pod }
  return logOf(tester, job, pod, site)
}

/** The scheduler tries again; nothing else that is told of a pod passes by itself in our time. */
const isPassing = (reason: string): boolean => reason.startsWith('Unschedulable')

const LOG_SECONDS = 90
const LOOK_AGAIN_MS = 1500

const logOf = async (tester: PodTester, job: JobRef, pod: Pod, site: Site): Promise<Came> => {
  let last = 'it has said nothing'
  const told = await until(Math.min(LOG_SECONDS, site.patience), site.signal, async () => {
    const { ok, text, said } = await site.arenas.run(tester, [
      'logs',
      job.name,
      `--namespace=${job.namespace}`,
    ])
    if (!ok) last = `arena logs failed: ${said}`
    const log = readLog(text, site.run)
    if (log.whole) return log
    await pause(LOOK_AGAIN_MS, site.signal)
    return undefined
  })
  return told === undefined
    ? { kind: 'failed', failed: `the log of its pod is not to be had: ${last}` }
    : { kind: 'came', pod, told }
}

/** A claim of another group, whose name means nothing in this one. */
const foreignTo = ({ group, volumes }: PodTester, { inventory }: Scene): string | undefined =>
  inventory.volumes.find((one) => one.group !== group.name && volumes.every(({ name }) => name !== one.name))
    ?.name

/** Whether a pod with a foreign claim runs: undefined when it does not, and what was said when that is not known. */
const foreignOf = async (tester: PodTester, claim: string, site: Site): Promise<'kept' | 'runs' | Failed> => {
  const { patience, signal, pods } = site
  const sent = await site.arenas.run(tester, submission(tester.foreign, site, [claim], 'exit 0'))
  if (!sent.ok)
    return lacksClaim(sent.said, claim)
      ? 'kept'
      : { kind: 'failed', failed: `arena submit failed: ${sent.said}` }
  const state = await until(Math.min(FOREIGN_SECONDS, patience), signal, async () => {
    const pod = podFor(await pods(), tester.foreign)
    if (pod === undefined) return undefined
    if (pod.status.phase !== 'Pending') return 'runs' as const
    return lacksClaim(stuck(pod) ?? '', claim) ? ('kept' as const) : undefined
  })
  if (state !== undefined) return state
  const why = await refusedBecause(tester.foreign, site)
  return { kind: 'failed', failed: why ?? 'nothing is told of a pod with the claim of another group' }
}

const FOREIGN_SECONDS = 30
