import * as z from 'zod'
import { AutomationError } from '../base/errors.ts'
import type { KubeObject } from './object.ts'

const object = z.looseObject({ metadata: z.looseObject({ name: z.string() }) })
const schema = z.object({
  items: z.array(z.custom<KubeObject>((item) => object.safeParse(item).success)).nullish(),
})

/** The objects of a LIST that was read by its path; none where the API has no such path. */
export const itemsIn = <O extends KubeObject>(list: KubeObject | undefined): readonly O[] => {
  if (list === undefined) return []
  const { data } = schema.safeParse(list)
  if (data === undefined)
    throw new AutomationError({ code: 'observe', subject: list.kind, message: 'the answer is not a list' })
  return (data.items ?? []) as O[]
}
