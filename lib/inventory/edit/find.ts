import type { Path } from '../raw.ts'
import {
  type Collection,
  type Part,
  partAt,
  partsIn,
  type Source,
  type Span,
  type Written,
} from '../source.ts'
import type { EditedList } from './meaning.ts'

/** Why an edit cannot be made, with the place in the text. */
export class NotEditable extends Error {
  readonly source: Source
  readonly at: number
  readonly path: Path
  /** The next step, where it is not to write the edit by hand. */
  readonly hint: string | undefined

  constructor(source: Source, at: number, path: Path, reason: string, hint?: string) {
    super(reason)
    this.source = source
    this.at = at
    this.path = path
    this.hint = hint
  }
}

/** A field, with the object that it is in. */
export interface Field {
  fields: Collection
  part: Part
}

/** A list of an inventory: its field and its elements, each with its name. */
export interface List extends Field {
  value: Collection
  names: readonly (string | undefined)[]
}

/** The fields of the inventory; fails with NotEditable unless they are written out. */
export const rootOf = (source: Source): Collection => {
  if (source.root === undefined) throw new NotEditable(source, 0, [], 'has no export default')
  return opened(source, source.root, 'fields', source.root.start, [])
}

/**
 * A list of the inventory; undefined when there is none. Fails with NotEditable unless it and its names are written
 * out.
 */
export const listOf = (source: Source, list: EditedList): List | undefined => {
  const fields = rootOf(source)
  const part = partOf(source, fields, list, [list])
  if (part === undefined) return undefined
  const value = opened(source, part.value, 'list', part.start, [list])
  const names = value.parts.map((element, index) => {
    if (element.spread)
      throw new NotEditable(source, element.start, [list], `holds ${codeOf(source, element)}`)
    const name = element.value.form === 'fields' ? partAt(element.value, 'name') : undefined
    if (name === 'hidden' || (name?.value ?? element.value).form === 'computed')
      throw new NotEditable(
        source,
        element.start,
        [list, index],
        `has a name that is computed: ${codeOf(source, element)}`,
      )
    return name?.value.form === 'plain' ? String(name.value.value) : undefined
  })
  return { fields, part, value, names }
}

/** A field; undefined when there is none. Fails with NotEditable when it may come from elsewhere. */
export const partOf = (source: Source, fields: Collection, key: string, path: Path): Part | undefined => {
  const part = partAt(fields, key)
  if (part !== 'hidden') return part
  const spread = fields.parts.findLast((one) => one.spread)!
  throw new NotEditable(source, spread.start, path, `may come from ${codeOf(source, spread)}`)
}

/** A value as a list or as fields; fails with NotEditable when it is something else, computed, or in use elsewhere. */
export const opened = (
  source: Source,
  value: Written,
  form: Collection['form'],
  at: number,
  path: Path,
): Collection => {
  mustBeKnown(source, value, at, path)
  if (value.form === form) return value
  throw new NotEditable(source, at, path, form === 'list' ? 'is not a list' : 'has no fields')
}

/** Fails with NotEditable when a value is computed, or in use elsewhere. */
export const mustBeKnown = (source: Source, value: Written, at: number, path: Path): void => {
  const reason = value.form === 'computed' ? `is computed: ${codeOf(source, value)}` : value.shared
  if (reason !== undefined) throw new NotEditable(source, at, path, reason)
}

/** Fails with NotEditable when what would go with a part is in use elsewhere. */
export const mustBeAlone = (source: Source, part: Part, path: Path): void => {
  for (const { value } of [part, ...partsIn(part.value)])
    if (value.form !== 'computed' && value.shared && value.start >= part.start && value.end <= part.end)
      throw new NotEditable(source, value.start, path, value.shared)
}

/** The first line of a piece of code, cut short. */
export const codeOf = ({ text }: Source, { start, end }: Span): string => {
  const [line = ''] = text.slice(start, end).split(/\r?\n/)
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
