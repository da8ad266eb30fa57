import { AutomationError, asAutomationError } from '../base/errors.ts'
import { untrusted } from '../base/printable.ts'
import { otherManagersOf } from '../kube/managers.ts'
import type { KubeObject } from '../kube/object.ts'
import { GET_MUTATING } from '../kube/served.ts'
import type { Looking } from '../resource/type.ts'
import type { Reaching } from './ask.ts'
import { observe, type Sight, type WantsOfType } from './observe.ts'
import { type Outcome, outcomeOfError } from './outcome.ts'
import { type Action, actionName, isChange, type Plan, strayKey } from './plan.ts'

export interface RecheckInput extends Reaching {
  plan: Plan
  outcomes: ReadonlyMap<string, Outcome>
  looking: Looking
}

/**
 * Looks again at everything that was changed. What would still be changed, or is still there after it was taken
 * away, has not converged; returns those outcomes.
 */
export const recheck = async (input: RecheckInput): Promise<Map<string, Outcome>> => {
  const done = input.plan.actions.filter(
    (action) => isChange(action) && !action.change.once && input.outcomes.get(action.key)?.state === 'done',
  )
  const byTarget = [...Map.groupBy(done, ({ on }) => on.name).values()]
  const { looking } = input
  const asked = byTarget.map((actions) => ({ on: actions[0]!.on, subjects: subjectsOf(actions) }))
  const sights = await observe(asked, looking.owner, input)
  return new Map(
    byTarget.flatMap((actions, index) =>
      actions.flatMap((action): [string, Outcome][] => {
        const error = remaining(action, sights[index]!, looking)
        return error === undefined ? [] : [[action.key, outcomeOfError(error)]]
      }),
    ),
  )
}

const subjectsOf = (actions: readonly Action[]): WantsOfType[] =>
  [...Map.groupBy(actions, ({ type }) => type)].map(([type, of]) => ({
    type,
    wants: of.flatMap(({ resource }) => (resource ? [resource.want] : [])),
  }))

const remaining = (action: Action, sight: Sight, looking: Looking): AutomationError | undefined => {
  const { on, type, resource, belongs, key } = action
  const subject = actionName(action)
  const unseen = sight.failure ?? sight.unread?.get(type)
  if (unseen !== undefined) return unseen
  try {
    const view = sight.views.get(type)!
    if (resource === undefined) {
      const left = view.strays?.some(
        (stray) => strayKey(on, type, stray) === key && stray.change.op === 'remove',
      )
      return left ? unconverged(subject, 'it is still there') : undefined
    }
    const have = view.find(resource.want)
    const change = type.plan(resource.want, have, { ...looking, belongs })
    if (change.op === 'keep') return undefined
    const fields = change.diffs.map(({ field }) => field)
    if (change.op === 'remove')
      return unconverged(subject, `there is still ${fields.join(', ') || 'something'}`)
    if (change.reason === undefined && type.live !== undefined && have !== undefined)
      return changedBack(subject, fields, have as KubeObject)
    return unconverged(subject, change.reason ?? `still differs in ${fields.join(', ')}`)
  } catch (error) {
    return asAutomationError(error, subject)
  }
}

const unconverged = (subject: string, message: string, hint = SOMETHING_ELSE): AutomationError =>
  new AutomationError({
    code: 'not-converged',
    subject,
    message: `looked at again after the change: ${message}`,
    hint,
  })

const SOMETHING_ELSE = 'something else changes it back, or the change does not do what its task says'

/** Who changes an object back: another client, or the API server itself, which then writes it in our name. */
const changedBack = (subject: string, fields: readonly string[], have: KubeObject): AutomationError => {
  const managers = [...new Set(fields.flatMap((field) => otherManagersOf(have, field)))]
  const still = `still differs in ${fields.join(', ')}`
  return managers.length > 0
    ? unconverged(
        subject,
        `${still}, changed by ${managers.map((name) => untrusted(name, 100)).join(', ')}`,
        'stop what changes it, or write into the inventory what it wants; running again does not help',
      )
    : unconverged(
        subject,
        `${still}, as the API server stored what we sent: a mutating policy or webhook changes it`,
        `${GET_MUTATING} shows them: exempt the groups there, ` +
          'or write into the inventory what it wants; running again does not help',
      )
}
