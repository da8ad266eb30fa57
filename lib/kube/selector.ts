import type { Json } from './object.ts'

/** What chooses objects by their labels, as the API has it. */
export type LabelSelector = {
  matchLabels?: { [key: string]: Json }
  matchExpressions?: readonly { key?: string; operator?: string; values?: readonly string[] }[]
}

/** The label that every namespace has of the API server: its name. */
export const NAME_LABEL = 'kubernetes.io/metadata.name'

/** The labels by which a namespace is selected: its own, and its name. */
export const labelsOfNamespace = (
  name: string,
  labels: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> => ({ ...labels, [NAME_LABEL]: name })

/** Whether a selector chooses what has these labels; an empty one chooses everything. */
export const selectsLabels = (
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key = '', operator, values = [] }) => {
    const value = labels[key]
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      default:
        return operator === 'DoesNotExist' && value === undefined
    }
  })
