import type { Change, Target } from '../resource/type.ts'

/** A change on a target, and what comes before it. */
export interface Turn {
  key: string
  id: string
  on: Target
  change: Change
  /** Keys of those that must have succeeded before. */
  needs: readonly string[]
  /** The same on another machine, in one place: it must have ended before, however it did. */
  follows?: { key: string; on: string }
}

/**
 * Machines that have a directory in common do not work in it at once. What several would make or correct there the
 * first does, and the others after it, who find it done. What is taken away there is taken away by the first, once
 * nothing on any of them stands against it; if that fails, it stays.
 */
export const inTurn = <T extends Turn>(actions: Iterable<T>): T[] => {
  const all = [...actions]
  const groups = Map.groupBy(all, ({ id, change: { place, op } }) =>
    place === undefined || op === 'keep' ? '' : `${id} ${place}`,
  )
  groups.delete('')
  const changed = new Map([...groups.values()].flatMap(ordered).map((action) => [action.key, action]))
  return all.map((action) => changed.get(action.key) ?? action)
}

const ordered = <T extends Turn>(sharing: readonly T[]): T[] => {
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
