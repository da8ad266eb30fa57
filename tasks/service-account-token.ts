// The long-lived token of a service account: the newest filled Secret `<name>-token-<n>`.
import { z } from 'zod'
import {
  belongsOf,
  type Change,
  deadBecause,
  deletion,
  type FieldDiff,
  isFilled,
  KEEP,
  type KnownToken,
  type KubeObject,
  labelled,
  OWNER_LABEL,
  objectId,
  ownership,
  resourceType,
  SERVICE_ACCOUNT,
  type Stray,
  TOKEN_ACCOUNT,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  tokenIn,
  tokenName,
  tokenNumber,
  tokenNumberOf,
  waiting,
} from '../lib/task.ts'

interface Have {
  /** The newest of all, where none is good. */
  dead?: { name: string; because: string }
  current: KubeObject | undefined
  /** Whether the current one is to give way to a new one. */
  outdated: boolean
  /** Number for a new Secret, above all that exist and above anchors, whose names are alike. */
  next: number
}

const schema = z.strictObject({
  namespace: z.string(),
  serviceAccount: z.string(),
  /** Uids of those that give way to a new one. */
  replace: z.array(z.string()).exactOptional(),
})

type Want = z.output<typeof schema>

const idOf = ({ namespace, serviceAccount }: Want): string => `${namespace}/${serviceAccount}`

export const serviceAccountToken = resourceType<typeof schema, Have, KnownToken>({
  kind: 'service-account-token',
  on: 'cluster',
  schema,
  revokedLast: true,
  id: idOf,

  observe: (wants, owner) => ({
    kinds: [TOKEN_SECRET, TOKEN_ANCHOR, SERVICE_ACCOUNT],
    read(answers) {
      const uids = new Map(
        answers.items(SERVICE_ACCOUNT).map(({ metadata }) => [objectId(metadata), metadata.uid]),
      )
      const secrets = Map.groupBy(
        answers.items(TOKEN_SECRET).filter((secret) => tokenNumber(secret) !== undefined),
        ({ metadata: { namespace, annotations } }) =>
          idOf({ namespace: namespace!, serviceAccount: annotations![TOKEN_ACCOUNT]! }),
      )
      const anchors = Map.groupBy(answers.items(TOKEN_ANCHOR), ({ metadata }) => metadata.namespace)
      const find = ({ namespace, serviceAccount, replace }: Want): Have => {
        const id = idOf({ namespace, serviceAccount })
        const numbered = (secrets.get(id) ?? []).toSorted((a, b) => tokenNumber(b)! - tokenNumber(a)!)
        const uid = uids.get(id)
        const live = numbered.filter((secret) => uid !== undefined && deadBecause(secret, uid) === undefined)
        // In a rotation the newest counts, filled or not.
        const current = (replace === undefined && live.find((secret) => isFilled(secret) === true)) || live[0]
        const outdated = current !== undefined && (replace?.includes(current.metadata.uid!) ?? false)
        const [newest] = numbered
        const because = newest && current === undefined && deadBecause(newest, uid)
        const taken = [
          newest === undefined ? 0 : tokenNumber(newest)!,
          ...(anchors.get(namespace) ?? []).map(
            ({ metadata }) => tokenNumberOf(serviceAccount, metadata.name) ?? 0,
          ),
        ]
        return {
          ...(because && { dead: { name: newest.metadata.name, because } }),
          current,
          outdated,
          next: Math.max(...taken) + 1,
        }
      }
      const kept = new Map(
        wants.map((want) => {
          const { current, outdated } = find(want)
          return [idOf(want), outdated ? undefined : current]
        }),
      )
      const strays = [...secrets].flatMap(([id, all]) =>
        all.filter((secret) => secret !== kept.get(id) && isOurs(secret, owner)).map(strayOf),
      )
      return { find, strays }
    },
  }),

  plan({ namespace, serviceAccount }, have, { owner, belongs }): Change {
    const { dead, current, outdated, next = 1 } = have ?? {}
    const labels = ownership(owner, belongs)
    const object = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, labels, annotations: { [TOKEN_ACCOUNT]: serviceAccount } },
      type: 'kubernetes.io/service-account-token',
    })
    if (current === undefined || outdated) {
      const name = tokenName(serviceAccount, next)
      return {
        op: 'create',
        diffs: [{ field: 'secret', ...replaced(current, dead), to: name }],
        steps: [{ do: 'apply', kind: TOKEN_SECRET, object: object(name) }],
      }
    }
    const change = labelled(TOKEN_SECRET, object(current.metadata.name), current)
    const state = isFilled(current)
    return change.op !== 'keep' || state === true ? change : waiting(current, state)
  },

  value: (_, { current, outdated }) =>
    current === undefined || outdated || isFilled(current) !== true ? undefined : tokenIn(current),
  live: {
    kind: TOKEN_SECRET,
    settled: (_, secret) => isFilled(secret),
    value: (_, secret) => tokenIn(secret),
  },
})

/** What gives way to a new Secret. */
const replaced = (current: Have['current'], dead: Have['dead']): Pick<FieldDiff, 'from'> => {
  if (dead !== undefined) return { from: `${dead.name}, ${dead.because}` }
  return current === undefined ? {} : { from: current.metadata.name }
}

const isOurs = ({ metadata }: KubeObject, owner: string): boolean => metadata.labels?.[OWNER_LABEL] === owner

const strayOf = ({ metadata }: KubeObject): Stray => ({
  id: objectId(metadata),
  belongs: belongsOf(metadata),
  access: 'can use the cluster',
  change: metadata.deletionTimestamp === undefined ? deletion(TOKEN_SECRET, metadata) : KEEP,
})
