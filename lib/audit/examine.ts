import { atMost } from '../base/at-most.ts'
import { AutomationError, orUndefined } from '../base/errors.ts'
import { heldBack } from '../base/held-back.ts'
import type { ApiResource, KubeConnection, Reach } from '../connect/connection.ts'
import { type Ask, askAll } from '../engine/ask.ts'
import { checkSelection, chosenFrom, knownIn, type Selection } from '../engine/select.ts'
import type { Inventory } from '../inventory/schema.ts'
import { displayed } from '../inventory/text.ts'
import { forgetManagers, type Kind, type KubeObject } from '../kube/object.ts'
import { READ_UP_TO } from '../kube/rights.ts'
import { type KubernetesVersion, versionIn } from '../kube/version.ts'
import type { Answers, Target } from '../resource/type.ts'
import { answered } from './answered.ts'
import { Asker } from './ask.ts'
import type { Check, Finding, Judged, Place, Trial } from './check.ts'
import { dotKubeProbesFor, ownToken, tokenOfUser } from './credentials.ts'
import type { AuditEvent } from './events.ts'
import type { Scene } from './facts.ts'
import type { JobStage, JobTrial } from './job-trial.ts'
import type { Attempt } from './question.ts'
import { advise } from './repair.ts'
import { type CheckedFinding, type Report, reportOf } from './report.ts'
import type { Tables } from './tables.ts'
import { cannotTell, untested } from './verdicts.ts'
import { whoAsks } from './who-asks.ts'

export interface ExamineInput {
  inventory: Inventory
  checks: readonly Check[]
  tables: Tables
  selection: Selection
  exhaustive?: boolean
  /** Each also submits real jobs and clears them away. */
  jobs?: readonly JobTrial[]
  /** What those look at, beside what checks do. */
  kinds?: readonly Kind[]
  /** How long a job may take to run, in seconds. */
  patience?: number
  /** Hosts read at once. */
  forks: number
  reach: Reach
  emit(event: AuditEvent): void
  /** Nothing more is asked once this aborts. */
  stop: AbortSignal
  abort: AbortSignal
}

/** Looks once at each target, asks what that leaves open, and says what holds. Nothing is stored anywhere. */
export const examine = async (input: ExamineInput): Promise<Report> => {
  const { inventory, tables, reach, emit, stop } = input
  const started = performance.now()
  const scene = await look(input)
  emit({
    type: 'observed',
    targets: scene.hosts.length + 1,
    seconds: (performance.now() - started) / 1000,
  })
  const { found, asker } = await inquire(scene, input)
  const tried = stop.aborted ? [] : await tryJobs(scene, input)
  return reportOf(
    [...found, ...tried],
    {
      inventory: inventory.name,
      file: displayed(inventory.file),
      isolation: inventory.isolation,
      knows: { upTo: READ_UP_TO, ...seen('server', () => `${scene.version.major}.${scene.version.minor}`) },
      ...seen('access', () => tables.access(scene)),
      ...seen('quotas', () => tables.quotas(scene)),
      effort: {
        seconds: (performance.now() - started) / 1000,
        traffic: reach.traffic(),
        ...(seen('computed', () => tables.computed(scene)) ?? { computed: 0 }),
        reviews: asker.reviews,
        attempts: asker.attempts,
      },
    },
    stop.aborted ? [130] : [],
  )
}

const tryJobs = async (
  scene: Scene,
  { jobs = [], reach, patience = 180, forks, emit, stop, abort }: ExamineInput,
): Promise<readonly CheckedFinding[]> => {
  const tell = (at: JobStage): void => emit({ type: 'trying', at })
  const found: CheckedFinding[] = []
  for (const trial of jobs)
    found.push(
      ...(await trial({ scene, reach, patience, forks, tell, signal: AbortSignal.any([stop, abort]) })),
    )
  return found
}

/** A part of the report that is left out where the cluster could not be read: a finding says so already. */
const seen = <K extends string, T>(key: K, of: () => T): { [key in K]: T } | undefined => {
  try {
    return { [key]: of() } as { [key in K]: T }
  } catch {
    return undefined
  }
}

const look = async ({
  inventory,
  checks,
  kinds: more = [],
  tables,
  selection,
  exhaustive = false,
  forks,
  reach,
  abort,
}: ExamineInput) => {
  const cluster: Target = { type: 'cluster', name: inventory.cluster.name }
  checkSelection(selection, [], knownIn({ ...inventory, retired: [] }))
  const { users, groups, hosts } = chosenFrom(inventory, selection)
  const asks = hosts.map((host, index): Ask => {
    const place: Place = { inventory, host, users, isFirst: index === 0 }
    // The tokens of users are read besides what the checks ask for: attempts are made with them.
    const probes = [...dotKubeProbesFor(place), ...checks.flatMap((check) => check.probes?.(place) ?? [])]
    return { on: { type: 'host', name: host.name }, questions: [{ probes }] }
  })
  const kinds = [...tables.kinds, ...more, ...checks.flatMap(({ kinds = [] }) => kinds)]
  const connection = await reach.cluster()
  const [heard, resources, admin, version] = await Promise.all([
    askAll([...asks, { on: cluster, questions: [{ kinds }] }], { reach, forks, signal: abort }),
    heldBack(connection.discover(abort)),
    heldBack(whoAsks(connection, abort)),
    heldBack(versionOf(connection, abort)),
  ])
  const { answers } = heard.get(cluster.name)!
  for (const kind of new Set(kinds)) for (const object of itemsOf(answers, kind)) forgetManagers(object)
  return {
    inventory,
    users,
    groups,
    hosts: hosts.map(({ name }) => name),
    exhaustive,
    endpoint: connection.endpoint,
    get admin() {
      return admin()
    },
    get version() {
      return version()
    },
    items: (kind) => answers.items(kind),
    resources: (): readonly ApiResource[] => resources(),
    on: (host) => heard.get(host)!.answers,
  } satisfies Scene
}

/** None where they could not be read, which whoever asks for them is told. */
const itemsOf = ({ items }: Answers, kind: Kind): readonly KubeObject[] =>
  orUndefined(() => items(kind)) ?? []

const versionOf = async (kube: KubeConnection, signal: AbortSignal): Promise<KubernetesVersion> => {
  const version = versionIn(await kube.read('/version', signal))
  if (version !== undefined) return version
  throw new AutomationError({
    code: 'observe',
    subject: kube.server,
    message: 'does not say which version of Kubernetes it runs',
    hint: 'see `kubectl version`',
  })
}

const inquire = async (
  scene: Scene,
  { checks, reach, emit, stop, abort }: ExamineInput,
): Promise<{ found: CheckedFinding[]; asker: Asker }> => {
  let asked = 0
  let shown = 0
  const tell = (): void => {
    shown = performance.now()
    emit({ type: 'asking', asked, of: asker.reviews + asker.attempts })
  }
  const asker = new Asker({
    connection: await reach.cluster(),
    tokenOf: (user) => tokenOfUser(scene, user),
    ownTokenOf: (user, who) => ownToken(scene, user, who),
    signal: AbortSignal.any([stop, abort]),
    onAnswer() {
      asked++
      if (performance.now() - shown >= PROGRESS_MS) tell()
    },
  })
  const found = await atMost(TRIALS, trialsIn(checks, scene), async ({ trial, told }) =>
    [await judged(trial, scene, asker)].flat().map(told),
  )
  if (asked > 0) tell()
  return { found: [...new Set(found.flat())], asker }
}

/** Trials that are made before earlier ones have ended; each holds its questions. */
const TRIALS = 64

const judged = async (trial: Finding | Trial, scene: Scene, asker: Asker): Promise<Judged> => {
  if (trial.ask === undefined) return trial
  const user = scene.hosts.length > 0 ? undefined : triedAs(trial)
  if (user !== undefined)
    return untested(
      user,
      'no machine was looked at, and what is tried as a user is tried with the kubeconfig there',
      advise('name a machine in --limit, or leave it out'),
    )
  try {
    return await answered(trial, asker)
  } catch (error) {
    return cannotTell(subjectOf(trial), error)
  }
}

/** The user whose kubeconfig a trial needs, which lies on a machine. */
const triedAs = (trial: Trial): string | undefined =>
  attemptsIn(trial).flatMap(({ as }) => (as.kind === 'user' ? as.user : []))[0]

const attemptsIn = (trial: Trial): readonly Attempt[] => {
  if (trial.ask === 'review') return []
  return trial.ask === 'attempt' ? [trial.attempt] : trial.attempts
}

/** How often progress is told. */
const PROGRESS_MS = 100

interface Told {
  trial: Finding | Trial
  /** The finding with its check: of one to which many trials come there is one. */
  told(finding: Finding): CheckedFinding
}

function* trialsIn(checks: readonly Check[], scene: Scene): Generator<Told> {
  for (const check of checks) {
    const told = findingOf(check)
    try {
      for (const trial of check.trials(scene)) yield { trial, told }
    } catch (error) {
      yield { trial: cannotTell('', error), told }
    }
  }
}

const findingOf = ({ id, goal, title }: Check): Told['told'] => {
  const known = new WeakMap<Finding, CheckedFinding>()
  return (finding) => {
    const found = known.get(finding) ?? { ...finding, check: { id, goal, title } }
    known.set(finding, found)
    return found
  }
}

const subjectOf = (trial: Trial): string => {
  if (trial.ask === 'review') return trial.review.who.username
  const { as } = attemptsIn(trial)[0]!
  if (as.kind === 'token') return as.token.name
  return as.kind === 'user' ? as.user : ''
}
