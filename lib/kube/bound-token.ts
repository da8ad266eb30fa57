import * as z from 'zod'
import { claimsOf } from './token-claims.ts'

/** What a bound token is asked for with, and is known by. */
export interface BoundToken {
  kind: 'bound'
  namespace: string
  serviceAccount: string
  /** The Secret without which it is dead. */
  anchor: Named
  /** How long it is asked to last. */
  seconds: number
}

/** How long a credential lasts, in seconds since 1970, and for how many seconds it was asked. */
export interface Lifetime {
  from: number
  until: number
  asked: number
}

const named = z.object({ name: z.string(), uid: z.string() })
type Named = z.output<typeof named>

/** Seconds since 1970, up to the year 9999. */
const moment = z.int().min(0).max(253_402_300_799)

const schema = z.object({
  iat: moment,
  exp: moment,
  'kubernetes.io': z.object({
    namespace: z.string(),
    serviceaccount: named,
    secret: named.optional(),
  }),
})

/** What a token of a service account says of itself; nothing of it is proved here. */
export type TokenClaims = z.output<typeof schema>

/** The claims in a token that expires; undefined for any other. */
export const claimsIn = (token: string): TokenClaims | undefined =>
  schema.safeParse(claimsOf(token.split('.')[1] ?? '')).data

/** Part of its life that a token has left when it is time for another. */
const LAST = 1 / 5

/** What is wrong with a token, in words; undefined when it is the one that is wanted and lasts. */
export const faultOf = (
  claims: TokenClaims | undefined,
  { namespace, serviceAccount, anchor }: BoundToken,
  /** Of the service account that is there. */
  accountUid: string,
  now: number,
): string | undefined => {
  if (claims === undefined) return 'one that does not expire'
  const { iat, exp, 'kubernetes.io': of } = claims
  const isOf = ({ name, uid }: Named, other: Named): boolean => name === other.name && uid === other.uid
  if (of.namespace !== namespace || !isOf(of.serviceaccount, { name: serviceAccount, uid: accountUid }))
    return 'of another service account'
  if (of.secret === undefined) return 'one that cannot be revoked'
  if (!isOf(of.secret, anchor)) return 'one that has been revoked'
  if (exp <= now) return `expired ${dayOf(exp)}`
  return exp - now < (exp - iat) * LAST ? `expires ${dayOf(exp)}` : undefined
}

/** A point in time as a date, such as 2026-01-31. */
export const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
