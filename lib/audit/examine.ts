import { AutomationError, orUndefined } from '../base/errors.ts'
import { heldBack } from '../base/held-back.ts'
import type { ApiResource, KubeConnection, Reach } from '../connect/connection.ts'
import { type Ask, askAll } from '../engine/ask.ts'
import { checkSelection, chosenFrom, knownIn, type Selection } from '../engine/select.ts'
import type { Inventory } from '../inventory/schema.ts'
import { displayed } from '../inventory/text.ts'
import { ADMISSION_POLICY, forgetManagers, type Kind, type KubeObject } from '../kube/object.ts'
import { READ_UP_TO } from '../kube/rights.ts'
import { type KubernetesVersion, versionIn } from '../kube/version.ts'
import type { Answers, Target } from '../resource/type.ts'
import type { Check, Place } from './check.ts'
import { dotKubeProbesFor } from './credentials.ts'
import type { AuditEvent } from './events.ts'
import type { Scene } from './facts.ts'
import { inquire } from './inquire.ts'
import type { JobStage, JobTrial } from './job-trial.ts'
import { type CheckedFinding, type Report, reportOf } from './report.ts'
import type { Tables } from './tables.ts'
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
  const { inventory, tables, reach, emit, stop, abort } = input
  const started = performance.now()
  const scene = await look(input)
  emit({
    type: 'observed',
    targets: scene.hosts.length + 1,
    seconds: (performance.now() - started) / 1000,
  })
  const { found, reviews, attempts } = await inquire(scene, {
    checks: input.checks,
    connection: await reach.cluster(),
    emit,
    signal: AbortSignal.any([stop, abort]),
  })
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
        reviews,
        attempts,
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
  const kinds = [ADMISSION_POLICY, ...tables.kinds, ...more, ...checks.flatMap(({ kinds = [] }) => kinds)]
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
