import * as assert from 'uvu/assert'
import { bundlesOf } from '../../../lib/checks/bundles.ts'
import {
  type ForbiddenThing,
  forbiddenThings,
  ofPriorityClasses,
} from '../../../lib/checks/forbidden-pods.ts'
import { bears, carries, PLAIN, pod, withContainer, withVolume } from '../../../lib/checks/workloads.ts'
import { suite } from '../../support/suite.ts'

const it = suite('bundles')

const THINGS = [
  ...forbiddenThings({
    nas: { server: 'nas', path: '/dev2' },
    inlineCsi: { driver: 'csi.example', volumeAttributes: {} },
    accounts: ['ann', 'ben', 'eve'].map((name) => ({ name, whose: name })),
    node: 'worker01',
    neighbour: 'dev2',
    pods: {},
    verifiesImages: true,
  }),
  ...ofPriorityClasses(['urgent']),
]

const objectOf = ({ spec, annotations }: Pick<ForbiddenThing, 'spec' | 'annotations'>): unknown =>
  (pod('dev1', spec, { kind: 'admin' }, annotations) as { create: unknown }).create

it('hold each of their things, as it is by itself', () => {
  for (const bundle of bundlesOf(THINGS))
    for (const [thing, part] of bundle.parts) {
      assert.ok(carries(objectOf(bundle), part), thing.thing)
      assert.ok(bears(objectOf(bundle), thing.annotations ?? {}), thing.thing)
      assert.equal(JSON.parse(JSON.stringify(part).replaceAll(/verify-\d+/g, 'verify')), thing.spec)
    }
})

it('leave out what cannot be beside others, and hold everything else once, in few pods', () => {
  const bundles = bundlesOf(THINGS)
  const held = bundles.flatMap(({ parts }) => [...parts.keys()])
  assert.equal(new Set(held).size, held.length)
  for (const thing of THINGS)
    assert.is(held.includes(thing), thing.alone !== true && thing.thing !== LAST, thing.thing)
  assert.ok(bundles.length <= 3, `${bundles.length}`)
})

/** The third account: no other thing is left to share a pod with. */
const LAST = 'serviceAccountName eve'

it('tell apart two volumes, and put what contradicts each other into two pods', () => {
  const thing = (name: string, spec: ForbiddenThing['spec']): ForbiddenThing => ({
    check: 'E0',
    thing: name,
    spec,
  })
  const nfs = withVolume({ nfs: { server: 'nas', path: '/' } })
  const [both] = bundlesOf([thing('a', nfs), thing('b', withVolume({ hostPath: { path: '/' } }))])
  assert.is((both!.spec['volumes'] as object[]).length, 2)
  assert.is((both!.spec.containers[0]!['volumeMounts'] as object[]).length, 2)
  const policies = ['Never', 'IfNotPresent'].map((imagePullPolicy) =>
    thing(imagePullPolicy, withContainer({ imagePullPolicy })),
  )
  assert.equal(bundlesOf(policies), [])
  assert.equal(bundlesOf([thing('alone', PLAIN)]), [])
})

it.run()
