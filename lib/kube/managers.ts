import { FIELD_MANAGER } from '../conventions/labels.ts'
import type { KubeObject } from './object.ts'

/**
 * Who set a field last, as the API server keeps account of it (`metadata.managedFields`): names of clients, ours left
 * out. The field is a dotted path; keys may hold dots themselves.
 */
export const otherManagersOf = (
  { metadata: { managedFields = [] } }: KubeObject,
  field: string,
): string[] => [
  ...new Set(
    managedFields
      .filter(
        ({ manager, fieldsV1 }) =>
          manager !== undefined && manager !== FIELD_MANAGER && owns(fieldsV1, field),
      )
      .map(({ manager }) => manager!),
  ),
]

/** A set of fields names maps as `f:<key>`; one that ends before the path does is owned as a whole. */
const owns = (fields: unknown, path: string): boolean => {
  if (path === '') return true
  const below = Object.entries((fields ?? {}) as object).filter(([key]) => key.startsWith('f:'))
  return below.some(([key, of]) => {
    const name = key.slice(2)
    if (path !== name && !path.startsWith(`${name}.`)) return false
    const rest = path.slice(name.length + 1)
    return rest === '' || Object.keys(of as object).length === 0 || owns(of, rest)
  })
}
