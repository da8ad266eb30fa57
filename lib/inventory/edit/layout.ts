import { type Collection, partsIn, type Source, type Written } from '../source.ts'
import { columnOf, commaAfter, indentAt } from './lines.ts'

/** How a file is laid out as far as it shows, otherwise as formatters do it. */
export interface Layout {
  eol: string
  /** One step of indentation. */
  unit: string
  /** How much further in than its key a list without brackets is: one of the inventory, and one within an entry. */
  dash: number
  innerDash: number
  /** The mark around texts that need one. */
  quote: string
  /** The mark around keys, if any. */
  keyQuote: string
  /** What follows colons and commas. */
  space: string
  /** What is inside braces. */
  pad: string
  /** Whether a comma follows the last of several lines. */
  trailing: boolean
}

/** A text with its look. */
export interface Page {
  source: Source
  look: Layout
}

export const pageOf = (source: Source): Page => ({ source, look: lookOf(source) })

const lookOf = (source: Source): Layout => {
  const { language, text, root } = source
  const parts = root === undefined ? [] : [...partsIn(root)]
  const filled = [root, ...parts.map(({ value }) => value)].filter(hasParts)
  const brackets = filled.filter(({ block }) => !block)
  const broken = brackets.find((one) => isBroken(one, text))
  const braces = brackets.find((one) => one.form === 'fields' && !isBroken(one, text))
  const field = parts.find(({ key, after, value }) => key && value.start >= after && !isBlock(value))
  const steps = parts
    .filter(({ key, value }) => key !== undefined && isBlock(value))
    .map(({ start, value }) => ({
      form: value.form,
      from: columnOf(text, start),
      to: columnOf(text, value.start),
    }))
  const stepTo = (form: Written['form'], fits = (_: number): boolean => true): number | undefined => {
    const step = steps.find((one) => one.form === form && fits(one.from))
    return step && step.to - step.from
  }
  const dash = stepTo('list', (column) => column === 0) ?? 2
  const mark = (marked: readonly { start: number }[], preset: string): string =>
    marked.map(({ start }) => text[start]!).find((character) => /['"]/.test(character)) ?? preset
  const spaces = (start: number | undefined, end: number | undefined): string => {
    const between = text.slice(start, end)
    return start !== undefined && /^ ?$/.test(between) ? between : ' '
  }
  const json = language === 'json'
  return {
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
    unit: language === 'yaml' ? ' '.repeat(stepTo('fields') ?? 2) : stepOf(broken, text),
    dash,
    innerDash: stepTo('list', (column) => column > 0) ?? dash,
    quote: mark(
      parts.map(({ value }) => value),
      json ? '"' : "'",
    ),
    keyQuote: mark(parts.slice(0, 1), json ? '"' : ''),
    space: spaces(field?.after, field?.value.start),
    pad: spaces(braces && braces.start + 1, braces?.parts[0]?.start),
    trailing: broken
      ? commaAfter(source, broken, broken.parts.length - 1) !== undefined
      : language === 'module',
  }
}

/** Whether a collection has brackets that are on a line before its first part. */
export const isBroken = ({ block, start, parts }: Collection, text: string): boolean =>
  !block && text.slice(start, parts[0]?.start ?? start).includes('\n')

export const hasParts = (value: Written | undefined): value is Collection =>
  (value?.form === 'list' || value?.form === 'fields') && value.parts.length > 0

const isBlock = (value: Written): boolean => hasParts(value) && value.block

const stepOf = (broken: Collection | undefined, text: string): string => {
  if (broken === undefined) return '  '
  const [outer, inner] = [indentAt(text, broken.start), indentAt(text, broken.parts[0]!.start)]
  return inner.startsWith(outer) ? inner.slice(outer.length) || '  ' : '  '
}
