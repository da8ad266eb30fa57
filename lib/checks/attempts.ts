// What a user can put into a pod by way of a job: each forbidden thing, tried with the user's own credential.
import {
  type ApiResource,
  type AttemptsTrial,
  type AttemptTrial,
  advise,
  allowing,
  attributesFor,
  byAdmission,
  type Check,
  csiDriver,
  type Finding,
  type KubeObject,
  NODE,
  type PodOptions,
  PRIORITY_CLASS,
  promisedByStrict,
  type Refused,
  type ReviewTrial,
  type Scene,
  SERVICE_ACCOUNT,
  SYSTEM_PRIORITY,
  type Taken,
} from '../check.ts'
import { type ForbiddenThing, forbiddenThings, type Surroundings } from './forbidden-pods.ts'
import { asOneOf, eachIn, MATRIX_KINDS, type Peers, peersOf } from './rights/peers.ts'
import {
  apiResourceName,
  bears,
  carries,
  isScheduledTogether,
  PLAIN,
  pod,
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
    for (const peers of peersOf(scene))
      for (const namespace of peers.own) {
        const names = workloadsOf(peers, namespace, scene).map(apiResourceName)
        const by = names.length === 0 ? 'makes no pods' : `makes pods by way of ${names.join(', ')}`
        const { length } = peers.users
        const thing = `tried as ${peers.users[0]!.name}${length === 1 ? '' : ` for ${length} users alike`}`
        const subjects = eachIn(peers, namespace)
        const of = (verdict: Finding['verdict'], says: string): Finding => ({
          verdict,
          subjects,
          says,
          thing,
        })
        yield {
          ask: 'attempt',
          attempt: pod(namespace, PLAIN, asOneOf(peers)),
          judge(answer: Answer) {
            const known = names.includes('pods')
            if (!answer.taken && answer.cause === 'rbac' && !known)
              return of('pass', `${by}; a bare pod is refused by RBAC, which says nothing about those`)
            if (known && (answer.taken || answer.cause === 'quota')) return of('pass', by)
            return of(
              answer.taken ? 'fail' : 'unknown',
              answer.taken
                ? 'may make a bare pod, against what RBAC alone says'
                : `a bare pod was refused for another reason (${answer.message.slice(0, 200)})`,
            )
          },
        }
      }
  },
}

/** Everything forbidden, by way of every kind that makes pods. */
const forbidden: readonly Check[] = Object.entries(TITLES).map(([id, [goal, title]]) => ({
  id,
  goal,
  title,
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT, NODE, PRIORITY_CLASS],
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const namespace of peers.own) {
        if (id === 'E17') yield* running(peers, namespace)
        if (id === 'E16') yield* byOthers(peers, namespace, scene)
        if (id === 'E16') yield* together(peers, namespace, scene)
        const kinds = workloadsOf(peers, namespace, scene)
        if (kinds.length === 0) continue
        const about = surroundings(peers, namespace, scene)
        const classes = id === 'E16' ? classesOf(about.pods, scene) : []
        for (const one of forbiddenThings({ ...about, priorityClasses: classes }))
          if (one.check === id) yield trial(one, peers, namespace, kinds, scene)
      }
  },
}))

/** What users can put into pods, by whatever way they make them. */
export const attempts: readonly Check[] = [ways, ...forbidden]

/** Containers that are put into pods that run already; by review, for there may be no pod. */
function* running(peers: Peers, namespace: string): Generator<ReviewTrial> {
  for (const verb of ['patch', 'update']) {
    const deed = { verb, group: '', resource: 'pods', subresource: 'ephemeralcontainers', namespace }
    yield {
      ask: 'review',
      review: { who: peers.who, deed },
      judge: ({ allowed, reason }) => {
        const subjects = eachIn(peers, namespace)
        if (!allowed) return { verdict: 'pass', subjects, says: 'puts no container into a pod that runs' }
        return {
          verdict: 'gap',
          subjects,
          says: `puts containers into pods that run: ${reason}`,
          thing: `${verb} pods/ephemeralcontainers`,
          repair: allowing(peers.grants, deed)?.repair ?? advise('take it out of the role'),
        }
      },
    }
  }
}

/** Templates of kinds that no policy knows come to pods, which strict judges by themselves. */
function* byOthers(peers: Peers, namespace: string, scene: Scene): Generator<AttemptTrial> {
  if (scene.inventory.isolation === 'document') return
  for (const priorityClassName of classesOf(podsOf(namespace, scene), scene)) {
    const thing = `priorityClassName ${priorityClassName} in a pod of any kind`
    yield {
      ask: 'attempt',
      attempt: pod(namespace, { ...PLAIN, priorityClassName }),
      judge(answer) {
        const finding: Omit<Finding, 'subjects'> = answer.taken
          ? { ...promisedByStrict(scene), says: 'can be had by way of a kind that no policy knows', thing }
          : byAdmission(answer) && answer.cause !== 'quota'
            ? { verdict: 'pass', says: `is stopped when the pod is made, ${byWhom(answer)}`, thing }
            : usedUp(answer, thing)
        return { ...finding, subjects: eachIn(peers, namespace) }
      },
    }
  }
}

/** What makes pods that are scheduled together may name a class for all of them, apart from that of the pods. */
function* together(peers: Peers, namespace: string, scene: Scene): Generator<AttemptTrial> {
  const as = asOneOf(peers)
  const classes = [`${SYSTEM_PRIORITY}cluster-critical`, ...classesOf(podsOf(namespace, scene), scene)]
  for (const kind of workloadsOf(peers, namespace, scene).filter(isScheduledTogether))
    for (const priorityClass of classes) {
      const thing = `priority class ${priorityClass} of the scheduling policy of ${apiResourceName(kind)}`
      const schedulingPolicy = { priorityClass }
      yield {
        ask: 'attempt',
        attempt: workload(kind, namespace, PLAIN, as, {}, { runPolicy: { schedulingPolicy } }),
        judge: (answer) => ({ ...ofPolicy(answer, thing, scene), subjects: eachIn(peers, namespace) }),
      }
    }
}

const ofPolicy = (answer: Answer, thing: string, scene: Scene): Omit<Finding, 'subjects'> => {
  if (answer.taken)
    return hasPriority(answer.object)
      ? { ...promisedByStrict(scene), says: 'can be had for pods that are scheduled together', thing }
      : { verdict: 'pass', says: 'is stopped at submit, by being taken out of it', thing }
  return byAdmission(answer) && answer.cause !== 'quota'
    ? { verdict: 'pass', says: `is stopped at submit, ${byWhom(answer)}`, thing }
    : usedUp(answer, thing)
}

const hasPriority = ({ spec }: KubeObject): boolean => {
  const { runPolicy } = (spec ?? {}) as { runPolicy?: { schedulingPolicy?: { priorityClass?: string } } }
  return runPolicy?.schedulingPolicy?.priorityClass !== undefined
}

const podsOf = (namespace: string, { inventory }: Scene): PodOptions =>
  inventory.groups.find(({ name }) => name === namespace)?.pods ?? {}

const surroundings = (
  { users }: Peers,
  namespace: string,
  scene: Scene,
): Omit<Surroundings, 'priorityClasses'> => {
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
    accounts: accountsOf(users[0]!, namespace, scene),
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
const classesOf = ({ priorityClasses = [] }: PodOptions, scene: Scene): string[] =>
  scene
    .items(PRIORITY_CLASS)
    .filter(({ metadata: { name }, globalDefault }) => {
      const isGiven = globalDefault === true || priorityClasses.includes(name)
      return !isGiven && !name.startsWith(SYSTEM_PRIORITY)
    })
    .map(({ metadata }) => metadata.name)

/**
 * KubeletEnsureSecretPulledImages is on from 1.35; what names no such version, such as a virtual node, promises
 * nothing.
 */
const verifiesImages = ({ status }: KubeObject): boolean => {
  const { nodeInfo } = (status ?? {}) as { nodeInfo?: { kubeletVersion?: string } }
  const minor = /^v1\.(\d+)\./.exec(nodeInfo?.kubeletVersion ?? '')?.[1]
  return minor !== undefined && Number(minor) >= 35
}

/** One account of each sort that is there: the submitter's own, a colleague's, one that nobody in the inventory has. */
const accountsOf = ({ name: own }: Peers['users'][number], namespace: string, scene: Scene): string[] => {
  const people = new Set(scene.inventory.users.map(({ name }) => name))
  const names = scene
    .items(SERVICE_ACCOUNT)
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.name !== 'default')
    .map(({ metadata }) => metadata.name)
  const sortOf = (name: string) => (name === own ? 'own' : people.has(name) ? 'colleague' : 'operator')
  return [...Map.groupBy(names, sortOf).values()].map(([first]) => first!)
}

const trial = (
  forbidden: ForbiddenThing,
  peers: Peers,
  namespace: string,
  kinds: readonly ApiResource[],
  scene: Scene,
): AttemptsTrial => {
  const as = asOneOf(peers)
  const pairs = kinds.flatMap((kind) => [
    workload(kind, namespace, PLAIN, as),
    workload(kind, namespace, forbidden.spec, as, forbidden.annotations),
  ])
  return {
    ask: 'attempts',
    attempts: [
      pod(namespace, PLAIN),
      pod(namespace, forbidden.spec, { kind: 'admin' }, forbidden.annotations),
      ...pairs,
    ],
    judge([plainPod, thePod, ...answers]) {
      const submitted = kinds.map((kind, index) => ({
        name: apiResourceName(kind),
        plain: answers[2 * index]!,
        thing: answers[2 * index + 1]!,
      }))
      const finding = judged(forbidden, plainPod!, thePod!, submitted, scene)
      return { ...finding, subjects: eachIn(peers, namespace) }
    },
  }
}

type Answer = Taken | Refused

interface Submitted {
  name: string
  plain: Answer
  thing: Answer
}

const judged = (
  forbidden: ForbiddenThing,
  plainPod: Answer,
  thePod: Answer,
  submitted: readonly Submitted[],
  scene: Scene,
): Omit<Finding, 'subjects'> => {
  const { thing, unpromised, absent } = forbidden
  const tried = submitted.filter(({ plain }) => plain.taken)
  if (tried.length === 0) return untold(submitted[0]!.plain, thing, 'a plain job')
  const through = tried.filter(({ thing: answer }) => !isStopped(answer, forbidden))
  const untried = submitted.find(({ plain }) => !plain.taken && plain.cause !== 'quota')
  if (through.length === 0 && untried !== undefined)
    return untold(untried.plain, thing, `a plain job of kind ${untried.name}`)
  if (through.length === 0)
    return { verdict: 'pass', says: `is stopped at submit, ${byWhom(tried[0]!.thing)}`, thing }
  // Where bare pods may be made, one is refused already for naming what is not there; the pod of the others tells the
  // same.
  const clear = absent === undefined ? ['invalid'] : ['invalid', 'absent']
  const odd = through.find(({ thing: answer }) => !answer.taken && !clear.includes(answer.cause))
  if (odd !== undefined) return untold(odd.thing, thing, `a job of kind ${odd.name}`)
  if (!plainPod.taken) return usedUp(plainPod, thing)
  if (isStopped(thePod, forbidden))
    return { verdict: 'pass', says: `is stopped when the job's pod is made, ${byWhom(thePod)}`, thing }
  if (!thePod.taken)
    return thePod.cause === 'absent' && absent !== undefined
      ? { ...absent, thing }
      : untold(thePod, thing, 'its pod')
  const names = through.map(({ name }) => name).join(', ')
  if (unpromised !== undefined)
    return {
      verdict: 'gap',
      says: `is let through in ${names}: ${unpromised.why}`,
      thing,
      repair: unpromised.repair,
    }
  return { ...promisedByStrict(scene), says: `can be put into the pods of ${names}`, thing }
}

/** Whether the thing itself was refused, or taken out of what would be stored. */
const isStopped = (answer: Answer, { spec, annotations = {} }: ForbiddenThing): boolean =>
  answer.taken ? !carries(answer.object, spec) || !bears(answer.object, annotations) : byAdmission(answer)

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

const untold = (answer: Answer, thing: string, what: string): Omit<Finding, 'subjects'> => ({
  verdict: 'unknown',
  says: `${what} was refused for another reason (${answer.taken ? '' : answer.message.slice(0, 200)})`,
  thing,
})

/** A quota that is full refuses every pod: that says nothing about the thing. */
const usedUp = (answer: Refused, thing: string): Omit<Finding, 'subjects'> =>
  answer.cause === 'quota'
    ? {
        verdict: 'untested',
        says: 'was taken at submit, and the quota is used up, so no pod could be tried',
        thing,
        repair: advise('run verify again when jobs have ended'),
      }
    : untold(answer, thing, 'a plain pod')
