import { sh } from '../base/shell.ts'
import type { ApiResource, Endpoint } from '../connect/connection.ts'
import type { Identity } from '../inventory/identity.ts'
import { ID_RANGE } from '../inventory/names.ts'
import * as kinds from '../kube/object.ts'
import { type Account, type Accounts, accountsProbe, readAccounts } from '../linux/accounts.ts'
import { type DotKube, dotKubeProbesOfAll, readDotKube } from '../linux/kube-directory.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** A client machine as it was found. */
export interface Machine {
  name: string
  accounts: Accounts
  /** Throws when what is there could not be looked at. */
  dotKubeOf(home: string): DotKube
  /** As `uname -m` prints it. */
  processor: string
  /** Checksum of the archive that Arena was installed from; undefined when people installed it. */
  arena: string | undefined
}

/** All that is known of a set-up. */
export interface World {
  machines: readonly Machine[]
  /** Every object of a kind, in all namespaces. */
  items: Answers['items']
  /** Who asks, as far as the API server tells. */
  admin: Identity | undefined
  /** What the API serves. */
  resources: readonly ApiResource[]
  /** Service accounts that are there, as `namespace/name`. */
  serviceAccounts: ReadonlySet<string>
  /** Where the administrator reaches the API server, and the authority that vouches for it, in PEM. */
  endpoint: Endpoint
}

/** What is asked of a machine. */
export const MACHINE_PROBES: readonly Probe[] = [
  accountsProbe,
  ...dotKubeProbesOfAll(ID_RANGE),
  { id: 'processor', script: sh`uname -m` },
  { id: 'arena', script: sh`readlink /opt/arena/current || :` },
]

/** What is asked of the cluster. */
export const CLUSTER_KINDS: readonly kinds.Kind[] = [
  kinds.NAMESPACE,
  kinds.SERVICE_ACCOUNT,
  kinds.TOKEN_SECRET,
  kinds.ROLE,
  kinds.ROLE_BINDING,
  kinds.CLUSTER_ROLE,
  kinds.CLUSTER_ROLE_BINDING,
  kinds.RESOURCE_QUOTA,
  kinds.LIMIT_RANGE,
  kinds.PERSISTENT_VOLUME,
  kinds.PERSISTENT_VOLUME_CLAIM,
]

/** What of it an administrator may be unable to read, and an inventory can be written without. */
export const CLUSTER_EXTRAS: readonly kinds.Kind[] = [kinds.NODE, kinds.DEVICE_CLASS]

/** What a machine answered. */
export const machineFrom = (name: string, answers: Answers): Machine => {
  const arena = answers.text('arena').trim()
  return {
    name,
    accounts: readAccounts(answers),
    dotKubeOf: readDotKube(answers),
    processor: answers.text('processor').trim(),
    arena: /^[0-9a-f]{64}$/.test(arena) ? arena : undefined,
  }
}

/** The service accounts among the objects of a cluster. */
export const serviceAccountsIn = (items: Answers['items']): Set<string> =>
  new Set(
    items(kinds.SERVICE_ACCOUNT)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => kinds.objectId(metadata)),
  )

/** Whether an id is in the range that people get. */
export const isPersons = (id: number): boolean => id >= ID_RANGE.min && id <= ID_RANGE.max

/** What lives in a namespace, by name. */
export const inside = (items: readonly kinds.KubeObject[], namespace: string): kinds.KubeObject[] =>
  items
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))

/** Where an account of that name is, a line of each machine's files at most. */
export const accountsNamed = ({ machines }: World, name: string): { machine: Machine; account: Account }[] =>
  machines.flatMap((machine) =>
    machine.accounts
      .named(name)
      .slice(0, 1)
      .map((account) => ({ machine, account })),
  )
