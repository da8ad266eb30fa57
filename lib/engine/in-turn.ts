import type { Action } from './plan.ts'

/**
 * Machines that have a directory in common do not work in it at once. What several would make or correct there the
 * first does, and the others after it, who find it done. What is taken away there is taken away by the first, once
 * nothing on any of them stands against it; if that fails, it stays.
 */
export const inTurn = (actions: Iterable<Action>): Action[] => {
  const all = [...actions]
  const groups = Map.groupBy(all, ({ id, change: { place, op } }) =>
    place === undefined || op === 'keep' ? '' : `${id} ${place}`,
  )
  groups.delete('')
  const changed = new Map([...groups.values()].flatMap(ordered).map((action) => [action.key, action]))
  return all.map((action) => changed.get(action.key) ?? action)
}

const ordered = (sharing: readonly Action[]): Action[] => {
  const refused = sharing.filter(({ change }) => change.op === 'refuse')
  const [first, ...others] = sharing.filter(({ change }) => change.op !== 'refuse')
  if (first === undefined) return []
  const goesFirst = { key: first.key, on: first.on.name }
  if (first.change.op !== 'remove') return others.map((action) => ({ ...action, follows: goesFirst }))
  const against = refused.map(({ key }) => key)
  return [
    { ...first, needs: [...new Set([...sharing.flatMap(({ needs }) => needs), ...against])] },
    ...others.map((action) => ({
      ...action,
      needs: [...action.needs, first.key],
      follows: goesFirst,
    })),
  ]
}
