import { nasServer } from '../inventory/values.ts'
import {
  type KubeObject,
  type Metadata,
  objectId,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
} from '../kube/object.ts'
import type { ClaimSpec, PersistentVolume, PersistentVolumeClaim, VolumeSpec } from '../kube/shapes.ts'
import { DEFAULT_DRIVER, type VolumeDriver, wordForCsi } from '../kube/volume-driver.ts'
import { command, type Note } from './remark.ts'
import type { World } from './world.ts'

/** A volume with the claim that it is for, if it is there. */
export interface Pair {
  volume: KubeObject
  spec: VolumeSpec
  claimOf: { namespace: string; name: string }
  claim: (ClaimSpec & { metadata: Metadata }) | undefined
}

/** Volumes that belong to a group by the claim that has them or that they are kept for. */
export const pairsIn = (world: World, groups: readonly string[], note: Note): Pair[] => {
  const claims = new Map(
    world
      .items(PERSISTENT_VOLUME_CLAIM)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec }: PersistentVolumeClaim) => [objectId(metadata), { ...spec, metadata }]),
  )
  const bound = new Map([...claims.values()].map((claim) => [claim.volumeName, claim]))
  return world.items(PERSISTENT_VOLUME).flatMap((volume: PersistentVolume): Pair[] => {
    const { name, deletionTimestamp } = volume.metadata
    const { spec = {} } = volume
    const { namespace = '', name: claimed = '' } = spec.claimRef ?? {}
    const waiting = groups.flatMap((group) => claims.get(`${group}/${name}`) ?? [])
    const claim =
      claims.get(`${namespace}/${claimed}`) ??
      bound.get(name) ??
      (namespace === '' && waiting.length === 1 && !waiting[0]!.volumeName ? waiting[0] : undefined)
    const claimOf = {
      namespace: claim?.metadata.namespace ?? namespace,
      name: claim?.metadata.name ?? claimed,
    }
    if (deletionTimestamp !== undefined) return []
    if (claimOf.namespace === '' && writtenDirectoryOf(spec) !== undefined)
      note(
        name,
        'is a volume of the NAS that no claim has: any claim of any namespace can take it',
        `if it is a group's: ${lineFor(name, '…', spec)} in volumes, and setup reserves it; ` +
          `otherwise: ${command`kubectl delete pv ${name}`}`,
      )
    return groups.includes(claimOf.namespace) ? [{ volume, spec, claimOf, claim }] : []
  })
}

/** Server and path in whatever form somebody wrote them; undefined when it is no directory of a NAS. */
export const writtenDirectoryOf = ({
  csi,
  flexVolume,
  nfs,
}: VolumeSpec): { server: string; path: string } | undefined => {
  const options: Record<string, string | undefined> =
    csi?.volumeAttributes ?? (flexVolume?.driver === 'alicloud/nas' ? flexVolume.options : { ...nfs }) ?? {}
  const { server, share, path = share } = options
  return server !== undefined && nasServer(server) === undefined && path?.startsWith('/')
    ? { server, path }
    : undefined
}

/** By which driver, as an inventory says it; undefined where an inventory has no words for it. */
export const driverOf = ({ csi, nfs }: VolumeSpec): VolumeDriver | undefined => {
  if (csi === undefined) return nfs === undefined ? undefined : 'nfs'
  const { driver = '', volumeAttributes = {} } = csi
  const path = 'path' in volumeAttributes ? 'path' : 'share'
  return (
    wordForCsi(driver) ?? {
      driver,
      attributes: { ...volumeAttributes, server: '{server}', [path]: '{path}' },
    }
  )
}

/** The line of an inventory for a volume. */
export const lineFor = (name: string, group: string, spec: VolumeSpec): string => {
  const { server = '…', path = '…' } = writtenDirectoryOf(spec) ?? {}
  const short = path.length > 1 ? path.replace(/\/$/, '') : path
  const driver = driverOf(spec) ?? DEFAULT_DRIVER
  const by = typeof driver === 'object' || driver === DEFAULT_DRIVER ? '' : `, driver: '${driver}'`
  return `{ name: '${name}', group: '${group}', server: '${server}', path: '${short}'${by} }`
}
