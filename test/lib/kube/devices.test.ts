import * as assert from 'uvu/assert'
import { devicesOffered, isLimited } from '../../../lib/kube/devices.ts'
import { DEVICE_CLASS, NODE } from '../../../lib/kube/object.ts'
import { hardLimits, type Quota } from '../../../lib/kube/quota.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('devices that a cluster offers')

const worker = (allocatable: Record<string, string>) => live(NODE, 'worker01', { status: { allocatable } })

const classOf = (name: string, extendedResourceName?: string) =>
  live(DEVICE_CLASS, name, { spec: { ...(extendedResourceName && { extendedResourceName }) } })

const open = (quota: Quota, classes: readonly ReturnType<typeof live>[]): string[] =>
  devicesOffered([], classes)
    .filter((device) => !isLimited(device, new Set(Object.keys(hardLimits(quota))), classes))
    .map(({ resource }) => resource)

it('are what nodes advertise, in any letters, and what device classes give out, each name once', () => {
  const nodes = [
    worker({ cpu: '8', 'example.com/Card_A.1': '2', 'amd.com/gpu': '0', 'hugepages-2Mi': '4Mi' }),
  ]
  const classes = [
    classOf('a', 'example.com/card'),
    classOf('b', 'example.com/card'),
    classOf('c', 'example.com/Card_A.1'),
  ]
  assert.equal(
    devicesOffered(nodes, classes).map(({ resource, count }) => [resource, count]),
    [
      ['deviceclass.resource.kubernetes.io/a', undefined],
      ['deviceclass.resource.kubernetes.io/b', undefined],
      ['deviceclass.resource.kubernetes.io/c', undefined],
      ['example.com/Card_A.1', 2],
      ['example.com/card', undefined],
      ['hugepages-2Mi', 2],
    ],
  )
})

const [A, B] = ['deviceclass.resource.kubernetes.io/a', 'deviceclass.resource.kubernetes.io/b']

it('are limited under both names of a class by a quota on either', () => {
  const classes = [classOf('a', 'example.com/card')]
  assert.equal(open({}, classes), [A, 'example.com/card'])
  assert.equal(open({ devices: { 'example.com/card': 1 } }, classes), [])
  assert.equal(open({ deviceClasses: { a: 1 } }, classes), [])
})

it('are open under a name of several classes until each is limited, or the name', () => {
  const classes = [classOf('a', 'example.com/card'), classOf('b', 'example.com/card')]
  assert.equal(open({ deviceClasses: { a: 1 } }, classes), [B, 'example.com/card'])
  assert.equal(open({ deviceClasses: { a: 1, b: 0 } }, classes), [])
  assert.equal(open({ devices: { 'example.com/card': 1 } }, classes), [])
})

it('are open under the name of a class that was renamed since the quota was written', () =>
  assert.equal(open({ deviceClasses: { old: 1 } }, [classOf('a')]), [A]))

it.run()
