import type { Collection, Part, Source, Span } from '../source.ts'
import type { Page } from './layout.ts'
import {
  beginsLine,
  blanksAbove,
  blanksBelow,
  columnOf,
  commaAfter,
  commentsIn,
  endOfCode,
  endsLine,
  hasBlankLine,
  headOf,
  indentAt,
  lineEnd,
  lineStart,
  nextLine,
  tailOf,
} from './lines.ts'

/** A stretch of a text, and what is to stand there instead; several are in the order of the text. */
export interface Splice extends Span {
  text: string
}

export const spliced = (text: string, splices: readonly Splice[]): string =>
  splices.reduceRight((all, { start, end, text: part }) => all.slice(0, start) + part + all.slice(end), text)

export const put = (at: number, text: string): Splice => ({ start: at, end: at, text })

export const cut = (start: number, end: number): Splice => ({ start, end, text: '' })

/** Puts a new part after one that is there, on a line of its own if that one is. */
export const putAfter = (
  { source, look }: Page,
  collection: Collection,
  index: number,
  part: string,
): Splice[] => {
  const { text } = source
  const { start, end } = collection.parts[index]!
  const head = headOf(source, collection, index)
  const tail = tailOf(source, collection, index)
  if (!collection.block && !beginsLine(text, head)) return [put(end, `,${look.space}${part}`)]
  const indent = collection.block ? ' '.repeat(columnOf(text, start)) : indentAt(text, start)
  const above = index > 0 ? text.slice(tailOf(source, collection, index - 1), head) : ''
  const line = look.eol + (hasBlankLine(above) ? look.eol : '') + indent + part
  const at = endsLine(text, tail) ? lineEnd(text, tail) : tail
  if (collection.block) return [put(at, line)]
  return commaAfter(source, collection, index) === undefined
    ? [put(end, ','), put(at, line)]
    : [put(at, `${line},`)]
}

/** Puts a first part into brackets that hold comments only. */
export const putBelow = ({ source, look }: Page, comment: Span, close: number, part: string): Splice[] => {
  const { text } = source
  if (!text.slice(comment.end, close).includes('\n')) return [put(comment.end, ` ${part}`)]
  const line = look.eol + indentAt(text, comment.start) + part
  return [put(lineEnd(text, comment.end), look.trailing ? `${line},` : line)]
}

/** Takes a part out, with the comments that are its own and, where it has lines of its own, these lines. */
export const takeOut = (source: Source, holder: Part, collection: Collection, index: number): Splice[] => {
  const { text } = source
  const own = { start: headOf(source, collection, index), end: tailOf(source, collection, index) }
  const isWhole = beginsLine(text, own.start) && endsLine(text, own.end)
  const lines = isWhole
    ? takeLines(source, collection, index, own)
    : takeInline(source, collection, index, own)
  if (collection.parts.length > 1) return lines
  const empty = collection.form === 'list' ? '[]' : '{}'
  if (collection.block && isWhole) return [put(endOfCode(source, holder.after), ` ${empty}`), ...lines]
  const isBare = commentsIn(source, collection).length === commentsIn(source, own).length
  return isBare ? [{ start: collection.start, end: collection.end, text: empty }] : lines
}

const takeLines = (source: Source, collection: Collection, index: number, { start, end }: Span): Splice[] => {
  const { text } = source
  const isLast = index === collection.parts.length - 1
  const from = lineStart(text, start)
  const to = nextLine(text, end)
  if (!text.slice(start, to).endsWith('\n'))
    return [cut(lineEnd(text, text.slice(0, from).trimEnd().length), to)]
  const below = blanksBelow(text, to)
  if (index === 0) return [cut(from, isLast ? to : below)]
  const above = isLast || below > to ? blanksAbove(text, from) : from
  return [...(isLast ? commaBefore(source, collection, index) : []), cut(above, to)]
}

/** The comma before a last part that has none itself. */
const commaBefore = (source: Source, collection: Collection, index: number): Splice[] => {
  if (index === 0 || commaAfter(source, collection, index) !== undefined) return []
  const comma = commaAfter(source, collection, index - 1)
  return comma === undefined ? [] : [cut(comma, comma + 1)]
}

const takeInline = (
  source: Source,
  collection: Collection,
  index: number,
  { start, end }: Span,
): Splice[] => {
  const last = collection.parts[index]!
  const before = collection.parts[index - 1]
  if (index < collection.parts.length - 1) {
    const { text } = source
    if (!endsLine(text, end)) return [cut(start, headOf(source, collection, index + 1))]
    // The last of several on a line: the line ends as it did, with what is said beside all of them.
    const from = lineStart(text, start)
    const comma = commaAfter(source, collection, index)
    return [cut(from + text.slice(from, start).trimEnd().length, comma === undefined ? last.end : comma + 1)]
  }
  if (before === undefined) return [cut(start, end)]
  if (commentsIn(source, { start: before.end, end: start }).length === 0) return [cut(before.end, last.end)]
  return [...commaBefore(source, collection, index), cut(start, end)]
}
