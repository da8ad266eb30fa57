import { readableQuantity, sameQuantity } from '../base/quantity.ts'
import { OWNER_LABEL } from '../conventions/labels.ts'
import { VOLUME_SIZE } from '../conventions/presets.ts'
import { objectId } from '../kube/object.ts'
import type { VolumeSpec } from '../kube/shapes.ts'
import { DEFAULT_DRIVER, type VolumeDriver } from '../kube/volume-driver.ts'
import { driverOf, lineFor, type Pair, pairsIn, writtenDirectoryOf } from './claimed-volumes.ts'
import { command, type Note, type VolumeInput } from './remark.ts'
import { type ServedVolume, written } from './sharing.ts'
import type { World } from './world.ts'

/** Volumes as an inventory has them. */
export interface FoundVolumes {
  volumes: VolumeInput[]
  /** The server and the driver of most volumes, and the mount options that all of them have. */
  nas: { server: string; driver?: VolumeDriver; mountOptions?: string[] } | undefined
}

type DrivenVolume = ServedVolume & { driver: VolumeDriver }

/** Directories of the NAS that are claimed in the namespaces of groups. */
export const volumesIn = (
  world: World,
  owner: string,
  groups: readonly string[],
  note: Note,
): FoundVolumes => {
  const pairs = pairsIn(world, groups, note)
  const handles = Map.groupBy(pairs, handleOf)
  const taken = pairs.flatMap((pair): { volume: DrivenVolume; spec: VolumeSpec }[] => {
    const volume = volumeOf(pair, owner, handles.get(handleOf(pair))!, note)
    return volume === undefined ? [] : [{ volume, spec: pair.spec }]
  })
  const server = commonest(taken.map(({ volume }) => volume.server))
  const driver =
    commonest(
      taken.map(({ volume }) => volume.driver),
      JSON.stringify,
    ) ?? DEFAULT_DRIVER
  const volumes = taken
    .map(({ volume }) => without(driver, volume))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return {
    volumes: volumes.map((volume) => written(volume, volumes, server, note)),
    nas:
      server === undefined
        ? undefined
        : { server, ...(driver !== DEFAULT_DRIVER && { driver }), ...optionsOn(server, taken) },
  }
}

/** The value that occurs most; the first of several. */
export const commonest = <T>(
  values: readonly T[],
  key: (value: T) => unknown = (value) => value,
): T | undefined => [...Map.groupBy(values, key).values()].toSorted((a, b) => b.length - a.length)[0]?.[0]

/** By what kubelets know a volume; one without a CSI driver by its name. */
const handleOf = ({ volume, spec: { csi } }: Pair): string =>
  csi === undefined ? volume.metadata.name : `${csi.driver}^${csi.volumeHandle}`

const without = (driver: VolumeDriver, { driver: own, ...volume }: DrivenVolume): ServedVolume =>
  JSON.stringify(own) === JSON.stringify(driver) ? volume : { ...volume, driver: own }

const volumeOf = (
  pair: Pair,
  owner: string,
  sameHandle: readonly Pair[],
  note: Note,
): DrivenVolume | undefined => {
  const { volume, spec, claimOf, claim } = pair
  const { name, labels = {} } = volume.metadata
  const holder = labels[OWNER_LABEL]
  const directory = writtenDirectoryOf(spec)
  const leftOut = (says: string, next: string): undefined => note(name, says, next) as undefined
  if (holder !== undefined && holder !== owner)
    return leftOut(`belongs to the inventory ${holder} already`, 'go on with that one')
  if (directory === undefined)
    return leftOut(
      `is claimed by ${objectId(claimOf)} and is no directory of the NAS by server and path`,
      byHand(name, claimOf, spec),
    )
  const problem = problemWith(pair, directory.path, sameHandle)
  if (problem !== undefined) return leftOut(problem, anew(name, claimOf, spec))

  const [capacity, claimed] = [spec.capacity?.storage, claim?.resources?.requests?.storage].map(
    (amount) => amount && readableQuantity(amount),
  )
  const size = claimed ?? capacity ?? VOLUME_SIZE
  if (capacity !== undefined && !sameQuantity(capacity, size))
    note(
      name,
      `is shown with ${capacity} and claimed with ${size}: an inventory has one size`,
      'setup shows the size of the claim; the NAS enforces neither',
    )
  const { description, owner: shownOwner } = claim?.metadata.annotations ?? {}
  const handle = spec.csi?.volumeHandle
  return {
    name,
    group: claimOf.namespace,
    ...directory,
    driver: driverOf(spec)!,
    ...(!sameQuantity(size, VOLUME_SIZE) && { size }),
    ...(modesOf(pair)[0] === 'ReadOnlyMany' && { access: 'ReadOnlyMany' as const }),
    ...(handle !== undefined && handle !== name && { volumeHandle: handle }),
    ...(description && { description }),
    ...(shownOwner && { owner: shownOwner }),
  }
}

const modesOf = ({ claim, spec }: Pair): readonly string[] => claim?.accessModes ?? spec.accessModes ?? []

/** What of a volume and its claim an inventory cannot say and nobody can change. */
const problemWith = (pair: Pair, path: string, sameHandle: readonly Pair[]): string | undefined => {
  const { volume, spec, claimOf, claim } = pair
  const { name } = volume.metadata
  const within = Object.keys(spec.csi?.volumeAttributes ?? {}).find((key) => /^subdir$/i.test(key))
  if (driverOf(spec) === undefined)
    return 'is mounted with flexVolume: an inventory makes volumes of CSI drivers and of NFS'
  if (within !== undefined && spec.csi?.volumeAttributes?.[within])
    return `has ${within} in its attributes: an inventory says the whole directory in path`
  if (claimOf.name !== name)
    return `is claimed as ${objectId(claimOf)}: an inventory has one name for a volume and its claim`
  if (claim?.volumeName && claim.volumeName !== name)
    return `is kept for ${objectId(claimOf)}, which has the volume ${claim.volumeName}`
  const modes = modesOf(pair)
  if (modes.length !== 1 || !['ReadWriteMany', 'ReadOnlyMany'].includes(modes[0]!))
    return `is mounted as ${modes.join(', ')}: an inventory says ReadWriteMany or ReadOnlyMany`
  if (claim?.storageClassName)
    return `is claimed with the storage class ${claim.storageClassName}: a reserved volume has none`
  if (path.length > 1 && path.endsWith('/'))
    return `has the path ${path}: an inventory writes it without / at its end`
  const twin = sameHandle.map((other) => other.volume.metadata.name).find((other) => other < name)
  return twin === undefined
    ? undefined
    : `has the volumeHandle of ${twin}: a pod that mounts both cannot start`
}

/** verify fails for what an inventory neither has nor trusts. */
const byHand = (name: string, { namespace, name: claim }: Pair['claimOf'], { csi }: VolumeSpec): string => {
  const trusted =
    `{ kind: 'PersistentVolume', name: '${name}', reason: '…' } and ` +
    `{ kind: 'PersistentVolumeClaim', namespace: '${namespace}', name: '${claim}', reason: '…' } in trusted`
  const { driver = '…', volumeAttributes = {} } = csi ?? {}
  // Disks have none: an inventory is about directories.
  const hasPath = Object.values(volumeAttributes).some((value) => value.includes('/'))
  if (!hasPath || claim !== name) return `if it is meant: ${trusted}`
  const by = `{ driver: '${driver}', attributes: ${JSON.stringify(volumeAttributes)} }`
  return (
    `if it is meant: { name: '${name}', group: '${namespace}', server: '…', path: '…', driver: ${by} } in volumes, ` +
    `with '{server}' and '{path}' where its attributes tell the directory; or ${trusted}`
  )
}

/** The order matters: a volume that is not kept goes with its claim, and may take the data along. */
const anew = (name: string, { namespace, name: claim }: Pair['claimOf'], spec: VolumeSpec): string =>
  [
    'the data stays on the NAS; by hand, in this order:',
    command`kubectl patch pv ${name} -p ${'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'},`,
    'end the pods that mount it,',
    `${command`kubectl delete pvc ${claim} -n ${namespace}`},`,
    `${command`kubectl delete pv ${name}`};`,
    `then ${lineFor(name, namespace, spec)} in volumes, and setup makes both anew`,
  ].join(' ')

/** Mount options count as the NAS's own when no volume on it has others. */
const optionsOn = (
  server: string,
  taken: readonly { volume: ServedVolume; spec: VolumeSpec }[],
): { mountOptions?: string[] } => {
  const all = taken
    .filter(({ volume }) => volume.server === server)
    .map(({ spec }) => spec.mountOptions ?? [])
  const [first = []] = all
  const alike = all.every((options) => JSON.stringify(options) === JSON.stringify(first))
  return first.length > 0 && alike ? { mountOptions: [...first] } : {}
}
