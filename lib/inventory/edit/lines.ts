import type { Collection, Source, Span } from '../source.ts'

/** Where the line of a place begins. */
export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

/** Where the line of a place ends, before its line break. */
export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  if (end === -1) return text.length
  return text[end - 1] === '\r' && end > at ? end - 1 : end
}

/** Where the next line begins; the end of the text after its last line. */
export const nextLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

/** Where the blank lines that begin at a place end. */
export const blanksBelow = (text: string, at: number): number =>
  at + /^([ \t]*\r?\n)*/.exec(text.slice(at))![0].length

/** Where the blank lines that end at a place begin. */
export const blanksAbove = (text: string, at: number): number => {
  const above = text.slice(0, at)
  return isBlank(above) ? 0 : nextLine(text, above.trimEnd().length)
}

/** White space that the line of a place begins with. */
export const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(lineStart(text, at)))![0]

export const columnOf = (text: string, at: number): number => at - lineStart(text, at)

/** Whether only white space is before a place on its line. */
export const beginsLine = (text: string, at: number): boolean => isBlank(text.slice(lineStart(text, at), at))

/** Whether only white space is after a place on its line. */
export const endsLine = (text: string, at: number): boolean => isBlank(text.slice(at, lineEnd(text, at)))

/** Where what is neither comment nor white space ends on the line of a place. */
export const endOfCode = ({ text, comments }: Source, at: number): number => {
  const end = lineEnd(text, at)
  const comment = comments.find(({ start }) => start >= at && start < end)
  return at + text.slice(at, comment?.start ?? end).trimEnd().length
}

const isBlank = (text: string): boolean => text.trim() === ''

/** Whether a stretch of white space has a line of its own in it. */
export const hasBlankLine = (text: string): boolean => /\n[ \t\r]*\n/.test(text)

export const commentsIn = ({ comments }: Source, { start, end }: Span): Span[] =>
  comments.filter((comment) => comment.start >= start && comment.end <= end)

/** The comma after a part; undefined where the last one has none. */
export const commaAfter = (source: Source, collection: Collection, index: number): number | undefined => {
  if (collection.block) return undefined
  const gap = { start: collection.parts[index]!.end, end: limitOf(source, collection, index) }
  let at = gap.start
  for (const comment of [...commentsIn(source, gap), { start: gap.end, end: gap.end }]) {
    const comma = source.text.slice(at, comment.start).indexOf(',')
    if (comma !== -1) return at + comma
    at = comment.end
  }
  return undefined
}

/** Where a part begins with the comments that are its own: those directly above it, or before it on its line. */
export const headOf = (source: Source, collection: Collection, index: number): number => {
  const { text } = source
  const floor =
    index > 0 ? tailOf(source, collection, index - 1) : collection.block ? 0 : collection.start + 1
  let head = collection.parts[index]!.start
  for (const comment of commentsIn(source, { start: floor, end: head }).toReversed()) {
    const between = text.slice(comment.end, head)
    const isAbove = between.includes('\n')
    if (!isBlank(between) || hasBlankLine(between) || (isAbove && !beginsLine(text, comment.start))) break
    head = comment.start
  }
  return head
}

/** Where a part ends with its comma and the comments that are its own: after it on its line, or further in below it. */
export const tailOf = (source: Source, collection: Collection, index: number): number => {
  const { text } = source
  const { start, end } = collection.parts[index]!
  const comma = commaAfter(source, collection, index)
  let tail = comma === undefined ? end : comma + 1
  for (const comment of commentsIn(source, { start: tail, end: limitOf(source, collection, index) })) {
    const between = text.slice(tail, comment.start)
    const isBeside = !between.includes('\n') && endsLine(text, comment.end)
    const isWithin = collection.block && columnOf(text, comment.start) > columnOf(text, start)
    if (!isBlank(between) || !(isBeside || isWithin)) break
    tail = comment.end
  }
  return tail
}

const limitOf = ({ text }: Source, { block, parts, end }: Collection, index: number): number =>
  parts[index + 1]?.start ?? (block ? text.length : end - 1)
