// Each group's claims: bound to the directories that the inventory says.
import {
  advise,
  type Check,
  csiDriver,
  directory,
  fail,
  type KubeObject,
  objectId,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  type PersistentVolumeClaim,
  pass,
  type Scene,
} from '../check.ts'
import type { Volume } from '../inventory/schema.ts'
import { directories } from './directories.ts'
import { handmade } from './storage-by-hand.ts'
import { registered } from './volume-drivers.ts'
import { directoryOf, idOf, phaseOf, specOf, volumesOf } from './volumes.ts'

const bound: Check = {
  id: 'G1',
  goal: 5,
  title: 'Each claim is bound to its own directory, as the inventory says',
  kinds: [PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM],
  *trials(scene) {
    const volumes = new Map(scene.items(PERSISTENT_VOLUME).map((one) => [one.metadata.name, one]))
    const claims = new Map(scene.items(PERSISTENT_VOLUME_CLAIM).map((one) => [objectId(one.metadata), one]))
    const handles = Map.groupBy(volumes.values(), handleOf)
    for (const volume of volumesOf(scene)) {
      const live = volumes.get(volume.name)
      const claim = claims.get(idOf(volume))
      const wrong = [...differences(scene, volume, live, claim)]
      for (const thing of wrong) yield fail(idOf(volume), 'is not as the inventory says', thing)
      const alike = live === undefined ? [] : handles.get(handleOf(live))!.filter((one) => one !== live)
      for (const { metadata } of alike)
        yield fail(
          idOf(volume),
          'shares its volumeHandle, so that a pod with both never starts',
          `PersistentVolume ${metadata.name}`,
          advise(`make PersistentVolume ${metadata.name} again with a volumeHandle of its own`),
        )
      const going = [live, claim].filter((one) => one?.metadata.deletionTimestamp !== undefined)
      for (const one of going) yield fail(idOf(volume), 'is being deleted', one!.kind, TELLS_WHAT_HOLDS_IT)
      if (wrong.length + alike.length + going.length === 0)
        yield pass(idOf(volume), 'is bound to its own directory')
    }
  },
}

/** No pod gets a claim that is being deleted, and a volume that is can be bound by no other. */
const TELLS_WHAT_HOLDS_IT = advise('run setup, which tells what holds it and how both are made anew')

/** What kubelets know a volume by. */
const handleOf = (volume: KubeObject): string => {
  const { driver, volumeHandle } = specOf(volume).csi ?? {}
  return driver === undefined ? volume.metadata.name : `${driver}^${volumeHandle}`
}

function* differences(
  scene: Scene,
  volume: Volume,
  live: KubeObject | undefined,
  claim: PersistentVolumeClaim | undefined,
): Generator<string> {
  if (live === undefined) yield 'there is no such PersistentVolume'
  if (claim === undefined) yield 'there is no such claim'
  if (live === undefined || claim === undefined) return
  const is = specOf(live)
  const { spec: asks = {} } = claim
  const { server, path } = directoryOf(scene, live) ?? {}
  const driver = csiDriver(volume.driver)?.driver
  const wanted = directory(volume.server, volume.path)
  const told: readonly [string, unknown, unknown][] = [
    ['the claim', phaseOf(claim), 'Bound'],
    ['the volume', phaseOf(live), 'Bound'],
    ['volumeName of the claim', asks.volumeName, volume.name],
    ['claimRef', `${is.claimRef?.namespace}/${is.claimRef?.name}`, idOf(volume)],
    ['claimRef.uid', is.claimRef?.uid, claim.metadata.uid],
    ['the driver', is.nfs === undefined ? is.csi?.driver : 'nfs', driver ?? 'nfs'],
    ['server', server, wanted.server],
    ['path', path, wanted.path],
    ['volumeHandle', is.csi?.volumeHandle, driver && volume.volumeHandle],
    ['accessModes', is.accessModes?.join(), volume.access],
    ['accessModes of the claim', asks.accessModes?.join(), volume.access],
    ['storageClassName', is.storageClassName ?? '', ''],
    ['storageClassName of the claim', asks.storageClassName, ''],
  ]
  for (const [what, found, want] of told)
    if (found !== want) yield `${what} is ${words(found)}, not ${words(want)}`
}

const words = (value: unknown): string => (value === undefined ? 'absent' : String(value) || '""')

/** That volumes are shared as the inventory says, and only so. */
export const storage: readonly Check[] = [bound, ...directories, registered, ...handmade]
