import type { Mistake } from '../base/rules.ts'

/** Where something stands in an inventory. */
export type Path = readonly (string | number)[]

/** A mistake at a place in the inventory, before its line is known. */
export interface PlacedMistake extends Mistake {
  path: Path
}

export type ReportMistake = (path: Path, reason: string, hint: string) => void

/** A part of an inventory that may have mistakes of its own: nothing about it is certain. */
export type Fields = Record<string, unknown>

/** Whether a value is an object with fields. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value's fields; none when it has no fields. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The elements of a list with their indexes; none when it is not a list. */
export const elements = (value: unknown): [number, Fields][] =>
  Array.isArray(value) ? value.map((element, index) => [index, fieldsOf(element)]) : []

/** The names in a list of objects. */
export const namesIn = (list: unknown): string[] =>
  elements(list).flatMap(([, { name }]) => (typeof name === 'string' ? [name] : []))

/** What is at a key of a value of any shape. */
export const child = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined

/** A place as a person names it, such as `users[2] (tom).uid`. */
export const placeOf = (path: Path, raw: unknown): string => {
  let at = raw
  let text = ''
  for (const key of path) {
    at = child(at, key)
    if (typeof key === 'number') {
      const name = child(at, 'name')
      text += `[${key}]${typeof name === 'string' && /^[\w.-]{1,40}$/.test(name) ? ` (${name})` : ''}`
    } else {
      const word = /^[\w$-]+$/.test(key) ? key : JSON.stringify(key)
      text += text === '' ? word : `.${word}`
    }
  }
  return text
}

/** Gives each text or number away once; a second time is reported, and answered with false. */
export const unique = (report: ReportMistake) => {
  const taken = new Map<unknown, string>()
  return (value: unknown, path: Path, holder: string, hint: string): boolean => {
    if (typeof value !== 'string' && typeof value !== 'number') return true
    const other = taken.get(value)
    if (other === undefined) taken.set(value, holder)
    else report(path, `${JSON.stringify(value)} is already ${other}`, hint)
    return other === undefined
  }
}

/** No inventory goes deeper: what does is not written by a person. */
const MAX_DEPTH = 32

/** Where a value is nothing that can be walked through: it leads back into itself, goes on and on, or has a gap. */
export const pitfallIn = (
  value: unknown,
  path: Path = [],
  above: readonly unknown[] = [],
): PlacedMistake | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  if (above.includes(value))
    return { path, reason: 'leads back to where it stands in', hint: 'write out what is meant there' }
  if (above.length === MAX_DEPTH)
    return { path, reason: 'is nested too deeply', hint: `an inventory has at most ${MAX_DEPTH} levels` }
  const keys: Path = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  for (const key of keys) {
    const here = [...path, key]
    if (!Object.hasOwn(value, key))
      return { path: here, reason: 'is a gap in the list', hint: 'take one of the two commas out' }
    const found = pitfallIn(child(value, key), here, [...above, value])
    if (found !== undefined) return found
  }
  return undefined
}
