import stringWidth from 'string-width'
import { escaped } from '../../base/printable.ts'
import { quoted, WIDTH } from '../../inventory/edit/render.ts'
import { type AdoptedInventory, entryKeyOf, type InventoryPart, isPart } from '../remark.ts'
import { AT_THE_TOP, DECEIVING, EXPLAINED, heading, placed } from './text.ts'

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

/**
 * The inventory as a module in the form of those that come along, formatted as biome does; `schema` is what it
 * imports.
 */
export const asTypeScript = (found: AdoptedInventory, file: string, schema: string): string => {
  const fields = Object.entries(found.inventory as Record<string, Value>).map(([key, value]) => {
    const above = (EXPLAINED[key] ?? []).map((line) => `  // ${line}\n`).join('')
    const written =
      Array.isArray(value) && isPart(key) ? list(value, found, key) : print(value, 2, key.length + 4)
    const gap = AT_THE_TOP.includes(key) ? '' : '\n'
    return `${gap}${above}  ${key}: ${written},\n`
  })
  return [
    ...heading(found, file).map((line) => `// ${line}\n`),
    `import { defineInventory } from ${literal(schema)}\n\n`,
    `export default defineInventory({\n${fields.join('')}})\n`,
  ].join('')
}

const list = (entries: readonly Value[], found: AdoptedInventory, part: InventoryPart): string => {
  const { above, rest } = placed(found, part)
  const commented = (lines: readonly string[]): string => lines.map((line) => `    // ${line}\n`).join('')
  const bodies = entries.map(
    (entry) => `${commented(above(entryKeyOf(entry as { name?: string })))}    ${print(entry, 4, 4)},\n`,
  )
  const inside = [...bodies, commented(rest)].join('')
  const flat = inline(entries)
  return inside.includes('//') || flat === undefined || stringWidth(flat) + part.length + 5 > WIDTH
    ? `[\n${inside}  ]`
    : flat
}

/** A value that begins at a column, on one line where it fits. */
const print = (value: Value, indent: number, column: number): string => {
  const flat = inline(value)
  if (typeof value !== 'object' || (flat !== undefined && column + stringWidth(flat) + 1 <= WIDTH))
    return flat!
  const inner = ' '.repeat(indent + 2)
  const lines = Array.isArray(value)
    ? value.map((item) => print(item, indent + 2, indent + 2))
    : Object.entries(value).map(
        ([key, item]) => `${key}: ${print(item, indent + 2, indent + key.length + 4)}`,
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join('')}${' '.repeat(indent)}${close}`
}

/** On one line; undefined for what holds several objects, which takes a line each. */
const inline = (value: Value): string | undefined => {
  if (typeof value === 'string') return literal(value)
  if (typeof value !== 'object') return String(value)
  const items = Array.isArray(value) ? value : Object.values(value)
  const parts = items.map(inline)
  if (parts.includes(undefined) || (Array.isArray(value) && value.length > 1 && value.every(isLarge)))
    return undefined
  if (Array.isArray(value)) return `[${parts.join(', ')}]`
  const fields = Object.keys(value).map((key, index) => `${key}: ${parts[index]}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

const isLarge = (value: Value): boolean => typeof value === 'object' && Object.keys(value).length > 1

/** In single quotes where these need no more escapes; what would deceive a reader shows as an escape. */
const literal = (text: string): string => quoted(text, "'").replace(DECEIVING, escaped)
