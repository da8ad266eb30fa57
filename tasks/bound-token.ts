// What the tokens of a service account are bound to: an empty Secret `<name>-token-<n>`, without which they are dead.
import { z } from 'zod'
import {
  ANCHOR_TYPE,
  type BoundToken,
  belongsOf,
  type Change,
  deletion,
  KEEP,
  type KubeObject,
  labelled,
  OWNER_LABEL,
  objectId,
  ownership,
  resourceType,
  type Stray,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  tokenName,
  tokenNameParts,
} from '../lib/task.ts'

const schema = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  /** How long a token lasts that is asked for. */
  seconds: z.int().min(600),
  /** Uids of anchors that give way to a new one. */
  replace: z.array(z.string()).exactOptional(),
})

type Want = z.output<typeof schema>

interface Have {
  current: KubeObject | undefined
  /** Whether the current one is to give way to a new one. */
  outdated: boolean
  /** Number for a new anchor, above all that exist and above token Secrets, whose names are alike. */
  next: number
}

export const boundToken = resourceType<typeof schema, Have, BoundToken>({
  kind: 'bound-token',
  on: 'cluster',
  schema,
  revokedLast: true,
  id: ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,

  observe: (wants, owner) => ({
    kinds: [TOKEN_ANCHOR, TOKEN_SECRET],
    read(answers) {
      const anchors = byAccount(answers.items(TOKEN_ANCHOR))
      const secrets = byAccount(answers.items(TOKEN_SECRET))
      const find = ({ namespace, serviceAccount, replace = [] }: Want): Have => {
        const id = `${namespace}/${serviceAccount}`
        const all = anchors.get(id) ?? []
        const numbered = all.toSorted((a, b) => numberOf(b) - numberOf(a))
        const live = numbered.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        const [current] = live
        const outdated = current !== undefined && replace.includes(current.metadata.uid!)
        const taken = [...all, ...(secrets.get(id) ?? [])].map(numberOf)
        return { current, outdated, next: Math.max(0, ...taken) + 1 }
      }
      const kept = new Set(
        wants.map((want) => {
          const { current, outdated } = find(want)
          return outdated ? undefined : current
        }),
      )
      const ours = answers
        .items(TOKEN_ANCHOR)
        .filter(({ metadata }) => metadata.labels?.[OWNER_LABEL] === owner)
      return { find, strays: ours.filter((anchor) => !kept.has(anchor)).map(strayOf) }
    },
  }),

  plan({ namespace, serviceAccount }, have, { owner, belongs }): Change {
    const { current, outdated, next } = have!
    const object = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, labels: ownership(owner, belongs) },
      type: ANCHOR_TYPE,
    })
    if (current !== undefined && !outdated)
      return labelled(TOKEN_ANCHOR, object(current.metadata.name), current)
    const name = tokenName(serviceAccount, next)
    return {
      op: 'create',
      diffs: [{ field: 'secret', ...(current && { from: current.metadata.name }), to: name }],
      steps: [{ do: 'apply', kind: TOKEN_ANCHOR, object: object(name) }],
    }
  },

  value: (want, { current, outdated }) =>
    current === undefined || outdated ? undefined : tokenOf(want, current),
  live: { kind: TOKEN_ANCHOR, settled: () => true, value: (want, anchor) => tokenOf(want, anchor) },
})

/** By the service account that their names tell. */
const byAccount = (secrets: readonly KubeObject[]): Map<string, KubeObject[]> =>
  Map.groupBy(secrets, ({ metadata: { namespace, name } }) =>
    objectId({ namespace: namespace!, name: tokenNameParts(name).serviceAccount }),
  )

const numberOf = ({ metadata: { name } }: KubeObject): number => tokenNameParts(name).number

const tokenOf = ({ namespace, serviceAccount, seconds }: Want, { metadata }: KubeObject): BoundToken => ({
  kind: 'bound',
  namespace,
  serviceAccount,
  seconds,
  anchor: { name: metadata.name, uid: metadata.uid! },
})

const strayOf = ({ metadata }: KubeObject): Stray => ({
  id: objectId(metadata),
  belongs: belongsOf(metadata),
  access: 'can use the cluster',
  change: metadata.deletionTimestamp === undefined ? deletion(TOKEN_ANCHOR, metadata) : KEEP,
})
