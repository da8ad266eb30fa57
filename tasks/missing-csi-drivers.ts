// Tells which CSI drivers volumes need and the cluster does not have; it changes nothing.
import * as z from 'zod'
import { CSI_DRIVER, inShort, tellingType } from '../lib/task.ts'

export const missingCsiDrivers = tellingType({
  kind: 'missing-csi-drivers',
  schema: z.strictObject({
    drivers: z.array(z.strictObject({ driver: z.string(), volumes: z.array(z.string()) })),
  }),
  id: () => 'volumes',
  kinds: [CSI_DRIVER],
  unread: 'whether the CSI drivers of the volumes are there',
  tell({ drivers }, items) {
    const there = new Set(items(CSI_DRIVER).map(({ metadata }) => metadata.name))
    return drivers
      .filter(({ driver }) => !there.has(driver))
      .map(
        ({ driver, volumes }) =>
          `the CSI driver ${driver} is not registered in the cluster, so pods with ${inShort(volumes)} ` +
          'stay ContainerCreating: install it, or name in nas.driver what the cluster has ' +
          '(kubectl get csidrivers; nfs needs none)',
      )
  },
})
