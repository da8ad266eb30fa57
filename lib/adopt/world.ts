import { sh } from '../base/shell.ts'
import type { ApiResource, Endpoint } from '../connect/connection.ts'
import { LOGIN_NAME } from '../conventions/names.ts'
import type { Identity } from '../inventory/identity.ts'
import { ID_RANGE } from '../inventory/names.ts'
import * as kinds from '../kube/object.ts'
import {
  type Account,
  type Accounts,
  accountsProbe,
  type DirectoryAccount,
  readAccounts,
} from '../linux/accounts.ts'
import { type Archived, archivedProbe, readArchived } from '../linux/archive.ts'
import { AUTHORIZED_KEYS } from '../linux/authorized-keys.ts'
import { type AskedOfDirectory, type NameService, peopleProbe, readDirectory } from '../linux/directory.ts'
import { DOT_KUBE } from '../linux/kube-directory.ts'
import type { SeenFile } from '../linux/own-file.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** A client machine as it was found. */
export interface Machine {
  name: string
  accounts: Accounts
  directory: NameService
  /** Throws when what is there could not be looked at. */
  dotKubeOf(home: string): SeenFile
  /** What is at `~/.ssh/authorized_keys`; throws as well. */
  keysAt(home: string): SeenFile
  /** Whose files remove-user has archived there. */
  archived: readonly Archived[]
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
export const machineProbes = (asked: AskedOfDirectory): Probe[] => [
  accountsProbe,
  peopleProbe(asked),
  ...DOT_KUBE.probesOfAll(ID_RANGE, asked),
  ...AUTHORIZED_KEYS.probesOfAll(ID_RANGE, asked),
  archivedProbe,
  { id: 'processor', script: sh`uname -m` },
  { id: 'arena', script: sh`readlink /opt/arena/current || :` },
]

/** Whom and what machines are asked about beside their own files: the namespaces, and who has an account in one. */
export const askedOfDirectory = (items: Answers['items']): AskedOfDirectory => {
  const isPeoples = (namespace = ''): boolean => namespace !== 'default' && !namespace.startsWith('kube-')
  const named = (objects: readonly kinds.KubeObject[]): string[] => [
    ...new Set(objects.map(({ metadata }) => metadata.name).filter((name) => LOGIN_NAME.test(name))),
  ]
  const accounts = items(kinds.SERVICE_ACCOUNT).filter(
    ({ metadata }) => isPeoples(metadata.namespace) && metadata.name !== 'default',
  )
  return {
    users: named(accounts),
    groups: named(items(kinds.NAMESPACE).filter(({ metadata }) => isPeoples(metadata.name))),
  }
}

/** What is asked of the cluster. */
export const CLUSTER_KINDS: readonly kinds.Kind[] = [
  kinds.NAMESPACE,
  kinds.SERVICE_ACCOUNT,
  kinds.TOKEN_SECRET,
  kinds.TOKEN_ANCHOR,
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
    directory: readDirectory(answers),
    dotKubeOf: DOT_KUBE.read(answers),
    keysAt: AUTHORIZED_KEYS.read(answers),
    archived: readArchived(answers),
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

/** An account on one machine, and who has it. */
export type AccountOnMachine = { machine: Machine } & (
  | { from: 'local'; account: Account }
  | { from: 'directory'; account: DirectoryAccount }
)

/** Where an account of that name is: a line of each machine's files, or what its directory has. */
export const accountsNamed = ({ machines }: World, name: string): AccountOnMachine[] =>
  machines.flatMap((machine): AccountOnMachine[] => {
    const [own] = machine.accounts.named(name)
    if (own !== undefined) return [{ machine, from: 'local', account: own }]
    const account = machine.directory.account(name)
    return account === undefined ? [] : [{ machine, from: 'directory', account }]
  })

/** Whether somebody may be behind an account, and not a part of the system. */
export const isSomebody = ({ from, account }: AccountOnMachine): boolean =>
  from === 'directory' || isPersons(account.uid)
