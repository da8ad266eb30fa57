// The long-lived token of a service account: the newest filled Secret `<name>-token-<n>`.
import type * as z from 'zod'
import {
  deadBecause,
  isFilled,
  type KnownToken,
  objectId,
  ownership,
  resourceType,
  SERVICE_ACCOUNT,
  TOKEN_ACCOUNT,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  tokenIn,
  tokenNumber,
  tokenNumberOf,
  waiting,
} from '../lib/task.ts'
import { type NumberedSeen, numbered, numberedChange, strayNumbered } from './bound-token.ts'

interface Have extends NumberedSeen {
  /** The newest of all, where none is good. */
  dead?: string
}

type Want = z.output<typeof numbered>

const idOf = ({ namespace, serviceAccount }: Want): string => `${namespace}/${serviceAccount}`

export const serviceAccountToken = resourceType<typeof numbered, Have, KnownToken>({
  kind: 'service-account-token',
  on: 'cluster',
  schema: numbered,
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
        const all = (secrets.get(id) ?? []).toSorted((a, b) => tokenNumber(b)! - tokenNumber(a)!)
        const uid = uids.get(id)
        const live = all.filter((secret) => uid !== undefined && deadBecause(secret, uid) === undefined)
        // In a rotation the newest counts, filled or not.
        const current = (replace === undefined && live.find((secret) => isFilled(secret) === true)) || live[0]
        const outdated = current !== undefined && (replace?.includes(current.metadata.uid!) ?? false)
        const [newest] = all
        const because = newest && current === undefined && deadBecause(newest, uid)
        const taken = [
          newest === undefined ? 0 : tokenNumber(newest)!,
          ...(anchors.get(namespace) ?? []).map(
            ({ metadata }) => tokenNumberOf(serviceAccount, metadata.name) ?? 0,
          ),
        ]
        return {
          ...(because && { dead: `${newest.metadata.name}, ${because}` }),
          current,
          outdated,
          next: Math.max(...taken) + 1,
        }
      }
      const all = [...secrets.values()].flat()
      return { find, strays: strayNumbered(TOKEN_SECRET, all, owner, wants, find) }
    },
  }),

  plan(want, have, { owner, belongs }) {
    const { dead, current } = have!
    const { namespace, serviceAccount } = want
    const labels = ownership(owner, belongs)
    const annotations = { [TOKEN_ACCOUNT]: serviceAccount }
    const change = numberedChange(
      TOKEN_SECRET,
      want,
      have!,
      (name) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name, labels, annotations },
        type: 'kubernetes.io/service-account-token',
      }),
      dead,
    )
    const state = current === undefined || isFilled(current)
    return change.op !== 'keep' || state === true ? change : waiting(current!, state)
  },

  value: (_, { current, outdated }) =>
    current === undefined || outdated || isFilled(current) !== true ? undefined : tokenIn(current),
  live: {
    kind: TOKEN_SECRET,
    settled: (_, secret) => isFilled(secret),
    value: (_, secret) => tokenIn(secret),
  },
})
