// YAML that holds CEL: texts whose $(names) are filled in as data, so that no value can be read as CEL.
import { readFileSync } from 'node:fs'
import type * as z from 'zod'
import { AutomationError } from './errors.ts'
import { yaml } from './packages.ts'

/** What a `$(name)` may stand for. */
type Value = string | number | readonly string[]

/**
 * A YAML file with each `$(name)` in its texts filled in: from `values`, or from lists that the file itself has under
 * `words`. In a `message` a value is put as it is, a list with commas; everywhere else it becomes a literal of CEL. A
 * name that has no value, and a document that the schema refuses, are `template` errors.
 */
export const celDocument = <T>(
  file: URL,
  schema: z.ZodType<T>,
  values: Readonly<Record<string, Value>> = {},
): T => {
  const { words = {}, ...document } = yaml().parse(readFileSync(file, 'utf8'))
  const given = new Map<string, Value>(Object.entries({ ...words, ...values }))
  const known = (name: string): Value => {
    const value = given.get(name)
    if (value === undefined) throw unusable(file, `there is no value for $(${name})`)
    return value
  }
  const fill = (key: string, part: unknown): unknown => {
    const write = key === 'message' ? inWords : literal
    return typeof part === 'string' ? part.replace(/\$\((\w+)\)/g, (_, name) => write(known(name))) : part
  }
  const filled = schema.safeParse(JSON.parse(JSON.stringify(document), fill))
  if (filled.success) return filled.data
  const [issue] = filled.error.issues
  throw unusable(file, `${issue?.path.join('.')}: ${issue?.message}`)
}

const literal = (value: Value): string => {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return `[${value.map(literal)}]`
  return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`
}

const inWords = (value: Value): string => (typeof value === 'object' ? value.join(', ') : String(value))

const unusable = (file: URL, message: string): AutomationError =>
  new AutomationError({ code: 'template', subject: file.pathname.split('/').slice(-3).join('/'), message })
