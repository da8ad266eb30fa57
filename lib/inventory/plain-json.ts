/**
 * What a text holds that is JSON and nothing but JSON, each key once; undefined for any other text, and for what YAML
 * would read otherwise. A parser of YAML takes many times as long and as much memory for it.
 */
export const plainJson = (text: string): { value: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return keysOf(value, 0) === keysIn(text) ? { value } : undefined
  } catch {
    return undefined
  }
}

const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/** How many keys are written. */
const keysIn = (text: string): number => {
  let keys = 0
  for (const [, colon] of text.matchAll(STRING)) if (colon !== undefined) keys++
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
