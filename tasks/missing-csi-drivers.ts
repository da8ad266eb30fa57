// Tells which CSI drivers volumes need and the cluster does not have; it changes nothing.
import { z } from 'zod'
import { AutomationError, CSI_DRIVER, inShort, KEEP, orUnread, resourceType } from '../lib/task.ts'

export const missingCsiDrivers = resourceType({
  kind: 'missing-csi-drivers',
  on: 'cluster',
  schema: z.strictObject({
    drivers: z.array(z.strictObject({ driver: z.string(), volumes: z.array(z.string()) })),
  }),
  id: () => 'volumes',

  observe: () => ({
    kinds: [CSI_DRIVER],
    read: (answers) => ({
      find: ({ drivers }) =>
        orUnread(() => {
          const there = new Set(answers.items(CSI_DRIVER).map(({ metadata }) => metadata.name))
          return drivers.filter(({ driver }) => !there.has(driver))
        }),
    }),
  }),

  plan(_, missing = []) {
    if (missing instanceof AutomationError)
      return {
        ...KEEP,
        warnings: [`whether the CSI drivers of the volumes are there is not known: ${missing.message}`],
      }
    const warnings = missing.map(
      ({ driver, volumes }) =>
        `the CSI driver ${driver} is not registered in the cluster, so pods with ${inShort(volumes)} ` +
        'stay ContainerCreating: install it, or name in nas.driver what the cluster has ' +
        '(kubectl get csidrivers; nfs needs none)',
    )
    return warnings.length === 0 ? KEEP : { ...KEEP, warnings }
  },
})
