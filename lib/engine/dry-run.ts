import { type AutomationError, asAutomationError } from '../base/errors.ts'
import type { KubeConnection } from '../connect/connection.ts'
import { type Action, actionName, isChange, type Plan } from './plan.ts'

/**
 * Asks the API server whether it would take every object that differs, storing nothing. Objects that rest on
 * something this run creates first (their namespace, their role) cannot be asked about and are left out.
 * Returns the refusals by key.
 */
export const dryRun = async (
  { actions }: Plan,
  connection: () => Promise<KubeConnection>,
  signal: AbortSignal,
): Promise<Map<string, AutomationError>> => {
  const created = new Set(
    actions.filter((action) => isChange(action) && action.change.op === 'create').map(({ key }) => key),
  )
  const refusals = new Map<string, AutomationError>()
  const ask = async (action: Action): Promise<void> => {
    const { key, change } = action
    if (change.steps.length !== 1) return
    const [step] = change.steps
    if (step?.do !== 'apply' && step?.do !== 'replace') return
    try {
      await (await connection())[step.do](step.kind, step.object, { signal, dryRun: true })
    } catch (error) {
      refusals.set(key, asAutomationError(error, actionName(action)))
    }
  }
  await Promise.all(
    actions
      .filter(
        (action) =>
          isChange(action) && action.on.type === 'cluster' && !action.needs.some((need) => created.has(need)),
      )
      .map(ask),
  )
  return refusals
}
