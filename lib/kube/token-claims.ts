import * as z from 'zod'
import { orUndefined } from '../base/errors.ts'

const schema = z.looseObject({
  /** `system:serviceaccount:<namespace>:<name>`. */
  sub: z.string(),
  /** Seconds since 1970; absent in a token that never ends. */
  exp: z.number().optional(),
})

/** What a service account's token says of itself; nothing of it lets anybody in. */
export type Claims = z.output<typeof schema>

/**
 * Reads the middle part of a JSON Web Token, which is neither secret nor proof of anything; undefined where it is
 * none.
 */
export const claimsOf = (payload: string): Claims | undefined =>
  orUndefined(() => schema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))))

const bound = z.object({ 'kubernetes.io': z.object({ serviceaccount: z.object({ uid: z.string() }) }) })
const unbound = z.object({ 'kubernetes.io/serviceaccount/service-account.uid': z.string() })

/** The uid of the service account that a token names, with which no other cluster has one. */
export const claimedUid = (claims: Claims): string | undefined =>
  bound.safeParse(claims).data?.['kubernetes.io'].serviceaccount.uid ??
  unbound.safeParse(claims).data?.['kubernetes.io/serviceaccount/service-account.uid']
