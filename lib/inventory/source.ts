import type { Path } from './raw.ts'

/** A stretch of a text; `end` is the place after its last character. */
export interface Span {
  start: number
  end: number
}

/** A list or an object with fields, as far as it is written out. */
export interface Collection extends Span {
  form: 'list' | 'fields'
  /** Whether it is YAML without brackets. */
  block: boolean
  parts: readonly Part[]
  /** Why a change here would be one elsewhere too. */
  shared?: string
}

/** A text, a number, true, false or null; also where a secret is kept, when an object or `secret.…('…')` says it. */
export interface Plain extends Span {
  form: 'plain'
  value: unknown
  shared?: string
}

/** What cannot be known without running or following it. */
export interface Computed extends Span {
  form: 'computed'
  /** What it most likely comes from. */
  from?: Written
}

/**
 * A value as its file has it. The span is that of the value alone, without parentheses, `as const`, anchors; for the
 * name of a constant it is that of the constant's value.
 */
export type Written = Collection | Plain | Computed

/** An element of a list or a field of an object, with all that stands around its value. */
export interface Part extends Span {
  /** Name of the field; elements of lists, and fields whose name is computed, have none. */
  key?: string
  /** Whether it stands for any number of parts, such as `...others`. */
  spread?: true
  /** The place after `:` or `-`, or where the element begins. */
  after: number
  value: Written
}

/** The text of an inventory file, with what is written where. */
export interface Source {
  language: 'module' | 'yaml' | 'json'
  text: string
  /** Undefined when nothing is exported. */
  root: Written | undefined
  comments: readonly Span[]
  /** What the file calls `secret` of the schema, when it imports it. */
  secret?: string
}

/** A mistake of syntax. */
export class SyntaxMistake {
  readonly message: string
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    this.message = message
    this.line = line
  }
}

/** The line, from 1, of a place in the inventory; undefined where it is not written in the file. */
export type Locate = (path: Path) => number | undefined

/**
 * Finds lines as far as the inventory is written out as objects and lists; what is missing is where it is missing
 * from.
 */
export const locateIn = ({ text, root }: Source): Locate => {
  const lineAt = lineNumbers(text)
  return (path) => {
    let [at, place] = [root, root?.start]
    for (const key of path) {
      const part = at && partAt(at, key)
      if (part === 'hidden') return undefined
      if (part === undefined) break
      at = part.value
      place = part.start
    }
    return place === undefined ? undefined : lineAt(place)
  }
}

/** Numbers the lines of a text, from 1. */
export const lineNumbers = (text: string): ((offset: number) => number) => {
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    const before = breaks.findIndex((at) => at >= offset)
    return 1 + (before === -1 ? breaks.length : before)
  }
}

/** The part at a key or an index; `hidden` when it may come from a spread. */
export const partAt = (value: Written, key: string | number): Part | 'hidden' | undefined => {
  if (value.form === 'computed') return value.from && partAt(value.from, key)
  if (value.form === 'plain') return undefined
  const isHere = (part: Part, index: number): boolean =>
    typeof key === 'number' ? index === key : part.key === key
  const index = value.parts.findLastIndex(isHere)
  const reach = value.form === 'list' ? value.parts.slice(0, Number(key) + 1) : value.parts.slice(index + 1)
  if (reach.some(({ spread }) => spread)) return 'hidden'
  return value.parts[index]
}

/** All parts of a value, and theirs, in the order of the text. */
export function* partsIn(value: Written): Generator<Part> {
  if (value.form !== 'list' && value.form !== 'fields') return
  for (const part of value.parts) {
    yield part
    yield* partsIn(part.value)
  }
}

/** A value that is computed: only the text that computes it is known. */
export class Unknown {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * What is written, as a value; what is computed in it is `Unknown`, under the text of a spread where it has no name.
 */
export const meaningOf = (written: Written, text: string): unknown => {
  switch (written.form) {
    case 'plain':
      return written.value
    case 'computed':
      return new Unknown(text.slice(written.start, written.end))
    case 'list':
      return written.parts.map(({ value }) => meaningOf(value, text))
    case 'fields':
      return Object.fromEntries(
        written.parts.map(({ key, start, end, value }) => [
          key ?? text.slice(start, end),
          meaningOf(value, text),
        ]),
      )
  }
}
