// What only a pod that mounts them can tell about volumes.
import type { Check } from '../check.ts'
import { byHand, inPod, reaches } from './by-hand.ts'
import { IN_PODS } from './in-pods/checks.ts'

/** Checks of volumes that are left to a person. */
export const handmade: readonly Check[] = [
  byHand(
    IN_PODS['G4'],
    'whether a file that one group writes is hidden from the others; the second command must not list it',
    ([one, other]) => {
      const seen = other?.volume ?? other?.shared
      if (one?.volume === undefined || other === undefined || seen === undefined) return undefined
      const reader = { ...other, volume: seen }
      return `${inPod(one, 'verify-g4', 'touch /data/verify-g4')}; ${inPod(reader, 'verify-g4', 'ls /data')}`
    },
  ),
  byHand(
    IN_PODS['G5'],
    'whether a directory is the one that was meant: the driver makes an empty one where a path is mistyped',
    ([one]) => (one?.volume === undefined ? undefined : inPod(one, 'verify-g5', 'ls -la /data')),
  ),
  byHand(
    IN_PODS['G7'],
    'whether a pod can mount the NAS by itself: it must say stopped',
    ([one], { inventory }) => {
      const server = inventory.volumes.find(({ name }) => name === one?.volume)?.server
      return one === undefined || server === undefined
        ? undefined
        : inPod({ ...one, volume: undefined }, 'verify-g7', reaches(server, 2049))
    },
  ),
  byHand(
    IN_PODS['G8'],
    'whether files belong to the group: it must print drwxrws---, 0 and the gid of the group',
    ([one]) => (one?.volume === undefined ? undefined : inPod(one, 'verify-g8', 'ls -ldn /data')),
  ),
]
