import * as assert from 'uvu/assert'
import {
  containerSizes,
  devicesIn,
  hardLimits,
  isExtended,
  shareName,
  shareOf,
  sharesOf,
} from '../../../lib/kube/quota.ts'
import { suite } from '../../support/suite.ts'

const it = suite('quota')

const EVERYTHING = {
  gpu: 1,
  cpu: '8',
  memory: '60Gi',
  ephemeralStorage: '200Gi',
  hugepages: { '2Mi': '1Gi' },
  storage: '2Ti',
  claims: 3,
  pods: 10,
  devices: { 'amd.com/gpu': 4, 'nvidia.com/mig-1g.10gb': 7 },
  deviceClasses: { 'gpu.example.com': 2 },
}

it('has a key for each way in which a pod or a claim asks for something', () => {
  assert.equal(hardLimits(EVERYTHING), {
    'requests.nvidia.com/gpu': '1',
    'requests.cpu': '8',
    'limits.cpu': '8',
    'requests.memory': '60Gi',
    'limits.memory': '60Gi',
    'requests.ephemeral-storage': '200Gi',
    'limits.ephemeral-storage': '200Gi',
    'requests.storage': '2Ti',
    persistentvolumeclaims: '3',
    pods: '10',
    'requests.hugepages-2Mi': '1Gi',
    'requests.amd.com/gpu': '4',
    'requests.nvidia.com/mig-1g.10gb': '7',
    'gpu.example.com.deviceclass.resource.k8s.io/devices': '2',
    'requests.deviceclass.resource.kubernetes.io/gpu.example.com': '2',
  })
  assert.equal(hardLimits({}), {})
})

it('knows each key again', () => {
  for (const { keys, ...share } of sharesOf(EVERYTHING))
    for (const key of keys) assert.is(shareName(shareOf(key)!), shareName({ keys, ...share }), key)
})

it('allows pods the devices and huge pages that it limits, and what every node has needs no word', () => {
  const { gpu: _, ...others } = EVERYTHING
  assert.equal(devicesIn({ ...others, max: { gpu: 0 } }).toSorted(), [
    'amd.com/gpu',
    'deviceclass.resource.kubernetes.io/gpu.example.com',
    'hugepages-2Mi',
    'nvidia.com/gpu',
    'nvidia.com/mig-1g.10gb',
  ])
})

it('has no word for what an inventory cannot say', () => {
  for (const key of ['services', 'limits.amd.com/gpu', 'gold.storageclass.storage.k8s.io/requests.storage'])
    assert.is(shareOf(key), undefined, key)
})

it('tells extended resources from those of Kubernetes itself', () => {
  for (const name of ['amd.com/gpu', 'aliyun.com/gpu-mem', 'huawei.com/Ascend910'])
    assert.ok(isExtended(name), name)
  for (const name of ['cpu', 'hugepages-2Mi', 'kubernetes.io/batteries', 'requests.amd.com/gpu', 'a/b/c'])
    assert.not(isExtended(name), name)
})

it('gives a container no GPU where a most of GPUs is set, which would be its default otherwise', () => {
  const containerDefaults = { cpu: '1', memory: '2Gi', ephemeralStorage: '10Gi' }
  assert.equal(containerSizes({ quota: { gpu: 4, max: { gpu: 2 } }, containerDefaults }, false), {
    defaults: { 'nvidia.com/gpu': '0' },
    max: { 'nvidia.com/gpu': '2' },
  })
  assert.equal(containerSizes({ quota: { max: { cpu: 4 } }, containerDefaults }, false), {
    defaults: { cpu: '1' },
    max: { cpu: '4' },
  })
  assert.equal(containerSizes({ quota: {}, containerDefaults }, true), {
    defaults: { cpu: '1', memory: '2Gi' },
    max: {},
  })
  const disk = { quota: { ephemeralStorage: '1Ti' }, containerDefaults }
  assert.equal(containerSizes(disk, false).defaults, { 'ephemeral-storage': '10Gi' })
})

it.run()
