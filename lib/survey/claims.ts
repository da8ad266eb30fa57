import type { User } from '../inventory/schema.ts'
import type { Claims } from '../kube/token-claims.ts'

/** Reads what the token in a user's kubeconfig on a machine says of itself; throws where that could not be read. */
export type ClaimsReader = (user: User) => Claims | undefined

/**
 * What the token of a user says of itself: it is the same on all machines, so the first that has one tells. `unread`
 * where none was seen and a machine did not tell; `tried` keeps why.
 */
export const claimsOn = (
  readers: readonly ClaimsReader[],
  user: User,
  tried: <T>(read: () => T) => T | undefined,
): Claims | 'unread' | undefined => {
  let isUnread = readers.length === 0
  for (const read of readers) {
    const told = tried(() => ({ claims: read(user) }))
    if (told?.claims !== undefined) return told.claims
    isUnread ||= told === undefined
  }
  return isUnread ? 'unread' : undefined
}
