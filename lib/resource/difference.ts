import { sameQuantity } from '../base/quantity.ts'
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

const isMap = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a field is one of these or lies in one. */
export const within = (path: string, prefixes: readonly string[] = []): boolean =>
  prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}.`))

const isExact = (path: string, { exact, whole }: Shape): boolean =>
  (exact?.includes(path) ?? false) || within(path, whole)

/**
 * Every field in which the live value is not as wanted. What is not mentioned in `want` is left alone, except in
 * exact maps and sets; a `null` in `want` means that the field must be absent.
 */
export const differences = (want: Json, live: Json | undefined, shape: Shape, path = ''): FieldDiff[] => {
  if (want === null) return live === undefined || live === null ? [] : [{ field: path, from: live }]
  if (isMap(want) && (live === undefined || isMap(live))) {
    const known = Object.entries(want).flatMap(([key, value]) =>
      differences(value, live?.[key], shape, path === '' ? key : `${path}.${key}`),
    )
    const foreign = isExact(path, shape) ? Object.keys(live ?? {}).filter((key) => !(key in want)) : []
    return [...known, ...foreign.map((key) => ({ field: `${path}.${key}`, from: live![key] }))]
  }
  if (Array.isArray(want) && shape.sets?.includes(path)) return setDifferences(want, live, path)
  if (Array.isArray(want) && Array.isArray(live) && want.length === live.length)
    return want.flatMap((value, index) => differences(value, live[index], shape, `${path}.${index}`))
  // The API leaves empty strings out, so one that is wanted cannot be told from one that is absent.
  if (want === '' && live === undefined) return []
  if (want === live || (within(path, shape.quantities) && sameQuantity(want, live))) return []
  return [{ field: path, from: live, to: want }]
}

const setDifferences = (want: readonly Json[], live: Json | undefined, field: string): FieldDiff[] => {
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
  const entries = Object.entries(value).filter(([, item]) => item !== null)
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
  const put = Object.entries(want).map(
    ([key, value]) => [key, merged(value, live[key], shape, path === '' ? key : `${path}.${key}`)] as const,
  )
  return Object.fromEntries([...kept, ...put].filter(([, value]) => value !== undefined)) as Json
}

/** The wanted value as it is sent: fields that must be absent are left out. */
export const withoutNulls = <T extends Json>(want: T): T => {
  if (Array.isArray(want)) return want.map(withoutNulls) as unknown as T
  if (!isMap(want)) return want
  return Object.fromEntries(
    Object.entries(want)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, withoutNulls(value)]),
  ) as unknown as T
}
