// Whether it can be told who made a thing, and whether a user can write into what Arena keeps of a colleague's job.
import {
  type Answer,
  type ApiResource,
  ARENA_RECORD,
  type Attempt,
  type AttemptsTrial,
  type AttemptTrial,
  advise,
  type Check,
  type Creation,
  deedKeyOf,
  type Finding,
  type KubeObject,
  MADE_BY_LABEL,
  MUTATING_POLICY,
  type ObjectRef,
  objectId,
  promisedByStrict,
  type Refused,
  type Scene,
} from '../check.ts'
import { asOneOf, eachIn, MATRIX_KINDS, type Peers, peersOf } from './rights/peers.ts'
import { apiResourceName, objectOf, PLAIN, workload, workloadsOf } from './workloads.ts'

const CONFIG_MAP: ApiResource = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: [],
}

const keyOf = (verb: string, { group, resource }: ApiResource, namespace: string): string =>
  deedKeyOf({ verb, group, resource, namespace })

const may = ({ actual }: Peers, verb: string, kind: ApiResource, namespace: string): boolean =>
  actual.has(keyOf(verb, kind, namespace))

/** What lets them make things of a kind, where the inventory does not: strict is about no more than it says. */
const strayMaker = (
  { actual, expected }: Peers,
  kind: ApiResource,
  namespace: string,
): Pick<Finding, 'repair' | 'cause'> => {
  const key = keyOf('create', kind, namespace)
  const right = expected.has(key) ? undefined : actual.get(key)
  if (right === undefined) return {}
  const { repair, binding, role } = right.grant
  return { repair, cause: { binding, role } }
}

/** The same about users whom RBAC treats alike. */
const of = (peers: Peers, namespace: string, finding: Omit<Finding, 'subjects'>): Finding => ({
  ...finding,
  subjects: eachIn(peers, namespace),
})

const untold = ({ cause, message }: Refused, what: string): Omit<Finding, 'subjects'> =>
  cause === 'quota'
    ? {
        verdict: 'untested',
        says: `the quota is used up, so ${what} could not be tried`,
        repair: advise('run verify again later'),
      }
    : { verdict: 'unknown', says: `${what} was refused for another reason: ${message}` }

/** A ConfigMap as Arena makes one beside a job, with what it is to delete with the job. */
const record = (peers: Peers, namespace: string, app: string): Attempt => {
  const name = 'verify-attempt-tfjob'
  const labels = { createdBy: 'arena' }
  return {
    as: asOneOf(peers),
    do: 'create',
    create: objectOf(CONFIG_MAP, namespace, { data: { app } }, { name, labels }),
    plural: CONFIG_MAP.resource,
  }
}

const WRITTEN = 'a list for Arena that is none of kinds and names'

/** Arena has a shell read that list, as the user who deletes the job. */
const written = (peers: Peers, namespace: string, scene: Scene): AttemptsTrial => ({
  ask: 'attempts',
  attempts: [
    record(peers, namespace, 'tfjob.kubeflow.org/verify-attempt'),
    record(peers, namespace, 'neither kind nor name'),
  ],
  judge([plain, odd]) {
    if (!plain!.taken) return of(peers, namespace, untold(plain!, "what Arena keeps of one's own job"))
    if (odd!.taken)
      return of(peers, namespace, {
        ...promisedByStrict(scene),
        says: "can write what a colleague's Arena would have a shell run, where our front is not before it",
        thing: WRITTEN,
      })
    return of(
      peers,
      namespace,
      odd!.cause === 'policy'
        ? { verdict: 'pass', says: `is refused by the policy ${odd!.by}`, thing: WRITTEN }
        : untold(odd!, WRITTEN),
    )
  },
})

/** Of many that are protected alike so many are tried. */
const MOST_TRIED = 3
const CHANGE = { metadata: { annotations: { 'verify.example/tried': 'yes' } } }

/** What Arena keeps of the jobs of colleagues, which is known by the mark of whoever made it. */
function* ofColleagues(peers: Peers, namespace: string, scene: Scene): Generator<AttemptTrial> {
  const user = peers.users[0]!.name
  const theirs = scene
    .items(ARENA_RECORD)
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && ![undefined, '', user].includes(makerOf({ metadata })),
    )
  for (const { metadata } of theirs.slice(0, MOST_TRIED)) {
    const ref: ObjectRef = { kind: ARENA_RECORD, namespace, name: metadata.name }
    const attempts: [verb: string, attempt: Attempt][] = [
      ['delete', { as: { kind: 'user', user }, do: 'remove', remove: ref }],
      ['patch', { as: { kind: 'user', user }, do: 'patch', patch: ref, with: CHANGE }],
    ]
    for (const [verb, attempt] of attempts) {
      if (!may(peers, verb, CONFIG_MAP, namespace)) continue
      const thing = `${verb} ConfigMap ${objectId(ref)} of ${makerOf({ metadata })}`
      yield {
        ask: 'attempt',
        attempt,
        judge: (answer) => of(peers, namespace, touched(answer, thing, scene)),
      }
    }
  }
}

const touched = (answer: Answer, thing: string, scene: Scene): Omit<Finding, 'subjects'> => {
  if (answer.taken)
    return {
      ...promisedByStrict(scene),
      says: "changes or deletes what Arena keeps of a colleague's job",
      thing,
    }
  // Its job may have ended meanwhile.
  if (answer.cause === 'policy' || answer.cause === 'absent')
    return { verdict: 'pass', says: "leaves what Arena keeps of a colleague's job alone", thing }
  return untold(answer, thing)
}

const makerOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined =>
  metadata.labels?.[MADE_BY_LABEL]

/** What a patch shows of an update, too, which would have to carry the whole ConfigMap. */
const onlyUpdates = (peers: Peers, namespace: string): boolean =>
  may(peers, 'update', CONFIG_MAP, namespace) && !may(peers, 'patch', CONFIG_MAP, namespace)

const UPDATES: Omit<Finding, 'subjects'> = {
  verdict: 'untested',
  says: 'may update ConfigMaps and not patch them, and only patches are tried',
  repair: advise(
    "take update from that role, or try it as the user on a colleague's: kubectl replace --dry-run=server",
  ),
}

const records: Check = {
  id: 'J5',
  goal: 2,
  title: "Nobody writes into what Arena keeps of a colleague's job",
  kinds: [...MATRIX_KINDS, ARENA_RECORD],
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const namespace of peers.own) {
        if (may(peers, 'create', CONFIG_MAP, namespace)) yield written(peers, namespace, scene)
        else if (!['patch', 'update'].some((verb) => may(peers, verb, CONFIG_MAP, namespace)))
          yield of(peers, namespace, { verdict: 'pass', says: 'writes no ConfigMaps' })
        if (onlyUpdates(peers, namespace)) yield of(peers, namespace, UPDATES)
        yield* ofColleagues(peers, namespace, scene)
      }
  },
}

const STRANGER = { [MADE_BY_LABEL]: 'verify-stranger' }

const marked: Check = {
  id: 'J6',
  goal: 2,
  title: "What a user makes bears their name and nobody else's",
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const namespace of peers.own) {
        const kinds = [CONFIG_MAP, ...workloadsOf(peers, namespace, scene)]
        for (const kind of kinds)
          if (may(peers, 'create', kind, namespace)) yield mark(kind, peers, namespace, scene)
      }
  },
}

const mark = (kind: ApiResource, peers: Peers, namespace: string, scene: Scene): AttemptsTrial => {
  const user = peers.users[0]!.name
  const as = asOneOf(peers)
  const plain: Creation = isConfigMap(kind)
    ? { as, do: 'create', create: objectOf(kind, namespace, {}), plural: kind.resource }
    : workload(kind, namespace, PLAIN, as)
  const { create } = plain
  const { labels, ...metadata } = create.metadata
  const forged = {
    ...plain,
    create: { ...create, metadata: { ...metadata, labels: { ...labels, ...STRANGER } } },
  }
  return {
    ask: 'attempts',
    attempts: [plain, forged],
    judge([one, other]) {
      const finding = { ...marks(one!, other!, user, scene), thing: apiResourceName(kind) }
      const isOpen = finding.verdict === 'fail' || finding.verdict === 'gap'
      return of(peers, namespace, { ...finding, ...(isOpen && strayMaker(peers, kind, namespace)) })
    },
  }
}

const isConfigMap = ({ resource }: ApiResource): boolean => resource === CONFIG_MAP.resource

const marks = (plain: Answer, forged: Answer, user: string, scene: Scene): Omit<Finding, 'subjects'> => {
  if (!plain.taken) return untold(plain, 'whether its maker can be told')
  if (makerOf(plain.object) !== user) return unmarked(scene)
  if (forged.taken && makerOf(forged.object) !== user)
    return { ...promisedByStrict(scene), says: 'can be made in the name of somebody else' }
  if (!forged.taken && forged.cause !== 'policy') return untold(forged, 'a false name on it')
  return { verdict: 'pass', says: 'bears the name of whoever makes it' }
}

/** An older API server cannot write anything into what a user makes. */
const unmarked = (scene: Scene): Omit<Finding, 'subjects'> => {
  const says = 'does not tell who made it, so remove-user cannot know whose it is'
  const { inventory } = scene
  const able = scene
    .resources()
    .some(({ resource, version }) => resource === MUTATING_POLICY.plural && version === 'v1')
  return inventory.isolation !== 'strict' || able
    ? { ...promisedByStrict(scene), says }
    : {
        verdict: 'gap',
        says,
        repair: advise('Kubernetes from 1.36 writes it; until then remove-user lists what it cannot tell'),
      }
}

/** That it can be told who made what. */
export const makers: readonly Check[] = [records, marked]
