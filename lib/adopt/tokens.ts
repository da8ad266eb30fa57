import { tokenNumberOf } from '../conventions/names.ts'
import { objectId, TOKEN_SECRET } from '../kube/object.ts'
import { identityIn } from './pointer.ts'
import { command, type Say } from './remark.ts'
import type { AccountRef } from './rights.ts'
import type { World } from './world.ts'

/** Tokens that no run knows of: setup makes one of its own, and these stay valid. */
export const tellTokens = (
  world: World,
  groups: readonly string[],
  name: string,
  identity: AccountRef,
  say: Say,
): void => {
  for (const secret of world.items(TOKEN_SECRET)) {
    const { namespace = '', name: secretName } = secret.metadata
    const holder = identityIn(secret)
    const own = [name, identity.name].includes(holder.name) && groups.includes(namespace)
    const isTakenOver = namespace === identity.namespace && tokenNumberOf(name, secretName) !== undefined
    if (!own || isTakenOver) continue
    say(
      `the token in the Secret ${objectId(secret.metadata)} stays valid, wherever it was copied to`,
      `after setup: ${command`kubectl delete secret ${secretName} -n ${namespace}`}`,
    )
  }
}
