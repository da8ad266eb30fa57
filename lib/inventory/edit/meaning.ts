import { isDeepStrictEqual } from 'node:util'
import { child, elements, fieldsOf } from '../raw.ts'
import type { InventoryInput } from '../schema.ts'

type Entries = {
  [List in 'users' | 'groups' | 'volumes' | 'retired']: NonNullable<InventoryInput[List]>[number]
}

/** A list of an inventory that has edits; each of its entries has a name. */
export type EditedList = keyof Entries

/**
 * A change to an inventory, as data. It says what is to be so: what is there already is not added again, and what is
 * not there need not be removed. A field that is set to undefined is taken out.
 */
export type Edit = {
  [List in EditedList]:
    | { do: 'add'; list: List; entry: Entries[List] }
    | { do: 'remove'; list: List; name: string }
    | { do: 'set'; list: List; name: string; field: readonly [string, ...string[]]; value: unknown }
}[EditedList]

/** What an inventory holds after the edits; itself when it holds all that already. */
export const applied = (raw: unknown, edits: readonly Edit[]): unknown => edits.reduce(afterEdit, raw)

const afterEdit = (raw: unknown, edit: Edit): unknown => {
  const fields = fieldsOf(raw)
  const given = child(fields, edit.list)
  const list: unknown[] = Array.isArray(given) ? given : []
  switch (edit.do) {
    case 'add': {
      const entry = withoutUndefined(edit.entry)
      const isThere = list.some((other) => isDeepStrictEqual(withoutUndefined(other), entry))
      return isThere ? raw : { ...fields, [edit.list]: [...list, entry] }
    }
    case 'remove': {
      const left = list.filter((entry) => child(entry, 'name') !== edit.name)
      return left.length === list.length ? raw : { ...fields, [edit.list]: left }
    }
    case 'set': {
      const [index] = elements(list).find(([, { name }]) => name === edit.name) ?? []
      if (index === undefined) return raw
      const entry = withField(list[index], edit.field, edit.value)
      return isDeepStrictEqual(entry, list[index]) ? raw : { ...fields, [edit.list]: list.with(index, entry) }
    }
  }
}

const withField = (value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown => {
  const fields = fieldsOf(value)
  if (to === undefined && fields[key!] === undefined) return value
  if (rest.length > 0) return { ...fields, [key!]: withField(fields[key!], rest, to) }
  const { [key!]: _, ...others } = fields
  return to === undefined ? others : { ...fields, [key!]: withoutUndefined(to) }
}

/** A value whose objects have no field that is undefined. */
export const withoutUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  const given = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(given.map(([key, field]) => [key, withoutUndefined(field)]))
}
