import pLimit from 'p-limit'
import type { Inventory } from '../inventory/schema.ts'
import { asAutomationError } from './errors.ts'
import { type Accounts, accountsProbe, markerOf, readAccounts } from './linux/accounts.ts'
import { dotKubeProbes, readDotKube } from './linux/dot-kube.ts'
import { KubeconfigFile } from './linux/kubeconfig-file.ts'
import { askHost, type Reach } from './observe.ts'
import type { Answers, Target } from './resource-type.ts'
import type { Secret } from './secret.ts'

/** What machines have before anything is planned. One that was not reached is left out. */
export interface Peek {
  /** The local accounts, by the machine's name. */
  accounts: ReadonlyMap<string, Accounts>
  /** The tokens in the kubeconfigs of the people that the run is about; equal ones once. */
  tokens: readonly Secret[]
}

/** Looks at the accounts of every machine and the kubeconfigs of some people, in one exec each. */
export const peek = async (
  { name: owner, hosts, users }: Inventory,
  people: readonly string[],
  { reach, forks, signal }: { reach: Reach; forks: number; signal: AbortSignal },
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
  const seen = (await Promise.all(hosts.map(({ name }) => limit(() => look(name))))).flat()
  const tokens = seen.flatMap(([, answers]) =>
    people.flatMap((name, index) => tokenIn(answers, name, homes[index]!)),
  )
  return {
    accounts: new Map(seen.map(([name, answers]) => [name, readAccounts(answers)])),
    tokens: tokens.filter((token, index) => tokens.findIndex((other) => other.equals(token)) === index),
  }
}

const tokenIn = (answers: Answers, name: string, home: string): Secret[] => {
  const { content } = readDotKube(answers)(home)
  const token = content && new KubeconfigFile(name, content.bytes).credentials(name)?.['token']
  return token === undefined ? [] : [token]
}
