import { Secret } from '../base/secret.ts'
import { tokenNumberOf } from '../conventions/names.ts'
import type { KubeObject } from './object.ts'
import type { SecretObject } from './shapes.ts'
import { claimsOf } from './token-claims.ts'
import { userNameOf } from './user-name.ts'

const ACCOUNT_UID = 'kubernetes.io/service-account.uid'
/** Set by the API server's cleaner, or by anybody: from then on the token is refused. */
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since'
const CLAIM = 'kubernetes.io/serviceaccount'

/** Annotation of a token Secret that names its service account. */
export const TOKEN_ACCOUNT = 'kubernetes.io/service-account.name'

/** A token that is known, as its Secret holds it. */
export interface KnownToken {
  kind: 'known'
  token: Secret
}

/** n of `<service account>-token-<n>`; undefined for a Secret that somebody named otherwise. */
export const tokenNumber = ({ metadata: { name, annotations } }: KubeObject): number | undefined => {
  const account = annotations?.[TOKEN_ACCOUNT]
  return account === undefined ? undefined : tokenNumberOf(account, name)
}

/** Uid of the service account that a token Secret was filled for. */
export const accountUid = ({ metadata }: KubeObject): string | undefined =>
  metadata.annotations?.[ACCOUNT_UID]

/**
 * The token controller fills a Secret some time after it was created, and one that lost its token: about ten a
 * second.
 */
export const isFilled = (secret: KubeObject): true | string =>
  encodedToken(secret) !== '' && accountUid(secret) !== undefined
    ? true
    : 'the token controller has not filled it yet'

/** Base64, as the API gives it; empty where there is none. */
const encodedToken = ({ data }: SecretObject): string => {
  const { token } = data ?? {}
  return typeof token === 'string' ? token : ''
}

/**
 * Why the API server lets nobody in with a token Secret, now and later, as far as the Secret shows; undefined for one
 * that is good or still to be filled.
 */
export const deadBecause = (secret: KubeObject, uid = accountUid(secret)): string | undefined => {
  const { deletionTimestamp, labels } = secret.metadata
  const since = labels?.[INVALID_SINCE]
  if (deletionTimestamp !== undefined) return 'is being deleted'
  if (since) return `invalid since ${since} (label ${INVALID_SINCE})`
  if (![undefined, uid].includes(accountUid(secret))) return 'of a service account that was made again'
  return isFilled(secret) === true && !holdsItsOwn(secret) ? 'holds no token of its own' : undefined
}

/** The API server looks up the Secret that a token names, and takes the token only when it is in there. */
const holdsItsOwn = (secret: KubeObject): boolean => {
  const { name, namespace, annotations } = secret.metadata
  const [, payload = ''] = Buffer.from(encodedToken(secret), 'base64').toString('utf8').split('.')
  const claims = claimsOf(payload)
  return (
    claims?.sub === userNameOf(namespace!, annotations?.[TOKEN_ACCOUNT] ?? '') &&
    claims[`${CLAIM}/secret.name`] === name &&
    claims[`${CLAIM}/service-account.uid`] === accountUid(secret)
  )
}

/** The token in a filled Secret. */
export const tokenIn = (secret: KubeObject): KnownToken => {
  const { namespace, annotations } = secret.metadata
  return {
    kind: 'known',
    token: new Secret(
      `token of ${namespace}/${annotations?.[TOKEN_ACCOUNT]}`,
      Buffer.from(encodedToken(secret), 'base64').toString('utf8'),
    ),
  }
}
