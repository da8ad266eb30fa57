import * as assert from 'uvu/assert'
import { claimsBesides, isForMany, unseenClaims } from '../../../../lib/checks/in-pods/claims.ts'
import {
  type Kind,
  type KubeObject,
  type Metadata,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
} from '../../../../lib/kube/object.ts'
import { sceneOf } from '../../../support/scene.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('claims that the inventory does not name')

const bound = (name: string, mode: string, spec: object): [KubeObject, KubeObject] => [
  objectOf(PERSISTENT_VOLUME, { name }, { spec }),
  objectOf(
    PERSISTENT_VOLUME_CLAIM,
    { name, namespace: 'dev1' },
    { spec: { volumeName: name, accessModes: [mode] }, status: { phase: 'Bound' } },
  ),
]

const objectOf = ({ apiVersion, kind }: Kind, metadata: Metadata, more: object): KubeObject => ({
  apiVersion,
  kind,
  metadata,
  ...more,
})

const ON_NAS = { nfs: { server: 'nas.example.com', path: '/elsewhere' } }

it('are looked into by pods, or named where a pod could keep others from a directory', () => {
  const pairs = [
    bound('many', 'ReadWriteMany', ON_NAS),
    bound('one', 'ReadWriteOnce', ON_NAS),
    bound('alone', 'ReadWriteOncePod', ON_NAS),
    bound('disk', 'ReadWriteOnce', { csi: { driver: 'disk.example.com', volumeHandle: 'd-1' } }),
  ]
  const scene = sceneOf(
    {},
    {
      items: ({ kind }) =>
        pairs.map(([volume, claim]) => (kind === PERSISTENT_VOLUME_CLAIM.kind ? claim : volume)),
    },
  )
  assert.equal(
    claimsBesides(scene, 'dev1')
      .filter(isForMany)
      .map(({ metadata }) => metadata.name),
    ['many'],
  )
  assert.equal(claimsBesides(scene, 'dev2'), [])
  assert.equal(
    unseenClaims(scene).map(({ check, verdict, subjects }) => `${check.id} ${verdict} ${subjects}`),
    ['G4 untested dev1/one', 'G4 untested dev1/alone'],
  )
})

it.run()
