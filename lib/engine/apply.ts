import pLimit from 'p-limit'
import { AutomationError } from '../base/errors.ts'
import type { Reach } from '../connect/connection.ts'
import type { Target } from '../resource/type.ts'
import { type ClusterInput, performChange } from './apply-cluster.ts'
import { performBatch, skippedFor } from './apply-host.ts'
import type { Settler } from './await-ready.ts'
import type { RunEvent } from './events.ts'
import { DONE, type Outcome, STOPPED, skippedAfter } from './outcome.ts'
import { type Action, actionName, isChange, type Plan } from './plan.ts'
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
  emit(event: RunEvent): void
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
  const cluster: ClusterInput = {
    ...input,
    connection: input.reach.cluster,
    signal: input.abort,
    limit: pLimit(REQUESTS),
    start: (action) => input.emit({ type: 'change:start', action }),
  }
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
      return held === undefined ? DONE : { state: 'skipped', reason: `needs ${actionName(held)}` }
    }
    if (action.on.type === 'host') return (await batchOf(action.on, stages.get(key)!)).get(key)!
    const unmet = await firstUnmet(action)
    const outcome = unmet ?? (await performChange(action, cluster))
    return finish(action, outcome, input)
  }

  const firstUnmet = async (action: Action, besides?: ReadonlySet<string>): Promise<Outcome | undefined> => {
    if (action.follows !== undefined) await outcomeOf(action.follows.key)
    for (const key of action.needs) {
      if (besides?.has(key)) continue
      const outcome = await outcomeOf(key)
      if (outcome.state === 'done') continue
      const need = changes.get(key) ?? hindered.get(key)
      return skippedAfter(need === undefined ? key : actionName(need), outcome)
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
      const unmet = skippedFor(action, results, changes) ?? (await firstUnmet(action, within))
      if (unmet === undefined) ready.push(action)
      else results.set(action.key, finish(action, unmet, input))
    }
    if (ready.length > 0) await hostLimit(() => onHost(on, ready, results))
    return results
  }

  const onHost = async (
    on: Target,
    ready: readonly Action[],
    results: Map<string, Outcome>,
  ): Promise<void> => {
    const end = (action: Action, outcome: Outcome): void =>
      void results.set(action.key, finish(action, outcome, input))
    if (input.stop.aborted) return ready.forEach((action) => void end(action, STOPPED))
    for (const action of ready) input.emit({ type: 'change:start', action })
    const { files, abort, reach } = input
    await performBatch(on.name, ready, {
      connection: () => reach.host(on.name),
      files,
      signal: abort,
      end,
      sent: (action, file, sent, of) => input.emit({ type: 'upload', action, file, sent, of }),
    })
  }

  await Promise.all([...changes.keys()].map(outcomeOf))
  return new Map(
    await Promise.all([...changes.keys()].map(async (key) => [key, await outcomeOf(key)] as const)),
  )
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
    const { needs, follows, on } = changes.get(key)!
    const stage = Math.max(
      0,
      ...[...needs, ...(follows ? [follows.key] : [])]
        .filter((need) => changes.has(need))
        .map((need) => stageOf(need) + (changes.get(need)!.on.name === on.name ? 0 : 1)),
    )
    stages.set(key, stage)
    return stage
  }
  for (const key of changes.keys()) stageOf(key)
  return stages
}
