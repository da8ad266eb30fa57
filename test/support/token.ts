import type { BoundToken } from '../../lib/kube/bound-token.ts'

/** A token of these claims, with a signature that nobody made. */
export const tokenWith = (claims: object, signature = 'signature'): string =>
  [
    ...['{"alg":"RS256"}', JSON.stringify(claims)].map((part) => Buffer.from(part).toString('base64url')),
    signature,
  ].join('.')

/** What the token controller puts into a token Secret: it never ends, and names the Secret. */
export const secretToken = (
  { namespace, account, secret }: { namespace: string; account: string; secret: string },
  accountUid: string,
  signature?: string,
): string =>
  tokenWith(
    {
      sub: `system:serviceaccount:${namespace}:${account}`,
      'kubernetes.io/serviceaccount/secret.name': secret,
      'kubernetes.io/serviceaccount/service-account.uid': accountUid,
    },
    signature,
  )

/** What the API server says in a token that it binds to an anchor. */
export const claimsOf = (
  { namespace, serviceAccount, anchor }: BoundToken,
  accountUid: string,
  { from, until }: { from: number; until: number },
) => ({
  sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
  iat: from,
  exp: until,
  'kubernetes.io': { namespace, secret: anchor, serviceaccount: { name: serviceAccount, uid: accountUid } },
})
