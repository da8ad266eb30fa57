import { isDeepStrictEqual } from 'node:util'
import { chooseFrom } from '../../base/rules.ts'
import type { Path } from '../raw.ts'
import { type Collection, meaningOf, type Part, partAt, type Source, type Written } from '../source.ts'
import {
  codeOf,
  type Field,
  type List,
  listOf,
  mustBeAlone,
  mustBeKnown,
  NotEditable,
  opened,
  partOf,
  rootOf,
} from './find.ts'
import { hasParts, type Page } from './layout.ts'
import { columnOf, commentsIn, endOfCode, indentAt, lineEnd } from './lines.ts'
import { type Edit, type EditedList, withoutUndefined } from './meaning.ts'
import { cut, put, putAfter, putBelow, type Splice, takeOut } from './parts.ts'
import { blockText, elementText, fieldText, inlineText, valuesIn } from './render.ts'

type One<Do extends Edit['do']> = Extract<Edit, { do: Do }>

/** Where a text changes for an edit, in the order of the text; fails with NotEditable where that is not safe. */
export const splicesFor = (page: Page, edit: Edit): Splice[] => {
  const found = listOf(page.source, edit.list)
  switch (edit.do) {
    case 'add':
      return found ? addEntry(page, found, edit) : addList(page, edit)
    case 'remove':
      return found ? removeEntry(page, found, edit) : []
    case 'set':
      return setField(page, found, edit)
  }
}

const addList = (page: Page, { list, entry }: One<'add'>): Splice[] => {
  const root = rootOf(page.source)
  const before = new Set(LISTS.slice(0, LISTS.indexOf(list)))
  const index = root.parts.findLastIndex(({ key = '' }) => before.has(key))
  return addField(
    page,
    root,
    index === -1 ? root.parts.length - 1 : index,
    list,
    [withoutUndefined(entry)],
    listsNear(page),
  )
}

/** The lists of an inventory in their usual order. */
const LISTS = ['hosts', 'groups', 'users', 'volumes', 'roles', 'retired']

const addEntry = (
  page: Page,
  { value, names, ...field }: List,
  { list, entry: given }: One<'add'>,
): Splice[] => {
  const { source } = page
  const entry = withoutUndefined(given)
  const index = names.indexOf(given.name)
  const there = value.parts[index]
  if (there !== undefined && isDeepStrictEqual(meaningOf(there.value, source.text), entry)) return []
  if (there !== undefined)
    throw new NotEditable(
      source,
      there.start,
      [list, index],
      'is there already, with other fields',
      'choose another name',
    )
  const comment = commentsIn(source, value).at(-1)
  const near = value.parts.at(-1) ?? comment
  if (near === undefined) return giveValue(page, field, [entry], listsNear(page), [list])
  const indent = indentOf(source, near.start, value.block)
  const text = elementText(entry, { ...page, likes: entriesNear(page, list), indent }, value.block)
  return value.parts.length > 0
    ? putAfter(page, value, value.parts.length - 1, text)
    : putBelow(page, comment!, value.end, text)
}

const removeEntry = (
  { source }: Page,
  { part, value, names }: List,
  { list, name }: One<'remove'>,
): Splice[] => {
  const index = names.indexOf(name)
  if (index === -1) return []
  mustBeAlone(source, value.parts[index]!, [list, index])
  return takeOut(source, part, value, index)
}

const setField = (page: Page, found: List | undefined, edit: One<'set'>): Splice[] => {
  const { source } = page
  const { list, name, value } = edit
  const names = (found?.names ?? []).filter((one) => one !== undefined)
  const index = found?.names.indexOf(name) ?? -1
  let holder = found?.value.parts[index]
  if (holder === undefined)
    throw new NotEditable(source, found?.part.start ?? 0, [list], `has no ${name}`, chooseFrom(name, names))
  let path: Path = [list, index]
  let likes = entriesNear(page, list)
  for (const [depth, key] of edit.field.entries()) {
    const fields = opened(source, holder.value, 'fields', holder.start, path)
    path = [...path, key]
    likes = valuesIn(likes, key)
    const part = partOf(source, fields, key, path)
    const rest = edit.field.slice(depth + 1)
    if (part === undefined && value === undefined) return []
    if (part === undefined) {
      const inner = rest.reduceRight<unknown>((one, field) => ({ [field]: one }), withoutUndefined(value))
      return addField(page, fields, fields.parts.length - 1, key, inner, likes)
    }
    if (rest.length === 0)
      return value === undefined
        ? removeField(page, holder, { fields, part }, path)
        : giveValue(page, { fields, part }, withoutUndefined(value), [part.value, ...likes], path)
    holder = part
  }
  return []
}

const removeField = ({ source }: Page, holder: Part, { fields, part }: Field, path: Path): Splice[] => {
  const spread = fields.parts.find((one) => one.spread)
  if (spread) throw new NotEditable(source, spread.start, path, `may come from ${codeOf(source, spread)} too`)
  mustBeAlone(source, part, path)
  return takeOut(source, holder, fields, fields.parts.indexOf(part))
}

/** Puts a field after the one at an index. */
const addField = (
  page: Page,
  fields: Collection,
  index: number,
  key: string,
  value: unknown,
  likes: readonly Written[],
): Splice[] => {
  const { source, look } = page
  const comment = commentsIn(source, fields).at(-1)
  const near = fields.parts[index] ?? comment ?? fields
  const indent = indentOf(source, near.start, fields.block)
  const text = fieldText(key, value, { ...page, likes, indent }, fields.block)
  if (index >= 0) return putAfter(page, fields, index, text)
  return comment === undefined
    ? [{ start: fields.start + 1, end: fields.end - 1, text: look.pad + text + look.pad }]
    : putBelow(page, comment, fields.end, text)
}

/** Gives a field another value. */
const giveValue = (
  page: Page,
  { fields, part }: Field,
  value: unknown,
  likes: readonly Written[],
  path: Path,
): Splice[] => {
  const { source } = page
  const { text } = source
  const old = part.value
  if (isDeepStrictEqual(meaningOf(old, text), value)) return []
  mustBeKnown(source, old, part.start, path)
  mustBeAlone(source, part, path)
  const indent = indentOf(source, fields.block ? part.start : old.start, fields.block)
  const given = fields.block
    ? blockText(value, { ...page, likes, indent })
    : inlineText(value, { ...page, likes, indent })
  const isBlock = hasParts(old) && old.block
  const start = !isBlock
    ? old.start
    : given.includes('\n')
      ? lineEnd(text, part.after)
      : endOfCode(source, part.after)
  if (commentsIn(source, { start, end: old.end }).length > 0)
    throw new NotEditable(source, part.start, path, 'holds comments that would be lost')
  if (fields.block && !isBlock && given.includes('\n'))
    return [cut(part.after, old.end), put(lineEnd(text, old.end), given)]
  return [{ start, end: old.end, text: start === part.after || isBlock ? given : given.trimStart() }]
}

const indentOf = ({ text }: Source, at: number, block: boolean): string =>
  block ? ' '.repeat(columnOf(text, at)) : indentAt(text, at)

/** The lists of the inventory that have entries, those that say how entries look first. */
const listsNear = ({ source }: Page): Collection[] =>
  [...LISTS.slice(1), 'hosts']
    .map((list) => source.root && partAt(source.root, list))
    .flatMap((part) => (typeof part === 'object' && hasParts(part.value) ? [part.value] : []))

/** The entries of a list, last first, then those of the others. */
export const entriesNear = (page: Page, list: EditedList): Written[] => {
  const own = page.source.root && partAt(page.source.root, list)
  const lists =
    typeof own === 'object' && hasParts(own.value) ? [own.value, ...listsNear(page)] : listsNear(page)
  return lists.flatMap(({ parts }) => parts.map(({ value }) => value).toReversed())
}
