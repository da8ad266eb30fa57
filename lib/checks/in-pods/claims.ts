// Claims of a group that the inventory does not name: each may lead to another group's directory.
import type { Scene } from '../../audit/facts.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { untested } from '../../audit/verdicts.ts'
import { objectId, PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM } from '../../kube/object.ts'
import type { PersistentVolumeClaim } from '../../kube/shapes.ts'
import { directoryOf } from '../volumes.ts'
import { IN_PODS } from './checks.ts'

/** What pods can mount in that namespace, and no volume of the inventory. */
export const claimsBesides = (scene: Scene, namespace: string): PersistentVolumeClaim[] => {
  const known = new Set(scene.inventory.volumes.map(({ name }) => name))
  return scene
    .items(PERSISTENT_VOLUME_CLAIM)
    .filter(({ metadata }) => metadata.namespace === namespace && !known.has(metadata.name))
    .filter(({ status }: PersistentVolumeClaim) => status?.phase === 'Bound')
}

/** Whether a pod of ours keeps no other from it. */
export const isForMany = ({ spec }: PersistentVolumeClaim): boolean =>
  (spec?.accessModes ?? []).some((mode) => mode.endsWith('Many'))

/** The others, as far as they are directories of a file server: no pod looks into them. */
export const unseenClaims = (scene: Scene): CheckedFinding[] => {
  const volumes = new Map(scene.items(PERSISTENT_VOLUME).map((one) => [one.metadata.name, one]))
  return scene.groups.flatMap(({ name: group }) =>
    claimsBesides(scene, group).flatMap((claim) => {
      const { metadata, spec } = claim
      const volume = volumes.get(spec?.volumeName ?? '')
      const place = volume && directoryOf(scene, volume)
      if (isForMany(claim) || place === undefined) return []
      const says = 'is for one node at a time, and a pod of ours could keep another from it'
      const advice = `see whose files ${place.server}:${place.path} holds, on the NAS`
      return [{ check: IN_PODS.G4, ...untested(objectId(metadata), says, advise(advice)) }]
    }),
  )
}
