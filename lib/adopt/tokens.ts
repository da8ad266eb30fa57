import { isOwnedBy } from '../conventions/labels.ts'
import { serviceAccountOf, tokenNameParts, tokenNumberOf } from '../conventions/names.ts'
import { objectId, TOKEN_ANCHOR, TOKEN_SECRET } from '../kube/object.ts'
import { identityIn } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { AccountRef } from './rights.ts'
import type { World } from './world.ts'

/** Service accounts of users, as `namespace/name`, whose tokens setup has bound to an object. */
export const boundIn = (world: World, owner: string, homes: readonly string[]): ReadonlySet<string> =>
  new Set(
    world.items(TOKEN_ANCHOR).flatMap(({ metadata }) => {
      const { namespace = '', name, deletionTimestamp } = metadata
      const { serviceAccount, number } = tokenNameParts(name)
      const account = objectId({ namespace, name: serviceAccount })
      const isOurs = isOwnedBy(metadata, owner) && number > 0 && deletionTimestamp === undefined
      return isOurs && homes.includes(namespace) && world.serviceAccounts.has(account) ? [account] : []
    }),
  )

/** Tokens that no run knows of: setup makes one of its own, and these stay valid. */
export const tellTokens = (
  world: World,
  { owner, homes, bound }: { owner: string; homes: readonly string[]; bound: ReadonlySet<string> },
  name: string,
  identity: AccountRef,
  say: Say,
): void => {
  if (bound.size > 0 && !bound.has(objectId(identity)))
    say(
      'has no token that ends, as others of this inventory have',
      'setup gives the user one, and takes away the lasting one that it gave',
    )
  for (const secret of world.items(TOKEN_SECRET)) {
    const { namespace = '', name: secretName } = secret.metadata
    const holder = identityIn(secret)
    const called = serviceAccountOf(name)
    const own = [called, identity.name].includes(holder.name) && homes.includes(namespace)
    const isNumbered = namespace === identity.namespace && tokenNumberOf(called, secretName) !== undefined
    // Where tokens end, setup deletes the lasting ones that it made, and leaves the others.
    if (!own || (isNumbered && (bound.size === 0 || isOwnedBy(secret.metadata, owner)))) continue
    say(
      `the token in the Secret ${objectId(secret.metadata)} stays valid, wherever it was copied to`,
      `after setup: ${command`kubectl delete secret ${secretName} -n ${namespace}`}`,
    )
  }
}
