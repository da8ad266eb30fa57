import pLimit from 'p-limit'
import { AutomationError } from '../base/errors.ts'
import { remembered } from '../base/once-for.ts'
import { type ClusterInput, performChange } from './apply-cluster.ts'
import { performBatch, skippedFor } from './apply-host.ts'
import { DONE, type Outcome, STOPPED, skippedAfter } from './outcome.ts'
import { type Action, actionName, isChange, type Plan } from './plan.ts'

export interface ApplyInput extends ClusterInput {
  plan: Plan
  /** Local copies of what is uploaded, by where it comes from. */
  files: ReadonlyMap<string, string>
  /** Hosts worked on at once. */
  forks: number
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
  const stageOf = stagesIn(changes)
  const hostLimit = pLimit(input.forks)
  const requestLimit = pLimit(REQUESTS)
  const outcomeOf = remembered((key: string): Promise<Outcome> => perform(key))
  const batchesOn = remembered((host: string) => remembered((stage: number) => runBatch(host, stage)))

  const perform = async (key: string): Promise<Outcome> => {
    const action = changes.get(key)
    if (action === undefined) {
      const held = hindered.get(key)
      return held === undefined ? DONE : { state: 'skipped', reason: `needs ${actionName(held)}` }
    }
    if (action.on.type === 'host') return (await batchesOn(action.on.name)(stageOf(key))).get(key)!
    const unmet = await firstUnmet(action)
    const outcome = unmet ?? (await performChange(action, input, requestLimit))
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

  const runBatch = async (host: string, stage: number): Promise<Map<string, Outcome>> => {
    if (stage > 0) await batchesOn(host)(stage - 1)
    const members = [...changes.values()].filter(({ key, on }) => on.name === host && stageOf(key) === stage)
    const within = new Set(members.map(({ key }) => key))
    const results = new Map<string, Outcome>()
    const ready: Action[] = []
    for (const action of members) {
      const unmet = skippedFor(action, results, changes) ?? (await firstUnmet(action, within))
      if (unmet === undefined) ready.push(action)
      else results.set(action.key, finish(action, unmet, input))
    }
    if (ready.length > 0) await hostLimit(() => onHost(host, ready, results))
    return results
  }

  const onHost = async (
    host: string,
    ready: readonly Action[],
    results: Map<string, Outcome>,
  ): Promise<void> => {
    const end = (action: Action, outcome: Outcome): void =>
      void results.set(action.key, finish(action, outcome, input))
    if (input.stop.aborted) return ready.forEach((action) => void end(action, STOPPED))
    for (const action of ready) input.emit({ type: 'change:start', action })
    const { files, abort, reach } = input
    await performBatch(host, ready, {
      connection: () => reach.host(host),
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
 * Tells in which of its host's execs a change is made: one later than everything it needs from elsewhere that in turn
 * waits for that host. Few stages mean few round trips.
 */
const stagesIn = (changes: ReadonlyMap<string, Action>): ((key: string) => number) => {
  const stageOf = remembered((key: string): number => {
    const { needs, follows, on } = changes.get(key)!
    return Math.max(
      0,
      ...[...needs, ...(follows ? [follows.key] : [])]
        .filter((need) => changes.has(need))
        .map((need) => stageOf(need) + (changes.get(need)!.on.name === on.name ? 0 : 1)),
    )
  })
  return stageOf
}
