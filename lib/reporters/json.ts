import { type CheckedFinding, singly } from '../audit/report.ts'
import { type AutomationError, isAutomationError } from '../base/errors.ts'
import type { Action } from '../engine/plan.ts'
import type { Resource, Target } from '../resource/type.ts'
import type { Reporter } from './events.ts'

/**
 * One JSON object per event and line, but for how far uploads have come, with the seconds since the process began.
 * Secrets are sealed as everywhere.
 */
export const jsonReporter = (): Reporter => ({
  on(event) {
    if (event.type === 'upload') return
    console.log(JSON.stringify({ at: Math.round(performance.now()) / 1000, ...event }, plain))
  },
})

/** The engine's values as JSON: maps as objects, actions and resources without their insides. */
export const plain = (key: string, value: unknown): unknown => {
  if (key === 'on') return (value as Target).name ?? value
  if (value instanceof Map) return Object.fromEntries(value)
  if (isAutomationError(value)) return plainError(value)
  if (key === 'found' && Array.isArray(value)) return singly(value as CheckedFinding[])
  if (isResource(value)) return plainResource(value)
  return value
}

const plainError = ({ code, subject, reason, hint, status }: AutomationError) => ({
  code,
  subject,
  message: reason,
  hint,
  status,
})

const isResource = (value: unknown): value is Action | Resource =>
  typeof value === 'object' && value !== null && 'type' in value && 'key' in value && 'belongs' in value

const plainResource = (value: Action | Resource): Record<string, unknown> => {
  const { id, on, step, belongs } = value
  const needs = value.needs.map((need) => (typeof need === 'string' ? need : need.key))
  if (!('change' in value)) return { id, on: on.name, step, belongs, needs }
  const { change, follows, hindrance, pruned } = value
  const { steps: _, ...told } = change
  return { id, on: on.name, step, belongs, needs, change: told, follows: follows?.on, hindrance, pruned }
}
