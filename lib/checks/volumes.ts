// The inventory's volumes and what the cluster has of them: what the checks of claims and directories have in common.
import type { KubeObject, Scene } from '../check.ts'

export type Volume = Scene['inventory']['volumes'][number]

interface VolumeSpec {
  accessModes?: readonly string[]
  storageClassName?: string
  persistentVolumeReclaimPolicy?: string
  claimRef?: { namespace?: string; name?: string; uid?: string }
  csi?: { driver?: string; volumeHandle?: string }
}

/** The volumes of the groups in the selection. */
export const volumesOf = ({ inventory, groups }: Scene): Volume[] =>
  inventory.volumes.filter(({ group }) => groups.some(({ name }) => name === group))

/** A volume by its claim: `dev1/dev1-public`. */
export const idOf = ({ group, name }: Volume): string => `${group}/${name}`

/** What a PersistentVolume says of itself. */
export const specOf = ({ spec }: KubeObject): VolumeSpec => (spec ?? {}) as VolumeSpec

/** Where a volume or a claim is in its life: `Bound`. */
export const phaseOf = ({ status }: KubeObject): string =>
  (status as { phase?: string } | undefined)?.phase ?? 'unknown'
