import { DEVICE_CLASS, NODE } from '../../lib/kube/object.ts'
import { unlimitedDevices } from '../../tasks/unlimited-devices.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const node = (allocatable: object) => live(NODE, 'worker01', { status: { allocatable } })
const deviceClass = (name: string, spec: object = {}) => live(DEVICE_CLASS, name, { spec })
const want = (...keys: string[]) => ({ groups: [{ name: 'dev1', keys }] })

cases(unlimitedDevices, {
  'no devices → nothing to tell': {
    want: want(),
    have: [node({ cpu: '4', 'hugepages-2Mi': '0' })],
    names: [],
  },
  'a device that every group has a quota of → nothing to tell': {
    want: want('requests.amd.com/gpu'),
    have: [node({ 'amd.com/gpu': '8' })],
    names: [],
  },
  'a device without a quota → told by its name': {
    want: want('requests.nvidia.com/gpu'),
    have: [node({ 'nvidia.com/gpu': '1', 'amd.com/gpu': '8' })],
    names: ["{ 'amd.com/gpu': n }"],
  },
  'huge pages that nodes set apart and no quota counts → told by their size': {
    want: want('requests.hugepages-1Gi'),
    have: [node({ 'hugepages-2Mi': '1Gi', 'hugepages-1Gi': '2Gi' })],
    names: ['hugepages-2Mi', '512', "quota.hugepages: { '2Mi': n }"],
  },
  'a device class without a quota → told by its name': {
    want: want(),
    have: [deviceClass('mig.example.com')],
    names: ["deviceClasses: { 'mig.example.com': n }"],
  },
  'a device class that is charged to a name with a quota → nothing to tell': {
    want: want('requests.nvidia.com/gpu'),
    have: [deviceClass('gpu.example.com', { extendedResourceName: 'nvidia.com/gpu' })],
    names: [],
  },
}).run()
