// Where kinds of objects hold the templates of their pods, written as `spec.roles{Chief}.template`: `[]` is each of a
// list, `{Name}` each of a map, of which one is called so.
import type { JobKind } from '../conventions/job-kinds.ts'

type Fields = Record<string, unknown>

/** One step of a path: a field, and what of it. */
interface Part {
  field: string
  each?: 'list' | 'map'
  /** A name in the map. */
  name?: string
}

const partsOf = (path: string): Part[] =>
  path.split('.').map((word) => {
    const [, field = word, list, name] = /^(\w+)(?:(\[\])|\{(\w+)\})?$/.exec(word) ?? []
    return list !== undefined
      ? { field, each: 'list' }
      : name === undefined
        ? { field }
        : { field, each: 'map', name }
  })

/** The spec of an object with this template at each path. */
export const templatePlace = (plain: object = {}, paths: readonly string[], template: object): Fields => {
  const object = { spec: structuredClone(plain) } as Fields
  for (const path of paths) put(object, partsOf(path), template)
  return object['spec'] as Fields
}

const put = (into: Fields, [part, ...rest]: readonly Part[], template: object): void => {
  const { field, each, name } = part!
  if (rest.length === 0) {
    into[field] = template
    return
  }
  const key = each === 'list' ? 0 : name
  into[field] ??= each === 'list' ? [] : {}
  const all = into[field] as Record<string | number, Fields>
  if (key !== undefined) all[key] ??= {}
  put(key === undefined ? (all as Fields) : all[key]!, rest, template)
}

/** The template as its place takes it: as it is, or where specs stand bare, its spec with its metadata beside. */
export const heldTemplate = (
  template: { metadata?: object; spec: object },
  { isBare }: Pick<JobKind, 'isBare'>,
): object => (isBare ? { ...template.metadata, ...template.spec } : template)

/** The templates of a kind's pods as a list in CEL, each with `spec` and `metadata`. */
export const templatesOf = (
  object: string,
  { templates, isBare }: Pick<JobKind, 'templates' | 'isBare'>,
): string => {
  const found = templatesIn(object, templates)
  return isBare ? `(${found}).map(one, {'spec': one, 'metadata': one})` : found
}

/** All templates at the paths of an object, as a list in CEL; `object` is how it is called there. */
export const templatesIn = (object: string, paths: readonly string[]): string =>
  paths.map((path) => templatesAt(`dyn(${object})`, partsOf(path))).join(' + ')

/** At most one part of a path is a list or a map, the last but one: CEL in Kubernetes flattens no lists. */
const templatesAt = (object: string, parts: readonly Part[]): string => {
  const before = parts.at(-2)!
  const way = (fields: readonly Part[]): string =>
    `${object}${fields.map(({ field }) => `.?${field}`).join('')}`
  if (before.each === undefined) return `[?${way(parts)}]`
  const { field } = parts.at(-1)!
  const all = way(parts.slice(0, -1))
  return before.each === 'list'
    ? `${all}.orValue([]).map(one, has(one.${field}), one.${field})`
    : `${all}.orValue({}).map(name, has(${all}.orValue({})[name].${field}), ${all}.orValue({})[name].${field})`
}
