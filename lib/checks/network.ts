// Traffic between groups: whether policies stop it, and whether anybody could weaken them.
import {
  type Check,
  type Finding,
  type Json,
  type KubeObject,
  NETWORK_POLICY,
  NODE,
  type Node,
  pass,
  promisedByStrict,
  type Scene,
} from '../check.ts'
import { refused } from './access.ts'
import { asThem, byHand, inPod, reaches } from './by-hand.ts'

const DIRECTIONS = [
  { type: 'Ingress', rules: 'ingress', peers: 'from', name: 'incoming' },
  { type: 'Egress', rules: 'egress', peers: 'to', name: 'outgoing' },
] as const
type Direction = (typeof DIRECTIONS)[number]

type Selector = {
  matchLabels?: { [key: string]: Json }
  matchExpressions?: readonly { key?: string; operator?: string }[]
}

type Port = {
  port?: number | string
  endPort?: number
}

type Peer = {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr?: string; except?: readonly string[] }
}

type Rule = {
  from?: readonly Peer[]
  to?: readonly Peer[]
  ports?: readonly Port[]
}

interface Policy extends KubeObject {
  spec?: {
    podSelector?: Selector
    policyTypes?: readonly string[]
    ingress?: readonly Rule[]
    egress?: readonly Rule[]
  }
}

const denied: Check = {
  id: 'H5',
  goal: 3,
  title: 'Traffic that nobody allowed is stopped at each group',
  kinds: [NETWORK_POLICY],
  *trials(scene) {
    for (const { name } of scene.groups) {
      const policies = scene.items(NETWORK_POLICY).filter(({ metadata }) => metadata.namespace === name)
      const found = DIRECTIONS.flatMap((direction) => openings(scene, name, direction, policies))
      if (found.length === 0) yield pass(name, 'has a policy that stops it, both ways')
      yield* found
    }
  },
}

const openings = (
  scene: Scene,
  namespace: string,
  direction: Direction,
  policies: readonly KubeObject[],
): Finding[] => {
  const about = { ...promisedByStrict(scene), subjects: [namespace] }
  const here = policies.filter((policy) => governs(policy, direction))
  if (!here.some((policy) => isAll(specOf(policy).podSelector)))
    return [{ ...about, says: 'no policy stops what nobody allowed', thing: direction.name }]
  return here
    .filter((policy) => (specOf(policy)[direction.rules] ?? []).some((rule) => isOpen(rule, direction)))
    .map(({ metadata }) => ({
      ...about,
      says: `the policy ${metadata.name} lets everything through`,
      thing: direction.name,
      repair: `kubectl delete networkpolicy ${metadata.name} -n ${namespace}`,
    }))
}

const specOf = ({ spec = {} }: Policy): NonNullable<Policy['spec']> => spec

const governs = (policy: KubeObject, { type, rules }: Direction): boolean => {
  const spec = specOf(policy)
  // Without types, a policy is about what comes in, and about what goes out when it has rules for it.
  return spec.policyTypes?.includes(type) ?? (type === 'Ingress' || spec[rules] !== undefined)
}

/** The label that every namespace has. */
const NAME = 'kubernetes.io/metadata.name'

/** An empty selector selects everything, and so does one that names what it leaves out, or what everything has. */
const isAll = ({ matchLabels = {}, matchExpressions = [] }: Selector = {}): boolean =>
  Object.keys(matchLabels).length === 0 &&
  matchExpressions.every(
    ({ key, operator }) =>
      operator === 'NotIn' || operator === 'DoesNotExist' || (operator === 'Exists' && key === NAME),
  )

/** On any port, to or from anywhere or every namespace. */
const isOpen = (rule: Rule, { peers }: Direction): boolean => {
  const { ports = [] } = rule
  if (ports.length > 0 && !ports.some(isWide)) return false
  const all = rule[peers] ?? []
  return all.length === 0 || all.some(isEverybody)
}

/** Every port of a protocol, or so many that one is among them at which any service listens. */
const isWide = ({ port, endPort }: Port): boolean =>
  port === undefined || (typeof port === 'number' && endPort !== undefined && endPort - port >= MANY_PORTS)

const MANY_PORTS = 10_000

const isEverybody = ({ podSelector, namespaceSelector, ipBlock }: Peer): boolean =>
  ipBlock === undefined
    ? namespaceSelector !== undefined && isAll(namespaceSelector) && isAll(podSelector)
    : isEverywhere(ipBlock.cidr ?? '') && !(ipBlock.except ?? []).some(isNetwork)

const prefixOf = (cidr: string): number => Number(cidr.split('/')[1] ?? Number.NaN)

/** Half of all addresses is more than any network. */
const isEverywhere = (cidr: string): boolean => prefixOf(cidr) <= 1

/** What could be a network of pods: whoever leaves out single addresses, such as the cloud's metadata, leaves it in. */
const isNetwork = (cidr: string): boolean => prefixOf(cidr) <= (cidr.includes(':') ? 112 : 24)

/** A pod of one group listens, and one of the other group or of the same tries it. */
const between =
  (same: boolean): Parameters<typeof byHand>[2] =>
  ([one, other]) => {
    const from = same ? one : other
    if (one === undefined || from === undefined) return undefined
    const listen = asThem(one.user, 'arena submit tf --name=verify-listen --image=busybox "httpd -f -p 2222"')
    const end = asThem(one.user, 'arena delete verify-listen')
    const call = reaches(`verify-listen-chief-0.${one.group.name}`, 2222)
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
  denied,
  refused('H6', 3, 'Nobody changes the policies of the network'),
  ...handmade,
]
