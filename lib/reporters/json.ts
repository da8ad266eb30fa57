import { randomUUID } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
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
    const told = { at: Math.round(performance.now()) / 1000, ...event }
    if (event.type === 'report') return streamed(piecesOf(told))
    console.log([...piecesOf(told)].join(''))
  },
})

/** As fast as it is read; that nobody reads on is for whoever watches standard output. */
const streamed = async (line: Iterable<string>): Promise<void> => {
  await pipeline(line, process.stdout, { end: false }).catch(() => {})
  console.log()
}

/** An event as JSON in pieces: what is found about many users would be a text too large to hold. */
export function* piecesOf(told: object): Generator<string> {
  const lists: CheckedFinding[][] = []
  const gap = randomUUID()
  const around = JSON.stringify(told, (key, value) => {
    if (!isFound(key, value)) return plain(key, value)
    lists.push(value)
    return gap
  })
  const [first, ...others] = around.split(`"${gap}"`)
  yield first!
  for (const [index, text] of others.entries()) {
    yield* listOf(lists[index]!)
    yield text
  }
}

/** Each finding in a piece of its own. */
function* listOf(found: readonly CheckedFinding[]): Generator<string> {
  yield '['
  for (const [index, one] of found.entries())
    yield (index === 0 ? '' : ',') + JSON.stringify(singly([one]), plain).slice(1, -1)
  yield ']'
}

const isFound = (key: string, value: unknown): value is CheckedFinding[] =>
  key === 'found' && Array.isArray(value)

/** The engine's values as JSON: maps as objects, actions and resources without their insides. */
export const plain = (key: string, value: unknown): unknown => {
  if (key === 'on') return (value as Target).name ?? value
  if (value instanceof Map) return Object.fromEntries(value)
  if (isAutomationError(value)) return plainError(value)
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
