// Policies for the whole cluster: what they allow, no policy of a namespace stops.
import {
  ADMIN_NETWORK_POLICY,
  type ApiResource,
  CLUSTER_NETWORK_POLICY,
  type Finding,
  type Json,
  type Kind,
  type KubeObject,
  type LabelSelector,
  type Scene,
  selectsLabels,
  unknown,
} from '../check.ts'
import type { Direction, Space } from './traffic.ts'

/** In the versions that are known here. */
export const CLUSTER_POLICIES: readonly Kind[] = [ADMIN_NETWORK_POLICY, CLUSTER_NETWORK_POLICY]

type Peer = {
  namespaces?: LabelSelector
  pods?: { namespaceSelector?: LabelSelector; podSelector?: LabelSelector }
}

type Rule = {
  action?: string
  from?: readonly Peer[]
  to?: readonly Peer[]
  /** Under one of these names, which traffic it is about; all where none is there. */
  ports?: readonly Json[]
  match?: readonly Json[]
  protocols?: readonly Json[]
}

interface ClusterPolicy extends KubeObject {
  spec?: {
    tier?: string
    priority?: number
    subject?: Peer
    ingress?: readonly Rule[]
    egress?: readonly Rule[]
  }
}

/** A policy that lets another group through, at some ports or at all. */
export interface Letting {
  policy: KubeObject
  /** As kubectl has it. */
  resource: string
  other: Space
  isNarrow: boolean
}

/** What cluster-wide policies let through between a group and others. */
export const lettings = (
  { scene, own, others }: { scene: Scene; own: Space; others: readonly Space[] },
  direction: Direction,
): Letting[] => {
  const policies = CLUSTER_POLICIES.filter((kind) => isServed(scene, kind))
    .flatMap((kind) => scene.items(kind).map((policy: ClusterPolicy) => ({ policy, resource: nameOf(kind) })))
    .filter(({ policy: { spec } }) => spec?.tier !== 'Baseline')
    .toSorted((one, other) => (one.policy.spec?.priority ?? 0) - (other.policy.spec?.priority ?? 0))
  return others.flatMap((other) => decided(policies, own, other, direction))
}

/** The first rule decides that is about all this traffic; before it, others may let a part of it through. */
const decided = (
  policies: readonly { policy: ClusterPolicy; resource: string }[],
  own: Space,
  other: Space,
  { rules, peers }: Direction,
): Letting[] => {
  const narrow: Letting[] = []
  for (const { policy, resource } of policies)
    for (const rule of chooses([policy.spec?.subject ?? {}], own) ? (policy.spec?.[rules] ?? []) : []) {
      if (!chooses(rule[peers] ?? [], other)) continue
      const isNarrow = [rule.ports, rule.match, rule.protocols].some((of) => (of?.length ?? 0) > 0)
      const letting = { policy, resource, other, isNarrow }
      if (rule.action === 'Allow' || rule.action === 'Accept') {
        if (!isNarrow) return [letting]
        if (peers === 'from') narrow.push(letting)
      } else if (
        !isNarrow &&
        isWhole(policy.spec?.subject) &&
        (rule[peers] ?? []).some((one) => isWholeFor(one, other))
      )
        return narrow
    }
  return narrow
}

const chooses = (peers: readonly Peer[], { labels }: Space): boolean =>
  peers.some(({ namespaces, pods }) => {
    const selector = namespaces ?? (pods === undefined ? undefined : (pods.namespaceSelector ?? {}))
    return selector !== undefined && selectsLabels(selector, labels)
  })

/** Whether it is about all pods of the namespaces, whatever labels they give themselves. */
const isWhole = ({ namespaces, pods }: Peer = {}): boolean =>
  namespaces !== undefined || (pods !== undefined && Object.keys(pods.podSelector ?? {}).length === 0)

const isWholeFor = (peer: Peer, space: Space): boolean => isWhole(peer) && chooses([peer], space)

const [GROUP] = ADMIN_NETWORK_POLICY.apiVersion.split('/')

const nameOf = ({ plural }: Kind): string => `${plural}.${GROUP}`

const versionOf = ({ apiVersion }: Kind): string => apiVersion.split('/')[1]!

const servedAs = (scene: Scene, { plural }: Kind): ApiResource | undefined =>
  scene.resources().find(({ group, resource, subresource }) => {
    return group === GROUP && resource === plural && subresource === undefined
  })

const isServed = (scene: Scene, kind: Kind): boolean => servedAs(scene, kind)?.version === versionOf(kind)

/** Of a kind that is served in another version, nothing is read. */
export function* servedOtherwise(scene: Scene): Generator<Finding> {
  for (const kind of CLUSTER_POLICIES) {
    const { version } = servedAs(scene, kind) ?? {}
    if (version !== undefined && version !== versionOf(kind))
      yield unknown(
        scene.inventory.cluster.name,
        `serves ${kind.kind} as ${version}, which is not known here, and what they allow no other policy stops`,
      )
  }
}
