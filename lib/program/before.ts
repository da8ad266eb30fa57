import pLimit from 'p-limit'
import { asAutomationError } from '../base/errors.ts'
import type { Secret } from '../base/secret.ts'
import type { KubeConnection, Reach } from '../connect/connection.ts'
import { askHost } from '../engine/observe.ts'
import type { Inventory } from '../inventory/schema.ts'
import { type Kind, TOKEN_ANCHOR, TOKEN_SECRET } from '../kube/object.ts'
import type { Issued } from '../kube/rotation.ts'
import { type Accounts, accountsProbe, markerOf, readAccounts } from '../linux/accounts.ts'
import { dotKubeProbes, readDotKube } from '../linux/kube-directory.ts'
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

export interface PeekOptions {
  reach: Reach
  forks: number
  signal: AbortSignal
  /** Whether the tokens in the cluster are listed too. */
  issued: boolean
}

/** Looks at the accounts of every machine and the kubeconfigs of some people, in one exec each. */
export const peek = async (
  { name: owner, hosts, users, isolation }: Inventory,
  people: readonly string[],
  { reach, forks, signal, issued }: PeekOptions,
): Promise<Peek> => {
  const limit = pLimit(forks)
  const homes = people.map((name) => users.find((user) => user.name === name)?.home ?? `/home/${name}`)
  const probes = [accountsProbe, ...dotKubeProbes(homes, markerOf(owner))]
  const look = async (name: string): Promise<[string, Answers][]> => {
    const on: Target = { type: 'host', name }
    try {
      return [[name, await askHost(on, [{ probes }], await reach.host(name), signal)]]
    } catch (error) {
      const failure = asAutomationError(error, name)
      if (failure.exitCode !== 3) throw failure
      return []
    }
  }
  const kind = isolation === 'strict' ? TOKEN_ANCHOR : TOKEN_SECRET
  const [listed, ...looks] = await Promise.all([
    issued ? issuedIn(kind, await reach.cluster(), signal) : undefined,
    ...hosts.map(({ name }) => limit(() => look(name))),
  ])
  const seen = looks.flat()
  const tokens = seen.flatMap(([, answers]) =>
    people.flatMap((name, index) => tokenIn(answers, name, homes[index]!)),
  )
  return {
    accounts: new Map(seen.map(([name, answers]) => [name, readAccounts(answers)])),
    tokens: tokens.filter((token, index) => tokens.findIndex((other) => other.equals(token)) === index),
    ...(listed && { issued: listed }),
  }
}

const issuedIn = async (kind: Kind, cluster: KubeConnection, signal: AbortSignal): Promise<Issued> => {
  const { items } = await cluster.list(kind, signal)
  return { objects: items, at: cluster.now }
}

const tokenIn = (answers: Answers, name: string, home: string): Secret[] => {
  const { content } = readDotKube(answers)(home)
  const token = content && new KubeconfigFile(name, content.bytes).credentials(name)?.['token']
  return token === undefined ? [] : [token]
}
