import { CSI_DRIVER } from '../../lib/kube/object.ts'
import { missingCsiDrivers } from '../../tasks/missing-csi-drivers.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = {
  drivers: [
    { driver: 'nasplugin.csi.alibabacloud.com', volumes: ['a'] },
    { driver: 'nfs.csi.k8s.io', volumes: ['b', 'c', 'd', 'e', 'f'] },
  ],
}
const alibaba = live(CSI_DRIVER, 'nasplugin.csi.alibabacloud.com')

cases(missingCsiDrivers, {
  'all there → nothing to tell': { want, have: [alibaba, live(CSI_DRIVER, 'nfs.csi.k8s.io')], names: [] },
  'one that is not registered → told once, with some of its volumes': {
    want,
    have: [alibaba],
    names: ['nfs.csi.k8s.io', 'b, c, d and 2 more', 'nas.driver'],
  },
}).run()
