// What a user can put into a pod by way of a job: each forbidden thing, tried with the user's own credential.
import {
  type Answer,
  type ApiResource,
  type Asking,
  type Attempt,
  type AttemptsTrial,
  advise,
  allowing,
  attributesFor,
  byAdmission,
  type Check,
  csiDriver,
  type Finding,
  type Judgement,
  NODE,
  type Node,
  onceFor,
  PERSISTENT_VOLUME,
  type PodOptions,
  PRIORITY_CLASS,
  promisedByStrict,
  type Refused,
  type ReviewTrial,
  type Scene,
  SERVICE_ACCOUNT,
  SYSTEM_PRIORITY,
  serviceAccountOf,
  type TurnsTrial,
  untrusted,
} from '../check.ts'
import { type Bundle, bundlesOf } from './bundles.ts'
import { isTrustedVolume, removal } from './directories.ts'
import {
  type ForbiddenThing,
  forbiddenThings,
  ofPriorityClasses,
  type Surroundings,
} from './forbidden-pods.ts'
import { refusedOtherwise } from './refused.ts'
import { MATRIX_KINDS, type PeersIn, peersInGroups } from './rights/peers.ts'
import { triedBeside } from './trials.ts'
import { specOf } from './volumes.ts'
import {
  type Annotations,
  apiResourceName,
  bears,
  carries,
  fieldAt,
  PLAIN,
  type PodSpec,
  pod,
  priorityFieldOf,
  withField,
  workload,
  workloadsOf,
} from './workloads.ts'

const TITLES: Readonly<Record<string, readonly [goal: Check['goal'], title: string]>> = {
  E1: [3, 'No pod mounts directories of a node'],
  E2: [3, 'No pod shares network, processes or memory with a node'],
  E3: [3, 'No pod takes a port of a node'],
  E4: [3, 'No pod loosens what hides the node from it'],
  E5: [3, 'No pod is privileged'],
  E6: [3, "No pod gets root's capabilities over the node"],
  E7: [3, 'No process in a pod gets more rights than it began with'],
  E8: [3, 'No pod runs as root'],
  E9: [5, 'No pod mounts storage but through a claim of its group'],
  E10: [3, 'No pod runs as somebody else'],
  E13: [5, 'No pod makes claims of its own'],
  E14: [3, "No pod uses a private image that somebody else's pod left on the node"],
  E15: [4, 'No pod chooses its node against the scheduler'],
  E16: [4, 'No pod pushes others aside by priority'],
  E17: [4, 'No pod goes round the scheduler, the runtime or the counts'],
  E18: [3, 'No pod asks add-ons of the network, the node or the cloud for more by its annotations'],
  E19: [4, 'Each pod ends soon after it is told to'],
  E22: [4, 'No pod takes devices by what a runtime reads in place of a request'],
}

/** Who may make pods, and by way of what: the other attempts go those ways. */
const ways: Check = {
  id: 'E0',
  goal: 3,
  title: 'Each user makes pods by way of known kinds',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersInGroups(scene)) {
      const { as, namespace, subjects, users } = peers
      const names = workloadsOf(peers, scene).map(apiResourceName)
      const by = names.length === 0 ? 'makes no pods' : `makes pods by way of ${names.join(', ')}`
      const { length } = users
      const thing = `tried as ${as.user}${length === 1 ? '' : ` for ${length} users alike`}`
      const of = (verdict: Finding['verdict'], says: string): Finding => ({ verdict, subjects, says, thing })
      yield {
        ask: 'attempt',
        attempt: pod(namespace, PLAIN, as),
        judge(answer: Answer) {
          const known = names.includes('pods')
          if (!answer.taken && answer.cause === 'rbac' && !known)
            return of('pass', `${by}; a bare pod is refused by RBAC, which says nothing about those`)
          if (known && (answer.taken || answer.cause === 'quota')) return of('pass', by)
          return answer.taken
            ? of('fail', 'may make a bare pod, against what RBAC alone says')
            : { ...refusedOtherwise('a bare pod', answer), subjects, thing }
        },
      }
    }
  },
}

/**
 * A claim is no forbidden thing in a pod: what it leads to was decided by whoever made its volume. One that is reserved
 * for nobody is taken by whoever may make claims.
 */
function* ofNodes(scene: Scene): Generator<Finding> {
  const claiming = new Set(
    peersInGroups(scene)
      .filter(mayClaim)
      .map(({ namespace }) => namespace),
  )
  for (const live of scene.items(PERSISTENT_VOLUME)) {
    const { hostPath, local, claimRef } = specOf(live)
    const { path } = hostPath ?? local ?? {}
    const groups = scene.groups.filter(({ name }) =>
      claimRef === undefined ? claiming.has(name) : name === claimRef.namespace,
    )
    if (path === undefined || groups.length === 0 || isTrustedVolume(scene, live)) continue
    const { name } = live.metadata
    yield {
      verdict: 'fail',
      subjects: groups.map((group) => group.name),
      says: 'can mount a directory of a node, by a claim',
      thing: `PersistentVolume ${name}: ${untrusted(path)}`,
      repair: removal(live),
      trusted: { kind: 'PersistentVolume', name },
    }
  }
}

const mayClaim = ({ grants, namespace }: PeersIn): boolean =>
  allowing(grants, { verb: 'create', group: '', resource: 'persistentvolumeclaims', namespace }) !== undefined

/** Everything forbidden, by way of every kind that makes pods. */
const forbidden: readonly Check[] = Object.entries(TITLES).map(([id, [goal, title]]) => ({
  id,
  goal,
  title,
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT, NODE, PRIORITY_CLASS, PERSISTENT_VOLUME],
  *trials(scene) {
    if (id === 'E1') yield* ofNodes(scene)
    for (const peers of peersInGroups(scene)) {
      if (id === 'E17') yield* running(peers)
      if (id === 'E16') yield* byOthers(peers, scene)
      if (id === 'E16') yield* together(peers, scene)
    }
    for (const place of placesOf(scene)) {
      const classes = id === 'E16' ? classesOf(place.peers, scene) : []
      for (const one of [...place.things, ...ofPriorityClasses(classes)])
        if (one.check === id) yield trial(one, place)
    }
  },
}))

/** What users can put into pods, by whatever way they make them. */
export const attempts: readonly Check[] = [ways, ...forbidden]

/** Containers that are put into pods that run already; by review, for there may be no pod. */
function* running({ who, grants, namespace, subjects }: PeersIn): Generator<ReviewTrial> {
  for (const verb of ['patch', 'update']) {
    const deed = { verb, group: '', resource: 'pods', subresource: 'ephemeralcontainers', namespace }
    yield {
      ask: 'review',
      review: { who, deed },
      judge: ({ allowed, reason }) => {
        if (!allowed) return { verdict: 'pass', subjects, says: 'puts no container into a pod that runs' }
        return {
          verdict: 'gap',
          subjects,
          says: `puts containers into pods that run: ${reason}`,
          thing: `${verb} pods/ephemeralcontainers`,
          repair: allowing(grants, deed)?.repair ?? advise('take it out of the role'),
        }
      },
    }
  }
}

/** Templates of kinds that no policy knows come to pods, which strict judges by themselves. */
function* byOthers({ namespace, subjects }: PeersIn, scene: Scene): Generator<AttemptsTrial> {
  if (scene.inventory.isolation === 'document') return
  for (const priorityClassName of classesOf({ namespace }, scene)) {
    const thing = `priorityClassName ${priorityClassName} in a pod of any kind`
    const beside = [pod(namespace, PLAIN), pod(namespace, { ...PLAIN, priorityClassName })] as const
    yield triedBeside(subjects, beside, (plain, answer) =>
      answer.taken
        ? { ...promisedByStrict(scene), says: 'can be had by way of a kind that no policy knows', thing }
        : refusedBeside(plain, answer, 'is stopped when the pod is made', thing),
    )
  }
}

/** A job may name a class for all its pods, which a scheduler goes by, apart from that of the pods. */
function* together(peers: PeersIn, scene: Scene): Generator<AttemptsTrial> {
  const classes = [`${SYSTEM_PRIORITY}cluster-critical`, ...classesOf(peers, scene)]
  for (const kind of workloadsOf(peers, scene)) {
    const field = priorityFieldOf(kind)
    if (field === undefined) continue
    const plain = workload(kind, peers.namespace, PLAIN, peers.as)
    for (const priorityClass of classes) {
      const thing = `priority class ${priorityClass} for all pods of ${apiResourceName(kind)} (${field.join('.')})`
      const withClass = { ...plain, create: withField(plain.create, field, priorityClass) }
      yield triedBeside(peers.subjects, [plain, withClass], (without, answer) => {
        if (!answer.taken) return refusedBeside(without, answer, 'is stopped at submit', thing)
        return fieldAt(answer.object, field) !== undefined
          ? { ...promisedByStrict(scene), says: 'can be had for pods that are scheduled together', thing }
          : { verdict: 'pass', says: 'is stopped at submit, by being taken out of it', thing }
      })
    }
  }
}

/** A refusal tells of a thing where the same without it is taken. */
const refusedBeside = (plain: Answer, answer: Refused, says: string, thing: string): Judgement => {
  if (!plain.taken && plain.cause !== 'quota') return untold(plain, thing, 'the same without it')
  if (!plain.taken) return usedUp(plain, thing)
  return byAdmission(answer) && answer.cause !== 'quota'
    ? { verdict: 'pass', says: `${says}, ${byWhom(answer)}`, thing }
    : usedUp(answer, thing)
}

const podsOf = (namespace: string, { inventory }: Scene): PodOptions =>
  inventory.groups.find(({ name }) => name === namespace)?.pods ?? {}

const surroundings = ({ as, namespace }: PeersIn, scene: Scene): Surroundings => {
  const { inventory } = scene
  const own = new Set(
    inventory.volumes.filter(({ group }) => group === namespace).map(({ server, path }) => server + path),
  )
  const other = inventory.volumes.find(({ server, path }) => !own.has(server + path))
  const nodes = scene.items(NODE)
  const [node] = nodes
  const neighbour = inventory.groups.find(({ name }) => name !== namespace)
  const nas = { server: other?.server ?? 'nas.example', path: other?.path ?? '/' }
  const csi = csiDriver(other?.driver ?? 'alibaba') ?? csiDriver('csi-nfs')!
  return {
    nas,
    inlineCsi: { driver: csi.driver, volumeAttributes: attributesFor(csi, nas) },
    accounts: accountsOf(as.user, namespace, scene),
    node: node?.metadata.name ?? 'verify-node',
    neighbour: neighbour?.name ?? 'verify-neighbour',
    verifiesImages: nodes.length > 0 && nodes.every(verifiesImages),
    pods: podsOf(namespace, scene),
  }
}

/**
 * Every class of the cluster that would be somebody's choice: what has a class of the inventory's or the default one
 * does not choose.
 */
const classesOf = ({ namespace }: Pick<PeersIn, 'namespace'>, scene: Scene): string[] => {
  const { priorityClasses = [] } = podsOf(namespace, scene)
  return scene
    .items(PRIORITY_CLASS)
    .filter(({ globalDefault }) => globalDefault !== true)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !priorityClasses.includes(name) && !name.startsWith(SYSTEM_PRIORITY))
}

/**
 * KubeletEnsureSecretPulledImages is on from 1.35; what names no such version, such as a virtual node, promises
 * nothing.
 */
const verifiesImages = ({ status }: Node): boolean => {
  const { nodeInfo } = status ?? {}
  const minor = /^v1\.(\d+)\./.exec(nodeInfo?.kubeletVersion ?? '')?.[1]
  return minor !== undefined && Number(minor) >= 35
}

/** One account of each sort that is there: the submitter's own, a colleague's, one that nobody in the inventory has. */
const accountsOf = (user: string, namespace: string, scene: Scene): Surroundings['accounts'] => {
  const own = serviceAccountOf(user)
  const people = new Set(scene.inventory.users.map(({ name }) => serviceAccountOf(name)))
  const names = scene
    .items(SERVICE_ACCOUNT)
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.name !== 'default')
    .map(({ metadata }) => metadata.name)
  const whose = (name: string) =>
    name === own ? 'of their own' : people.has(name) ? 'of a colleague' : 'of an operator'
  return [...Map.groupBy(names, whose)].map(([of, [name]]) => ({
    name: name!,
    whose: of === 'of an operator' ? name! : of,
  }))
}

/** Where, what and how things are tried. */
interface Place {
  peers: PeersIn
  kinds: readonly ApiResource[]
  scene: Scene
  things: readonly ForbiddenThing[]
  /** Several things at once that would all be taken. */
  bundles: readonly Bundle[]
  /** The pod, as the admin, and what makes one, as the user: one for each kind. */
  asPod: Way
  ways: readonly Way[]
  /** Whether jobs are tried although the pod alone would tell that a thing is stopped. */
  atSubmit: boolean
}

const placesIn = onceFor<readonly Place[]>()

/** Where things are tried, by users of each set who make pods in each of their groups: the same for every check. */
const placesOf = (scene: Scene): readonly Place[] => placesIn(scene, () => findPlaces(scene))

/**
 * Things that would be taken are tried together: nearly all in isolation document, in strict what it does not promise.
 * What is refused is refused for one of them only. So in strict each is tried with a pod in every group, which decides,
 * and at submit in one of those that are alike.
 */
const findPlaces = (scene: Scene): Place[] => {
  const { inventory, exhaustive } = scene
  const isOpen = inventory.isolation === 'document'
  const seen = new Set<string>()
  return peersInGroups(scene).flatMap((peers): Place[] => {
    const { as, namespace } = peers
    const kinds = workloadsOf(peers, scene)
    if (kinds.length === 0) return []
    const about = surroundings(peers, scene)
    const things = forbiddenThings(about)
    const like = JSON.stringify([kinds.map(apiResourceName), about.pods])
    const isFirst = !seen.has(like)
    seen.add(like)
    const taken = exhaustive ? [] : things.filter(({ unpromised }) => isOpen || unpromised !== undefined)
    const bundles = bundlesOf(taken)
    const asPod = wayOf(bundles, (spec, notes) => pod(namespace, spec, { kind: 'admin' }, notes))
    const ways = kinds.map((kind) =>
      wayOf(bundles, (spec, notes) => workload(kind, namespace, spec, as, notes)),
    )
    const atSubmit = isOpen || exhaustive || isFirst
    return [{ peers, kinds, scene, things, bundles, asPod, ways, atSubmit }]
  })
}

/** Makes what holds a pod; what is tried for many things is made once. */
interface Way {
  make(spec: PodSpec, annotations?: Annotations): Attempt
  plain: Attempt
  bundled: ReadonlyMap<Bundle, Attempt>
}

const wayOf = (bundles: readonly Bundle[], make: Way['make']): Way => ({
  make,
  plain: make(PLAIN),
  bundled: new Map(bundles.map((bundle) => [bundle, make(bundle.spec, bundle.annotations)])),
})

/** What came of trying a thing in one way. */
interface Tried {
  answer: Answer
  /** Whether the thing itself was refused, or taken out of what would be stored. */
  isStopped: boolean
}

const trial = (one: ForbiddenThing, place: Place): TurnsTrial => {
  const { kinds, scene, bundles, asPod, ways, atSubmit } = place
  const bundle = bundles.find(({ parts }) => parts.has(one))
  const { subjects } = place.peers
  return {
    ask: 'turns',
    attempts: [asPod, ...ways].map(({ plain }) => plain),
    *judge([plainPod, ...plain]) {
      const first = atSubmit ? ways : ways.filter((_, index) => isPod(kinds[index]!))
      const [thePod, ...early] = yield* triedIn([asPod, ...first], one, bundle)
      const isTold = plainPod!.taken && isUsable(plain) && early.every(({ isStopped }) => isStopped)
      if (!atSubmit && isTold && thePod!.isStopped)
        return { ...stopped(one, ', whatever makes the pod', thePod!.answer), subjects }
      const things = atSubmit ? early : yield* triedIn(ways, one, bundle)
      const submitted = kinds.map((kind, index) => ({
        name: apiResourceName(kind),
        plain: plain[index]!,
        thing: things[index]!,
      }))
      return { ...judged(one, plainPod!, thePod!, submitted, scene), subjects }
    },
  }
}

/** A bare pod of a user is the pod itself, and admission may know the user. */
const PODS = 'pods'

const isPod = (kind: ApiResource): boolean => apiResourceName(kind) === PODS

/** Whether plain jobs are taken, or would be with room in the quota. */
const isUsable = (plain: readonly Answer[]): boolean =>
  plain.some(({ taken }) => taken) && plain.every((answer) => answer.taken || answer.cause === 'quota')

/**
 * Tries a thing in several ways, first beside others. One that is taken together with others can be had; a refusal may
 * be about any of them, so then it is tried by itself.
 */
function* triedIn(ways: readonly Way[], one: ForbiddenThing, bundle: Bundle | undefined): Asking<Tried[]> {
  const shared = bundle === undefined ? [] : yield ways.map(({ bundled }) => bundled.get(bundle)!)
  const isHad = ways.map((_, index) => {
    const answer = shared[index]
    return answer?.taken === true && !isStopped(answer, { ...one, spec: bundle!.parts.get(one)! })
  })
  const single = yield ways
    .filter((_, index) => !isHad[index])
    .map(({ make }) => make(one.spec, one.annotations))
  const left = single.values()
  return ways.map((_, index) => {
    if (isHad[index]) return { answer: shared[index]!, isStopped: false }
    const answer = left.next().value!
    return { answer, isStopped: isStopped(answer, one) }
  })
}

interface Submitted {
  name: string
  plain: Answer
  thing: Tried
}

const judged = (
  forbidden: ForbiddenThing,
  plainPod: Answer,
  thePod: Tried,
  submitted: readonly Submitted[],
  scene: Scene,
): Judgement => {
  const { thing, unpromised, absent } = forbidden
  const tried = submitted.filter(({ plain }) => plain.taken)
  if (tried.length === 0) return untold(submitted[0]!.plain, thing, 'a plain job')
  const through = tried.filter(({ thing: { isStopped } }) => !isStopped)
  const untried = submitted.find(({ plain }) => !plain.taken && plain.cause !== 'quota')
  if (through.length === 0 && untried !== undefined)
    return untold(untried.plain, thing, `a plain job of kind ${untried.name}`)
  if (through.length === 0) return stopped(forbidden, ' at submit', tried[0]!.thing.answer)
  // Where bare pods may be made, one is refused already for naming what is not there; the pod of the others tells the
  // same.
  const clear = absent === undefined ? ['invalid'] : ['invalid', 'absent']
  // Whatever makes a pod that is refused is let through in vain; a bare one is the user's, and tried as them.
  const isInVain = plainPod.taken && thePod.isStopped
  const odd = through.find(
    ({ name, thing: { answer } }) =>
      !answer.taken && !clear.includes(answer.cause) && !(isInVain && name !== PODS),
  )
  if (odd !== undefined) return untold(odd.thing.answer, thing, `a job of kind ${odd.name}`)
  if (!plainPod.taken) return usedUp(plainPod, thing)
  const bare = through.filter(({ name, thing: { answer } }) => name === PODS && answer.taken)
  const { answer } = thePod
  if (bare.length === 0 && thePod.isStopped) return stopped(forbidden, " when the job's pod is made", answer)
  if (bare.length === 0 && !answer.taken) {
    if (answer.cause === 'quota') return usedUp(answer, thing)
    return answer.cause === 'absent' && absent !== undefined
      ? { ...absent, thing }
      : untold(answer, thing, 'its pod')
  }
  const names = (answer.taken && !thePod.isStopped ? through : bare).map(({ name }) => name).join(', ')
  if (unpromised !== undefined)
    return {
      verdict: 'gap',
      says: `is let through in ${names}: ${unpromised.why}`,
      thing,
      repair: unpromised.repair,
    }
  return { ...promisedByStrict(scene), says: `can be put into the pods of ${names}`, thing }
}

const stopped = ({ thing }: ForbiddenThing, when: string, answer: Answer): Judgement => ({
  verdict: 'pass',
  says: `is stopped${when}, ${byWhom(answer)}`,
  thing,
})

/** Whether the thing itself was refused, or taken out of what would be stored; quotas are about priorities at most. */
const isStopped = (answer: Answer, { check, spec, annotations = {} }: ForbiddenThing): boolean => {
  if (answer.taken) return !carries(answer.object, spec) || !bears(answer.object, annotations)
  return byAdmission(answer) && (answer.cause !== 'quota' || check === 'E16')
}

const byWhom = (answer: Answer): string => {
  if (answer.taken) return 'by being taken out of it'
  const { cause, by, message } = answer
  switch (cause) {
    case 'policy':
      return `by the policy ${by}`
    case 'pod-security':
      return `by Pod Security ${by}`
    case 'quota':
      return `by the quota ${by ?? 'of its priority class'}`
    case 'webhook':
      return `by the webhook ${by}`
    default:
      return `by the API server: ${message.replace(/^.*?(forbidden|invalid): /, '').slice(0, 120)}`
  }
}

const untold = (answer: Answer, thing: string, what: string): Judgement => ({
  verdict: 'unknown',
  says: `${what} was refused for another reason (${answer.taken ? '' : answer.message.slice(0, 200)})`,
  thing,
})

/** A quota that is full refuses every pod: that says nothing about the thing. */
const usedUp = (answer: Refused, thing: string): Judgement =>
  answer.cause === 'quota'
    ? {
        verdict: 'untested',
        says: 'was taken at submit, and the quota is used up, so no pod could be tried',
        thing,
        repair: advise('run verify again when jobs have ended'),
      }
    : untold(answer, thing, 'a plain pod')
