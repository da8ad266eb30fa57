import stringWidth from 'string-width'
import { Document, isMap, isSeq, type Node, Scalar, visit, type YAMLMap } from 'yaml'
import { escaped } from '../../base/printable.ts'
import { WIDTH } from '../../inventory/edit/render.ts'
import { type AdoptedInventory, entryKeyOf, isPart } from '../remark.ts'
import { AT_THE_TOP, DECEIVING, EXPLAINED, heading, placed } from './text.ts'

/** The inventory as YAML in the form of inventory/example.yaml. */
export const asYaml = (found: AdoptedInventory, file: string): string => {
  const document = new Document(found.inventory)
  document.commentBefore = lines(heading(found, file))
  for (const { key, value } of (document.contents as YAMLMap<Scalar<string>>).items) {
    key.spaceBefore = !AT_THE_TOP.includes(key.value)
    comment(key, EXPLAINED[key.value] ?? [])
    if (isMap(value)) value.flow = fits(value)
    if (!isSeq(value)) continue
    const { above, rest } = isPart(key.value) ? placed(found, key.value) : NOTHING
    for (const entry of value.items.filter(isMap)) {
      entry.flow = fits(entry)
      comment(entry, above(entryKeyOf(entry.toJSON())))
    }
    if (rest.length > 0) value.comment = lines(rest)
  }
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && (/\p{Cc}/u.test(node.value) || node.value.search(DECEIVING) >= 0))
        node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString({ lineWidth: 0, indentSeq: true }).replace(DECEIVING, escaped)
}

const NOTHING = { above: () => [], rest: [] }

const fits = (value: YAMLMap): boolean => stringWidth(JSON.stringify(value)) + 10 <= WIDTH

const comment = (node: Node, above: readonly string[]): void => {
  if (above.length > 0) node.commentBefore = lines(above)
}

const lines = (texts: readonly string[]): string => texts.map((text) => ` ${text}`).join('\n')
