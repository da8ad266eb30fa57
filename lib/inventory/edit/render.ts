import { stringify } from 'yaml'
import { type Fields, isFields } from '../raw.ts'
import type { Collection, Written } from '../source.ts'
import { hasParts, isBroken, type Page } from './layout.ts'

/** A line that is laid out anew is at most that long where it can be broken. */
export const WIDTH = 110

/** What new text is to fit into. */
export interface Setting extends Page {
  /** What is written nearby for the same purpose, nearest first. */
  likes: readonly Written[]
  /** White space that the line it begins on begins with. */
  indent: string
}

/** `key: value`, in YAML without brackets when `block` says so. */
export const fieldText = (key: string, value: unknown, setting: Setting, block: boolean): string => {
  const text = block ? blockText(value, setting) : setting.look.space + inlineText(value, setting)
  return `${keyText(key, setting)}:${text}`
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** The name of a field, in quotes where the file has them or it needs them. */
export const keyText = (key: string, { source: { language }, look: { quote, keyQuote } }: Page): string => {
  if (language === 'yaml') return yamlText(key, keyQuote)
  if (language === 'json') return JSON.stringify(key)
  return keyQuote === '' && IDENTIFIER.test(key) ? key : quoted(key, keyQuote || quote)
}

/** An element of a list, in YAML with its dash when `block` says so. */
export const elementText = (value: unknown, setting: Setting, block: boolean): string => {
  if (!block) return inlineText(value, setting)
  const inline = `- ${inlineText(value, setting)}`
  const fits = setting.indent.length + inline.length <= WIDTH && !inline.includes('\n')
  if (!isFields(value) || (fits && !likeOf(value, setting)?.block)) return inline
  return `- ${blockFields(value, { ...setting, indent: `${setting.indent}  ` })}`
}

/** A text, a number, or a list or object in brackets. */
export const inlineText = (value: unknown, setting: Setting): string => {
  const { source, look, indent } = setting
  const place = source.secret !== undefined && secretPlace(value)
  if (place) return `${source.secret}.${place[0]}(${scalarText(place[1], setting)})`
  const isList = Array.isArray(value)
  if (!isList && !isFields(value)) return scalarText(value, setting)
  const inner = { ...setting, indent: indent + look.unit }
  const parts = isList
    ? value.map((one) => inlineText(one, { ...inner, likes: valuesIn(setting.likes) }))
    : Object.entries(value).map(([key, one]) =>
        fieldText(key, one, { ...inner, likes: valuesIn(setting.likes, key) }, false),
      )
  const [open, close] = isList ? '[]' : '{}'
  if (parts.length === 0) return `${open}${close}`
  if (parts.some((part) => part.includes('\n')) || isLaidOut(value, setting))
    return brokenText(`${open}${close}`, parts, setting)
  const pad = isList ? '' : look.pad
  return open + pad + parts.join(`,${look.space}`) + pad + close
}

/** Parts between brackets, each on a line of its own. */
export const brokenText = (
  brackets: string,
  parts: readonly string[],
  { look, indent }: Omit<Setting, 'likes'>,
): string => {
  const { eol, unit, trailing } = look
  const lines = parts.map((part) => eol + indent + unit + part)
  return `${brackets[0]}${lines.join(',')}${trailing ? ',' : ''}${eol}${indent}${brackets[1]}`
}

/** Whether parts get lines of their own: as nearby, and in modules as formatters do it. */
const isLaidOut = (value: unknown[] | Fields, setting: Setting): boolean => {
  const { text, language } = setting.source
  const like = likeOf(value, setting)
  const broken = like !== undefined && isBroken(like, text)
  if (language !== 'module' || !Array.isArray(value)) return broken
  if (value.length > 1 && value.every((one) => isFields(one) && Object.keys(one).length > 1)) {
    const table = setting.likes.find(isTable)
    return table === undefined || isBroken(table, text)
  }
  return broken && value.length >= like.parts.length && (value.length > 1 || !isFields(value[0]))
}

/** Whether it is a list of several objects with several fields: formatters break it whatever its length. */
export const isTable = (value: Written): value is Collection =>
  value.form === 'list' &&
  value.parts.length > 1 &&
  value.parts.every((part) => part.value.form === 'fields' && part.value.parts.length > 1)

/** What follows a colon or a dash in YAML without brackets. */
export const blockText = (value: unknown, setting: Setting): string => {
  const { look, indent } = setting
  if (!isBlock(value, setting)) return ` ${inlineText(value, setting)}`
  if (isFields(value)) {
    const inner = indent + look.unit
    return look.eol + inner + blockFields(value, { ...setting, indent: inner })
  }
  const inner = indent + ' '.repeat(indent === '' ? look.dash : look.innerDash)
  const each = { ...setting, likes: valuesIn(setting.likes), indent: inner }
  return value.map((one) => look.eol + inner + elementText(one, each, true)).join('')
}

/** As nearby; where nothing is nearby, lists of objects have a line for each. */
const isBlock = (value: unknown, setting: Setting): value is unknown[] | Fields => {
  const like = likeOf(value, setting)
  const isFilled = Array.isArray(value) ? value.length > 0 : isFields(value) && Object.keys(value).length > 0
  return isFilled && (like ? like.block : Array.isArray(value) && value.every(isFields))
}

const blockFields = (value: Fields, setting: Setting): string =>
  Object.entries(value)
    .map(([key, one]) => fieldText(key, one, { ...setting, likes: valuesIn(setting.likes, key) }, true))
    .join(setting.look.eol + setting.indent)

/** The nearest that is a list or an object as the value is. */
const likeOf = (value: unknown, { likes }: Setting): Collection | undefined =>
  likes
    .filter(hasParts)
    .find(({ form }) => form === (Array.isArray(value) ? 'list' : isFields(value) ? 'fields' : ''))

/** The values of the fields of that name, or of the elements, in what is nearby. */
export const valuesIn = (likes: readonly Written[], key?: string): Written[] =>
  likes
    .filter(hasParts)
    .flatMap(({ parts }) => parts.filter((part) => part.key === key).map(({ value }) => value))

const secretPlace = (value: unknown): [string, string] | undefined => {
  const [[place, at] = [], ...others] = isFields(value) ? Object.entries(value) : []
  const isPlace = others.length === 0 && ['env', 'file', 'command'].includes(place ?? '')
  return isPlace && typeof at === 'string' ? [place!, at] : undefined
}

const scalarText = (value: unknown, { source, look, likes }: Setting): string => {
  if (typeof value !== 'string') return String(value)
  const like = likes.find((one) => one.form === 'plain' && typeof one.value === 'string')
  const mark = like && source.text[like.start]!
  if (source.language === 'yaml') return yamlText(value, mark)
  if (source.language === 'json') return JSON.stringify(value)
  return quoted(value, mark === '"' || mark === "'" ? mark : look.quote)
}

/** A text of TypeScript between these marks, or the other ones that need fewer escapes. */
const quoted = (text: string, mark: string): string => {
  const other = mark === '"' ? "'" : '"'
  const best = text.split(mark).length > text.split(other).length ? other : mark
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return best + inside.replaceAll(best, `\\${best}`) + best
}

/** Without quotes where YAML and the neighbour have none. */
const yamlText = (text: string, mark = ''): string =>
  stringify([text], {
    collectionStyle: 'flow',
    lineWidth: 0,
    defaultStringType: mark === '"' ? 'QUOTE_DOUBLE' : mark === "'" ? 'QUOTE_SINGLE' : 'PLAIN',
  })
    .trim()
    .slice(1, -1)
    .trim()
