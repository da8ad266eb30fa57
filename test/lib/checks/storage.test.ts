import * as assert from 'uvu/assert'
import { storage } from '../../../lib/checks/storage.ts'
import {
  CSI_DRIVER,
  type KubeObject,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
} from '../../../lib/kube/object.ts'
import { clusterOf, found, repairsOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('storage')

interface Change {
  spec?: object
  csi?: object
  phase?: string
}

const volume = (name: string, namespace: string, path: string, { spec, csi, phase = 'Bound' }: Change = {}) =>
  live(PERSISTENT_VOLUME, name, {
    spec: {
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace, name, uid: `uid-${namespace}/${name}` },
      csi: {
        driver: 'nasplugin.csi.alibabacloud.com',
        volumeHandle: name,
        volumeAttributes: { server: 'NAS.', path },
        ...csi,
      },
      ...spec,
    },
    status: { phase },
  })

const claim = (name: string, namespace: string, { spec, phase = 'Bound' }: Change = {}): KubeObject =>
  live(PERSISTENT_VOLUME_CLAIM, `${namespace}/${name}`, {
    spec: { accessModes: ['ReadWriteMany'], storageClassName: '', volumeName: name, ...spec },
    status: { phase },
  })

const ALL: readonly KubeObject[] = [
  volume('dev1-public', 'dev1', '/dev1'),
  volume('dev2-public', 'dev2', '/dev2/'),
  volume('all-dev1', 'dev1', '/all'),
  volume('all-dev2', 'dev2', '/all'),
  ...(['dev1-public', 'all-dev1'] as const).map((name) => claim(name, 'dev1')),
  ...(['dev2-public', 'all-dev2'] as const).map((name) => claim(name, 'dev2')),
]

/** The same, but for one object. */
const but = (changed: KubeObject): KubeObject[] => [
  ...ALL.filter(({ kind, metadata }) => kind !== changed.kind || metadata.name !== changed.metadata.name),
  changed,
]

const lines = (id: string, objects: readonly KubeObject[]): string[] =>
  found(storage, id, clusterOf(objects)).filter((line) => !line.startsWith('pass'))

it('finds nothing wrong with what setup makes', () => {
  for (const id of ['G1', 'G2', 'G6']) assert.equal(lines(id, ALL), [], id)
  assert.is(found(storage, 'G1', clusterOf(ALL)).length, 4)
})

it('says how a claim or its volume differs', () => {
  const said = (changed: KubeObject): string =>
    lines('G1', but(changed))
      .map((line) => line.replace('fail dev1/dev1-public: ', ''))
      .map((line) => line.replace(/ → run setup.*/, ''))
      .join('; ')
  const one = (change: Change): string => said(volume('dev1-public', 'dev1', '/dev1', change))
  const two = (change: Change): string => said(claim('dev1-public', 'dev1', change))
  assert.is(said(volume('dev1-public', 'dev1', '/elsewhere')), 'path is /elsewhere, not /dev1')
  assert.is(one({ csi: { volumeHandle: 'other' } }), 'volumeHandle is other, not dev1-public')
  assert.is(
    one({ phase: 'Available', spec: { claimRef: { namespace: 'dev1', name: 'dev1-public' } } }),
    'the volume is Available, not Bound; claimRef.uid is absent, not uid-dev1/dev1-public',
  )
  assert.is(
    one({ spec: { accessModes: ['ReadWriteMany', 'ReadWriteOnce'] } }),
    'accessModes is ReadWriteMany,ReadWriteOnce, not ReadWriteMany',
  )
  assert.is(one({ spec: { storageClassName: 'nas' } }), 'storageClassName is nas, not ""')
  assert.is(two({ phase: 'Pending' }), 'the claim is Pending, not Bound')
  assert.is(two({ spec: { volumeName: 'spy' } }), 'volumeName of the claim is spy, not dev1-public')
  assert.is(two({ spec: { storageClassName: undefined } }), 'storageClassName of the claim is absent, not ""')
})

it('fails for a volume or a claim that is being deleted, though both are bound', () => {
  for (const one of [volume('dev1-public', 'dev1', '/dev1'), claim('dev1-public', 'dev1')]) {
    const metadata = { ...one.metadata, deletionTimestamp: '2026-11-29T02:00:00Z' }
    const said = lines('G1', but({ ...one, metadata }))
    assert.is(said.length, 1)
    assert.match(said[0]!, `fail dev1/dev1-public: ${one.kind}`)
  }
})

it('fails for a volume or a claim that is not there', () => {
  assert.match(lines('G1', ALL.slice(1))[0]!, /^fail dev1\/dev1-public: .*PersistentVolume → run setup/)
  assert.match(lines('G1', ALL.slice(0, 4))[0]!, /^fail dev\d\/\S+: .*claim → run setup/)
})

it('names a volume that has the handle of another', () => {
  const twin = volume('twin', 'elsewhere', '/twin', { csi: { volumeHandle: 'dev1-public' } })
  assert.equal(lines('G1', [...ALL, twin]), ['fail dev1/dev1-public: PersistentVolume twin → advice'])
})

const byNfs = (name: string, namespace: string, path: string) =>
  volume(name, namespace, path, { spec: { csi: undefined, nfs: { server: 'nas', path } } })

it('knows a directory by whatever driver it is mounted, and names a volume of another driver', () => {
  assert.equal(lines('G1', but(byNfs('dev1-public', 'dev1', '/dev1'))), [
    'fail dev1/dev1-public: the driver is nfs, not nasplugin.csi.alibabacloud.com → run setup',
    'fail dev1/dev1-public: volumeHandle is absent, not dev1-public → run setup',
  ])
  const spy = byNfs('spy', 'elsewhere', '/')
  assert.is(lines('G2', [...ALL, spy]).filter((line) => line.startsWith('fail')).length, 4)
  assert.match(lines('G2', [...ALL, spy])[0]!, /PersistentVolume spy, nas:\/, Bound → kubectl delete pvc/)
})

it('passes over a volume that the inventory trusts', () => {
  const scene = clusterOf([...ALL, byNfs('spy', 'elsewhere', '/')], {
    trusted: [{ kind: 'PersistentVolume', name: 'spy', reason: 'backup' }],
  })
  assert.equal(
    found(storage, 'G2', scene).filter((line) => !line.startsWith('pass')),
    [],
  )
})

it('fails for a driver that is not registered, once with its volumes', () => {
  assert.match(
    lines('G9', ALL).join(),
    /^fail nasplugin\.csi\.alibabacloud\.com: dev1-public, dev2-public, all-dev1, all-dev2 → advice/,
  )
  assert.equal(lines('G9', [...ALL, live(CSI_DRIVER, 'nasplugin.csi.alibabacloud.com')]), [])
})

it("says by hand what only pods can tell, with the groups' own names", () => {
  assert.match(found(storage, 'G4', clusterOf([]))[0]!, /^untested dev1 → there: runuser/)
  const [byHand] = repairsOf(storage, 'G4', clusterOf([]))
  assert.match(byHand!, /^there: runuser -l bob -c 'arena submit tf .*--data=dev1-public:\/data "touch/)
  assert.match(byHand!, /runuser -l tom -c '.*--data=dev2-public:\/data "ls/)
  assert.match(repairsOf(storage, 'G7', clusterOf([]))[0]!, /nc -w 5 nas 2049/)
})

it.run()
