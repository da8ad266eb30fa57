import type * as z from 'zod'
import { chooseFrom, type Mistake, shown } from '../base/rules.ts'
import { shareMeantBy } from '../kube/quota.ts'
import { fieldsAt, purposeOf } from './fields.ts'
import { child, type Path, type PlacedMistake } from './raw.ts'

const PLACEHOLDER = 'CHANGE-ME'

/** What a schema found, and every placeholder that still waits for its value, in words for whoever wrote the file. */
export const schemaMistakes = (
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  schema: z.ZodType,
): PlacedMistake[] => {
  const waiting = placeholders(raw, [], schema)
  const places = new Set(waiting.map(({ path }) => JSON.stringify(path)))
  const found = issues.flatMap((issue) => inWords(issue, [], raw, schema))
  return [...waiting, ...found.filter(({ path }) => !places.has(JSON.stringify(path)))]
}

const placeholders = (value: unknown, path: Path, schema: z.ZodType): PlacedMistake[] => {
  if (typeof value === 'string')
    return value.includes(PLACEHOLDER)
      ? [{ path, reason: `still says ${PLACEHOLDER}`, hint: purposeOf(schema, path) }]
      : []
  if (typeof value !== 'object' || value === null) return []
  const keys: Path = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return keys.flatMap((key) => placeholders(child(value, key), [...path, key], schema))
}

const inWords = (issue: z.core.$ZodIssue, above: Path, raw: unknown, schema: z.ZodType): PlacedMistake[] => {
  const path = [...above, ...(issue.path as Path)]
  const value = path.reduce<unknown>(child, raw)
  const say = (reason: string, hint = purposeOf(schema, path)): PlacedMistake[] => [{ path, reason, hint }]
  if (value === undefined && issue.code !== 'custom')
    return say(path.length > 0 && isGiven(path, raw) ? 'is undefined' : 'is missing')
  switch (issue.code) {
    case 'custom':
      return say(issue.message, issue.params?.['hint'])
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], ...unknownField(key, path, schema) }))
    case 'invalid_type':
      return say(
        `is ${kindOf(value)}, not ${article(issue.expected)}`,
        [formMeant(value, issue.expected), purposeOf(schema, path)].filter(Boolean).join('. '),
      )
    case 'invalid_value':
      return say(`${shown(value)} is not one of ${issue.values.map(shown).join(', ')}`)
    case 'invalid_key':
      return issue.issues.flatMap((one) => inWords(one, path, raw, schema))
    case 'invalid_union': {
      const branch = issue.errors.find((errors) => errors.every((one) => isInside(one)))
      return branch === undefined
        ? say(issue.message)
        : branch.flatMap((one) => inWords(one, path, raw, schema))
    }
    default:
      return say(issue.message)
  }
}

/** Whether this form of several is what was meant: what is wrong is deeper, or a rule that this form alone has. */
const isInside = (issue: z.core.$ZodIssue): boolean => issue.path.length > 0 || issue.code === 'custom'

const isGiven = (path: Path, raw: unknown): boolean => {
  const parent = path.slice(0, -1).reduce<unknown>(child, raw)
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, path.at(-1)!)
}

/** How a value is written that has the wrong form alone; nothing where another value is meant. */
const formMeant = (value: unknown, expected: string): string => {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return 'Write it in quotes'
  if (expected === 'number' && typeof value === 'string' && /^\d+$/.test(value))
    return 'Write it without quotes'
  return expected === 'array' && typeof value === 'string' ? 'Write a list, in [ and ]' : ''
}

/** Only the kind: a text in the wrong place may be a password. */
const kindOf = (value: unknown): string => {
  if (value === null) return 'empty'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return article(Array.isArray(value) ? 'array' : typeof value)
}

const WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with fields',
}

const article = (type: string): string => WORDS[type] ?? `a ${type}`

/** Words for quotas that Kubernetes knows, or people expect, and that are written otherwise here. */
const QUOTA_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^gpus?$/i, 'gpu: …'],
  [/^(ram|mem|(requests\.|limits\.)?memory)$/i, 'memory: …'],
  [/^(cpus?|cores?|(requests|limits)\.cpu)$/i, 'cpu: …'],
  [/^requests\.storage$/, 'storage: …'],
  [/^((count\/)?persistentvolumeclaims|volumes)$/, 'claims: …'],
]

/** How a quota is written that has the word of a Kubernetes resource, or one that people expect. */
const quotaFor = (key: string): string | undefined => {
  const [word, name] = shareMeantBy(key)?.field ?? []
  if (name !== undefined) return `${word}: { ${shown(name)}: … }`
  if (word !== undefined) return `${word}: …`
  return QUOTA_WORDS.find(([pattern]) => pattern.test(key))?.[1]
}

const unknownField = (key: string, path: Path, schema: z.ZodType): Mistake => {
  const quota = path.at(-1) === 'quota' ? quotaFor(key) : undefined
  if (quota !== undefined)
    return {
      reason: 'is not a quota that can be set here',
      hint: `write ${quota} instead; requests and limits follow from it`,
    }
  if (/^insecure.?skip.?tls/i.test(key))
    return {
      reason: 'is refused: without it nobody knows which cluster answers',
      hint: 'put certificate-authority-data into the kubeconfig',
    }
  return { reason: 'is not a field here', hint: chooseFrom(key, fieldsAt(schema, path), 'leave it out') }
}
