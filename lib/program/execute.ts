import type { AuditEvent } from '../audit/events.ts'
import { defined } from '../base/defined.ts'
import { Secret } from '../base/secret.ts'
import { InventoryReach } from '../connect/open.ts'
import type { RunEvent } from '../engine/events.ts'
import type { Mode } from '../engine/outcome.ts'
import type { Recap } from '../engine/recap.ts'
import { type RunInput, run } from '../engine/run.ts'
import { type Selection, selects } from '../engine/select.ts'
import type { Inventory } from '../inventory/schema.ts'
import { STATIC_MANIFESTS } from '../inventory/static-manifests.ts'
import type { Resource, Target } from '../resource/type.ts'
import { type Peek, type PeekOptions, peek, unseen } from './before.ts'
import type { FlagDefinitions, FlagValues } from './flags.ts'
import { followsFrom } from './follows.ts'
import { passwordHandedOver } from './new-password.ts'
import type { Chosen, Playbook, Site } from './playbook.ts'

export interface ExecuteOptions<F extends FlagDefinitions = FlagDefinitions>
  extends Partial<
    Pick<RunInput, 'prune' | 'forks' | 'looked' | 'accept' | 'prepare' | 'stop' | 'abort' | 'selection'>
  > {
  /** `list` tells what would be looked at and contacts nothing. */
  mode: Mode | 'list'
  /** Whom the playbook itself is about, somebody who leaves with this run included. */
  about?: Selection
  /** The inventory before the playbook's edits. */
  was?: Inventory
  /** Limit of one operation, in seconds. */
  timeout?: number
  emit(event: RunEvent | AuditEvent): void
  /** Of the flags that the playbook alone takes. */
  flags?: FlagValues<F>
  /** What there was before, where that was looked at already. */
  before?: Peek
  /** Connections that are there already; whoever made them closes them. */
  reach?: InventoryReach
  /** Where a password that is made here is written, as well as it goes: a file, or the terminal by default. */
  passwordFile?: string
}

/**
 * Runs a playbook on an inventory, as a program would that uses the engine as a library: everything it has to say
 * goes to `emit`, the recap is returned (nothing for `list`), and what stops the whole run is thrown.
 */
export const executePlaybook = async <F extends FlagDefinitions>(
  playbook: Playbook<F>,
  inventory: Inventory,
  options: ExecuteOptions<F>,
): Promise<Recap | undefined> => {
  const { timeout = 180, emit, abort = new AbortController().signal } = options
  if (options.reach !== undefined) return executeOver(options.reach, playbook, inventory, options)
  const onNote = (text: string): void => emit({ type: 'note', text })
  const reach = new InventoryReach(inventory, { signal: abort, timeout, onNote })
  try {
    return await executeOver(reach, playbook, inventory, options)
  } finally {
    await reach.close()
  }
}

const executeOver = async <F extends FlagDefinitions>(
  reach: InventoryReach,
  playbook: Playbook<F>,
  inventory: Inventory,
  options: ExecuteOptions<F>,
): Promise<Recap | undefined> => {
  const { mode, selection = {}, about = {}, was = inventory, prune = false } = options
  const { forks = 20, timeout = 180, emit, passwordFile, looked, accept, prepare } = options
  const { stop = new AbortController().signal, abort = new AbortController().signal } = options
  const { flags = {} as FlagValues<F> } = options
  const places = placesOf(inventory)
  const { hosts, cluster } = places
  const chosen = { ...defined({ user: selection.users, group: selection.groups }), ...flags }
  emit({ type: 'start', playbook: playbook.name, inventory: inventory.name, mode })
  playbook.judges?.(inventory, chosen)
  if (mode !== 'list') warmUp(reach, hosts, selection, forks)
  const { endpoint } = await reach.cluster()
  const newPassword = (user: string): Secret =>
    passwordHandedOver(user, passwordFile, (text) => emit({ type: 'note', text }))
  const before =
    options.before ?? (await peekFor(playbook, inventory, chosen, { reach, forks, signal: abort }))
  const site = { ...places, endpoint, newPassword, before }
  const resources = [...playbook.resources(inventory, site, flags)]
  const { whole } = playbook
  const besides =
    whole === undefined || selection.users !== undefined
      ? undefined
      : followsFrom(whole.resources(was, site, {}), resources, playbook)
  if (mode === 'list') {
    emit({ type: 'list', resources: resources.filter((one) => selects({ ...about, ...selection }, one)) })
    return undefined
  }
  const recap = await run({
    owner: inventory.name,
    isolation: inventory.isolation,
    mode,
    resources,
    warnings: playbook.warnings?.(inventory, chosen, before) ?? [],
    manages: playbook.manages.flatMap(({ type }) =>
      (type.on === 'host' ? hosts : [cluster]).map((on) => ({ on, type })),
    ),
    listed: {
      users: new Set(inventory.users.map(({ name }) => name)),
      groups: new Set([...inventory.groups.map(({ name }) => name), ...(about.groups ?? [])]),
      retired: new Set(inventory.retired.map(({ name }) => name)),
      leaving: new Set(about.groups?.filter((name) => inventory.groups.every((one) => one.name !== name))),
      trusted: new Set(inventory.trusted.flatMap(trustedThing)),
    },
    selection: { ...about, ...selection, ...defined({ besides }) },
    prune,
    forks,
    patience: timeout,
    reach,
    emit,
    ...defined({ looked, accept, prepare }),
    stop,
    abort,
  })
  emit({ type: 'recap', recap })
  return recap
}

/** Looks at what a playbook asks to know before anything is planned; at nothing where it does not ask. */
export const peekFor = async <F extends FlagDefinitions>(
  { peeks, peeksAtIssued }: Playbook<F>,
  inventory: Inventory,
  flags: FlagValues<F> & Chosen,
  options: Omit<PeekOptions, 'issued'>,
): Promise<Peek> =>
  peeks === undefined
    ? { accounts: new Map(), tokens: [] }
    : peek(inventory, peeks(inventory, flags), { ...options, issued: peeksAtIssued ?? false })

/** What a playbook wants as far as that is known with nothing contacted: enough to tell its steps. */
export const foreseen = <F extends FlagDefinitions>(
  playbook: Playbook<F>,
  inventory: Inventory,
  flags: FlagValues<F>,
): Resource[] => [
  ...playbook.resources(
    inventory,
    {
      ...placesOf(inventory),
      endpoint: { server: 'https://unknown.invalid', ca: '' },
      newPassword: (user) => new Secret(user, ''),
      before: unseen(inventory),
    },
    flags,
  ),
]

const placesOf = ({ hosts, cluster }: Inventory): Pick<Site, 'hosts' | 'cluster' | 'here'> => ({
  hosts: hosts.map(({ name }): Target => ({ type: 'host', name })),
  cluster: { type: 'cluster', name: cluster.name },
  here: { type: 'host', name: STATIC_MANIFESTS },
})

/** As plans name what holds data. */
const trustedThing = (trusted: Inventory['trusted'][number]): string[] => {
  if (trusted.kind === 'PersistentVolume') return [`volume/${trusted.name}`]
  if (trusted.kind === 'PersistentVolumeClaim') return [`claim/${trusted.namespace}/${trusted.name}`]
  return []
}

/** The SSH handshake takes longer than reading a kubeconfig: it begins first. */
const warmUp = (
  reach: InventoryReach,
  hosts: readonly Target[],
  { limit }: Selection,
  forks: number,
): void => {
  const wanted = hosts.filter(({ name }) => limit?.includes(name) ?? true)
  for (const { name } of wanted.slice(0, forks)) void reach.host(name).catch(() => {})
}
