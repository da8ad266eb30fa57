// Traffic between groups: whether policies stop it, and whether anybody could weaken them.
import { type Check, NODE, type Node } from '../check.ts'
import { refused } from './access.ts'
import { asThem, byHand, inPod, jobOf, podOf, reaches } from './by-hand.ts'
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
    { id: 'H1', goal: 3, title: "Pods do not reach another group's pods" },
    "whether a pod reaches another group's pods: it must say stopped, where a policy and a network " +
      'that enforces it are in place',
    between(false),
  ),
  byHand(
    { id: 'H2', goal: 1, title: 'Pods of a group reach each other and find names' },
    'whether pods of one group reach each other by name: it must say REACHED',
    between(true),
  ),
  byHand(
    { id: 'H3', goal: 3, title: 'Pods do not reach what machines are managed by', kinds: [NODE] },
    "whether a pod reaches the cloud's metadata or a kubelet: it must say stopped twice",
    ([one], scene) => {
      if (one === undefined) return undefined
      const kubelet = scene
        .items(NODE)
        .map(addressOf)
        .find((address) => address !== undefined)
      const calls = [
        reaches('100.100.100.200', 80),
        ...(kubelet === undefined ? [] : [reaches(kubelet, 10_250)]),
      ]
      return inPod({ ...one, volume: undefined }, 'verify-h3', calls.join('; '))
    },
  ),
]

/** It goes into a command, and a node says it of itself. */
const addressOf = ({ status }: Node): string | undefined => {
  const { addresses = [] } = status ?? {}
  return addresses.find(({ type, address }) => type === 'InternalIP' && /^[0-9a-f.:]+$/i.test(address))
    ?.address
}

/** That the network keeps groups apart, as far as it can be told without running pods. */
export const network: readonly Check[] = [
  networkPolicies,
  refused('H6', 3, 'Nobody changes the policies of the network'),
  ...handmade,
]
