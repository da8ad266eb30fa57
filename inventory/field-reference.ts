// The reference of inventory fields, docs/inventory.md and its Chinese twin, made from the schema.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The meaning of each field in Chinese, by its path; a test holds that none is missing. */
export const FIELDS_ZH: Readonly<Record<string, string>> = parse(
  readFileSync(join(import.meta.dirname, 'fields.zh.yaml'), 'utf8'),
)

interface Node {
  type?: string | readonly string[]
  description?: string
  default?: unknown
  const?: unknown
  enum?: readonly unknown[]
  properties?: Readonly<Record<string, Node>>
  required?: readonly string[]
  items?: Node
  anyOf?: readonly Node[]
  oneOf?: readonly Node[]
  additionalProperties?: Node | boolean
  $defs?: Readonly<Record<string, Node>>
}

/** A schema with its definitions written out where it refers to them; none of them refers to another. */
export const resolved = (schema: Node): Node =>
  JSON.parse(JSON.stringify(schema), (_, value) => {
    const name = value?.$ref?.replace('#/$defs/', '')
    return name === undefined ? value : { ...schema.$defs?.[name], ...value }
  })

/** A field: `groups[].quota.gpu`, whether it must be there, what it takes, and what it means. */
export interface SchemaField {
  path: string
  required: boolean
  form: string
  initial?: string
  meaning: string
}

const SECRET = 'Where the secret is kept'

/** Every field that the schema describes, in its order; the forms of one list entry share their fields. */
export const describedFields = (schema: Node): SchemaField[] => {
  const fields = new Map<string, SchemaField>()
  const visit = (node: Node, path: string, required: boolean): void => {
    const { description = '', default: initial } = node
    if (path !== '' && !path.endsWith('[]') && !path.endsWith('.<name>') && !fields.has(path))
      fields.set(path, {
        path,
        required,
        form: formOf(node),
        ...(initial !== undefined && { initial: JSON.stringify(initial) }),
        meaning: description,
      })
    if (description.startsWith(SECRET)) return
    for (const [name, child] of Object.entries(node.properties ?? {}))
      visit(child, path === '' ? name : `${path}.${name}`, node.required?.includes(name) ?? false)
    if (node.items) visit(node.items, `${path}[]`, false)
    for (const form of [...(node.anyOf ?? []), ...(node.oneOf ?? [])])
      for (const part of form.properties || form.items ? [form] : [])
        visit({ ...part, description }, path, required)
  }
  visit(resolved(schema), '', false)
  fields.delete('$schema')
  return [...fields.values()]
}

const formOf = (node: Node): string => {
  const { type, items, enum: words, description = '' } = node
  if (description.startsWith(SECRET)) return 'secret'
  if (words) return words.map((word) => `'${word}'`).join(', ')
  if (node.const !== undefined) return 'word'
  if (node.anyOf) return [...new Set(node.anyOf.map(formOf))].join(' or ')
  if (type === 'array') return `list of ${items ? formOf(items) : 'anything'}s`
  if (type === 'object' && typeof node.additionalProperties === 'object')
    return `names, each with a ${formOf(node.additionalProperties)}`
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    object: 'object',
  }
  return [type ?? 'object']
    .flat()
    .map((one) => names[String(one)] ?? String(one))
    .join(' or ')
}

const HEADS = {
  en: {
    title: 'Fields of an inventory',
    about:
      'Made from the schema by `npm run schema`; editors read it from [schema.json](../inventory/schema.json). ' +
      'An example is [prod.ts](../inventory/prod.ts), in YAML [example.yaml](../inventory/example.yaml).',
    columns: ['field', 'takes', 'meaning'],
    required: 'required',
    initial: (value: string) => `Default: \`${value}\`.`,
    form: (form: string) => form,
    meaning: ({ meaning }: SchemaField) => meaning,
    stop: '. ',
    also: '[中文](inventory.zh-CN.md)',
  },
  zh: {
    title: '清单字段参考',
    about:
      '由 `npm run schema` 从 schema 生成；编辑器通过 [schema.json](../inventory/schema.json) 读取。' +
      '示例见 [prod.ts](../inventory/prod.ts)，YAML 示例见 [example.yaml](../inventory/example.yaml)。',
    columns: ['字段', '取值', '含义'],
    required: '必填',
    initial: (value: string) => `默认：\`${value}\`。`,
    form: (form: string) =>
      form
        .replace(/list of (.+)s$/, '$1列表')
        .replace(/names, each with a (.+)$/, '名称到$1的映射')
        .replaceAll('whole number', '整数')
        .replaceAll('number', '数字')
        .replaceAll('boolean', '布尔值')
        .replaceAll('object', '对象')
        .replace(/(?<!')secret/g, '机密来源')
        .replaceAll('text', '文本')
        .replaceAll('word', '词')
        .replaceAll(' or ', '或'),
    meaning: ({ path }: SchemaField) => FIELDS_ZH[path] ?? '',
    stop: '。',
    also: '[English](inventory.md)',
  },
} as const

const cell = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('|', '\\|')

/** The page in one language. */
export const referenceOf = (schema: Node, language: keyof typeof HEADS): string => {
  const words = HEADS[language]
  const lines = [`# ${words.title}`, '', words.also, '', words.about]
  const byPart = Map.groupBy(describedFields(schema), ({ path }) => /^\w+/.exec(path)![0])
  for (const [part, fields] of byPart) {
    lines.push('', `## ${part}`, '', `| ${words.columns.join(' | ')} |`, '|---|---|---|')
    for (const field of fields) {
      const form = words.form(field.form)
      const takes = field.required ? `${form}, ${words.required}` : form
      const meaning = [words.meaning(field), field.initial && words.initial(field.initial)].filter(Boolean)
      lines.push(`| \`${field.path}\` | ${takes} | ${cell(meaning.join(words.stop))} |`)
    }
  }
  return `${lines.join('\n')}\n`
}
