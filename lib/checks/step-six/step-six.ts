import type { Check, Judgement, Verdict } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import type { JobTrial } from '../../audit/job-trial.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { trialKindIn } from '../../audit/trial-kind.ts'
import { cannotTell, pass, untested } from '../../audit/verdicts.ts'
import { asAutomationError } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import { readableQuantity } from '../../base/quantity.ts'
import { jobKind, TRIAL_KINDS } from '../../conventions/job-kinds.ts'
import { jobWordOf } from '../../conventions/names.ts'
import type { Group, User } from '../../inventory/schema.ts'
import { type Kind, PERSISTENT_VOLUME_CLAIM, RESOURCE_QUOTA } from '../../kube/object.ts'
import { GPU, isScoped } from '../../kube/quota.ts'
import { fits, leftOf, quotaUse } from '../../kube/quota-use.ts'
import type { PersistentVolumeClaim, ResourceQuota } from '../../kube/shapes.ts'
import { trustedClaims } from '../volumes.ts'
import { type ArenaSaid, arenaAs } from './arena-as-user.ts'
import { readNames } from './arena-output.ts'
import { onSite, type TrialSite } from './site.ts'
import { clearJobs, getsPod, heldBecause, type JobRef, runs, submitting } from './submitted-job.ts'

/** Somebody of a group, who tries it as step six of the document does. */
interface Tester {
  user: User
  group: Group
  /** A job that fits into the quota, and one that does not. */
  within: JobRef
  beyond: JobRef
}

/** The document's own job. */
const JOB = [
  '--image=tensorflow/tensorflow:1.5.0-devel-gpu',
  '--sync-mode=git',
  '--sync-source=https://code.aliyun.com/xiaozhou/tensorflow-sample-code.git',
  'python code/tensorflow-sample-code/tfjob/docker/mnist/main.py --max_steps 10000 ' +
    '--data_dir=code/tensorflow-sample-code/data',
]

/** What a job asks for where the quota of its group limits it. */
const CPU = '1'
const MEMORY = '1Gi'

/** What is proved by jobs that are submitted. */
export const STEP_SIX = {
  volumes: {
    id: 'S1',
    goal: 5,
    title: '`arena data list` shows a user the volumes of their group and no others',
  },
  runs: { id: 'S2', goal: 1, title: "A job inside the group's quota runs" },
  held: { id: 'S3', goal: 4, title: "A job beyond the group's quota is held, and the reason is told" },
  hidden: { id: 'S4', goal: 3, title: "`arena list` shows nobody another group's jobs" },
  cleared: { id: 'S5', goal: 1, title: 'What was submitted to try it is gone again' },
  goesOn: { id: 'S6', goal: 1, title: 'A held job goes on soon after there is room' },
} as const satisfies Record<string, Pick<Check, 'id' | 'goal' | 'title'>>

/**
 * Tries step six of the document with real jobs, as one user of each group on a client machine, and clears them away
 * through the API: `arena delete` would run what a user wrote into a ConfigMap (seen in Arena 0.15.5).
 */
export const stepSix: JobTrial = async (input) => {
  const [machine] = input.scene.hosts
  if (machine === undefined) return []
  input.tell({ stage: 'begin' })
  return onSite(machine, input, tryAll).catch(untold('runs'))
}

const tryAll = async (site: TrialSite): Promise<CheckedFinding[]> => {
  const testers = testersOf(site.scene)
  const untried = untriedOf(site.scene, testers)
  if (testers.length === 0) return untried
  const jobs = testers.flatMap(({ within, beyond }) => [within, beyond])
  // Whoever has taken the lock from us has cleared away what was there, and has jobs of these names.
  const clear = (signal: AbortSignal): Promise<void> =>
    clearJobs(jobs, site.cluster, signal, site.lost.aborted ? site.run : undefined)
  // A run that was killed may have left some.
  await clear(AbortSignal.any([site.signal, AbortSignal.timeout(CLEARING_MS)]))
  const found = await simulate(testers, site).catch(untold('runs'))
  site.tell({ stage: 'clearing' })
  // Also after Ctrl-C: what we submitted uses GPUs.
  const cleared = await clear(AbortSignal.timeout(CLEARING_MS)).then(
    () =>
      testers.map(({ user }) => ({ ...pass(user.name, 'nothing is left of it'), check: STEP_SIX.cleared })),
    untold('cleared'),
  )
  return [...found, ...cleared, ...untried]
}

/** What an error leaves untold. */
const untold =
  (what: keyof typeof STEP_SIX) =>
  (error: unknown): CheckedFinding[] => {
    const { subject = 'step six' } = asAutomationError(error)
    return [{ check: STEP_SIX[what], ...cannotTell(subject, error) }]
  }

const CLEARING_MS = 60_000

/** Somebody whose jobs run in a group by themselves. */
const memberOf = (group: Group, { users }: Scene): User | undefined =>
  users.find(({ groups: [first] }) => first!.group === group.name && first!.role === 'member')

/** Groups whose members submit only what is not tried here. */
const untriedOf = (scene: Scene, testers: readonly Tester[]): CheckedFinding[] => {
  const groups = scene.groups.filter(
    (group) => memberOf(group, scene) !== undefined && testers.every((one) => one.group !== group),
  )
  if (groups.length === 0) return []
  const finding = untested(
    groups.map(({ name }) => name),
    `its members may submit none of the kinds that are tried: ${TRIAL_KINDS.join(', ')}`,
    advise('submit a job of theirs by hand, one inside the quota and one beyond it'),
  )
  return Object.values(STEP_SIX).map((check) => ({ ...finding, check }))
}

/** One user for each group in the selection. */
const testersOf = (scene: Scene): Tester[] =>
  scene.groups.flatMap((group) => {
    const user = memberOf(group, scene)
    const kind = trialKindIn(group.name, scene)
    if (user === undefined || kind === undefined) return []
    const job = (number: string): JobRef => ({
      kind,
      namespace: group.name,
      name: `verify-${jobWordOf(user.name)}-${number}`,
    })
    return [{ user, group, within: job('01'), beyond: job('02') }]
  })

const simulate = async (testers: readonly Tester[], input: TrialSite): Promise<CheckedFinding[]> => {
  const found: CheckedFinding[] = []
  const tell = (what: keyof typeof STEP_SIX, { user }: Tester, finding: Judgement): void => {
    found.push({ ...finding, subjects: [user.name], check: STEP_SIX[what] })
  }
  const list = (kind: Kind) => input.cluster.list(kind, input.signal)
  const [{ items: before }, { items: claims }] = await Promise.all([
    list(RESOURCE_QUOTA),
    list(PERSISTENT_VOLUME_CLAIM),
  ])
  const full = new Map(testers.map((tester) => [tester, inUse(before, tester.group)]))
  const trying = testers.filter((tester) => full.get(tester) === undefined)
  if (trying.length > 0)
    input.tell({ stage: 'within', users: trying.map(({ user }) => user.name), seconds: input.patience })
  const first = await asEach(testers, input, (tester) => [
    ['volumes', ['data', 'list']],
    ...(trying.includes(tester)
      ? [['submit', submit(tester, tester.within, gpusOf(tester.group), input.run)] as const]
      : []),
  ])
  const running = await Promise.all(
    testers.map(async (tester) => {
      tell('volumes', tester, volumesFinding(tester.group, input.scene, claims, first(tester, 'volumes')))
      const busy = full.get(tester)
      if (busy !== undefined) {
        tell('runs', tester, { ...failed(`no job can be tried now: ${busy}`, 'unknown'), repair: LATER })
        return undefined
      }
      const sent = first(tester, 'submit')
      const state = sent.ok ? await runs(tester.within, input) : `arena submit failed: ${sent.said}`
      const passes = gpusOf(tester.group) === 0 ? 'a job without GPUs runs' : 'a job with one GPU runs'
      tell('runs', tester, state === true ? passed(passes) : failed(state))
      return state === true ? tester : undefined
    }),
  )
  const going = running.filter((tester) => tester !== undefined)
  const { items: quotas } = await list(RESOURCE_QUOTA)
  const beyond = going.flatMap((tester) => {
    const left = leftOf(quotas, tester.group.name, `requests.${GPU}`)
    if (left !== undefined) return [{ tester, gpus: left + 1 }]
    tell('held', tester, unheldFinding(tester.group))
    return []
  })
  if (beyond.length > 0) input.tell({ stage: 'beyond' })
  const submittedAt = performance.now()
  const second = await asEach(going, input, (tester) => {
    const held = beyond.find((one) => one.tester === tester)
    return [
      ['list', ['list']],
      ...(held === undefined
        ? []
        : [['submit', submit(tester, tester.beyond, held.gpus, input.run)] as const]),
    ]
  })
  for (const tester of going)
    tell('hidden', tester, hiddenFinding(tester, { testers, going }, second(tester, 'list')))
  const held = await Promise.all(
    beyond.map(async ({ tester, gpus }) => {
      const sent = second(tester, 'submit')
      const reason = sent.ok ? await heldBecause(tester.beyond, input) : undefined
      if (!sent.ok) tell('held', tester, failed(`arena submit failed: ${sent.said}`))
      else if (reason === undefined)
        tell('held', tester, failed(`a job that asks for ${gpus} GPUs more was not held by the quota`))
      else tell('held', tester, passed(`a job that asks for more is held: ${reason}`))
      return reason === undefined ? [] : [tester]
    }),
  )
  if (held.flat().length > 0) input.tell({ stage: 'goes-on' })
  await Promise.all(
    held.flat().map(async (tester) => {
      tell('goesOn', tester, await waited(tester, performance.now() - submittedAt, input))
    }),
  )
  return found
}

/** How long a job waits that was held for so long, once the first one has ended: a figure, and no promise of ours. */
const waited = async (
  { within, beyond }: Tester,
  heldMs: number,
  { cluster, patience, signal, run }: TrialSite,
): Promise<Judgement> => {
  const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`
  await clearJobs([within], cluster, signal, run)
  const since = performance.now()
  const goesOn = await getsPod(beyond, { cluster, patience, signal })
  const how = goesOn ? `went on ${seconds(performance.now() - since)}` : `had not gone on ${patience} s`
  return {
    verdict: 'gap',
    says:
      `a job that was held for ${seconds(heldMs)} ${how} after the first one ended: its operator tries again ` +
      'after ever longer times, at last 16 min 40 s',
    repair: advise('report names each job whose share is free again, with the command that wakes it'),
  }
}

const passed = (says: string): Judgement => ({ verdict: 'pass', says })
const failed = (says: string, verdict: Verdict = 'fail'): Judgement => ({ verdict, says })

const submit = ({ group: { quota } }: Tester, job: JobRef, gpus: number, run: string): string[] => {
  const { cpu, memory } = jobKind(job.kind).trial!
  return [
    ...submitting(job, run),
    `--gpus=${gpus}`,
    // As the document has it where the quota limits them.
    ...(quota.cpu === undefined ? [] : [`${cpu}=${CPU}`]),
    ...(quota.memory === undefined ? [] : [`${memory}=${MEMORY}`]),
    ...JOB,
  ]
}

/** GPUs of the job that fits. */
const gpusOf = ({ quota }: Group): number => (quota.gpu === 0 ? 0 : 1)

/** Which share of a group others' jobs use up, so that none of ours fits beside them; undefined when one does. */
export const inUse = (quotas: readonly ResourceQuota[], group: Group): string | undefined => {
  const needs: Readonly<Record<string, string>> = {
    [`requests.${GPU}`]: `${gpusOf(group)}`,
    pods: '1',
    ...(group.quota.cpu === undefined ? {} : { 'requests.cpu': CPU, 'limits.cpu': CPU }),
    ...(group.quota.memory === undefined ? {} : { 'requests.memory': MEMORY, 'limits.memory': MEMORY }),
  }
  // Whether a quota with scopes counts the job is told by the API server when the job is submitted.
  const [full] = quotas
    .filter((quota) => !isScoped(quota))
    .flatMap((quota) =>
      quotaUse([quota], new Set([group.name])).filter(
        ({ key, counted }) =>
          counted && needs[key] !== undefined && !fits([quota], group.name, key, needs[key]),
      ),
    )
  if (full === undefined) return undefined
  const [used, hard] = [full.used, full.hard].map(readableQuantity)
  return `${full.group} uses ${used} of ${hard} ${full.key}`
}

const LATER = advise('run again once there is room; report shows what the group uses')

/** Runs commands of Arena as each user, all in one exec. */
const asEach = async (
  testers: readonly Tester[],
  { host, signal }: TrialSite,
  commands: (tester: Tester) => readonly (readonly [id: string, args: readonly string[]])[],
): Promise<(tester: Tester, id: string) => ArenaSaid> => {
  const all = testers.flatMap((tester) =>
    commands(tester).map(([id, args]) => ({ user: tester.user, id, args })),
  )
  const said = await arenaAs(all, host, signal)
  return ({ user }, id) => said(user, id)
}

/** Of a group whose GPUs no quota counts. */
export const unheldFinding = ({ quota }: Pick<Group, 'quota'>): Judgement =>
  quota.gpu === undefined
    ? passed('the inventory limits no GPUs here, so nothing is held')
    : failed('no quota limits its GPUs, so nothing is held')

/** What `arena data list` shows somebody of a group, whose namespace may have claims that others made and are meant. */
export const volumesFinding = (
  group: Pick<Group, 'name'>,
  { inventory }: Pick<Scene, 'inventory'>,
  claims: readonly PersistentVolumeClaim[],
  { ok, text, said }: ArenaSaid,
): Judgement => {
  if (!ok) return failed(`arena data list failed: ${said}`)
  const wanted = inventory.volumes.filter((volume) => volume.group === group.name).map(({ name }) => name)
  const shown = readNames(text)
  const missing = wanted.filter((name) => !shown.includes(name))
  const meant = trustedClaims(inventory, claims, group.name)
  const extra = shown
    .filter((name) => !(wanted.includes(name) || meant.has(name)))
    .map((name) => untrusted(name, 80))
  if (missing.length + extra.length === 0) return passed('sees exactly the volumes of the group')
  return failed(
    [
      missing.length > 0 ? `does not see ${missing.join(', ')}` : '',
      extra.length > 0 ? `sees ${extra.join(', ')} too` : '',
    ]
      .filter(Boolean)
      .join('; '),
  )
}

type Submitter = Pick<Tester, 'user' | 'within'>

/** What `arena list` shows somebody whose job runs; `going` are all whose jobs do. */
export const hiddenFinding = (
  tester: Submitter,
  { testers, going }: { testers: readonly Submitter[]; going: readonly Submitter[] },
  { ok, text, said }: ArenaSaid,
): Judgement => {
  if (!ok) return failed(`arena list failed: ${said}`, 'unknown')
  const names = readNames(text)
  if (!names.includes(tester.within.name)) return failed('does not see their own job')
  const seen = testers.filter((other) => other !== tester && names.includes(other.within.name))
  if (seen.length > 0) return failed(`sees the jobs of ${seen.map(({ user }) => user.name).join(', ')}`)
  if (going.some((other) => other !== tester)) return passed('sees their own job and none of another group')
  return {
    ...failed('no job of another group runs that could be seen', 'untested'),
    repair: advise('run it for several groups, once there is room for a job of each'),
  }
}
