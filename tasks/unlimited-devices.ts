// Tells which devices of the cluster no quota of a group limits; it changes nothing.
import * as z from 'zod'
import { DEVICE_CLASS, type Device, devicesOffered, isLimited, NODE, tellingType } from '../lib/task.ts'

export const unlimitedDevices = tellingType({
  kind: 'unlimited-devices',
  schema: z.strictObject({
    /** Each group with the keys of its quota. */
    groups: z.array(z.strictObject({ name: z.string(), keys: z.array(z.string()) })),
  }),
  id: () => 'groups',
  kinds: [NODE, DEVICE_CLASS],
  unread: 'whether the nodes offer devices that no quota limits',
  tell({ groups }, items) {
    const deviceClasses = items(DEVICE_CLASS)
    return devicesOffered(items(NODE), deviceClasses).flatMap((device) => {
      const open = groups.filter(({ keys }) => !isLimited(device, new Set(keys), deviceClasses))
      return open.length === 0
        ? []
        : [
            inWords(
              device,
              open.map(({ name }) => name),
            ),
          ]
    })
  },
})

const inWords = (device: Device, groups: readonly string[]): string => {
  const [word, name = ''] = device.share.field
  const of =
    device.count === undefined ? `of the device class ${device.deviceClass}` : `${device.count} on the nodes`
  return (
    `no quota of ${groups.join(', ')} limits ${device.resource} (${of}), so each may take all of it: ` +
    `write quota.${word}${name === '' ? ': n' : `: { '${name}': n }`}, 0 for none`
  )
}
