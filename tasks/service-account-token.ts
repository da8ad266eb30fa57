// The long-lived token of a service account: the newest filled Secret `<name>-token-<n>`.
import { z } from 'zod'
import {
  belongsOf,
  type Change,
  deletion,
  KEEP,
  type KubeObject,
  OWNER_LABEL,
  ownership,
  resourceType,
  SERVICE_ACCOUNT,
  Secret,
  type Stray,
  TOKEN_SECRET,
  waiting,
} from '../lib/resource.ts'

const ACCOUNT = 'kubernetes.io/service-account.name'
const ACCOUNT_UID = 'kubernetes.io/service-account.uid'

interface Have {
  current: KubeObject | undefined
  /** Number for a new Secret, above all that exist. */
  next: number
}

const schema = z.strictObject({ namespace: z.string(), serviceAccount: z.string() })

/** What a kubeconfig is made with. */
export interface Token {
  token: Secret
  serviceAccountUid: string
}

export const serviceAccountToken = resourceType<typeof schema, Have, Token>({
  kind: 'service-account-token',
  on: 'cluster',
  schema,
  revokedLast: true,
  id: ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,

  observe: (wants, owner) => ({
    kinds: [TOKEN_SECRET, SERVICE_ACCOUNT],
    read(answers) {
      const uids = new Map(
        answers
          .items(SERVICE_ACCOUNT)
          .map(({ metadata }) => [idOf(metadata.namespace, metadata.name), metadata.uid]),
      )
      const secrets = Map.groupBy(
        answers.items(TOKEN_SECRET).filter((secret) => numberOf(secret) !== undefined),
        ({ metadata }) => idOf(metadata.namespace, metadata.annotations![ACCOUNT]!),
      )
      const find = (id: string): Have => {
        const numbered = (secrets.get(id) ?? []).toSorted((a, b) => numberOf(b)! - numberOf(a)!)
        const live = numbered.filter(
          ({ metadata }) =>
            metadata.deletionTimestamp === undefined &&
            uids.get(id) !== undefined &&
            [undefined, uids.get(id)].includes(metadata.annotations![ACCOUNT_UID]),
        )
        const current = live.find((secret) => settled(secret) === true) ?? live[0]
        return { current, next: numbered.length === 0 ? 1 : numberOf(numbered[0]!)! + 1 }
      }
      const wanted = new Set(wants.map(({ namespace, serviceAccount }) => idOf(namespace, serviceAccount)))
      const strays = [...secrets].flatMap(([id, all]) => {
        const current = wanted.has(id) ? find(id).current : undefined
        return all.filter((secret) => secret !== current && isOurs(secret, owner)).map(strayOf)
      })
      return { find: ({ namespace, serviceAccount }) => find(idOf(namespace, serviceAccount)), strays }
    },
  }),

  plan({ namespace, serviceAccount }, have, { owner, belongs }): Change {
    const { current, next = 1 } = have ?? {}
    const labels = ownership(owner, belongs)
    const object = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, labels, annotations: { [ACCOUNT]: serviceAccount } },
      type: 'kubernetes.io/service-account-token',
    })
    if (current === undefined) {
      const name = `${serviceAccount}-token-${next}`
      return {
        op: 'create',
        diffs: [{ field: 'secret', to: name }],
        steps: [{ do: 'apply', object: object(name) }],
      }
    }
    const { name, labels: live = {} } = current.metadata
    const diffs = Object.entries(labels)
      .filter(([key, value]) => live[key] !== value)
      .map(([key, to]) => ({ field: `metadata.labels.${key}`, from: live[key], to }))
    if (diffs.length > 0)
      return {
        op: live[OWNER_LABEL] === undefined ? 'adopt' : 'update',
        diffs,
        steps: [{ do: 'apply', object: object(name) }],
      }
    const state = settled(current)
    return state === true ? KEEP : waiting(current, state)
  },

  value: (_, { current }) => (current === undefined ? undefined : tokenOf(current)),
  live: {
    kind: TOKEN_SECRET,
    settled: (_, secret) => settled(secret),
    value: (_, secret) => tokenOf(secret),
  },
})

const idOf = (namespace: string | undefined, name: string): string => `${namespace}/${name}`

/** n of `<service account>-token-<n>`; undefined for a Secret that somebody named otherwise. */
const numberOf = ({ metadata: { name, annotations } }: KubeObject): number | undefined => {
  const account = annotations?.[ACCOUNT]
  const match =
    account !== undefined && name.startsWith(`${account}-token-`) ? /-(\d{1,9})$/.exec(name) : null
  return match === null ? undefined : Number(match[1])
}

const isOurs = ({ metadata }: KubeObject, owner: string): boolean => metadata.labels?.[OWNER_LABEL] === owner

const strayOf = ({ metadata }: KubeObject): Stray => ({
  id: idOf(metadata.namespace, metadata.name),
  belongs: belongsOf(metadata),
  access: 'can use the cluster',
  change: metadata.deletionTimestamp === undefined ? deletion(TOKEN_SECRET, metadata) : KEEP,
})

/** The token controller fills a Secret some time after it was created: about ten a second. */
const settled = ({ data, metadata }: KubeObject): true | string =>
  typeof (data as { token?: unknown } | undefined)?.token === 'string' &&
  metadata.annotations?.[ACCOUNT_UID] !== undefined
    ? true
    : 'the token controller has not filled it yet'

const tokenOf = ({ data, metadata }: KubeObject): Token => ({
  token: new Secret(
    `token of ${metadata.namespace}/${metadata.annotations![ACCOUNT]}`,
    Buffer.from((data as { token: string }).token, 'base64').toString('utf8'),
  ),
  serviceAccountUid: metadata.annotations![ACCOUNT_UID]!,
})
