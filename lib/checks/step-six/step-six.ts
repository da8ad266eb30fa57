import { cannotTell } from '../../audit/cannot-tell.ts'
import type { Check, Finding, Verdict } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import type { JobStage, JobTrial } from '../../audit/job-trial.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { asAutomationError } from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'
import type { HostConnection, KubeConnection } from '../../connect/connection.ts'
import type { Group, User } from '../../inventory/schema.ts'
import { RESOURCE_QUOTA } from '../../kube/object.ts'
import { GPU } from '../../kube/quota.ts'
import { leftOf } from '../../kube/quota-use.ts'
import { type ArenaSaid, arenaAs } from './arena-as-user.ts'
import { readJobs, readVolumes } from './arena-output.ts'
import { clearJobs, heldBecause, type JobRef, runs } from './submitted-job.ts'

interface Site {
  scene: Scene
  host: HostConnection
  cluster: KubeConnection
  patience: number
  tell(at: JobStage): void
  signal: AbortSignal
}

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
} as const satisfies Record<string, Pick<Check, 'id' | 'goal' | 'title'>>

/**
 * Tries step six of the document with real jobs, as one user of each group on a client machine, and clears them away
 * through the API: `arena delete` would run what a user wrote into a ConfigMap (knowledge of Arena 0.15.5).
 */
export const stepSix: JobTrial = async ({ reach, tell, ...input }) => {
  const [machine] = input.scene.hosts
  if (machine === undefined) return []
  tell({ stage: 'begin' })
  try {
    const [host, cluster] = await Promise.all([reach.host(machine), reach.cluster()])
    return await tryAll({ ...input, host, cluster, tell })
  } catch (error) {
    const { subject = 'step six' } = asAutomationError(error)
    return [{ check: STEP_SIX.runs, ...cannotTell(subject, error) }]
  }
}

const tryAll = async (site: Site): Promise<CheckedFinding[]> => {
  const testers = testersOf(site.scene)
  if (testers.length === 0) return []
  const jobs = testers.flatMap(({ within, beyond }) => [within, beyond])
  const clear = (signal: AbortSignal): Promise<void> => clearJobs(jobs, site.cluster, signal)
  // A run that was killed may have left some.
  await clear(site.signal)
  let found: CheckedFinding[]
  try {
    found = await simulate(testers, site)
  } finally {
    site.tell({ stage: 'clearing' })
    // Also after Ctrl-C: what we submitted uses GPUs.
    await clear(AbortSignal.timeout(CLEARING_MS))
  }
  const cleared = testers.map(({ user }) => ({ ...passed('nothing is left of it'), subjects: [user.name] }))
  return [...found, ...cleared.map((finding) => ({ ...finding, check: STEP_SIX.cleared }))]
}

const CLEARING_MS = 60_000

/** One user for each group in the selection: somebody whose jobs run there by themselves. */
const testersOf = ({ groups, users }: Scene): Tester[] =>
  groups.flatMap((group) => {
    const user = users.find(({ groups: [first] }) => first!.group === group.name && first!.role === 'member')
    if (user === undefined) return []
    const job = (number: string): JobRef => ({ namespace: group.name, name: `verify-${user.name}-${number}` })
    return [{ user, group, within: job('01'), beyond: job('02') }]
  })

const simulate = async (testers: readonly Tester[], input: Site): Promise<CheckedFinding[]> => {
  const found: CheckedFinding[] = []
  const tell = (what: keyof typeof STEP_SIX, { user }: Tester, finding: Omit<Finding, 'subjects'>): void => {
    found.push({ ...finding, subjects: [user.name], check: STEP_SIX[what] })
  }
  input.tell({ stage: 'within', users: testers.map(({ user }) => user.name), seconds: input.patience })
  const first = await asEach(testers, input, (tester) => [
    ['volumes', ['data', 'list']],
    ['submit', submit(tester, tester.within, 1)],
  ])
  const running = await Promise.all(
    testers.map(async (tester) => {
      tell('volumes', tester, volumesFinding(tester, input.scene, first(tester, 'volumes')))
      const sent = first(tester, 'submit')
      const state = sent.ok ? await runs(tester.within, input) : `arena submit failed: ${sent.said}`
      tell('runs', tester, state === true ? passed('a job with one GPU runs') : failed(state))
      return state === true ? tester : undefined
    }),
  )
  const going = running.filter((tester) => tester !== undefined)
  const { items: quotas } = await input.cluster.list(RESOURCE_QUOTA, input.signal)
  const beyond = going.flatMap((tester) => {
    const left = leftOf(quotas, tester.group.name, `requests.${GPU}`)
    if (left !== undefined) return [{ tester, gpus: left + 1 }]
    tell('held', tester, passed('the inventory limits no GPUs here, so nothing is held'))
    return []
  })
  if (beyond.length > 0) input.tell({ stage: 'beyond' })
  const second = await asEach(going, input, (tester) => {
    const held = beyond.find((one) => one.tester === tester)
    return [
      ['list', ['list']],
      ...(held === undefined ? [] : [['submit', submit(tester, tester.beyond, held.gpus)] as const]),
    ]
  })
  for (const tester of going) tell('hidden', tester, hiddenFinding(tester, testers, second(tester, 'list')))
  await Promise.all(
    beyond.map(async ({ tester, gpus }) => {
      const sent = second(tester, 'submit')
      if (!sent.ok) return tell('held', tester, failed(`arena submit failed: ${sent.said}`))
      const reason = await heldBecause(tester.beyond, input)
      tell(
        'held',
        tester,
        reason === undefined
          ? failed(`a job that asks for ${gpus} GPUs more was not held by the quota`)
          : passed(`a job that asks for more is held: ${reason}`),
      )
    }),
  )
  return found
}

const passed = (says: string): Omit<Finding, 'subjects'> => ({ verdict: 'pass', says })
const failed = (says: string, verdict: Verdict = 'fail'): Omit<Finding, 'subjects'> => ({ verdict, says })

const submit = ({ group: { quota } }: Tester, { name }: JobRef, gpus: number): string[] => [
  'submit',
  'tf',
  `--name=${name}`,
  `--gpus=${gpus}`,
  // As the document has it where the quota limits them.
  ...(quota.cpu === undefined ? [] : ['--chief-cpu=1']),
  ...(quota.memory === undefined ? [] : ['--chief-memory=1Gi']),
  ...JOB,
]

/** Runs commands of Arena as each user, all in one exec. */
const asEach = async (
  testers: readonly Tester[],
  { host, signal }: Site,
  commands: (tester: Tester) => readonly (readonly [id: string, args: readonly string[]])[],
): Promise<(tester: Tester, id: string) => ArenaSaid> => {
  const all = testers.flatMap((tester) =>
    commands(tester).map(([id, args]) => ({ user: tester.user, id, args })),
  )
  const said = await arenaAs(all, host, signal)
  return ({ user }, id) => said(user, id)
}

const volumesFinding = ({ group }: Tester, { inventory }: Scene, { ok, text, said }: ArenaSaid) => {
  if (!ok) return failed(`arena data list failed: ${said}`)
  const wanted = inventory.volumes.filter((volume) => volume.group === group.name).map(({ name }) => name)
  const shown = readVolumes(text)
  const missing = wanted.filter((name) => !shown.includes(name))
  const extra = shown.filter((name) => !wanted.includes(name)).map((name) => untrusted(name, 80))
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

const hiddenFinding = (tester: Tester, testers: readonly Tester[], { ok, text, said }: ArenaSaid) => {
  if (!ok) return failed(`arena list failed: ${said}`, 'unknown')
  const names = readJobs(text).map(({ name }) => name)
  if (!names.includes(tester.within.name)) return failed('does not see their own job')
  const others = testers.filter((other) => other !== tester && names.includes(other.within.name))
  if (others.length === 0) return passed('sees their own job and none of another group')
  return failed(`sees the jobs of ${others.map(({ user }) => user.name).join(', ')}`)
}
