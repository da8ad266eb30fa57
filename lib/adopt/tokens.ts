import { objectId, TOKEN_SECRET } from '../kube/object.ts'
import { identityIn } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { Identity } from './rights.ts'
import type { World } from './world.ts'

/** Tokens that no run knows of: setup makes one of its own, and these stay valid. */
export const tellTokens = (
  world: World,
  groups: readonly string[],
  name: string,
  identity: Identity,
  say: Say,
): void => {
  for (const secret of world.items(TOKEN_SECRET)) {
    const { namespace = '', name: secretName } = secret.metadata
    const holder = identityIn(secret)
    const his = [name, identity.name].includes(holder.name) && groups.includes(namespace)
    if (!his || (namespace === identity.namespace && isNumbered(secretName, name))) continue
    say(
      `the token in the Secret ${objectId(secret.metadata)} stays valid, wherever it was copied to`,
      `after setup: ${command`kubectl delete secret ${secretName} -n ${namespace}`}`,
    )
  }
}

/** Whether setup takes over a token's Secret of that name. */
const isNumbered = (secret: string, user: string): boolean =>
  secret.startsWith(`${user}-token-`) && /^\d{1,9}$/.test(secret.slice(`${user}-token-`.length))
