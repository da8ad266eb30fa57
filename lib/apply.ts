import pLimit, { type LimitFunction } from 'p-limit'
import type { Frame, FrameResult, HostConnection, KubeConnection } from './connect/connection.ts'
import { AutomationError, asAutomationError, isAutomationError } from './errors.ts'
import type { Event, Outcome } from './events.ts'
import type { KubeObject } from './kube-object.ts'
import type { Reach } from './observe.ts'
import { type Action, isChange, type Plan } from './plan.ts'
import { untrusted } from './printable.ts'
import type { Step, Target } from './resource-type.ts'
import type { Settler } from './settle.ts'
import type { Values } from './values.ts'

export interface ApplyInput {
  plan: Plan
  reach: Reach
  settler(): Promise<Settler>
  values: Values
  /** Local copies of what is uploaded, by where it comes from. */
  files: ReadonlyMap<string, string>
  /** Hosts worked on at once. */
  forks: number
  /** How long controllers may take for one object, in seconds. */
  patience: number
  /** No new work once this aborts. */
  stop: AbortSignal
  /** Work in flight is broken off when this aborts. */
  abort: AbortSignal
  emit(event: Event): void
}

/** API requests in flight at once. */
const REQUESTS = 32

/**
 * Makes the planned changes. Each waits for what it needs and is skipped when that failed; the ready changes of a
 * host go in one exec, those of the cluster run side by side. The outcome of every change is returned, also when
 * the run was stopped half-way.
 */
export const apply = async (input: ApplyInput): Promise<Map<string, Outcome>> => {
  const changes = new Map(input.plan.actions.filter(isChange).map((action) => [action.key, action]))
  const hindered = new Map(
    input.plan.actions
      .filter(({ hindrance }) => hindrance !== undefined)
      .map((action) => [action.key, action]),
  )
  const stages = stagesOf(changes)
  const hostLimit = pLimit(input.forks)
  const requestLimit = pLimit(REQUESTS)
  const outcomes = new Map<string, Promise<Outcome>>()
  const batches = new Map<string, Promise<Map<string, Outcome>>>()

  const outcomeOf = (key: string): Promise<Outcome> => {
    let outcome = outcomes.get(key)
    if (outcome === undefined) {
      outcome = perform(key)
      outcomes.set(key, outcome)
    }
    return outcome
  }

  const perform = async (key: string): Promise<Outcome> => {
    const action = changes.get(key)
    if (action === undefined) {
      const held = hindered.get(key)
      return held === undefined ? DONE : { state: 'skipped', reason: `needs ${held.id} on ${held.on.name}` }
    }
    if (action.on.type === 'host') return (await batchOf(action.on, stages.get(key)!)).get(key)!
    const unmet = await firstUnmet(action)
    const outcome = unmet ?? (await onCluster(action, input, requestLimit))
    return finish(action, outcome, input)
  }

  const firstUnmet = async (action: Action, besides?: ReadonlySet<string>): Promise<Outcome | undefined> => {
    for (const key of action.needs) {
      if (besides?.has(key)) continue
      const outcome = await outcomeOf(key)
      if (outcome.state === 'done') continue
      if (outcome.state === 'skipped') return outcome
      const need = changes.get(key) ?? hindered.get(key)
      return { state: 'skipped', reason: `needs ${need?.id ?? key}${need ? ` on ${need.on.name}` : ''}` }
    }
    return undefined
  }

  const batchOf = (on: Target, stage: number): Promise<Map<string, Outcome>> => {
    const id = `${on.name} ${stage}`
    let batch = batches.get(id)
    if (batch === undefined) {
      batch = runBatch(on, stage)
      batches.set(id, batch)
    }
    return batch
  }

  const runBatch = async (on: Target, stage: number): Promise<Map<string, Outcome>> => {
    if (stage > 0) await batchOf(on, stage - 1)
    const members = [...changes.values()].filter(
      ({ key, on: at }) => at.name === on.name && stages.get(key) === stage,
    )
    const within = new Set(members.map(({ key }) => key))
    const results = new Map<string, Outcome>()
    const ready: Action[] = []
    for (const action of members) {
      const unmet = skippedWithin(action, results) ?? (await firstUnmet(action, within))
      if (unmet === undefined) ready.push(action)
      else results.set(action.key, finish(action, unmet, input))
    }
    if (ready.length > 0) await hostLimit(() => onHost(on, ready, results, input))
    return results
  }

  await Promise.all([...changes.keys()].map(outcomeOf))
  return new Map(
    await Promise.all([...changes.keys()].map(async (key) => [key, await outcomeOf(key)] as const)),
  )
}

const DONE: Outcome = { state: 'done' }
const STOPPED: Outcome = { state: 'skipped', reason: 'the run was stopped' }

const skippedWithin = ({ needs, on }: Action, results: ReadonlyMap<string, Outcome>): Outcome | undefined => {
  const key = needs.find((need) => results.has(need))
  return key === undefined
    ? undefined
    : { state: 'skipped', reason: `needs ${key.slice(on.name.length + 1)}` }
}

const finish = (action: Action, outcome: Outcome, { emit, values }: ApplyInput): Outcome => {
  if (outcome.state !== 'done')
    values.fail(
      action.key,
      outcome.state === 'skipped'
        ? new AutomationError({ code: 'command', subject: action.id, message: outcome.reason })
        : outcome.error,
    )
  emit({ type: 'change:end', action, outcome })
  return outcome
}

/**
 * In which of its host's execs a change is made: one later than everything it needs from elsewhere that in turn
 * waits for that host. Few stages mean few round trips.
 */
const stagesOf = (changes: ReadonlyMap<string, Action>): Map<string, number> => {
  const stages = new Map<string, number>()
  const stageOf = (key: string): number => {
    const known = stages.get(key)
    if (known !== undefined) return known
    const { needs, on } = changes.get(key)!
    const stage = Math.max(
      0,
      ...needs
        .filter((need) => changes.has(need))
        .map((need) => stageOf(need) + (changes.get(need)!.on.name === on.name ? 0 : 1)),
    )
    stages.set(key, stage)
    return stage
  }
  for (const key of changes.keys()) stageOf(key)
  return stages
}

const onHost = async (
  on: Target,
  ready: readonly Action[],
  results: Map<string, Outcome>,
  input: ApplyInput,
): Promise<void> => {
  const end = (action: Action, outcome: Outcome): void =>
    void results.set(action.key, finish(action, outcome, input))
  if (input.stop.aborted) return ready.forEach((action) => void end(action, STOPPED))
  for (const action of ready) input.emit({ type: 'change:start', action })
  try {
    const connection = await input.reach.host(on.name)
    const running: Action[] = []
    for (const action of ready) {
      const hindered = skippedWithin(action, results) ?? (await upload(action, connection, input))
      if (hindered === undefined) running.push(action)
      else end(action, hindered)
    }
    await runFrames(running, connection, end, input.abort)
  } catch (error) {
    for (const action of ready) if (!results.has(action.key)) end(action, failure(error, on.name))
  }
}

const runFrames = async (
  actions: readonly Action[],
  connection: HostConnection,
  end: (action: Action, outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> => {
  const pending = new Map(actions.map((action) => [action.key, action]))
  const last = lastFrames(actions)
  const onFrame = (id: string, result: FrameResult): void => {
    const key = id.slice(0, id.lastIndexOf('#'))
    const action = pending.get(key)
    if (action === undefined) return
    const outcome = outcomeOf(action, result)
    if (outcome.state === 'done' && last.get(key) !== id) return
    pending.delete(key)
    end(action, outcome)
  }
  await connection.run(framesOf(actions, last), { signal, onFrame })
}

/** The outcome of an error: a lost connection leaves open whether the change was made. */
const failure = (error: unknown, subject: string): Outcome => {
  const known = asAutomationError(error, 'bug', subject)
  return { state: known.exitCode === 3 ? 'unreachable' : 'failed', error: known }
}

const scriptsOf = ({ change: { steps } }: Action) => steps.filter((step) => step.do === 'run')

/** Brings a change's files; only a file that cannot be brought has an outcome already. */
const upload = async (
  { id, on, change }: Action,
  connection: HostConnection,
  { files, abort }: ApplyInput,
): Promise<Outcome | undefined> => {
  try {
    for (const step of change.steps)
      if (step.do === 'upload') await connection.upload(files.get(step.from) ?? step.from, step.to, abort)
    return undefined
  } catch (error) {
    if (isAutomationError(error) && error.code === 'command') return failure(error, `${id} on ${on.name}`)
    throw error
  }
}

const lastFrames = (actions: readonly Action[]): Map<string, string> =>
  new Map(actions.map((action) => [action.key, `${action.key}#${scriptsOf(action).length - 1}`]))

const framesOf = (actions: readonly Action[], last: ReadonlyMap<string, string>): Frame[] =>
  actions.flatMap((action) =>
    scriptsOf(action).map(({ script }, index) => ({
      id: `${action.key}#${index}`,
      script,
      needs:
        index === 0 ? action.needs.flatMap((key) => last.get(key) ?? []) : [`${action.key}#${index - 1}`],
    })),
  )

const outcomeOf = (action: Action, result: FrameResult): Outcome => {
  if (result.state === 'skipped')
    return { state: 'skipped', reason: `needs ${result.needs.slice(0, result.needs.lastIndexOf('#'))}` }
  if (result.code === 0) return DONE
  const said = untrusted(`${result.stderr}\n${result.stdout.toString('utf8')}`)
  return {
    state: 'failed',
    error: new AutomationError({
      code: 'command',
      subject: `${action.id} on ${action.on.name}`,
      message: `exit status ${result.code}${said === '' ? '' : `: ${said}`}`,
      hint: 'mend what it says and run again: what was done stays, what is missing is done then',
      status: result.code,
    }),
  }
}

const onCluster = async (action: Action, input: ApplyInput, limit: LimitFunction): Promise<Outcome> => {
  const { resource, type, key } = action
  try {
    const sent = await limit(async () =>
      input.stop.aborted ? STOPPED : { object: await send(action, input) },
    )
    if ('state' in sent) return sent
    if (resource === undefined) return DONE
    if (sent.object === undefined || type.live === undefined) return DONE
    const { kind, settled, value } = type.live
    const state = (object: KubeObject): true | string => settled(resource.want, object)
    const object =
      state(sent.object) === true
        ? sent.object
        : await (await input.settler()).settled(kind, sent.object.metadata, state, input.patience)
    input.values.set(key, value(resource.want, object))
    return DONE
  } catch (error) {
    return failure(error, `${action.id} on ${action.on.name}`)
  }
}

const send = async (action: Action, { emit, reach, abort }: ApplyInput): Promise<KubeObject | undefined> => {
  emit({ type: 'change:start', action })
  const connection = await reach.cluster()
  let object: KubeObject | undefined
  for (const step of action.change.steps) object = await request(step, connection, abort)
  return object
}

const request = async (
  step: Step,
  kube: KubeConnection,
  signal: AbortSignal,
): Promise<KubeObject | undefined> => {
  switch (step.do) {
    case 'apply':
    case 'replace':
    case 'create':
      return kube[step.do](step.object, { signal })
    case 'await':
      return step.object
    case 'delete':
      await kube.remove(step.ref, { signal })
      return undefined
    default:
      throw new AutomationError({ code: 'bug', message: `a cluster cannot ${step.do}` })
  }
}
