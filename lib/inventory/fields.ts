import * as z from 'zod'
import type { Path } from './raw.ts'

/** Names of the fields that may stand at a place; none where no object belongs. */
export const fieldsAt = (schema: z.ZodType, path: Path): string[] =>
  along(schema, path)
    .at(-1)!
    .flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []))

/** What a place is for: the description nearest to it. */
export const purposeOf = (schema: z.ZodType, path: Path): string =>
  along(schema, path)
    .flat()
    .findLast(({ description }) => description !== undefined)?.description ?? 'see inventory/schema.json'

/** The schemas on the way to a place, each with what it wraps, innermost first. */
const along = (schema: z.ZodType, path: Path): z.ZodType[][] => {
  const way = [layers(schema)]
  for (const key of path) way.push(way.at(-1)!.flatMap((form) => within(form, key)))
  return way
}

const layers = (schema: z.ZodType): z.ZodType[] => [...inner(schema).flatMap(layers), schema]

const inner = (schema: z.ZodType): z.ZodType[] => {
  if (schema instanceof z.ZodUnion) return schema.options as z.ZodType[]
  if (schema instanceof z.ZodPipe) return [schema.in as z.ZodType]
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
    ? [schema.unwrap() as z.ZodType]
    : []
}

const within = (schema: z.ZodType, key: string | number): z.ZodType[] => {
  if (schema instanceof z.ZodArray) return layers(schema.element as z.ZodType)
  if (schema instanceof z.ZodRecord) return layers(schema.valueType as z.ZodType)
  const field = schema instanceof z.ZodObject ? schema.shape[key] : undefined
  return field === undefined ? [] : layers(field as z.ZodType)
}
