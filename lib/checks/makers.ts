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
  type Judgement,
  type KubeObject,
  MADE_BY_LABEL,
  MUTATING_POLICY,
  type ObjectRef,
  objectId,
  promisedByStrict,
  type Refused,
  type Scene,
} from '../check.ts'
import { MATRIX_KINDS, type PeersIn, peersInGroups } from './rights/peers.ts'
import { tried, triedBeside } from './trials.ts'
import { apiResourceName, core, creation, may, PLAIN, workload, workloadsOf } from './workloads.ts'

const CONFIG_MAP: ApiResource = { ...core('ConfigMap', 'configmaps'), namespaced: true, verbs: [] }

/** What lets them make things of a kind, where the inventory does not: strict is about no more than it says. */
const strayMaker = (
  { actual, expected, namespace }: PeersIn,
  { group, resource }: ApiResource,
): Pick<Finding, 'repair' | 'cause'> => {
  const key = deedKeyOf({ verb: 'create', group, resource, namespace })
  const right = expected.has(key) ? undefined : actual.get(key)
  if (right === undefined) return {}
  const { repair, binding, role } = right.grant
  return { repair, cause: { binding, role } }
}

const untold = ({ cause, message }: Refused, what: string): Judgement =>
  cause === 'quota'
    ? {
        verdict: 'untested',
        says: `the quota is used up, so ${what} could not be tried`,
        repair: advise('run verify again later'),
      }
    : { verdict: 'unknown', says: `${what} was refused for another reason: ${message}` }

/** A ConfigMap as Arena makes one beside a job, with what it is to delete with the job. */
const record = ({ as, namespace }: PeersIn, app: string): Attempt => {
  const metadata = { name: 'verify-attempt-tfjob', labels: { createdBy: 'arena' } }
  return creation(as, CONFIG_MAP, namespace, { data: { app } }, metadata)
}

const WRITTEN = 'a list for Arena that is none of kinds and names'

/** Arena has a shell read that list, as the user who deletes the job. */
const written = (peers: PeersIn, scene: Scene): AttemptsTrial => {
  const records = [
    record(peers, 'tfjob.kubeflow.org/verify-attempt'),
    record(peers, 'neither kind nor name'),
  ] as const
  return triedBeside(peers.subjects, records, (plain, odd) => {
    if (!plain.taken) return untold(plain, "what Arena keeps of one's own job")
    if (odd.taken)
      return {
        ...promisedByStrict(scene),
        says: "can write what a colleague's Arena would have a shell run, where our front is not before it",
        thing: WRITTEN,
      }
    return odd.cause === 'policy'
      ? { verdict: 'pass', says: `is refused by the policy ${odd.by}`, thing: WRITTEN }
      : untold(odd, WRITTEN)
  })
}

/** Of many that are protected alike so many are tried. */
const MOST_TRIED = 3
const CHANGE = { metadata: { annotations: { 'verify.example/tried': 'yes' } } }

/** What Arena keeps of the jobs of colleagues, which is known by the mark of whoever made it. */
function* ofColleagues(peers: PeersIn, scene: Scene): Generator<AttemptTrial> {
  const { as, namespace, subjects } = peers
  const theirs = scene
    .items(ARENA_RECORD)
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && ![undefined, '', as.user].includes(makerOf({ metadata })),
    )
  for (const { metadata } of theirs.slice(0, MOST_TRIED)) {
    const ref: ObjectRef = { kind: ARENA_RECORD, namespace, name: metadata.name }
    const attempts: [verb: string, attempt: Attempt][] = [
      ['delete', { as, do: 'remove', remove: ref }],
      ['patch', { as, do: 'patch', patch: ref, with: CHANGE }],
    ]
    for (const [verb, attempt] of attempts) {
      if (!may(peers, verb, CONFIG_MAP)) continue
      const thing = `${verb} ConfigMap ${objectId(ref)} of ${makerOf({ metadata })}`
      yield tried(subjects, attempt, (answer) => touched(answer, thing, scene))
    }
  }
}

const touched = (answer: Answer, thing: string, scene: Scene): Judgement => {
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
const onlyUpdates = (peers: PeersIn): boolean =>
  may(peers, 'update', CONFIG_MAP) && !may(peers, 'patch', CONFIG_MAP)

const UPDATES: Judgement = {
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
    for (const peers of peersInGroups(scene)) {
      const { subjects } = peers
      if (may(peers, 'create', CONFIG_MAP)) yield written(peers, scene)
      else if (!['patch', 'update'].some((verb) => may(peers, verb, CONFIG_MAP)))
        yield { verdict: 'pass', says: 'writes no ConfigMaps', subjects }
      if (onlyUpdates(peers)) yield { ...UPDATES, subjects }
      yield* ofColleagues(peers, scene)
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
    for (const peers of peersInGroups(scene))
      for (const kind of [CONFIG_MAP, ...workloadsOf(peers, scene)])
        if (may(peers, 'create', kind)) yield mark(kind, peers, scene)
  },
}

const mark = (kind: ApiResource, peers: PeersIn, scene: Scene): AttemptsTrial => {
  const { as, namespace, subjects } = peers
  const plain: Creation = isConfigMap(kind)
    ? creation(as, kind, namespace, {})
    : workload(kind, namespace, PLAIN, as)
  const { create } = plain
  const { labels, ...metadata } = create.metadata
  const forged = {
    ...plain,
    create: { ...create, metadata: { ...metadata, labels: { ...labels, ...STRANGER } } },
  }
  return triedBeside(subjects, [plain, forged], (one, other) => {
    const finding = { ...marks(one, other, as.user, scene), thing: apiResourceName(kind) }
    const isOpen = finding.verdict === 'fail' || finding.verdict === 'gap'
    return { ...finding, ...(isOpen && strayMaker(peers, kind)) }
  })
}

const isConfigMap = ({ resource }: ApiResource): boolean => resource === CONFIG_MAP.resource

const marks = (plain: Answer, forged: Answer, user: string, scene: Scene): Judgement => {
  if (!plain.taken) return untold(plain, 'whether its maker can be told')
  if (makerOf(plain.object) !== user) return unmarked(scene)
  if (forged.taken && makerOf(forged.object) !== user)
    return { ...promisedByStrict(scene), says: 'can be made in the name of somebody else' }
  if (!forged.taken && forged.cause !== 'policy') return untold(forged, 'a false name on it')
  return { verdict: 'pass', says: 'bears the name of whoever makes it' }
}

/** An older API server cannot write anything into what a user makes. */
const unmarked = (scene: Scene): Judgement => {
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
