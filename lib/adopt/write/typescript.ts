import stringWidth from 'string-width'
import { escaped } from '../../base/printable.ts'
import { pageOf } from '../../inventory/edit/layout.ts'
import { brokenText, inlineText, keyText, WIDTH } from '../../inventory/edit/render.ts'
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
      Array.isArray(value) && isPart(key) ? list(value, found, key) : print(value, '  ', key.length + 4)
    const gap = AT_THE_TOP.includes(key) ? '' : '\n'
    return `${gap}${above}  ${key}: ${written},\n`
  })
  return [
    ...heading(found, file).map((line) => `// ${line}\n`),
    `import { defineInventory } from ${inline(schema)}\n\n`,
    `export default defineInventory({\n${fields.join('')}})\n`,
  ].join('')
}

const list = (entries: readonly Value[], found: AdoptedInventory, part: InventoryPart): string => {
  const { above, rest } = placed(found, part)
  const commented = (lines: readonly string[]): string => lines.map((line) => `    // ${line}\n`).join('')
  const bodies = entries.map(
    (entry) => `${commented(above(entryKeyOf(entry as { name?: string })))}    ${print(entry, '    ', 4)},\n`,
  )
  const inside = [...bodies, commented(rest)].join('')
  const flat = inline(entries)
  return inside.includes('//') || flat.includes('\n') || stringWidth(flat) + part.length + 5 > WIDTH
    ? `[\n${inside}  ]`
    : flat
}

/** A value that begins at a column, on one line where it fits. */
const print = (value: Value, indent: string, column: number): string => {
  const flat = inline(value)
  const fits = !flat.includes('\n') && column + stringWidth(flat) + 1 <= WIDTH
  if (typeof value !== 'object' || fits) return flat
  const inner = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((item) => print(item, inner, inner.length))
    : Object.entries(value).map(([key, item]) => {
        const name = keyText(key, PAGE)
        return `${name}: ${print(item, inner, inner.length + name.length + 2)}`
      })
  return brokenText(Array.isArray(value) ? '[]' : '{}', parts, { ...PAGE, indent })
}

/** A module of which nothing is there yet, so that it looks as formatters have it. */
const PAGE = pageOf({ language: 'module', text: '', root: undefined, comments: [] })

/** As edits write it; what would deceive a reader shows as an escape. */
const inline = (value: Value): string =>
  inlineText(value, { ...PAGE, likes: [], indent: '' }).replace(DECEIVING, escaped)
