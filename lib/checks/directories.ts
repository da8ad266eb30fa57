// Each group's directories on the NAS: to be reached by nobody else, and kept when a claim goes.

import { quote } from '../base/shell.ts'
import {
  type Check,
  type Command,
  type Directory,
  directory,
  type Finding,
  fail,
  holds,
  type KubeObject,
  orPass,
  PERSISTENT_VOLUME,
  RUN_SETUP,
  type Scene,
} from '../check.ts'
import type { Volume } from '../inventory/schema.ts'
import { isOurs } from './ours.ts'
import { directoryOf, idOf, phaseOf, specOf, volumesOf } from './volumes.ts'

const apart: Check = {
  id: 'G2',
  goal: 5,
  title: "No other volume reaches a group's directory, and none lies open to every claim",
  kinds: [PERSISTENT_VOLUME],
  *trials(scene) {
    for (const volume of volumesOf(scene)) {
      const found = reaching(scene, volume).flatMap((live) => intrusion(scene, volume, live))
      yield* orPass(found, idOf(volume), 'can be reached by its groups alone')
    }
    yield* abandoned(scene)
  },
}

const at = ({ server, path }: Volume): Directory => directory(server, path)

/** Volumes of the cluster that mount a directory, what holds it, or what is in it. */
const reaching = (scene: Scene, volume: Volume): KubeObject[] => {
  const here = at(volume)
  return scene.items(PERSISTENT_VOLUME).filter((live) => {
    const there = directoryOf(scene, live)
    return there !== undefined && (holds(there, here) || holds(here, there))
  })
}

/** A volume that is not reserved for a group which the inventory lets see all that it mounts. */
const intrusion = (scene: Scene, volume: Volume, live: KubeObject): Finding[] => {
  const { inventory } = scene
  const { claimRef } = specOf(live)
  const { name } = live.metadata
  if (isTrustedVolume(scene, live)) return []
  const there = directoryOf(scene, live)!
  const may = inventory.volumes.some((one) => one.group === claimRef?.namespace && holds(at(one), there))
  if (may) return []
  const which = name === volume.name ? 'its volume' : 'another volume that reaches its directory'
  const whose =
    claimRef === undefined ? 'can be taken by any claim' : `is for the namespace ${claimRef.namespace}`
  const thing = `PersistentVolume ${name}, ${there.server}:${there.path}, ${phaseOf(live)}`
  if (inventory.volumes.some((one) => one.name === name))
    return [fail(idOf(volume), `${which} ${whose}`, thing, RUN_SETUP)]
  const trusted = { kind: 'PersistentVolume', name }
  return [{ ...fail(idOf(volume), `${which} ${whose}`, thing, removal(live)), trusted }]
}

/** Whether the inventory names a volume among what others made and is meant. */
export const isTrustedVolume = ({ inventory }: Scene, { metadata }: KubeObject): boolean =>
  inventory.trusted.some(({ kind, name }) => kind === 'PersistentVolume' && name === metadata.name)

/** What takes a volume away: in this order, and so that the data stays. */
export const removal = (live: KubeObject): Command => {
  const { name } = live.metadata
  const { claimRef, persistentVolumeReclaimPolicy } = specOf(live)
  const kept: Command | '' = persistentVolumeReclaimPolicy === 'Retain' ? '' : `${retain(name)} && `
  const claim =
    claimRef === undefined || phaseOf(live) !== 'Bound'
      ? ''
      : `kubectl delete pvc ${quote(`${claimRef.name}`)} -n ${quote(`${claimRef.namespace}`)} && `
  return `${kept}${claim}kubectl delete pv ${name}` as Command
}

const retain = (name: string): Command =>
  `kubectl patch pv ${name} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`

/**
 * Volumes of ours that the inventory no longer names: setup leaves them, for they hold data. Whoever still mounts one,
 * or may take it, has what the inventory does not give.
 */
function* abandoned(scene: Scene): Generator<Finding> {
  const { inventory, groups, items } = scene
  const wanted = new Set(inventory.volumes.map(({ name }) => name))
  const others = new Set(inventory.groups.filter((one) => !groups.includes(one)).map(({ name }) => name))
  for (const live of items(PERSISTENT_VOLUME)) {
    const { name } = live.metadata
    if (!isOurs(scene, live) || wanted.has(name) || isTrustedVolume(scene, live)) continue
    const { claimRef } = specOf(live)
    if (others.has(claimRef?.namespace ?? '')) continue
    const isMounted = phaseOf(live) === 'Bound' && groups.some((group) => group.name === claimRef?.namespace)
    yield {
      verdict: claimRef === undefined || isMounted ? 'fail' : 'gap',
      subjects: [name],
      says: `is ${phaseOf(live)}, although the inventory no longer names it`,
      repair: removal(live),
      otherwise: 'write it into the inventory while somebody needs it',
    }
  }
}

const kept: Check = {
  id: 'G6',
  goal: 5,
  title: 'Data outlives its claim',
  kinds: [PERSISTENT_VOLUME],
  *trials(scene) {
    for (const volume of volumesOf(scene)) {
      const id = idOf(volume)
      const lost = reaching(scene, volume)
        .filter((live) => specOf(live).persistentVolumeReclaimPolicy !== 'Retain')
        .map(({ metadata: { name } }) =>
          fail(id, 'may be deleted with the claim', `PersistentVolume ${name}`, retain(name)),
        )
      yield* orPass(lost, id, 'stays when its claim goes')
    }
  },
}

/** Who else reaches a directory. */
export const directories: readonly Check[] = [apart, kept]
