// The inventory's volumes and what the cluster has of them: what the checks of claims and directories have in common.
import {
  csiDriver,
  type Directory,
  directoryReader,
  type KubeObject,
  onceFor,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Scene,
  type VolumeSpec,
  type WithPhase,
} from '../check.ts'
import type { Inventory, Volume } from '../inventory/schema.ts'

/** The volumes of the groups in the selection. */
export const volumesOf = ({ inventory, groups }: Scene): Volume[] =>
  inventory.volumes.filter(({ group }) => groups.some(({ name }) => name === group))

/** A volume by its claim: `dev1/dev1-public`. */
export const idOf = ({ group, name }: Volume): string => `${group}/${name}`

/** What a PersistentVolume says of itself. */
export const specOf = ({ spec = {} }: PersistentVolume): VolumeSpec => spec

const driversIn = ({ volumes }: Inventory) =>
  [...new Set(volumes.map(({ driver }) => driver))].flatMap((driver) => csiDriver(driver) ?? [])

const readerIn = onceFor<ReturnType<typeof directoryReader>>()

/** What a PersistentVolume mounts of a file server, also by the drivers that the inventory describes. */
export const directoryOf = ({ inventory }: Scene, volume: KubeObject): Directory | undefined =>
  readerIn(inventory, () => directoryReader(driversIn(inventory)))(volume)

/** Claims of a group, among these, that others made and the inventory trusts, or whose volume it does. */
export const trustedClaims = (
  { trusted }: Inventory,
  claims: readonly PersistentVolumeClaim[],
  group: string,
): Set<string> => {
  const volumes = new Set(trusted.flatMap(({ kind, name }) => (kind === 'PersistentVolume' ? name : [])))
  const bound = claims.filter(
    ({ metadata, spec }) => metadata.namespace === group && volumes.has(spec?.volumeName ?? ''),
  )
  const named = trusted.flatMap((one) =>
    one.kind === 'PersistentVolumeClaim' && one.namespace === group ? one.name : [],
  )
  return new Set([...bound.map(({ metadata }) => metadata.name), ...named])
}

/** Where a volume or a claim is in its life: `Bound`. */
export const phaseOf = ({ status }: WithPhase): string => status?.phase ?? 'unknown'
