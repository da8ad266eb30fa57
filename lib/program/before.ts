import type { Secret } from '../base/secret.ts'
import { homeOf } from '../conventions/presets.ts'
import { type Ask, askAll, type Reaching, reached } from '../engine/ask.ts'
import type { Inventory } from '../inventory/schema.ts'
import { TOKEN_ANCHOR, TOKEN_SECRET } from '../kube/object.ts'
import type { Issued } from '../kube/rotation.ts'
import { type Accounts, accountsProbe, noAccounts, readAccounts } from '../linux/accounts.ts'
import { DOT_KUBE } from '../linux/kube-directory.ts'
import { KubeconfigFile } from '../linux/kubeconfig-file.ts'
import type { Answers, Target } from '../resource/type.ts'

/** What there is before anything is planned. A machine that was not reached is left out. */
export interface Peek {
  /** The local accounts, by the machine's name. */
  accounts: ReadonlyMap<string, Accounts>
  /** The tokens in the kubeconfigs of the people that the run is about; equal ones once. */
  tokens: readonly Secret[]
  /** The tokens in the cluster, for a playbook that chooses among them. */
  issued?: Issued
}

/** As if each machine were bare: enough for edits to tell what is wrong with the flags. */
export const unseen = ({ hosts }: Pick<Inventory, 'hosts'>): Peek => ({
  accounts: new Map(hosts.map(({ name }) => [name, noAccounts()])),
  tokens: [],
})

export interface PeekOptions extends Reaching {
  /** Whether the tokens in the cluster are listed too. */
  issued: boolean
}

/** Looks at the accounts of every machine and the kubeconfigs of some people, in one exec each. */
export const peek = async (
  { name: owner, cluster, hosts, users, retired, tokens: wanted }: Inventory,
  people: readonly string[],
  { issued, ...options }: PeekOptions,
): Promise<Peek> => {
  const known = [...users, ...retired]
  const homes = people.map((name) => known.find((one) => one.name === name)?.home ?? homeOf(name))
  const probes = [
    accountsProbe,
    ...DOT_KUBE.probes(
      homes.map((home) => ({ home })),
      owner,
    ),
  ]
  const kind = wanted === 'bound' ? TOKEN_ANCHOR : TOKEN_SECRET
  const asks = hosts.map(({ name }): Ask => ({ on: { type: 'host', name }, questions: [{ probes }] }))
  const on: Target = { type: 'cluster', name: cluster.name }
  const heard = await askAll([...asks, ...(issued ? [{ on, questions: [{ kinds: [kind] }] }] : [])], options)
  const seen = hosts.flatMap(({ name }) => {
    const answers = reached(heard.get(name)!)
    return answers === undefined ? [] : [[name, answers] as const]
  })
  const tokens = seen.flatMap(([, answers]) =>
    people.flatMap((name, index) => tokenIn(answers, name, homes[index]!)),
  )
  return {
    accounts: new Map(seen.map(([name, answers]) => [name, readAccounts(answers)])),
    tokens: tokens.filter((token, index) => tokens.findIndex((other) => other.equals(token)) === index),
    ...(issued && {
      issued: {
        objects: heard.get(cluster.name)!.answers.items(kind),
        at: (await options.reach.cluster()).now,
      },
    }),
  }
}

const tokenIn = (answers: Answers, name: string, home: string): Secret[] => {
  const { content } = DOT_KUBE.read(answers)(home)
  const token = content && new KubeconfigFile(name, content.bytes).credentials(name)?.['token']
  return token === undefined ? [] : [token]
}
