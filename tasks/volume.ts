// A directory on the NAS as a static volume, reserved for one claim.
import * as z from 'zod'
import {
  attributesFor,
  csiDriver,
  DEFAULT_DRIVER,
  DRIVER_WORDS,
  isSetByUs,
  objectType,
  PERSISTENT_VOLUME,
  type PersistentVolume,
  quote,
  type VolumeDriver,
} from '../lib/task.ts'

/** What else a volume may mount that somebody made: none of it can be changed. */
const OTHER_SOURCES = ['flexVolume', 'hostPath', 'local', 'iscsi', 'fc', 'cephfs', 'rbd', 'glusterfs']

export const volume = objectType({
  name: 'volume',
  kind: PERSISTENT_VOLUME,
  schema: z.strictObject({
    name: z.string(),
    server: z.string(),
    path: z.string(),
    size: z.string(),
    access: z.enum(['ReadWriteMany', 'ReadOnlyMany']),
    driver: z
      .union([
        z.enum(DRIVER_WORDS),
        z.strictObject({ driver: z.string(), attributes: z.record(z.string(), z.string()) }),
      ])
      .default(DEFAULT_DRIVER),
    /** Unique in the cluster: a kubelet takes two volumes with one handle for the same. */
    volumeHandle: z.string(),
    mountOptions: z.array(z.string()).exactOptional(),
    claim: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  build: ({ name, server, path, size, access, driver, volumeHandle, mountOptions, claim }) => ({
    metadata: { name, ...(driver === 'alibaba' && { labels: { 'alicloud-pvname': name } }) },
    spec: {
      capacity: { storage: size },
      accessModes: [access],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      ...optionsOf({ driver, access, mountOptions }),
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim },
      ...Object.fromEntries(OTHER_SOURCES.map((source) => [source, null])),
      ...sourceFor(driver, { server, path }, volumeHandle),
    },
  }),
  sets: ['spec.accessModes'],
  quantities: ['spec.capacity'],
  immutable: {
    fields: [
      ...['csi', 'nfs', ...OTHER_SOURCES].map((source) => `spec.${source}`),
      'spec.claimRef.namespace',
      'spec.claimRef.name',
    ],
    hint({ name }, live) {
      // The claim that holds it now, which may be in another namespace than the wanted one.
      const { claimRef } = (live as PersistentVolume).spec ?? {}
      const claim =
        claimRef?.name === undefined || claimRef.namespace === undefined
          ? ''
          : `end the pods that mount it, kubectl delete pvc ${quote(claimRef.name)} -n ${quote(claimRef.namespace)}, `
      return (
        'the data on the NAS stays; by hand, in this order: ' +
        `kubectl patch pv ${name} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}', ${claim}` +
        `kubectl delete pv ${name}, then run again`
      )
    },
  },
  mend(want, live) {
    const { status, spec }: PersistentVolume = live
    const isReleased = status?.phase === 'Released' && isFor(live, want.claim)
    const isOptionLeft = isSetByUs(live, 'spec', 'mountOptions') && !('mountOptions' in optionsOf(want))
    if (!isReleased && !isOptionLeft) return undefined
    return {
      diffs: [
        ...(isReleased ? [{ field: 'status.phase', from: 'Released', to: 'Available' }] : []),
        ...(isOptionLeft ? [{ field: 'spec.mountOptions', from: [...(spec?.mountOptions ?? [])] }] : []),
      ],
      want: {
        spec: {
          // The dead claim's uid keeps a new claim of the same name from being bound.
          ...(isReleased && { claimRef: { uid: null, resourceVersion: null } }),
          ...(isOptionLeft && { mountOptions: null }),
        },
      },
    }
  },
  // A claim made before the binder has seen its volume waits for the next round, up to 15 seconds.
  settled(_, live) {
    const { status }: PersistentVolume = live
    return (status?.phase ?? 'Pending') === 'Pending' ? 'the volume binder has not seen it yet' : true
  },
  // What no claim holds, nobody mounts.
  access: ({ status }: PersistentVolume) =>
    status?.phase === 'Bound' ? 'may still mount the directory' : undefined,
  protect: ({ metadata: { name } }) =>
    `once nothing claims it: kubectl delete pv ${name}, and the data on the NAS stays`,
})

const sourceFor = (
  driver: VolumeDriver,
  directory: { server: string; path: string },
  volumeHandle: string,
) => {
  const csi = csiDriver(driver)
  if (csi === undefined) return { nfs: directory, csi: null }
  const volumeAttributes = { ...attributesFor(csi, directory), ...(driver === 'csi-nfs' && WHOLE_SHARE) }
  return { csi: { driver: csi.driver, volumeHandle, volumeAttributes }, nfs: null }
}

/** nfs.csi.k8s.io mounts a directory in the share where one is named, in any case of letters. */
const WHOLE_SHARE = { subDir: null, subdir: null }

interface Options {
  driver: VolumeDriver
  access: string
  mountOptions?: readonly string[] | undefined
}

/** By NFS every pod can only read where a mount option says so; other drivers have the access mode. */
const optionsOf = ({ driver, access, mountOptions: given = [] }: Options) => {
  const isOurs = access === 'ReadOnlyMany' && (driver === 'nfs' || driver === 'csi-nfs')
  const mountOptions = isOurs && !given.includes('ro') ? [...given, 'ro'] : given
  return mountOptions.length === 0 ? {} : { mountOptions }
}

const isFor = (
  { spec }: PersistentVolume,
  { namespace, name }: { namespace: string; name: string },
): boolean => {
  const { claimRef } = spec ?? {}
  return claimRef?.namespace === namespace && claimRef.name === name
}
