import { orUndefined } from '../base/errors.ts'

/**
 * What a text holds that is JSON and nothing but JSON, each key once and written without a backslash; undefined for
 * any other text, and for what YAML would read otherwise. A parser of YAML takes many times as long and as much
 * memory for it. Keys with a backslash are left to YAML because V8 13.6 (Node 24.21) can take one for another key,
 * by what it has parsed before.
 */
export const plainJson = (text: string): { value: unknown } | undefined => {
  const value: unknown = orUndefined(() => JSON.parse(text))
  return value !== undefined && keysOf(value, 0) === keysIn(text) ? { value } : undefined
}

const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/** How many keys are written; none where one has a backslash. */
const keysIn = (text: string): number => {
  let keys = 0
  for (const [string, colon] of text.matchAll(STRING)) {
    if (colon === undefined) continue
    if (string.includes('\\')) return Number.NaN
    keys++
  }
  return keys
}

/** No inventory goes deeper: raw.ts refuses it. */
const DEEPEST = 64

/** How many keys are there; none where one means something else in YAML or in JavaScript. */
const keysOf = (value: unknown, depth: number): number => {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > DEEPEST) return Number.NaN
  let keys = 0
  for (const [key, inside] of Object.entries(value)) {
    if (key === '<<' || key === '__proto__') return Number.NaN
    keys += (Array.isArray(value) ? 0 : 1) + keysOf(inside, depth + 1)
  }
  return keys
}
