import { PERSISTENT_VOLUME } from '../../lib/kube/object.ts'
import { volume } from '../../tasks/volume.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev1'] }
const want = {
  name: 'dev1-public',
  server: 'nas.example.com',
  path: '/dev1',
  size: '5Gi',
  access: 'ReadWriteMany',
  volumeHandle: 'dev1-public',
  claim: { namespace: 'dev1', name: 'dev1-public' },
} as const

const there = (changed: object = {}, status: object = { phase: 'Bound' }, metadata: object = {}) => [
  live(
    PERSISTENT_VOLUME,
    'dev1-public',
    {
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        volumeMode: 'Filesystem',
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'dev1',
          name: 'dev1-public',
          uid: 'c',
          resourceVersion: '1',
        },
        csi: {
          driver: 'nasplugin.csi.alibabacloud.com',
          volumeHandle: 'dev1-public',
          volumeAttributes: { server: 'nas.example.com', path: '/dev1' },
        },
        ...changed,
      },
      status,
    },
    {
      belongs,
      labels: {
        ...live(PERSISTENT_VOLUME, 'x', {}, { belongs }).metadata.labels,
        'alicloud-pvname': 'dev1-public',
      },
      ...metadata,
    },
  ),
]

const managed = (manager: string) => ({
  manager,
  operation: 'Apply',
  fieldsV1: { 'f:spec': { 'f:mountOptions': {} } },
})

cases(volume, {
  'absent → created, reserved for its claim': {
    want,
    belongs,
    op: 'create',
    does: [
      '"persistentVolumeReclaimPolicy":"Retain"',
      '"storageClassName":""',
      '"claimRef"',
      '"volumeHandle":"dev1-public"',
    ],
  },
  'bound, with what the server adds → kept': { want, belongs, have: there() },
  'it would be deleted with its claim → Retain': {
    want,
    belongs,
    have: there({ persistentVolumeReclaimPolicy: 'Delete' }),
    op: 'update',
    why: ['spec.persistentVolumeReclaimPolicy'],
  },
  'another directory → refused with the hand steps': {
    want: { ...want, path: '/elsewhere' },
    belongs,
    have: there(),
    op: 'refuse',
    why: ['spec.csi.volumeAttributes.path'],
    names: ['kubectl delete pvc dev1-public -n dev1', 'kubectl delete pv dev1-public'],
  },
  "reserved for somebody else's claim → refused": {
    want,
    belongs,
    have: there({ claimRef: { namespace: 'dev9', name: 'stolen' } }),
    op: 'refuse',
    why: [
      'spec.claimRef.apiVersion',
      'spec.claimRef.kind',
      'spec.claimRef.namespace',
      'spec.claimRef.name',
    ].slice(2),
    names: ['kubectl delete pvc stolen -n dev9, kubectl delete pv dev1-public'],
  },
  'reserved for nobody → reserved': {
    want,
    belongs,
    have: there({ claimRef: undefined }, { phase: 'Available' }),
    op: 'update',
  },
  'released by a claim that is gone → free for a new claim of that name': {
    want,
    belongs,
    have: there({}, { phase: 'Released' }),
    op: 'update',
    why: ['status.phase'],
    does: [
      '"do":"replace"',
      '"claimRef":{"apiVersion":"v1","kind":"PersistentVolumeClaim","namespace":"dev1","name":"dev1-public"}',
    ],
  },
  'mount options of ours that the inventory no longer has, as the one for reading → taken away': {
    want: { ...want, driver: 'nfs' },
    belongs,
    have: there(
      { csi: undefined, nfs: { server: 'nas.example.com', path: '/dev1' }, mountOptions: ['ro'] },
      undefined,
      { managedFields: [managed('arena-playbooks')] },
    ),
    op: 'update',
    why: ['spec.mountOptions'],
    does: ['"do":"replace"'],
  },
  'mount options of somebody else, where the inventory has none → kept': {
    want,
    belongs,
    have: there({ mountOptions: ['nolock'] }, undefined, { managedFields: [managed('kubectl-edit')] }),
  },
  'mounted by NFS of Kubernetes → no driver, no handle, no label of Alibaba Cloud': {
    want: { ...want, driver: 'nfs' },
    belongs,
    op: 'create',
    does: ['"nfs":{"server":"nas.example.com","path":"/dev1"}'],
  },
  'mounted by nfs.csi.k8s.io, for reading → a mount option that makes every pod read': {
    want: { ...want, driver: 'csi-nfs', access: 'ReadOnlyMany', mountOptions: ['vers=4.1'] },
    belongs,
    op: 'create',
    does: [
      '"mountOptions":["vers=4.1","ro"]',
      '"driver":"nfs.csi.k8s.io","volumeHandle":"dev1-public"',
      '"volumeAttributes":{"server":"nas.example.com","share":"/dev1"}',
    ],
  },
  'mounted by a driver of the site → its attributes filled in': {
    want: {
      ...want,
      driver: { driver: 'fs.example.com', attributes: { source: '{server}:{path}', a: 'b' } },
    },
    belongs,
    op: 'create',
    does: ['"volumeAttributes":{"source":"nas.example.com:/dev1","a":"b"}'],
  },
  ...Object.fromEntries(
    (['nfs', 'csi-nfs', { driver: 'fs.example.com', attributes: { at: '{server}:{path}' } }] as const).map(
      (driver) => [
        `another driver than the volume has, ${JSON.stringify(driver)} → refused with the hand steps`,
        {
          want: { ...want, driver },
          belongs,
          have: there(),
          op: 'refuse' as const,
          why: [driver === 'nfs' ? 'spec.csi' : 'spec.csi.driver'],
          names: ['"Retain"', 'kubectl delete pvc dev1-public -n dev1'],
        },
      ],
    ),
  ),
  'made by hand with in-tree NFS, and a CSI driver is wanted → refused': {
    want,
    belongs,
    have: there({ csi: undefined, nfs: { server: 'nas.example.com', path: '/dev1' } }),
    op: 'refuse',
    why: ['spec.nfs'],
  },
  'made by hand with flexVolume → refused, not tried': {
    want,
    belongs,
    have: there({ csi: undefined, flexVolume: { driver: 'alicloud/nas' } }),
    op: 'refuse',
    why: ['spec.flexVolume'],
  },
  'nfs.csi.k8s.io with a directory of its own in the share → another directory: refused': {
    want: { ...want, driver: 'csi-nfs' },
    belongs,
    have: there({
      csi: {
        driver: 'nfs.csi.k8s.io',
        volumeHandle: 'dev1-public',
        volumeAttributes: { server: 'nas.example.com', share: '/dev1', subDir: 'else' },
      },
    }),
    op: 'refuse',
    why: ['spec.csi.volumeAttributes.subDir'],
  },
  'a volume that nobody wants → named, never deleted': {
    want,
    belongs,
    have: [...there(), live(PERSISTENT_VOLUME, 'old', {}, { belongs })],
    strays: { old: 'keep' },
  },
}).run()
