// Empty files by which a directory is known again: the first trial leaves one, and later ones look for it.
import type { Scene } from '../../audit/facts.ts'
import type { KubeConnection } from '../../connect/connection.ts'
import { MARKED_ANNOTATION } from '../../conventions/labels.ts'
import type { Inventory, Volume } from '../../inventory/schema.ts'
import { directory } from '../../kube/nas-directory.ts'
import { type KubeObject, NAMESPACE, pathOf } from '../../kube/object.ts'
import { fileOf, type PodTester } from './jobs.ts'
import { byName, linesTold, type Told } from './said.ts'
import type { PodsTold } from './told.ts'

/** What a pod says of a volume. */
export type VolumeLine = ReturnType<typeof linesTold<'volume'>>[number]

/** What the names of all marks of an inventory begin with; the name of a volume follows. */
export const marksOf = ({ name }: Inventory): string => `.arena-playbooks.${name}.`

/** Server and directory of a volume, in the same words for the same directory. */
export const nasPlaceOf = ({ server, path }: Volume): string => {
  const place = directory(server, path)
  return `${place.server}:${place.path}`
}

/** Whether the inventory has it that nobody writes there. */
export const isReadOnly = ({ access, mountOptions = [] }: Volume): boolean =>
  access === 'ReadOnlyMany' || mountOptions.includes('ro')

/** As drivers make a directory where there is none: root's, open to readers, with nothing in it. */
export const isNewborn = ({ mode, uid, gid, empty }: VolumeLine): boolean =>
  empty && uid === 0 && gid === 0 && /^drwxr-xr-x/.test(mode)

const annotationOf = ({ metadata }: KubeObject): string[] =>
  (metadata.annotations?.[MARKED_ANNOTATION] ?? '').split(' ').filter(Boolean)

/** The volumes whose directories were marked before: the namespace of their group says so. */
export const markedBefore = (scene: Scene): ReadonlySet<string> => {
  const groups = new Set(scene.inventory.groups.map(({ name }) => name))
  return new Set(
    scene
      .items(NAMESPACE)
      .filter(({ metadata }) => groups.has(metadata.name))
      .flatMap(annotationOf),
  )
}

/** The volumes of the inventory that a directory is marked as: of the same directory, and of others. */
export const marksIn = (
  { marks }: VolumeLine,
  volume: Volume,
  { volumes }: Inventory,
): { own: Volume[]; others: Volume[] } => {
  const known = volumes.filter(({ name }) => marks.includes(name))
  const [own, others] = [true, false].map((wanted) =>
    known.filter((one) => (nasPlaceOf(one) === nasPlaceOf(volume)) === wanted),
  ) as [Volume[], Volume[]]
  return { own, others }
}

/**
 * The volumes that a pod of this tester is to mark, a line each: those that bear no mark, were never seen with one, and
 * are no directory that a driver may have made for a path that is wrong.
 */
export const markingOf = (
  tester: PodTester,
  stayed: Told,
  testers: readonly PodTester[],
  scene: Scene,
): string[] => {
  const before = markedBefore(scene)
  const lines = byName(linesTold(stayed, 'volume'))
  return tester.volumes.flatMap((volume) => {
    const line = lines.get(volume.name)
    if (line === undefined || isReadOnly(volume) || before.has(volume.name) || isNewborn(line)) return []
    const { own, others } = marksIn(line, volume, scene.inventory)
    if (own.length + others.length > 0) return []
    const files = testers.flatMap((writer) =>
      writer.volumes
        .filter((one) => nasPlaceOf(one) === nasPlaceOf(volume))
        .map(({ name }) => fileOf(writer, name)),
    )
    return [[volume.name, `${marksOf(scene.inventory)}${volume.name}`, ...files].join(' ')]
  })
}

/** The volumes that a pod of this tester has marked. */
export const marksLeft = ({ looked }: PodsTold): string[] =>
  looked.kind === 'failed' ? [] : linesTold(looked.told, 'mark').map(({ name }) => name)

/** The volumes of a group that bear a mark, or do now, and of which that is not remembered. */
export const markedVolumes = (outcomes: readonly PodsTold[], group: string, scene: Scene): string[] => {
  const before = markedBefore(scene)
  const found = outcomes.flatMap((outcome) => {
    const { tester, stayed } = outcome
    if (tester.group.name !== group || stayed.kind === 'failed') return []
    const made = marksLeft(outcome)
    const lines = byName(linesTold(stayed, 'volume'))
    return tester.volumes.flatMap((volume) => {
      const line = lines.get(volume.name)
      if (line === undefined || before.has(volume.name)) return []
      const { own, others } = marksIn(line, volume, scene.inventory)
      return others.length === 0 && (own.length > 0 || made.includes(volume.name)) ? [volume.name] : []
    })
  })
  return [...new Set(found)]
}

/** Keeps in mind which volumes of a group are marked. */
export const rememberMarks = async (
  group: string,
  volumes: readonly string[],
  cluster: KubeConnection,
  signal: AbortSignal,
): Promise<void> => {
  const namespace = await cluster.read(pathOf(NAMESPACE, undefined, group), signal)
  if (namespace === undefined) return
  const all = [...new Set([...annotationOf(namespace), ...volumes])].toSorted()
  const { metadata } = namespace
  const annotations = { ...metadata.annotations, [MARKED_ANNOTATION]: all.join(' ') }
  await cluster.replace(NAMESPACE, { ...namespace, metadata: { ...metadata, annotations } }, { signal })
}
