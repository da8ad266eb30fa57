// A directory on the NAS as a static volume, reserved for one claim.
import { z } from 'zod'
import { type KubeObject, objectType, PERSISTENT_VOLUME } from '../lib/task.ts'

/** Alibaba Cloud's CSI driver for NAS. */
const DRIVER = 'nasplugin.csi.alibabacloud.com'

export const volume = objectType({
  name: 'volume',
  kind: PERSISTENT_VOLUME,
  schema: z.strictObject({
    name: z.string(),
    server: z.string(),
    path: z.string(),
    size: z.string(),
    access: z.enum(['ReadWriteMany', 'ReadOnlyMany']),
    /** Unique in the cluster: a kubelet takes two volumes with one handle for the same. */
    volumeHandle: z.string(),
    mountOptions: z.array(z.string()).exactOptional(),
    claim: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  build: ({ name, server, path, size, access, volumeHandle, mountOptions, claim }) => ({
    metadata: { name, labels: { 'alicloud-pvname': name } },
    spec: {
      capacity: { storage: size },
      accessModes: [access],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      ...(mountOptions && { mountOptions }),
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim },
      csi: { driver: DRIVER, volumeHandle, volumeAttributes: { server, path } },
    },
  }),
  sets: ['spec.accessModes'],
  quantities: ['spec.capacity'],
  immutable: {
    fields: ['spec.csi', 'spec.claimRef.namespace', 'spec.claimRef.name'],
    hint: ({ name, claim }) =>
      'the data on the NAS stays; by hand, in this order: end the pods that mount it, kubectl delete ' +
      `pvc ${claim.name} -n ${claim.namespace}, kubectl delete pv ${name}, then run again`,
  },
  mend: ({ claim }, live) => {
    const { phase } = statusOf(live)
    if (phase !== 'Released' || !isFor(live, claim)) return undefined
    // The dead claim's uid keeps a new claim of the same name from being bound.
    return {
      diffs: [{ field: 'status.phase', from: 'Released', to: 'Available' }],
      want: { spec: { claimRef: { uid: null, resourceVersion: null } } },
    }
  },
  // A claim made before the binder has seen its volume waits for the next round, up to 15 seconds.
  settled(_, live) {
    const { phase = 'Pending' } = statusOf(live)
    return phase === 'Pending' ? 'the volume binder has not seen it yet' : true
  },
  access: 'may still mount the directory',
  protect: ({ metadata: { name } }) =>
    `once nothing claims it: kubectl delete pv ${name}, and the data on the NAS stays`,
})

const statusOf = ({ status }: KubeObject): { phase?: string } => (status ?? {}) as { phase?: string }

const isFor = ({ spec }: KubeObject, { namespace, name }: { namespace: string; name: string }): boolean => {
  const { claimRef } = spec as { claimRef?: { namespace?: string; name?: string } }
  return claimRef?.namespace === namespace && claimRef.name === name
}
