import { defined } from '../base/defined.ts'
import { orUndefined } from '../base/errors.ts'
import type { Secret } from '../base/secret.ts'
import { serviceAccountOf } from '../conventions/names.ts'
import type { TokenClaims } from '../kube/bound-token.ts'
import { type KubeObject, TOKEN_ANCHOR, TOKEN_SECRET } from '../kube/object.ts'
import type { SecretObject } from '../kube/shapes.ts'
import { TOKEN_ACCOUNT, tokenIn } from '../kube/token-secret.ts'
import type { Account } from '../linux/accounts.ts'
import { KubeconfigFile } from '../linux/kubeconfig-file.ts'
import type { AccountRef } from './rights.ts'
import type { Machine, World } from './world.ts'

/** What a user's kubeconfig leads to, as its current context says. The user may have written it. */
export interface Pointer {
  namespace?: string
  server?: string
  /** Whose token is in it: nobody can make up that of others. */
  identity?: AccountRef
}

/** Where a kubeconfig leads; undefined without one that can be read, whose owner is the user or root. */
export const pointerOf = (
  world: World,
  { dotKubeOf }: Machine,
  account: Pick<Account, 'name' | 'uid' | 'home'>,
): Pointer | undefined => {
  // A home that cannot be looked at says nothing here; setup tells why.
  const content = orUndefined(() => dotKubeOf(account.home).content)
  if (content === undefined || ![account.uid, 0].includes(content.uid)) return undefined
  const file = new KubeconfigFile(account.name, content.bytes)
  const context =
    file.fault === undefined && file.current !== undefined ? file.entry('contexts', file.current) : undefined
  if (context === undefined) return undefined
  const namespace = textOf(context['namespace'])
  const user = textOf(context['user'])
  const server = textOf(file.entry('clusters', textOf(context['cluster']) ?? '')?.['server'])
  const token = user === undefined ? undefined : file.token(user)
  const identity =
    token &&
    (holderOf(world, token.value, account.name) ?? holderOfBound(world, token.claims(), account.name))
  return defined({ namespace, server, identity })
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Most have their own token, so that those of their name are tried first. */
const holderOf = (world: World, token: Secret, user: string): AccountRef | undefined => {
  const secrets = world.items(TOKEN_SECRET)
  const holds = (one: SecretObject): boolean => Boolean(one.data?.token) && tokenIn(one).token.equals(token)
  const secret = secrets.filter((one) => identityIn(one).name === user).find(holds) ?? secrets.find(holds)
  return secret && identityIn(secret)
}

/** No Secret holds a bound token to compare it with: what it says is taken for the account's own only. */
const holderOfBound = (
  world: World,
  claims: TokenClaims | undefined,
  user: string,
): AccountRef | undefined => {
  const { namespace, serviceaccount, secret } = claims?.['kubernetes.io'] ?? {}
  const anchor = world
    .items(TOKEN_ANCHOR)
    .find(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.name === secret?.name && metadata.uid === secret.uid,
    )
  return anchor !== undefined && namespace !== undefined && serviceaccount?.name === serviceAccountOf(user)
    ? { namespace, name: serviceaccount.name }
    : undefined
}

/** Whose token a Secret holds. */
export const identityIn = ({ metadata }: KubeObject): AccountRef => ({
  namespace: metadata.namespace!,
  name: metadata.annotations?.[TOKEN_ACCOUNT] ?? '',
})
