// Tells which devices of the cluster no quota of a group limits; it changes nothing.
import { z } from 'zod'
import {
  AutomationError,
  DEVICE_CLASS,
  type Device,
  devicesOffered,
  isLimited,
  KEEP,
  NODE,
  orUnread,
  resourceType,
} from '../lib/task.ts'

export const unlimitedDevices = resourceType({
  kind: 'unlimited-devices',
  on: 'cluster',
  schema: z.strictObject({
    /** Each group with the keys of its quota. */
    groups: z.array(z.strictObject({ name: z.string(), keys: z.array(z.string()) })),
  }),
  id: () => 'groups',

  observe: () => ({
    kinds: [NODE, DEVICE_CLASS],
    read: (answers) => ({
      find: ({ groups }) =>
        orUnread(() => {
          const deviceClasses = answers.items(DEVICE_CLASS)
          const devices = devicesOffered(answers.items(NODE), deviceClasses)
          return devices.flatMap((device) => {
            const open = groups.filter(({ keys }) => !isLimited(device, new Set(keys), deviceClasses))
            return open.length === 0 ? [] : [{ device, groups: open.map(({ name }) => name) }]
          })
        }),
    }),
  }),

  plan(_, found = []) {
    if (found instanceof AutomationError)
      return {
        ...KEEP,
        warnings: [`whether the nodes offer devices that no quota limits is not known: ${found.message}`],
      }
    return found.length === 0 ? KEEP : { ...KEEP, warnings: found.map(inWords) }
  },
})

const inWords = ({ device, groups }: { device: Device; groups: readonly string[] }): string => {
  const [word, name = ''] = device.share.field
  const of =
    device.count === undefined ? `of the device class ${device.deviceClass}` : `${device.count} on the nodes`
  return (
    `no quota of ${groups.join(', ')} limits ${device.resource} (${of}), so each may take all of it: ` +
    `write quota.${word}${name === '' ? ': n' : `: { '${name}': n }`}, 0 for none`
  )
}
