import { ARENA_UID, ARENA_USERNAME, arenaUid } from '../conventions/arena.ts'
import { MADE_BY_LABEL, OWNER_LABEL } from '../conventions/labels.ts'
import { identityNamespace, serviceAccountOf } from '../conventions/names.ts'
import type { Inventory } from '../inventory/schema.ts'
import { hasEndedAsJob } from '../kube/job-state.ts'
import {
  CONFIG_MAP,
  type Kind,
  type KubeObject,
  known,
  type OwnerReference,
  POD,
  REPLICA_SET,
  STATEFUL_SET,
  WORKLOAD_JOB,
} from '../kube/object.ts'
import type { WithPhase } from '../kube/shapes.ts'
import { userNameOf } from '../kube/user-name.ts'
import { makeable } from './makers.ts'

/** Whose things are looked for, and where; people by their service accounts. */
export interface Leaving {
  user: string
  /** Those who stay. */
  people: readonly string[]
  /** Of all groups. */
  namespaces: readonly string[]
  /** Where service accounts are in isolation strict. */
  identities: string
  /** Where a thing that nobody's name is on may be theirs. */
  groups: readonly string[]
  /** What a role lets users make, as `deployments.apps`. */
  kinds: readonly string[]
}

interface Thing {
  kind: Kind
  object: KubeObject
}

/** What a user made, with what runs below it. */
export interface Work extends Thing {
  /** What its controllers made of it and has not ended, pods last. */
  below: readonly Thing[]
  /** Whether the user's name is on it. */
  isTheirs: boolean
}

export interface Estate {
  /** What is told to be the user's, and is not on its way out. */
  theirs: readonly Work[]
  /** What nobody's name is on. */
  untold: readonly Work[]
  /** What has been told to end, or goes with what is gone already. */
  ending: readonly Work[]
}

/** What controllers make between a thing and its pods, and the pods. */
const BETWEEN = [REPLICA_SET, STATEFUL_SET, WORKLOAD_JOB, POD]

/** Who leaves an inventory, and what others have to do with it. */
export const leavingOf = (
  inventory: Inventory,
  { name, groups }: { name: string; groups?: readonly string[] | undefined },
): Leaving => {
  const namespaces = inventory.groups.map((group) => group.name)
  return {
    user: serviceAccountOf(name),
    people: inventory.users
      .map((user) => user.name)
      .filter((one) => one !== name)
      .map(serviceAccountOf),
    namespaces,
    identities: identityNamespace(inventory),
    groups: groups === undefined ? namespaces : groups.filter((group) => namespaces.includes(group)),
    kinds: Object.entries(makeable(inventory.roles, ['create'])).flatMap(([group, of]) =>
      of.map((kind) => (group === '' ? kind : `${kind}.${group}`)),
    ),
  }
}

/** Every kind that is looked at: what users make, and what comes of it. */
export const kindsOf = ({ kinds }: Pick<Leaving, 'kinds'>): readonly Kind[] => [
  ...new Set([...kinds.flatMap(known), ...BETWEEN]),
]

/** What users may have made and nobody looks at, as we do not know in which version the API serves it. */
export const unknownKinds = ({ kinds }: Pick<Leaving, 'kinds'>): string[] =>
  kinds.filter((kind) => known(kind).length === 0)

/** What there is of somebody in the cluster. */
export const estateOf = (leaving: Leaving, items: (kind: Kind) => readonly KubeObject[]): Estate => {
  const things = kindsOf(leaving).flatMap((kind) =>
    items(kind)
      .filter(({ metadata }) => leaving.namespaces.includes(metadata.namespace!))
      .map((object) => ({ kind, object })),
  )
  const byUid = new Map(things.map((thing) => [thing.object.metadata.uid, thing]))
  const makerOf = makersIn(leaving)
  const made = new Set(leaving.kinds.flatMap(known))
  const below = Map.groupBy(things, ({ object }) => ownerOf(object)?.uid)
  const estate = { theirs: [] as Work[], untold: [] as Work[], ending: [] as Work[] }
  for (const thing of things) {
    const { kind, object } = thing
    const owner = ownerOf(object)
    const marked = !BETWEEN.includes(kind) && object.metadata.labels?.[MADE_BY_LABEL] !== undefined
    // What a controller makes follows what it was made of; what bears a name of its own does not.
    if (owner !== undefined && byUid.has(owner.uid) && !marked) continue
    const maker = makerOf(object)
    const isLost = owner !== undefined && !byUid.has(owner.uid) && !marked
    // Of a kind that no user makes: an administrator's or an operator's own.
    const isForeign = isLost && !isLooked(owner, leaving) && !made.has(kind)
    const isTheirs = maker === leaving.user
    const isOurs = maker !== undefined || isForeign || !leaving.groups.includes(object.metadata.namespace!)
    if (!isTheirs && isOurs) continue
    const work: Work = { ...thing, below: liveBelow(object, below), isTheirs }
    if (isSetting(thing) || !isGoing(work)) continue
    if (object.metadata.deletionTimestamp !== undefined || (isLost && isLooked(owner, leaving)))
      estate.ending.push(work)
    else estate[isTheirs ? 'theirs' : 'untold'].push(work)
  }
  return estate
}

const ownerOf = ({ metadata }: KubeObject): OwnerReference | undefined => {
  const { ownerReferences: owners = [] } = metadata
  return owners.find(({ controller }) => controller) ?? owners[0]
}

const isLooked = ({ apiVersion, kind }: OwnerReference, leaving: Leaving): boolean =>
  kindsOf(leaving).some((one) => one.apiVersion === apiVersion && one.kind === kind)

/**
 * Tells whose name is on an object: that of whoever leaves or stays; empty for a group; undefined where none or
 * several are.
 */
const makersIn = ({ user, people, namespaces, identities }: Leaving) => {
  const everybody = new Set([user, ...people])
  const byUid = new Map<string, string>()
  const byUsername = new Map<string, string>()
  for (const name of everybody)
    for (const namespace of [...namespaces, identities]) {
      const username = userNameOf(namespace, name)
      byUid.set(arenaUid(username), name)
      byUsername.set(username, name)
    }
  return ({ metadata: { labels = {}, annotations = {} } }: KubeObject): string | undefined => {
    const mark = labels[MADE_BY_LABEL]
    if (mark !== undefined) return mark === '' || everybody.has(mark) ? mark : undefined
    const names = [byUid.get(labels[ARENA_UID] ?? ''), byUsername.get(annotations[ARENA_USERNAME] ?? '')]
    const told = new Set(names.filter((name) => name !== undefined))
    return told.size === 1 ? [...told][0] : undefined
  }
}

const liveBelow = (object: KubeObject, below: ReadonlyMap<string | undefined, readonly Thing[]>): Thing[] => {
  const seen = new Set<unknown>()
  const find = ({ metadata: { uid } }: KubeObject): Thing[] =>
    (below.get(uid) ?? []).flatMap((thing) => {
      if (seen.has(thing.object)) return []
      seen.add(thing.object)
      const is = BETWEEN.includes(thing.kind) && !(thing.kind === POD && hasEnded(thing.object))
      return [...(is ? [thing] : []), ...find(thing.object)]
    })
  const found = find(object)
  return [...found.filter(({ kind }) => kind !== POD), ...found.filter(({ kind }) => kind === POD)]
}

const hasEnded = ({ status }: WithPhase): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '')

/** Done jobs use nothing, and lie until somebody deletes them; unless pods of theirs go on. */
const isGoing = ({ kind, object, below }: Work): boolean => {
  if (kind === POD) return !hasEnded(object)
  return !hasEndedAsJob(object) || below.some((thing) => thing.kind === POD)
}

/** What the cluster puts into every namespace, and what setup made. */
const isSetting = ({ kind, object: { metadata } }: Thing): boolean =>
  (kind === CONFIG_MAP && metadata.name === 'kube-root-ca.crt') ||
  (kind.plural === 'persistentvolumeclaims' && metadata.labels?.[OWNER_LABEL] !== undefined)

/** A thing as people and kubectl name it: `deployments.apps dev1/door`, and the arguments for kubectl. */
export const namedFor = ({ kind, object: { metadata } }: Thing): { name: string; args: string } => {
  const [group] = kind.apiVersion.includes('/') ? kind.apiVersion.split('/') : ['']
  const type = group === '' ? kind.plural : `${kind.plural}.${group}`
  return {
    name: `${kind.kind} ${metadata.namespace}/${metadata.name}`,
    args: `${type} ${metadata.name} -n ${metadata.namespace}`,
  }
}

/** What an administrator does about a thing that nobody's name is on. */
export const claimingOf = (thing: Thing): string => {
  const { args } = namedFor(thing)
  return (
    `kubectl delete ${args}, or say whose it is: kubectl label ${args} ${MADE_BY_LABEL}=<user> (with ` +
    "nothing after = it is the group's)"
  )
}
