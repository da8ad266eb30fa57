import { isOwnedBy } from '../conventions/labels.ts'
import { identityNamespace } from '../conventions/names.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { apiServer, nasServer } from '../inventory/values.ts'
import { NAMESPACE, SERVICE_ACCOUNT } from '../kube/object.ts'
import { groupsIn } from './groups.ts'
import { judged } from './judge.ts'
import { withKinds } from './kinds.ts'
import { withMemberships } from './on-machines.ts'
import { withPriorityClasses } from './priority-classes.ts'
import type { AdoptedInventory, InventoryPart, Note, Remark } from './remark.ts'
import { retiredIn } from './retired.ts'
import { boundIn } from './tokens.ts'
import { trustedIn } from './trusted.ts'
import { usersIn } from './users.ts'
import { commonest, volumesIn } from './volumes.ts'
import { inside, type Machine, type World } from './world.ts'

/** What whoever adopts has said: how the inventory is called, and where to look. */
export interface AdoptInput {
  name: string
  cluster: { context: string; kubeconfig: string }
  hosts: InventoryInput['hosts']
}

/** What Arena's archives call a processor. */
const PROCESSORS: Record<string, string> = { aarch64: 'arm64' }

/**
 * The inventory for a set-up as it is; it has no mistake but what nobody can know from outside, which says CHANGE-ME.
 */
export const found = (world: World, { name, cluster, hosts }: AdoptInput): AdoptedInventory => {
  const remarks: Remark[] = []
  const noteOn =
    (part: InventoryPart): Note =>
    (name, says, next) =>
      void remarks.push({ part, name, says, next })
  const note = noteOn('groups')
  const isolation = isStrict(world, name) ? 'strict' : 'document'
  const spaces = groupsIn(world, name, note)
  const entries = isolation === 'strict' ? spaces : withPriorityClasses(world, name, spaces, note)
  const { groups, ...jobs } = withKinds(world, name, entries, note)
  const names = groups.map((group) => group.name)
  if (isolation === 'strict') note(...UNTOLD)
  const homes = isolation === 'strict' ? [identityNamespace({ name })] : names
  const retired = retiredIn(world, name, groups, noteOn('retired'))
  const bound = boundIn(world, name, homes)
  const { users, servers } = usersIn(world, { owner: name, groups, homes, retired, bound }, noteOn)
  const { volumes, nas } = volumesIn(world, name, names, noteOn('volumes'))
  const trusted = trustedIn(world, { name, isolation, groups, users }, noteOn('trusted'))
  const inventory: InventoryInput = {
    name,
    isolation,
    ...(isolation === 'document' && bound.size > 0 && { tokens: 'bound' }),
    cluster: { ...cluster, ...serverFor(world, servers) },
    arena: arenaOn(world),
    hosts,
    ...(nas !== undefined && nasServer(nas.server) === undefined && { nas }),
    ...jobs,
    groups,
    users,
    ...(volumes.length > 0 && { volumes }),
    ...(retired.length > 0 && { retired }),
    ...(trusted.length > 0 && { trusted }),
  }
  const kept = judged(inventory, noteOn)
  return { inventory: { ...kept, hosts: withMemberships(world, kept, noteOn('users')) }, remarks }
}

/** Whether users' service accounts are outside of all groups, where setup has put them. */
const isStrict = (world: World, owner: string): boolean => {
  const space = identityNamespace({ name: owner })
  return (
    world.items(NAMESPACE).some(({ metadata }) => metadata.name === space && isOwnedBy(metadata, owner)) &&
    inside(world.items(SERVICE_ACCOUNT), space).some(({ metadata }) => metadata.name !== 'default')
  )
}

/** What of isolation strict leaves no trace that could be read. */
const UNTOLD = [
  'staticManifests and authorizedKeys',
  "nothing tells whether the inventory had them: without them setup puts strict's policies into the API, and " +
    "leaves users' own lines in ~/.ssh/authorized_keys",
  'write them again if they were there, before setup',
] as const

/**
 * Users may reach the API server at another address than the administrator. Their files say so and are not to be
 * trusted: what vouches for the address is the cluster's own authority, so without one it is not taken.
 */
const serverFor = ({ endpoint }: World, servers: readonly string[]): { server?: string } => {
  const server = commonest(servers)
  return server !== undefined &&
    endpoint.ca !== '' &&
    apiServer(server) === undefined &&
    new URL(server).href !== new URL(endpoint.server).href
    ? { server }
    : {}
}

/** An archive for the processor of the machines, or one for each where they differ. */
const arenaOn = ({ machines }: World): InventoryInput['arena'] => {
  const installers = [...Map.groupBy(machines, ({ processor }) => PROCESSORS[processor] ?? 'amd64')].map(
    ([processor, alike]) => [processor, installerFor(processor, alike)] as const,
  )
  const [[, only], ...others] = installers as [(typeof installers)[number]]
  return others.length === 0 ? only : { archives: Object.fromEntries(installers) }
}

/** Which release people want is theirs to say; one that setup installed earlier is known by its checksum. */
const installerFor = (processor: string, machines: readonly Machine[]) => {
  const [arena, ...others] = new Set(machines.map((one) => one.arena))
  return {
    archive: `arena-installer-0.15.5-linux-${processor}.tar.gz`,
    sha256: arena !== undefined && others.length === 0 ? arena : 'CHANGE-ME',
  }
}
