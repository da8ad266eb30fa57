import { serviceAccountOf } from '../conventions/names.ts'
import type { User } from '../inventory/schema.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Claims } from '../kube/token-claims.ts'
import { deadBecause, TOKEN_ACCOUNT } from '../kube/token-secret.ts'

/** The token that somebody works with. */
export interface TokenStanding {
  /** Days since it was made; absent when it does not say. */
  age?: number
  /** Day of its last use, `never`, or `unknown`: Kubernetes keeps none of tokens that end. */
  lastUsed: string
  /** Days until it ends, negative afterwards; absent when it never does. */
  left?: number
}

/** Where it can be seen. */
export interface TokenSource {
  /** Where the user's service account is. */
  namespace: string
  /** Token Secrets; undefined where they could not be read. */
  secrets: readonly KubeObject[] | undefined
  /** What the token in the kubeconfig says of itself; `unread` when no machine told. */
  claims: Claims | 'unread' | undefined
  now: Date
}

const DAY = 86_400_000
const LAST_USED = 'kubernetes.io/legacy-token-last-used'

/** What is known about a user's token; `dead` where the API server lets nobody in with any that there is. */
export const tokenStanding = (
  { name }: Pick<User, 'name'>,
  { namespace, secrets, claims, now }: TokenSource,
): TokenStanding | 'none' | 'dead' | 'unknown' => {
  const since = (time: number): number => Math.floor((now.getTime() - time) / DAY)
  if (typeof claims === 'object' && claims.exp !== undefined) {
    const { exp, iat } = claims
    return {
      ...(typeof iat === 'number' && { age: since(iat * 1000) }),
      lastUsed: 'unknown',
      left: Math.floor((exp * 1000 - now.getTime()) / DAY),
    }
  }
  if (secrets === undefined) return 'unknown'
  const made = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? '')
  const account = serviceAccountOf(name)
  const all = secrets
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.annotations?.[TOKEN_ACCOUNT] === account,
    )
    .toSorted((a, b) => made(b) - made(a))
  const secret = all.find((one) => deadBecause(one) === undefined)
  if (secret === undefined && all.length > 0) return 'dead'
  if (secret === undefined) return claims === 'unread' ? 'unknown' : 'none'
  return { age: since(made(secret)), lastUsed: secret.metadata.labels?.[LAST_USED] ?? 'never' }
}
