// Traffic between groups: whether policies stop it, and whether anybody could weaken them.
import { type Check, NODE } from '../check.ts'
import { refused } from './access.ts'
import { asThem, byHand, inPod, jobOf, podOf, reaches } from './by-hand.ts'
import { addressesOf } from './in-pods/calls.ts'
import { IN_PODS } from './in-pods/checks.ts'
import { networkPolicies } from './network-policies.ts'

const LISTEN = 'verify-listen'

/** A pod of one group listens, and one of the other group or of the same tries it. */
const between =
  (same: boolean): Parameters<typeof byHand>[2] =>
  ([one, other]) => {
    const from = same ? one : other
    if (one === undefined || from === undefined) return undefined
    const listen = asThem(one.user, jobOf(one, LISTEN, '', 'httpd -f -p 2222'))
    const end = asThem(one.user, `arena delete ${LISTEN}`)
    const call = reaches(`${podOf(one, LISTEN)}.${one.group.name}`, 2222)
    return (
      `${listen}; sleep 60; ` +
      `${inPod({ ...from, volume: undefined }, same ? 'verify-h2' : 'verify-h1', call)}; ${end}`
    )
  }

const handmade: readonly Check[] = [
  byHand(
    IN_PODS['H1'],
    "whether a pod reaches another group's pods: it must say stopped, where a policy and a network " +
      'that enforces it are in place',
    between(false),
  ),
  byHand(
    IN_PODS['H2'],
    'whether pods of one group reach each other by name: it must say REACHED',
    between(true),
  ),
  byHand(
    { ...IN_PODS['H3'], kinds: [NODE] },
    "whether a pod reaches the cloud's metadata or a kubelet: it must say stopped twice",
    ([one], scene) => {
      if (one === undefined) return undefined
      const [kubelet] = scene.items(NODE).flatMap(addressesOf)
      const calls = [
        reaches('100.100.100.200', 80),
        ...(kubelet === undefined ? [] : [reaches(kubelet, 10_250)]),
      ]
      return inPod({ ...one, volume: undefined }, 'verify-h3', calls.join('; '))
    },
  ),
]

/** That the network keeps groups apart, as far as it can be told without running pods. */
export const network: readonly Check[] = [
  networkPolicies,
  refused('H6', 3, 'Nobody changes the policies of the network'),
  ...handmade,
]
