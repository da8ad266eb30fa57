// The inventory's volumes and what the cluster has of them: what the checks of claims and directories have in common.
import { csiDriver, type Directory, directoryReader, type KubeObject, type Scene } from '../check.ts'

export type VolumeOnCluster = Scene['inventory']['volumes'][number]

interface VolumeSpec {
  accessModes?: readonly string[]
  storageClassName?: string
  persistentVolumeReclaimPolicy?: string
  claimRef?: { namespace?: string; name?: string; uid?: string }
  csi?: { driver?: string; volumeHandle?: string }
  nfs?: object
}

/** The volumes of the groups in the selection. */
export const volumesOf = ({ inventory, groups }: Scene): VolumeOnCluster[] =>
  inventory.volumes.filter(({ group }) => groups.some(({ name }) => name === group))

/** A volume by its claim: `dev1/dev1-public`. */
export const idOf = ({ group, name }: VolumeOnCluster): string => `${group}/${name}`

/** What a PersistentVolume says of itself. */
export const specOf = ({ spec }: KubeObject): VolumeSpec => (spec ?? {}) as VolumeSpec

const driversIn = ({ volumes }: Scene['inventory']) =>
  [...new Set(volumes.map(({ driver }) => driver))].flatMap((driver) => csiDriver(driver) ?? [])

const readers = new WeakMap<Scene['inventory'], ReturnType<typeof directoryReader>>()

/** What a PersistentVolume mounts of a file server, also by the drivers that the inventory describes. */
export const directoryOf = ({ inventory }: Scene, volume: KubeObject): Directory | undefined => {
  const reader = readers.get(inventory) ?? directoryReader(driversIn(inventory))
  readers.set(inventory, reader)
  return reader(volume)
}

/** Where a volume or a claim is in its life: `Bound`. */
export const phaseOf = ({ status }: KubeObject): string =>
  (status as { phase?: string } | undefined)?.phase ?? 'unknown'
