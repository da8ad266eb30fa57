import type { KubeObject } from './kube-object.ts'
import { Secret } from './secret.ts'

const ACCOUNT_UID = 'kubernetes.io/service-account.uid'

/** Annotation of a token Secret that names its service account. */
export const TOKEN_ACCOUNT = 'kubernetes.io/service-account.name'

/** What a kubeconfig is made with. */
export interface Token {
  token: Secret
  serviceAccountUid: string
}

/** n of `<service account>-token-<n>`; undefined for a Secret that somebody named otherwise. */
export const tokenNumber = ({ metadata: { name, annotations } }: KubeObject): number | undefined => {
  const account = annotations?.[TOKEN_ACCOUNT]
  const match =
    account !== undefined && name.startsWith(`${account}-token-`) ? /-(\d{1,9})$/.exec(name) : null
  return match === null ? undefined : Number(match[1])
}

/** Uid of the service account that a token Secret was filled for. */
export const accountUid = ({ metadata }: KubeObject): string | undefined =>
  metadata.annotations?.[ACCOUNT_UID]

/** The token controller fills a Secret some time after it was created: about ten a second. */
export const isFilled = (secret: KubeObject): true | string =>
  typeof (secret['data'] as { token?: unknown } | undefined)?.token === 'string' &&
  accountUid(secret) !== undefined
    ? true
    : 'the token controller has not filled it yet'

/** The token in a filled Secret. */
export const tokenIn = (secret: KubeObject): Token => {
  const { namespace, annotations } = secret.metadata
  const { token } = secret['data'] as { token: string }
  return {
    token: new Secret(
      `token of ${namespace}/${annotations![TOKEN_ACCOUNT]}`,
      Buffer.from(token, 'base64').toString('utf8'),
    ),
    serviceAccountUid: accountUid(secret)!,
  }
}
