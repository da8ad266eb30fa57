import { ANCHOR_TYPE } from '../conventions/labels.ts'
import { tokenNameParts } from '../conventions/names.ts'
import type { KubeObject } from './object.ts'
import { deadBecause, TOKEN_ACCOUNT, tokenNumber } from './token-secret.ts'

/** The tokens that the cluster has, Secrets or anchors, and what the API server's clock said when it listed them. */
export interface Issued {
  objects: readonly KubeObject[]
  at: Date
}

/** What becomes of tokens, by service account: `<namespace>/<name>`. */
export interface Rotation {
  /** Uids of those that give way to a new one; all were there before, so no token gives way in the run that made it. */
  replace: ReadonlyMap<string, readonly string[]>
  /** How old those are that are too young, in seconds. */
  kept: ReadonlyMap<string, number>
}

/**
 * Which tokens are replaced: all that there are (`now`), or those that are older than so many seconds. By age, one with
 * an older one beside it is the new one of a rotation that has not ended, and is not replaced before that has ended.
 */
export const rotationOf = ({ objects, at }: Issued, olderThan: number | 'now'): Rotation => {
  const replace = new Map<string, readonly string[]>()
  const kept = new Map<string, number>()
  for (const [account, all] of Map.groupBy(objects, accountOf)) {
    const live = all.filter((one) => deadBecause(one) === undefined)
    if (account === undefined || live.length === 0) continue
    const [{ metadata }] = live as [KubeObject]
    const age = Math.floor((at.getTime() - Date.parse(metadata.creationTimestamp ?? '')) / 1000)
    if (olderThan === 'now') replace.set(account, live.map(uidOf))
    else if (live.length === 1 && age > olderThan) replace.set(account, live.map(uidOf))
    else if (live.length === 1) kept.set(account, Math.max(0, age))
  }
  return { replace, kept }
}

const uidOf = ({ metadata }: KubeObject): string => metadata.uid!

/** Whose token it is; undefined for one that is not numbered as ours are. */
const accountOf = (object: KubeObject): string | undefined => {
  const { namespace, name, annotations } = object.metadata
  if (object['type'] === ANCHOR_TYPE) return `${namespace}/${tokenNameParts(name).serviceAccount}`
  return tokenNumber(object) === undefined ? undefined : `${namespace}/${annotations![TOKEN_ACCOUNT]}`
}
