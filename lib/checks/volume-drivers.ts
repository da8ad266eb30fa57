// What mounts the volumes on the nodes: a driver that is missing makes pods wait without a word.
import { advise, type Check, CSI_DRIVER, csiDriver, fail, inShort, pass } from '../check.ts'
import { volumesOf } from './volumes.ts'

/** That volumes can be mounted. */
export const registered: Check = {
  id: 'G9',
  goal: 5,
  title: 'The driver of each volume is registered in the cluster',
  kinds: [CSI_DRIVER],
  *trials(scene) {
    const there = new Set(scene.items(CSI_DRIVER).map(({ metadata }) => metadata.name))
    const byDriver = Map.groupBy(volumesOf(scene), ({ driver }) => csiDriver(driver)?.driver)
    for (const [driver, volumes] of byDriver) {
      if (driver === undefined) yield pass('nfs', 'is part of Kubernetes')
      else if (there.has(driver)) yield pass(driver, 'is registered')
      else
        yield fail(
          driver,
          'is not registered, so pods with its volumes stay ContainerCreating',
          inShort(volumes.map(({ name }) => name)),
          advise(
            'install the CSI driver, or name in nas.driver one that the cluster has: kubectl get csidrivers',
          ),
        )
    }
  },
}
