import { AutomationError, asAutomationError } from './errors.ts'
import { observe, type Reach, type Sight, type Subject } from './observe.ts'
import type { Outcome } from './outcome.ts'
import { type Action, isChange, type Plan } from './plan.ts'
import type { Look, Target } from './resource-type.ts'
import type { Values } from './values.ts'

export interface VerifyInput {
  plan: Plan
  outcomes: ReadonlyMap<string, Outcome>
  owner: string
  now: number
  issue: Look['issue']
  reach: Reach
  values: Values
  signal: AbortSignal
}

/**
 * Looks again at everything that was changed. What would still be changed, or is still there after it was taken
 * away, has not converged; returns those outcomes.
 */
export const verify = async (input: VerifyInput): Promise<Map<string, Outcome>> => {
  const done = input.plan.actions.filter(
    (action) => isChange(action) && !action.change.once && input.outcomes.get(action.key)?.state === 'done',
  )
  const byTarget = Map.groupBy(done, ({ on }) => on.name)
  const failures = await Promise.all(
    [...byTarget.values()].map((actions) => verifyTarget(actions[0]!.on, actions, input)),
  )
  return new Map(failures.flat())
}

const verifyTarget = async (
  on: Target,
  actions: readonly Action[],
  input: VerifyInput,
): Promise<[string, Outcome][]> => {
  const subjects = [...Map.groupBy(actions, ({ type }) => type)].map(
    ([type, of]): Subject => ({
      on,
      type,
      wants: of.flatMap(({ resource }) => (resource ? [resource.want] : [])),
    }),
  )
  const { owner, reach, signal } = input
  const sight = await observe(on, subjects, owner, reach, signal)
  return actions.flatMap((action): [string, Outcome][] => {
    const error = remaining(action, sight, input)
    return error === undefined
      ? []
      : [[action.key, { state: error.exitCode === 3 ? 'unreachable' : 'failed', error }]]
  })
}

const remaining = (
  { id, on, type, resource, belongs, key }: Action,
  sight: Sight,
  { owner, now, issue, values }: VerifyInput,
): AutomationError | undefined => {
  const subject = `${id} on ${on.name}`
  if (sight.failure !== undefined) return sight.failure
  try {
    const view = sight.views.get(type)!
    if (resource === undefined) {
      const left = view.strays?.some(
        (stray) => `${on.name}:${type.kind}/${stray.id}` === key && stray.change.op === 'remove',
      )
      return left ? unconverged(subject, 'it is still there') : undefined
    }
    const have = view.find(resource.want)
    const look: Look = { owner, belongs, now, issue, value: (of) => values.find(of) }
    const change = type.plan(resource.want, have, look)
    if (change.op === 'keep') return undefined
    const fields = change.diffs.map(({ field }) => field).join(', ')
    if (change.op === 'remove') return unconverged(subject, `there is still ${fields || 'something'}`)
    return unconverged(subject, change.reason ?? `still differs in ${fields}`)
  } catch (error) {
    return asAutomationError(error, subject)
  }
}

const unconverged = (subject: string, message: string): AutomationError =>
  new AutomationError({
    code: 'not-converged',
    subject,
    message: `looked at again after the change: ${message}`,
    hint: 'something else changes it back, or the change does not do what its task says',
  })
