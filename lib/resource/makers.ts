import type { PolicyRule } from '../inventory/roles.ts'

const WRITES = ['create', 'update', 'patch']

/**
 * The kinds that roles let somebody make or change, in plural by API group; what belongs to another kind is left out.
 */
export const makeable = (
  roles: readonly { rules: readonly PolicyRule[] }[],
  writes: readonly string[] = WRITES,
): Record<string, string[]> => {
  const kinds = roles
    .flatMap(({ rules }) => rules)
    .filter(({ verbs }) => verbs.some((verb) => writes.includes(verb)))
    .flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((kind) => ({ group, kind }))),
    )
    .filter(({ kind }) => !kind.includes('/'))
  const groups = Map.groupBy(kinds, ({ group }) => group)
  return Object.fromEntries(
    [...groups].map(([group, of]) => [group, [...new Set(of.map(({ kind }) => kind))].toSorted()] as const),
  )
}
