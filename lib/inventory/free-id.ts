import { AutomationError } from '../base/errors.ts'
import { ID_RANGE } from './names.ts'

/**
 * The first free id after those that stand nearby; when none is left above them, the lowest free one. Fails with
 * `inventory` when none is free.
 */
export const freeId = (
  taken: Iterable<number>,
  { min, max } = ID_RANGE,
  near: Iterable<number> = [],
): number => {
  const nearby = [...near]
  const known = new Set([...taken, ...nearby])
  const free = (from: number): number | undefined => {
    for (let id = from; id <= max; id++) if (!known.has(id)) return id
    return undefined
  }
  const found = free(Math.max(min, ...nearby.map((id) => id + 1))) ?? free(min)
  if (found !== undefined) return found
  throw new AutomationError({
    code: 'inventory',
    message: `no id from ${min} to ${max} is free`,
    hint: 'retired users keep their ids: take out of retired those of whom no file is left',
  })
}
