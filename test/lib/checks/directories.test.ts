import * as assert from 'uvu/assert'
import { directories } from '../../../lib/checks/directories.ts'
import { type KubeObject, PERSISTENT_VOLUME } from '../../../lib/kube/object.ts'
import { clusterOf, found } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('directories')

interface Made {
  claim?: string
  phase?: string
  policy?: string
  ours?: true
}

const volume = (
  name: string,
  source: object,
  { claim, phase = claim === undefined ? 'Available' : 'Bound', policy = 'Retain', ours }: Made = {},
): KubeObject => {
  const [namespace, of] = claim?.split('/') ?? []
  return live(
    PERSISTENT_VOLUME,
    name,
    {
      spec: {
        ...source,
        persistentVolumeReclaimPolicy: policy,
        ...(claim !== undefined && { claimRef: { namespace, name: of } }),
      },
      status: { phase },
    },
    ours ? {} : { labels: {} },
  )
}

const nas = (path: string, server = 'nas'): object => ({ csi: { volumeAttributes: { server, path } } })

const lines = (id: string, ...objects: KubeObject[]): string[] =>
  found(directories, id, clusterOf(objects)).filter((line) => !line.startsWith('pass'))

it('names a volume that any claim can take, by whatever driver it mounts the directory', () => {
  const sources = {
    csi: nas('/dev1'),
    server: { csi: { volumeAttributes: { server: 'nas:/dev1' } } },
    driver: { csi: { volumeAttributes: { server: 'nas', share: '/dev1' } } },
    nfs: { nfs: { server: 'NAS', path: '/dev1/' } },
    flex: { flexVolume: { options: { server: 'nas.', path: '//dev1/./' } } },
  }
  for (const [name, source] of Object.entries(sources))
    assert.equal(lines('G2', volume(name, source)), [
      'fail dev1/dev1-public: ' +
        `PersistentVolume ${name}, nas:/dev1, Available → kubectl delete pv ${name}`,
    ])
  assert.equal(
    lines('G2', volume('local', { hostPath: { path: '/dev1' } }), volume('far', nas('/dev1', 'nas2'))),
    [],
  )
})

it('names a volume of the directory itself, of what holds it and of what is in it, for another group', () => {
  const reached = (path: string, claim: string): string[] =>
    lines('G2', volume('spy', nas(path), { claim })).map((line) => line.replace(/:.*/s, ''))
  assert.equal(reached('/dev1', 'dev2/spy'), ['fail dev1/dev1-public (dev2)'])
  assert.equal(reached('/dev1/models', 'dev2/spy'), ['fail dev1/dev1-public (dev2)'])
  assert.equal(reached('/', 'dev2/spy').length, 4)
  assert.equal(reached('/dev10', 'dev2/spy'), [])
  assert.equal(reached('/dev1/models', 'dev1/mine'), [])
  assert.equal(reached('/all/models', 'dev2/mine'), [])
  assert.equal(reached('/all', 'elsewhere/spy'), ['fail dev1/all-dev1', 'fail dev2/all-dev2'])
})

it('has a bound volume taken away in the order that keeps the data', () => {
  const [line] = lines('G2', volume('spy', nas('/dev1'), { claim: 'dev2/spy', policy: 'Delete' }))
  assert.is(
    line!,
    'fail dev1/dev1-public (dev2): PersistentVolume spy, nas:/dev1, Bound → kubectl patch pv spy -p ' +
      `'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}' && kubectl delete pvc spy -n dev2 && ` +
      'kubectl delete pv spy',
  )
})

it('has setup reserve a volume of the inventory that lies open', () => {
  const [line] = lines('G2', volume('dev1-public', nas('/dev1'), { ours: true }))
  assert.is(line!, 'fail dev1/dev1-public: PersistentVolume dev1-public, nas:/dev1, Available → run setup')
})

it('tells of volumes that the inventory no longer names', () => {
  const [line] = lines('G2', volume('old', nas('/old'), { claim: 'dev1/old', phase: 'Released', ours: true }))
  assert.is(line, 'gap old → kubectl delete pv old')
  assert.match(lines('G2', volume('old', nas('/old'), { claim: 'dev1/old', ours: true }))[0]!, /^fail old → /)
  assert.match(lines('G2', volume('old', nas('/old'), { claim: 'gone/old', ours: true }))[0]!, /^gap old → /)
  assert.is(lines('G2', volume('old', nas('/old'), { ours: true }))[0]!, 'fail old → kubectl delete pv old')
})

it('names volumes whose data goes with the claim', () => {
  assert.equal(
    lines('G6', volume('dev1-public', nas('/dev1'), { claim: 'dev1/dev1-public', policy: 'Delete' })),
    [
      'fail dev1/dev1-public: PersistentVolume dev1-public → kubectl ' +
        `patch pv dev1-public -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
    ],
  )
})

it.run()
