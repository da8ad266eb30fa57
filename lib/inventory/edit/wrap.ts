import stringWidth from 'string-width'
import { type Collection, partsIn, type Source } from '../source.ts'
import { listOf } from './find.ts'
import { hasParts, isBroken, type Page } from './layout.ts'
import { commentsIn, indentAt, lineEnd, lineStart } from './lines.ts'
import type { Edit } from './meaning.ts'
import type { Splice } from './parts.ts'
import { brokenText, isTable, WIDTH } from './render.ts'

/**
 * The outermost list or object that an edit made too long for its line, on several lines, as formatters do it; none
 * when all fits, and none in a file that has everything on one line. Lines may be as long as they were.
 */
export const wrapFor = (page: Page, before: Source, edit: Edit): Splice[] => {
  const { source } = page
  const list = listOf(source, edit.list)
  if (source.language === 'yaml' || edit.do === 'remove' || !list || !isBroken(list.fields, source.text))
    return []
  const width = Math.max(
    WIDTH,
    ...(listOf(before, edit.list)?.value.parts ?? []).map(({ start }) => widthAt(before, start)),
  )
  const name = edit.do === 'add' ? edit.entry.name : edit.name
  const entry = list.value.parts[list.names.indexOf(name)]
  if (entry === undefined) return []
  const isSecond = edit.do === 'add' && source.language === 'module' && list.value.parts.length === 2
  const wide = [list.part, entry, ...partsIn(entry.value)]
    .map(({ value }) => value)
    .filter(hasParts)
    .filter((one) => isOneLine(source, one))
    .find((one) => widthAt(source, one.start) > width || (isSecond && one === list.value && isTable(one)))
  if (wide === undefined) return []
  const { start, end, form } = wide
  const parts = wide.parts.map((part) => source.text.slice(part.start, part.end))
  const text = brokenText(form === 'list' ? '[]' : '{}', parts, {
    ...page,
    indent: indentAt(source.text, start),
  })
  return [{ start, end, text }]
}

const isOneLine = (source: Source, one: Collection): boolean =>
  !source.text.slice(one.start, one.end).includes('\n') && commentsIn(source, one).length === 0

/** How many columns the line of a place takes on a screen. */
const widthAt = ({ text }: Source, at: number): number =>
  stringWidth(text.slice(lineStart(text, at), lineEnd(text, at)))
