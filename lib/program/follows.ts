import { isDeepStrictEqual } from 'node:util'
import { STATIC_MANIFESTS } from '../inventory/static-manifests.ts'
import type { Resource } from '../resource/type.ts'
import type { Playbook } from './playbook.ts'

/**
 * Keys of what a playbook carries out beside all that belongs to whom it is about: what its edits change of others, and
 * what the cluster has once for all, which an earlier run may have left undone.
 */
export const followsFrom = (
  before: Iterable<Resource>,
  after: readonly Resource[],
  { manages }: Pick<Playbook, 'manages'>,
): Set<string> => {
  const was = new Map([...before].map(({ key, want }) => [key, want]))
  const is = new Set(after.map(({ key }) => key))
  const kinds = new Set<unknown>(manages.map(({ type }) => type))
  return new Set([
    ...[...was.keys()].filter((key) => !is.has(key)),
    ...after
      .filter(
        ({ key, want, type, on, belongs }) =>
          !isDeepStrictEqual(was.get(key), want) ||
          (belongs.user === undefined &&
            belongs.groups === undefined &&
            (on.type === 'cluster' ? kinds.has(type) : on.name === STATIC_MANIFESTS)),
      )
      .map(({ key }) => key),
  ])
}
