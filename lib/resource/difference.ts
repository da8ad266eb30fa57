import { isDeepStrictEqual } from 'node:util'
import { readableQuantity, sameQuantity } from '../base/quantity.ts'
import type { Json } from '../kube/object.ts'
import type { FieldDiff } from './type.ts'

/** How parts of an object are compared, by dotted path from its root. */
export interface Shape {
  /** Maps and lists that hold what is wanted and nothing else. */
  exact?: readonly string[]
  /** Parts that hold what is wanted and nothing else at any depth, their lists in order. */
  whole?: readonly string[]
  /** Lists whose order means nothing; also exact. */
  sets?: readonly string[]
  /** Maps whose values are quantities: `8` equals `8000m`. */
  quantities?: readonly string[]
}

const isMap = (value: unknown): value is { readonly [key: string]: Json | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields that a map has; JSON knows no others. */
const fieldsOf = (map: { readonly [key: string]: Json | undefined }): [string, Json][] =>
  Object.entries(map).filter((entry): entry is [string, Json] => entry[1] !== undefined)

/** Whether a field is one of these or lies in one. */
export const within = (path: string, prefixes: readonly string[] = []): boolean =>
  prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}.`))

const isExact = (path: string, { exact, whole }: Shape): boolean =>
  (exact?.includes(path) ?? false) || within(path, whole)

/**
 * Every field in which the live value is not as wanted. What is not mentioned in `want` is left alone, except in
 * exact maps and sets; a `null` in `want` means that the field must be absent. Live quantities are as people write
 * them.
 */
export const differences = (want: Json, live: Json | undefined, shape: Shape, path = ''): FieldDiff[] => {
  const shown = (of: Json | undefined): Json | undefined =>
    within(path, shape.quantities) ? readable(of) : of
  if (want === null) return live === undefined || live === null ? [] : [{ field: path, from: shown(live) }]
  if (isMap(want) && (live === undefined || isMap(live))) {
    const found: FieldDiff[] = []
    for (const [key, value] of Object.entries(want)) {
      // Most fields are texts that are as wanted.
      if (value === undefined || (value === live?.[key] && !isMap(value))) continue
      found.push(...differences(value, live?.[key], shape, path === '' ? key : `${path}.${key}`))
    }
    if (live !== undefined && isExact(path, shape))
      for (const key of Object.keys(live))
        if (!(key in want)) found.push({ field: `${path}.${key}`, from: shown(live[key]) })
    return found
  }
  if (Array.isArray(want) && shape.sets?.includes(path)) return setDifferences(want, live, path)
  if (Array.isArray(want) && Array.isArray(live) && want.length === live.length)
    return want.flatMap((value, index) => differences(value, live[index], shape, `${path}.${index}`))
  // The API leaves empty strings out, so one that is wanted cannot be told from one that is absent.
  if (want === '' && live === undefined) return []
  if (want === live || (within(path, shape.quantities) && sameQuantity(want, live))) return []
  return [{ field: path, from: shown(live), to: want }]
}

const readable = (live: Json | undefined): Json | undefined => {
  if (typeof live === 'string') return readableQuantity(live)
  if (Array.isArray(live)) return live.map((item) => readable(item)!)
  return isMap(live) ? Object.fromEntries(Object.entries(live).map(([key, of]) => [key, readable(of)])) : live
}

const setDifferences = (want: readonly Json[], live: Json | undefined, field: string): FieldDiff[] => {
  if (isDeepStrictEqual(want, live)) return []
  const have = new Map((Array.isArray(live) ? live : []).map((item) => [canonical(item), item as Json]))
  const wanted = new Set(want.map(canonical))
  return [
    ...want.filter((item) => !have.has(canonical(item))).map((to) => ({ field, to })),
    ...[...have].filter(([key]) => !wanted.has(key)).map(([, from]) => ({ field, from })),
  ]
}

/** A text that is equal for values with the same meaning: key order and the order of plain words do not count. */
const canonical = (value: Json): string => {
  if (Array.isArray(value)) {
    const items = value.map(canonical)
    return `[${(value.every((item) => typeof item === 'string') ? items.toSorted() : items).join()}]`
  }
  if (!isMap(value)) return JSON.stringify(value)
  const entries = fieldsOf(value).filter(([, item]) => item !== null)
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${key}:${canonical(item)}`)
    .join()}}`
}

/** The live value with everything wanted put in and everything in excess taken out: what a PUT must hold. */
export const merged = (want: Json, live: Json | undefined, shape: Shape, path = ''): Json | undefined => {
  if (want === null) return undefined
  if (!isMap(want) || !isMap(live)) return withoutNulls(want)
  const kept = isExact(path, shape) ? [] : Object.entries(live).filter(([key]) => !(key in want))
  const put = fieldsOf(want).map(
    ([key, value]) => [key, merged(value, live[key], shape, path === '' ? key : `${path}.${key}`)] as const,
  )
  return Object.fromEntries([...kept, ...put].filter(([, value]) => value !== undefined))
}

/** The wanted value as it is sent: fields that must be absent are left out. */
export const withoutNulls = (want: Json): Json => {
  if (Array.isArray(want)) return want.map(withoutNulls)
  if (!isMap(want)) return want
  return Object.fromEntries(
    fieldsOf(want)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, withoutNulls(value)]),
  )
}
