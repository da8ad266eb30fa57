import { defined } from '../base/defined.ts'
import { AutomationError, asAutomationError } from '../base/errors.ts'
import type { Looking, Resource, ResourceType, Serves, Target } from '../resource/type.ts'
import { type ApplyInput, apply } from './apply.ts'
import { Settler } from './await-ready.ts'
import { dryRun } from './dry-run.ts'
import { order, withNeeds } from './graph.ts'
import { headStart } from './head-start.ts'
import { type LockSeen, readLock } from './lease.ts'
import { acquireLock, type Lock } from './lock.ts'
import { observe, type Sight, unsighted, type WantsOfType } from './observe.ts'
import { type Mode, type Outcome, outcomeOfError } from './outcome.ts'
import { hasChanges, isChange, type Listed, type Plan, plan, stepsOfChanges } from './plan.ts'
import { type Isolation, preflight } from './preflight.ts'
import { checkPrune } from './prune-cap.ts'
import { type Recap, recap } from './recap.ts'
import { recheck } from './recheck.ts'
import { refuseSameMachine } from './same-machine.ts'
import { checkSelection, type Selection, selects } from './select.ts'
import { Issuer } from './token-issuer.ts'
import { fetchFiles } from './uploads.ts'
import { Values } from './values.ts'

export interface RunInput
  extends Pick<ApplyInput, 'forks' | 'patience' | 'reach' | 'emit' | 'stop' | 'abort'> {
  /** Name of the inventory: the mark of what is ours. */
  owner: string
  /** What the cluster must be able to do. */
  isolation: Isolation
  mode: Mode
  resources: readonly Resource[]
  /** What is known beforehand and worth saying at the end. */
  warnings: readonly string[]
  /** Types whose leftovers are looked for although nothing of them may be wanted, by target. */
  manages: readonly { on: Target; type: ResourceType }[]
  listed: Listed
  selection: Selection
  /** `true` for up to the cap, a number for exactly so many. */
  prune: boolean | number
  /** Is shown each plan and what it was made from. */
  looked?(plan: Plan, sights: ReadonlyMap<string, Sight>): void
  /** Rejects a plan that must not be carried out; called for each that is made. */
  accept?(plan: Plan): void | Promise<void>
  /** What comes before the first change, once nothing speaks against the plan; nothing is changed when it rejects. */
  prepare?(plan: Plan): Promise<void>
}

/** How often a plan is made anew because somebody else's run changed the world in between. */
const ATTEMPTS = 5

/** Makes the world as the resources say, or under `check` says what that would take. */
export const run = async (input: RunInput): Promise<Recap> => {
  const started = performance.now()
  const resources = order(input.resources)
  checkSelection(input.selection, resources, {
    targets: input.manages.map(({ on }) => on.name),
    groups: [...input.listed.groups],
    users: [...input.listed.users, ...input.listed.retired],
  })
  const wanted = withNeeds(resources.filter((resource) => selects(input.selection, resource)))
  const targets = targetsOf(wanted, input)
  const issuer = new Issuer(input.reach, input.abort)
  const now = Math.floor(Date.now() / 1000)
  for (let attempt = 1; ; attempt++) {
    const looked = await look(resources, wanted, targets, { now, issue: issuer.issue }, input)
    const finish = (outcomes: ReadonlyMap<string, Outcome>, brokenOff?: AutomationError): Recap =>
      recap({
        mode: input.mode,
        plan: looked.plan,
        outcomes,
        targets: targets.map(({ name }) => name),
        warnings: [...input.warnings, ...looked.warnings],
        now,
        issued: issuer.lifetimes,
        seconds: (performance.now() - started) / 1000,
        traffic: input.reach.traffic(),
        ...defined({ brokenOff }),
        also: [...bugsIn(looked.sights), ...(input.stop.aborted ? [130] : [])],
      })
    input.emit({ type: 'plan', plan: looked.plan, mode: input.mode })
    input.looked?.(looked.plan, looked.sights)
    checkPrune(looked.plan, input.prune)
    await input.accept?.(looked.plan)
    if (input.mode === 'check' || input.stop.aborted) return finish(new Map())
    if (!hasChanges(looked.plan)) {
      await input.prepare?.(looked.plan)
      return finish(new Map())
    }

    const lock = await takeLock(looked.lock, input)
    if (lock === 'moved') {
      if (attempt < ATTEMPTS) continue
      throw new AutomationError({
        code: 'locked',
        message: 'others keep changing this cluster',
        hint: 'run again later',
      })
    }
    try {
      const outcomes = await perform(looked, lock, input)
      return finish(outcomes, lock?.lost.aborted ? lock.lost.reason : undefined)
    } finally {
      await lock?.release()
    }
  }
}

/** The time that a run goes by, and how it gets tokens. */
type Credentials = Pick<Looking, 'now' | 'issue'>

interface Looked {
  plan: Plan
  values: Values
  looking: Looking
  sights: ReadonlyMap<string, Sight>
  lock: LockSeen | undefined
  warnings: readonly string[]
}

/** The targets in the selection or needed by it. */
const targetsOf = (wanted: ReadonlySet<Resource>, { selection, manages }: RunInput): Target[] => {
  const swept = manages.map(({ on }) => on).filter(({ name }) => selection.limit?.includes(name) ?? true)
  return [...new Map([...[...wanted].map(({ on }) => on), ...swept].map((on) => [on.name, on])).values()]
}

const look = async (
  resources: readonly Resource[],
  wanted: ReadonlySet<Resource>,
  targets: readonly Target[],
  credentials: Credentials,
  input: RunInput,
): Promise<Looked> => {
  const { selection, owner, reach, abort, forks, manages } = input
  const started = performance.now()
  const byTarget = Map.groupBy(wanted, ({ on }) => on.name)
  const subjectsOf = ({ name }: Target): WantsOfType[] => {
    const wants = Map.groupBy(byTarget.get(name) ?? [], ({ type }) => type)
    for (const { on, type } of manages) if (on.name === name && !wants.has(type)) wants.set(type, [])
    return [...wants].map(([type, of]): WantsOfType => ({ type, wants: of.map(({ want }) => want) }))
  }
  const asked = targets.map((on) => ({ on, subjects: subjectsOf(on) }))
  const machinesFirst = headStart(targets, { reach, forks, signal: abort })
  const [observed, { failure, lock, warnings, serves }] = await Promise.all([
    observe(asked, owner, { reach, forks, signal: abort, machinesFirst }),
    machinesFirst.then(() => lookAround(targets, input)),
  ])
  input.emit({ type: 'observed', targets: targets.length, seconds: (performance.now() - started) / 1000 })
  const sights = observed.map((sight) =>
    failure !== undefined && sight.on.type === 'cluster'
      ? unsighted(sight.on, sight.failure ?? failure)
      : sight,
  )
  refuseSameMachine(sights)
  const seen = new Map(sights.map((seen) => [seen.on.name, seen]))
  const values = new Values(resources)
  const looking: Looking = { ...credentials, owner, serves, value: (key) => values.find(key) }
  return {
    plan: plan({
      looking,
      resources,
      selection,
      sights: seen,
      listed: input.listed,
      prune: input.prune !== false,
      values,
    }),
    values,
    looking,
    sights: seen,
    lock,
    warnings: [...warnings, ...sights.flatMap((one) => unknownLeftovers(one, wanted))],
  }
}

/** Where nothing is wanted no change is hindered, and a failure to look must be told another way. */
const unknownLeftovers = ({ on, unread = new Map() }: Sight, wanted: ReadonlySet<Resource>): string[] => {
  const used = new Set([...wanted].filter((one) => one.on.name === on.name).map(({ type }) => type))
  return [...unread]
    .filter(([type]) => !used.has(type))
    .map(
      ([type, { reason, hint }]) =>
        `whether there is a ${type.kind} on ${on.name} that is no longer wanted is not known: ` +
        `${reason}${hint === undefined ? '' : ` (${hint})`}`,
    )
}

/** A bug of ours is told by the exit status also where nothing is wanted that it hinders. */
const bugsIn = (sights: Looked['sights']): number[] =>
  [...sights.values()]
    .flatMap(({ failure, unread = new Map() }) => [...unread.values(), ...(failure ? [failure] : [])])
    .flatMap(({ code, exitCode }) => (code === 'bug' ? [exitCode] : []))

/** Version, job kinds and the lock: what a plan rests on besides the objects. Without them nothing is planned there. */
const lookAround = async (
  targets: readonly Target[],
  { reach, abort, isolation }: RunInput,
): Promise<Pick<Looked, 'lock' | 'warnings'> & { serves: Serves; failure?: AutomationError }> => {
  const nothing = { lock: undefined, warnings: [], serves: () => false }
  if (!targets.some(({ type }) => type === 'cluster')) return nothing
  try {
    const connection = await reach.cluster()
    const [known, lock] = await Promise.all([
      preflight(connection, isolation, abort),
      readLock(connection, abort),
    ])
    return { lock, ...known }
  } catch (error) {
    const failure = asAutomationError(error)
    if (!failure.lost) throw failure
    return { ...nothing, failure }
  }
}

const takeLock = async (
  seen: LockSeen | undefined,
  { reach, stop }: RunInput,
): Promise<Lock | 'moved' | undefined> =>
  seen === undefined ? undefined : acquireLock(await reach.cluster(), seen, { signal: stop })

const perform = async (
  { plan, values, looking, sights }: Looked,
  lock: Lock | undefined,
  input: RunInput,
): Promise<Map<string, Outcome>> => {
  const { reach, abort, emit, forks } = input
  const files = await fetchFiles(plan, abort)
  const refusals = await dryRun(plan, reach.cluster, abort)
  if (refusals.size > 0) return refused(plan, refusals)
  await fetchSecrets(plan)
  await input.prepare?.(plan)

  const stop = lock === undefined ? input.stop : AbortSignal.any([input.stop, lock.lost])
  let settler: Settler | undefined
  const cluster = [...sights.values()].find(({ on }) => on.type === 'cluster')
  emit({ type: 'apply', actions: plan.actions.filter(isChange) })
  try {
    const outcomes = await apply({
      ...input,
      plan,
      settler: async () => {
        const connection = await reach.cluster()
        settler ??= new Settler(connection, cluster?.versions ?? new Map(), abort)
        return settler
      },
      values,
      files,
      stop,
    })
    emit({ type: 'verify', count: [...outcomes.values()].filter(({ state }) => state === 'done').length })
    const again = await recheck({ plan, outcomes, looking, reach, forks, signal: abort })
    return new Map([...outcomes, ...again])
  } finally {
    settler?.close()
  }
}

/** A password that cannot be read must be known before the first account is made, not after the tenth. */
const fetchSecrets = async (plan: Plan): Promise<void> => {
  const scripts = stepsOfChanges(plan).filter((step) => step.do === 'run')
  await Promise.all(scripts.flatMap(({ script }) => script.secrets.map((secret) => secret.prefetch())))
}

const refused = ({ actions }: Plan, refusals: ReadonlyMap<string, AutomationError>): Map<string, Outcome> =>
  new Map(
    actions.filter(isChange).map((action): [string, Outcome] => {
      const error = refusals.get(action.key)
      return [
        action.key,
        error === undefined
          ? { state: 'skipped', reason: 'the dry run of another change failed, so nothing was changed' }
          : outcomeOfError(error),
      ]
    }),
  )
