// Policies of the network: whether they stop what nobody allowed, and let no group reach another.
import {
  type AddressBlock,
  advise,
  blockFrom,
  type Check,
  type Finding,
  type KubeObject,
  type LabelSelector,
  NAME_LABEL,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  type Node,
  orPass,
  promisedByStrict,
  reachesInto,
  type Scene,
  selectsLabels,
} from '../check.ts'
import { CLUSTER_POLICIES, type Letting, lettings, servedOtherwise } from './cluster-network-policies.ts'
import { DIRECTIONS, type Direction, type Space, spaceOf } from './traffic.ts'

type Port = {
  port?: number | string
  endPort?: number
}

type Peer = {
  podSelector?: LabelSelector
  namespaceSelector?: LabelSelector
  ipBlock?: { cidr?: string; except?: readonly string[] }
}

type Rule = {
  from?: readonly Peer[]
  to?: readonly Peer[]
  ports?: readonly Port[]
}

interface Policy extends KubeObject {
  spec?: {
    podSelector?: LabelSelector
    policyTypes?: readonly string[]
    ingress?: readonly Rule[]
    egress?: readonly Rule[]
  }
}

/** Where other groups' pods are. */
interface Around {
  scene: Scene
  own: Space
  others: readonly Space[]
  /** Addresses of pods; undefined where nodes do not say which they have. */
  pods: readonly AddressBlock[] | undefined
}

export const networkPolicies: Check = {
  id: 'H5',
  goal: 3,
  title: 'Traffic that nobody allowed is stopped at each group',
  kinds: [NETWORK_POLICY, NAMESPACE, NODE, ...CLUSTER_POLICIES],
  *trials(scene) {
    const all = scene.inventory.groups.map(({ name }) => spaceOf(name, scene))
    const pods = podBlocks(scene.items(NODE))
    for (const { name } of scene.groups) {
      const policies = scene.items(NETWORK_POLICY).filter(({ metadata }) => metadata.namespace === name)
      const own = all.find((one) => one.name === name)!
      const around = { scene, own, others: all.filter((one) => one !== own), pods }
      const found = DIRECTIONS.flatMap((direction) => openings(around, direction, policies))
      yield* orPass(found, name, 'has a policy that stops it, both ways')
    }
    yield* servedOtherwise(scene)
  },
}

/** The network of the pods, where each node says which part of it is its own. */
const podBlocks = (nodes: readonly Node[]): AddressBlock[] | undefined => {
  const blocks = nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []).flatMap((cidr) => blockFrom(cidr) ?? [])
  return blocks.length === 0 ? undefined : blocks
}

const openings = (around: Around, direction: Direction, policies: readonly KubeObject[]): Finding[] => {
  const { scene, own } = around
  const about = { ...promisedByStrict(scene), subjects: [own.name] }
  const here = policies.filter((policy) => governs(policy, direction))
  if (!here.some((policy) => isEmpty(specOf(policy).podSelector)))
    return [{ ...about, says: 'no policy stops what nobody allowed', thing: direction.name }]
  return [
    ...here.flatMap(({ metadata: { name }, ...policy }) =>
      openedBy(specOf(policy as Policy)[direction.rules] ?? [], direction, around).map(
        ({ lets, verdict }): Finding => ({
          ...about,
          ...(verdict === 'notice' && { verdict }),
          says: `the policy ${name} lets ${lets} through`,
          thing: direction.name,
          repair:
            verdict === 'notice'
              ? advise(`see whether it is meant: kubectl get networkpolicy ${name} -n ${own.name} -o yaml`)
              : `kubectl delete networkpolicy ${name} -n ${own.name}`,
        }),
      ),
    ),
    ...lettings(around, direction).map((letting) => ({ ...about, ...wordsOfLetting(letting, direction) })),
  ]
}

const wordsOfLetting = ({ policy, resource, other, isNarrow }: Letting, { name }: Direction) => ({
  ...(isNarrow && { verdict: 'notice' as const }),
  says:
    `the ${policy.kind} ${policy.metadata.name} lets the group ${other.name} through` +
    `${isNarrow ? SOME_PORTS : ''}, whatever policies of the namespace say`,
  thing: name,
  repair: advise(
    `see whether it is meant; if not, take the rule out: kubectl edit ${resource} ${policy.metadata.name}`,
  ),
})

/** What a policy lets through, in words; a notice is for what may well be meant. */
interface Opening {
  lets: string
  verdict: 'fail' | 'notice'
}

const openedBy = (rules: readonly Rule[], direction: Direction, around: Around): Opening[] => {
  if (rules.some((rule) => isOpen(rule, direction))) return [{ lets: 'everything', verdict: 'fail' }]
  const found = rules.flatMap((rule) => letIn(rule, direction, around))
  const once = new Map(found.map((one) => [one.lets, one]))
  return [...once.values()].filter(({ lets, verdict }) => verdict === 'fail' || !once.has(wideOf(lets)))
}

const SOME_PORTS = ' at some ports'
const wideOf = (lets: string): string => (lets.endsWith(SOME_PORTS) ? lets.slice(0, -SOME_PORTS.length) : '')

/** Other groups that a rule names, by their namespaces or by the addresses of pods. */
const letIn = ({ ports = [], ...rule }: Rule, { peers, type }: Direction, around: Around): Opening[] => {
  const isNarrow = ports.length > 0 && !ports.some(isWide)
  // Out to a few ports there is DNS, and the other group's own policy.
  if (isNarrow && type === 'Egress') return []
  const through = (lets: string): Opening =>
    isNarrow ? { lets: `${lets}${SOME_PORTS}`, verdict: 'notice' } : { lets, verdict: 'fail' }
  const all = rule[peers] ?? []
  const named = around.others
    .filter(({ labels }) => all.length === 0 || all.some((one) => choosesSpace(one, labels)))
    .map(({ name }) => through(`the group ${name}`))
  const blocks = all.flatMap(({ ipBlock }) => ipBlock ?? [])
  return [...named, ...blocks.flatMap((block) => byAddress(block, around, through))]
}

const choosesSpace = ({ namespaceSelector, ipBlock }: Peer, labels: Space['labels']): boolean =>
  ipBlock === undefined && namespaceSelector !== undefined && selectsLabels(namespaceSelector, labels)

const byAddress = (
  { cidr = '', except = [] }: NonNullable<Peer['ipBlock']>,
  { pods }: Around,
  through: (lets: string) => Opening,
): Opening[] => {
  const block = blockFrom(cidr)
  if (block === undefined) return []
  if (pods === undefined)
    return [{ lets: `${cidr}, and nodes do not say which addresses pods have,`, verdict: 'notice' }]
  const without = except.flatMap((one) => blockFrom(one) ?? [])
  return pods.some((own) => reachesInto(block, without, own))
    ? [through(`pods by their addresses (${cidr})`)]
    : []
}

const specOf = ({ spec = {} }: Policy): NonNullable<Policy['spec']> => spec

const governs = (policy: KubeObject, { type, rules }: Direction): boolean => {
  const spec = specOf(policy)
  // Without types, a policy is about what comes in, and about what goes out when it has rules for it.
  return spec.policyTypes?.includes(type) ?? (type === 'Ingress' || spec[rules] !== undefined)
}

/** Pods choose their labels: a policy that names any leaves out whoever has others. */
const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

/** An empty selector selects everything, and so does one that names what it leaves out, or what everything has. */
const isAll = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean =>
  Object.keys(matchLabels).length === 0 &&
  matchExpressions.every(
    ({ key, operator }) =>
      operator === 'NotIn' || operator === 'DoesNotExist' || (operator === 'Exists' && key === NAME_LABEL),
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
