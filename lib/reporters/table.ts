import stringWidth from 'string-width'
import { printable } from '../base/printable.ts'
import { padded, pieces, wrapped } from './wrap.ts'

const GAP = 2

/**
 * Rows as lines, aligned by the width that characters really have; what does not fit goes on in the next line of its
 * cell. Returns the lines of each row.
 */
export const table = (rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string[][] => {
  const safe = rows.map((row) => row.map(printable))
  const widths = fitting(safe, width)
  return safe.map((row) => {
    const cells = row.map((cell, column) => wrapped(cell, widths[column]!))
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, column) => padded(lines[line] ?? '', widths[column]!))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
  })
}

/** As wide as the content, the widest columns narrowed until all fit or no word can be broken any more. */
const fitting = (rows: readonly (readonly string[])[], width: number): number[] => {
  const columns = Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, column) =>
    rows.map((row) => row[column] ?? ''),
  )
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => stringWidth(cell))))
  const least = columns.map((cells) =>
    Math.max(...cells.flatMap(pieces).map((piece) => stringWidth(piece.trim()))),
  )
  const total = (): number => widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1))
  while (total() > width) {
    const spare = widths.map((one, column) => (one > least[column]! ? one : 0))
    const widest = Math.max(...spare)
    if (widest === 0) break
    widths[spare.indexOf(widest)]!--
  }
  return widths
}
