// What is shared out between groups, and the quotas that say so: what the checks of shares and limits have in common.
import {
  type Amounts,
  DEVICE_CLASS,
  type Device,
  devicesOffered,
  GPU,
  isLimited,
  isScoped,
  type KubeObject,
  NODE,
  RESOURCE_QUOTA,
  type ResourceQuota,
  type Scene,
  type Share,
  shareName,
} from '../check.ts'

/** Every quota in a namespace, whoever made it. */
export const quotasIn = (scene: Scene, namespace: string): readonly KubeObject[] =>
  scene.items(RESOURCE_QUOTA).filter(({ metadata }) => metadata.namespace === namespace)

/** What a quota says, whether the server enforces it or not. */
export const hardOf = ({ spec }: ResourceQuota): Amounts => spec?.hard ?? {}

/** What people call a share. */
export const titleOf = (share: Share): string => TITLES[shareName(share)] ?? shareName(share)

const TITLES: Readonly<Record<string, string>> = {
  gpu: 'GPUs',
  cpu: 'CPU',
  ephemeralStorage: 'disks of nodes (ephemeral-storage)',
}

/** The keys that quotas in a namespace limit for all that is there. */
export const limitedKeys = (scene: Scene, namespace: string): ReadonlySet<string> =>
  new Set(
    quotasIn(scene, namespace)
      .filter((quota) => !isScoped(quota))
      .flatMap((quota) => Object.keys(hardOf(quota))),
  )

/**
 * Devices that the cluster offers and that no quota in a namespace counts, but for GPUs that the inventory leaves
 * open.
 */
export const openDevices = (scene: Scene, namespace: string): Device[] => {
  const keys = limitedKeys(scene, namespace)
  const deviceClasses = scene.items(DEVICE_CLASS)
  return devicesOffered(scene.items(NODE), deviceClasses).filter(
    (device) =>
      !(device.resource === GPU && scene.inventory.isolation === 'document') &&
      !isLimited(device, keys, deviceClasses),
  )
}
