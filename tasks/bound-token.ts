// What the tokens of a service account are bound to: an empty Secret `<name>-token-<n>`, without which they are dead.
import * as z from 'zod'
import {
  ANCHOR_TYPE,
  type BoundToken,
  belongsOf,
  type Change,
  defined,
  deletion,
  type FieldDiff,
  isOwnedBy,
  KEEP,
  type Kind,
  type KubeObject,
  labelled,
  objectId,
  ownership,
  resourceType,
  type Stray,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  tokenName,
  tokenNameParts,
} from '../lib/task.ts'

/** The numbered Secrets of a service account, of this type or another. */
export const numbered = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  /** Uids of those that give way to a new one. */
  replace: z.array(z.string()).exactOptional(),
})

type Numbered = z.output<typeof numbered>

export interface NumberedSeen {
  current: KubeObject | undefined
  /** Whether the current one is to give way to a new one. */
  outdated: boolean
  /** Number for a new one, above all that exist and above those of another type, whose names are alike. */
  next: number
}

/** Those of ours that nothing wants: not the current one of any want, unless that gives way. */
export const strayNumbered = <W>(
  kind: Kind,
  all: readonly KubeObject[],
  owner: string,
  wants: readonly W[],
  find: (want: W) => NumberedSeen,
): Stray[] => {
  const seen = wants.map(find).filter(({ outdated }) => !outdated)
  const kept = new Set(seen.map(({ current }) => current))
  return all
    .filter((one) => isOwnedBy(one.metadata, owner) && !kept.has(one))
    .map(({ metadata }) => ({
      id: objectId(metadata),
      belongs: belongsOf(metadata),
      access: 'can use the cluster',
      change: metadata.deletionTimestamp === undefined ? deletion(kind, metadata) : KEEP,
    }))
}

/** Puts our labels on the current one, or makes the next in its place. */
export const numberedChange = (
  kind: Kind,
  { serviceAccount }: Numbered,
  { current, outdated, next }: NumberedSeen,
  object: (name: string) => KubeObject,
  from = current?.metadata.name,
): Change => {
  if (current !== undefined && !outdated) return labelled(kind, object(current.metadata.name), current)
  const name = tokenName(serviceAccount, next)
  const diff: FieldDiff = { field: 'secret', ...defined({ from }), to: name }
  return { op: 'create', diffs: [diff], steps: [{ do: 'apply', kind, object: object(name) }] }
}

const schema = numbered.extend({
  /** How long a token lasts that is asked for. */
  seconds: z.int().min(600),
})

type Want = z.output<typeof schema>

export const boundToken = resourceType<typeof schema, NumberedSeen, BoundToken>({
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
      const find = ({ namespace, serviceAccount, replace = [] }: Want): NumberedSeen => {
        const id = `${namespace}/${serviceAccount}`
        const all = anchors.get(id) ?? []
        const [current] = all
          .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
          .toSorted((a, b) => numberOf(b) - numberOf(a))
        const outdated = current !== undefined && replace.includes(current.metadata.uid!)
        const taken = [...all, ...(secrets.get(id) ?? [])].map(numberOf)
        return { current, outdated, next: Math.max(0, ...taken) + 1 }
      }
      return { find, strays: strayNumbered(TOKEN_ANCHOR, answers.items(TOKEN_ANCHOR), owner, wants, find) }
    },
  }),

  plan: (want, have, { owner, belongs }) =>
    numberedChange(TOKEN_ANCHOR, want, have!, (name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: want.namespace, name, labels: ownership(owner, belongs) },
      type: ANCHOR_TYPE,
    })),

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
