// What a group's quota lets through and what it stops, tried with pods that are never stored.
import {
  type Answer,
  type ApiResource,
  type AttemptsTrial,
  type AttemptTrial,
  advise,
  type Check,
  DEVICE_CLASS,
  type Finding,
  fail,
  GPU,
  isSetApart,
  type Judgement,
  LIMIT_RANGE,
  leftOf,
  NODE,
  type PodObject,
  pass,
  promisedByStrict,
  quantity,
  RESOURCE_QUOTA,
  type Refused,
  type Resources,
  RUN_SETUP,
  type Scene,
  type Share,
  sharesOf,
  unitOf,
  untested,
} from '../check.ts'
import { TOKEN_REFUSED } from './failed-try.ts'
import { IN_PODS } from './in-pods/checks.ts'
import { isOurs } from './ours.ts'
import { refusedOtherwise, USED_UP } from './refused.ts'
import { MATRIX_KINDS, type PeersIn, peersInGroups } from './rights/peers.ts'
import { openDevices } from './shares.ts'
import { tried, triedBeside } from './trials.ts'
import {
  apiResourceName,
  creation,
  may,
  PLAIN,
  type PodSpec,
  pod,
  withContainer,
  withDevices,
  withGpus,
  withVolume,
  workload,
  workloadsOf,
} from './workloads.ts'

const podTried = (group: string, spec: PodSpec, judge: (answer: Answer) => Judgement): AttemptTrial =>
  tried([group], pod(group, spec), judge)

/** A quota that is used up, or limits of others, under which what setup gives or a user asks for does not fit. */
const untold = (scene: Scene, group: string, answer: Refused): Judgement => {
  if (answer.cause === 'quota') return USED_UP
  const others = scene
    .items(LIMIT_RANGE)
    .filter((one) => one.metadata.namespace === group && !isOurs(scene, one))
    .map(({ metadata }) => metadata.name)
  if (answer.cause !== 'limits' || others.length === 0) return refusedOtherwise('the pod', answer)
  return {
    verdict: 'fail',
    says:
      'the pod does not fit limits that are not of the inventory ' +
      `(${answer.message.replace(/^.*?forbidden: /, '').slice(0, 200)})`,
    thing: `LimitRange ${others.join(', ')}`,
    repair: advise(`kubectl describe limitrange -n ${group}: widen or delete what is too narrow`),
  }
}

/** Groups whose quota limits cpu or memory: their containers must state it, or get a default. */
const limited = ({ groups }: Scene) =>
  groups.filter(({ quota }) => quota.cpu !== undefined || quota.memory !== undefined)

const resourcesOf = ({ spec }: PodObject, list: 'containers' | 'initContainers'): Resources | undefined =>
  spec?.[list]?.[0]?.resources

const inWords = ({ requests = {} }: Resources = {}): string =>
  Object.entries(requests)
    .map(([key, amount]) => `${key} ${amount}`)
    .join(', ')

const bare = withContainer({ resources: {} })

/** A pod with one GPU, while there is one left. */
const oneGpu = (scene: Scene, group: string): Finding | AttemptTrial =>
  leftOf(scene.items(RESOURCE_QUOTA), group, `requests.${GPU}`) === 0
    ? untested(
        group,
        'all its GPUs are in use, so no pod with one could be tried',
        advise('run verify again when jobs have ended'),
      )
    : podTried(group, withGpus(1), (answer) =>
        answer.taken
          ? { verdict: 'pass', says: 'a pod with one GPU is taken' }
          : untold(scene, group, answer),
      )

/** Most jobs state no size: limits of others that refuse those keep a group from its work. F5 and F6 tell its share. */
const ofNoSize = (scene: Scene, group: string): AttemptTrial => ({
  ask: 'attempt',
  attempt: pod(group, bare),
  judge: (answer) =>
    answer.taken || answer.cause !== 'limits' ? [] : { ...untold(scene, group, answer), subjects: [group] },
})

/** In isolation strict a group gets only what its quota names. */
const mayAskForGpus = ({ inventory }: Scene, { gpu }: Scene['groups'][number]['quota']): boolean =>
  gpu !== undefined || inventory.isolation === 'document'

/**
 * A pod with one device more than is left. A pod is counted under its own name for a device class, a claim under
 * another key.
 */
const oneMore = (scene: Scene, group: string, share: Share): Finding | AttemptTrial => {
  const key = share.keys.at(-1)!
  const thing = share.resource!
  const left = leftOf(scene.items(RESOURCE_QUOTA), group, key)
  if (left === undefined) return fail(group, 'no quota limits its devices', thing)
  return podTried(group, withDevices(thing, Math.floor(left / unitOf(thing)) + 1), (answer) => {
    if (answer.taken)
      return {
        verdict: 'fail',
        says: 'a pod with one device more than is left was taken',
        thing,
        repair: advise(`see whether the quota is enforced: kubectl describe resourcequota -n ${group}`),
      }
    if (answer.cause === 'limits' && answer.about.includes(thing))
      return { verdict: 'pass', says: 'a LimitRange refuses a pod with more than the group has left', thing }
    return answer.cause === 'quota' && answer.about.includes(key)
      ? { verdict: 'pass', says: `one device more than is left is refused by the quota ${answer.by}`, thing }
      : untold(scene, group, answer)
  })
}

/** Stand for all devices that are installed, and pages that are set apart, one day. */
const ON_NO_NODE = ['arena-playbooks.example/device', 'hugepages-2Mi']

/** Stands for all classes that will be. */
const NO_CLASS = 'arena-playbooks.example'

/** A pod with a device that no quota of the group limits, beside one without it. */
const anyOf = (scene: Scene, group: string, resource: string): AttemptsTrial => {
  const judged = (plain: Answer, answer: Answer): Judgement => {
    if (answer.taken)
      return { ...promisedByStrict(scene), says: 'a pod with a device that no quota limits was taken' }
    if (answer.cause !== 'policy') return untold(scene, group, answer)
    return plain.taken
      ? { verdict: 'pass', says: 'a device that no quota limits is refused by the policy' }
      : refusedOtherwise('the pod', plain)
  }
  const pods = [pod(group, PLAIN), pod(group, withDevices(resource, 1))] as const
  return triedBeside([group], pods, (...answers) => ({ thing: resource, ...judged(...answers) }))
}

/**
 * A job with one GPU, with the user's own credential. What makes pods is not held to GPUs itself, but a bare pod is.
 */
function* ownJob({ as, namespace, subjects }: PeersIn, kind: ApiResource): Generator<AttemptTrial> {
  const name = apiResourceName(kind)
  if (name === 'pods') return
  yield {
    ask: 'attempt',
    attempt: workload(kind, namespace, withGpus(1), as),
    judge: (answer) => ({
      subjects,
      ...(answer.taken
        ? { verdict: 'pass', says: 'jobs with one GPU are accepted' }
        : { ...jobRefused(answer), thing: name }),
    }),
  }
}

const CLAIMS = ['resourceclaims', 'resourceclaimtemplates']

/** A claim of a device of each of these classes, or a template of such claims. */
const claimOf = ({ resource, version }: ApiResource, classes: readonly string[]): object => {
  const requests = classes.map((deviceClassName) => ({
    name: 'verify',
    ...(version === 'v1beta1' ? { deviceClassName } : { exactly: { deviceClassName } }),
  }))
  const spec = { devices: { requests } }
  return { spec: resource === 'resourceclaims' ? spec : { spec } }
}

/** Claims of classes that no quota limits, each beside one of nothing, by whoever may make claims. */
function* openClaims(peers: PeersIn, classes: readonly string[], scene: Scene): Generator<AttemptsTrial> {
  const { as, namespace, subjects } = peers
  const kinds = scene
    .resources()
    .filter(
      (kind) =>
        kind.group === 'resource.k8s.io' &&
        kind.subresource === undefined &&
        CLAIMS.includes(kind.resource) &&
        may(peers, 'create', kind),
    )
  for (const kind of kinds)
    for (const name of classes)
      yield {
        ask: 'attempts',
        attempts: [[], [name]].map((of) => creation(as, kind, namespace, claimOf(kind, of))),
        judge: ([plain, answer]) => ({
          subjects,
          thing: `${kind.resource} of class ${name}`,
          ...claimed(plain!, answer!, scene),
        }),
      }
}

const claimed = (plain: Answer, answer: Answer, scene: Scene): Judgement => {
  if (answer.taken)
    return { ...promisedByStrict(scene), says: 'can claim devices of a class that no quota limits' }
  if (answer.cause === 'quota') return USED_UP
  if (answer.cause === 'policy' && plain.taken)
    return { verdict: 'pass', says: 'a claim of a class that no quota limits is refused by the policy' }
  return refusedOtherwise('the claim', plain.taken ? answer : plain)
}

const jobRefused = ({ cause, message }: Refused): Judgement => {
  if (cause === 'quota')
    return { ...USED_UP, says: 'has as many jobs as are allowed, so no other could be tried' }
  if (cause === 'authentication') return TOKEN_REFUSED
  if (cause === 'rbac') return { verdict: 'fail', says: 'may not submit a job', repair: RUN_SETUP }
  return { verdict: 'unknown', says: `the job was refused (${message.slice(0, 200)})` }
}

/** What fits is taken, what does not is refused by the quota and by nothing else. */
export const quotaAttempts: readonly Check[] = [
  {
    id: 'B3',
    goal: 1,
    title: "A job with one GPU is taken in each group, and its pod, with each of the group's volumes",
    kinds: [RESOURCE_QUOTA, LIMIT_RANGE, ...MATRIX_KINDS],
    *trials(scene) {
      for (const { name, quota } of scene.groups) {
        if (quota.gpu !== 0 && mayAskForGpus(scene, quota)) yield oneGpu(scene, name)
        yield ofNoSize(scene, name)
        for (const volume of scene.inventory.volumes.filter(({ group }) => group === name))
          yield podTried(
            name,
            withVolume({ persistentVolumeClaim: { claimName: volume.name } }),
            (answer) => {
              if (answer.taken) return { verdict: 'pass', says: 'a pod with each volume is taken' }
              const finding = untold(scene, name, answer)
              return answer.cause === 'quota' ? finding : { thing: volume.name, ...finding }
            },
          )
      }
      for (const peers of peersInGroups(scene))
        for (const kind of workloadsOf(peers, scene)) yield* ownJob(peers, kind)
    },
  },
  {
    id: 'F4',
    goal: 4,
    title:
      'One device, or huge page, more than a group has left is refused by its quota, and any that no quota limits',
    kinds: [RESOURCE_QUOTA, LIMIT_RANGE, NODE, DEVICE_CLASS, ...MATRIX_KINDS],
    *trials(scene) {
      const isStrict = scene.inventory.isolation === 'strict'
      for (const peers of peersInGroups(scene)) {
        const open = openDevices(scene, peers.namespace).flatMap(({ deviceClass = [] }) => deviceClass)
        const classes = new Set([...open, ...(isStrict ? [NO_CLASS] : [])])
        yield* openClaims(peers, [...classes], scene)
      }
      for (const { name, quota } of scene.groups) {
        if (quota.gpu === undefined && scene.inventory.isolation === 'document')
          yield pass(name, 'has no limit on GPUs, as the inventory says')
        for (const share of sharesOf(quota).filter(isSetApart)) yield oneMore(scene, name, share)
        const open = openDevices(scene, name).map(({ resource }) => resource)
        const closed = isStrict ? ON_NO_NODE : []
        const named = new Set(sharesOf(quota).map(({ resource }) => resource))
        for (const resource of new Set([...open, ...closed]))
          if (!named.has(resource)) yield anyOf(scene, name, resource)
      }
    },
  },
  {
    id: 'F5',
    goal: 4,
    title: 'A container that states nothing gets defaults where the quota limits cpu or memory',
    kinds: [RESOURCE_QUOTA, LIMIT_RANGE],
    *trials(scene) {
      for (const { name } of limited(scene)) {
        const judge =
          (list: 'containers' | 'initContainers') =>
          (answer: Answer): Judgement => {
            if (answer.taken) {
              const given = inWords(resourcesOf(answer.object, list))
              return given === ''
                ? { verdict: 'fail', says: `${list} without requests get none`, repair: RUN_SETUP }
                : { verdict: 'pass', says: `${list} without requests get ${given}` }
            }
            if (answer.unstated)
              return {
                verdict: 'fail',
                says: 'a container that states nothing is refused: there is no LimitRange with defaults',
                repair: RUN_SETUP,
              }
            return untold(scene, name, answer)
          }
        yield podTried(name, bare, judge('containers'))
        yield podTried(
          name,
          { ...PLAIN, initContainers: [{ ...bare.containers[0], name: 'init' }] },
          judge('initContainers'),
        )
      }
    },
  },
  {
    ...IN_PODS['F6'],
    kinds: [RESOURCE_QUOTA, LIMIT_RANGE],
    *trials(scene) {
      const others = limited(scene)
      for (const group of scene.groups.filter((one) => !others.includes(one)))
        yield podTried(group.name, bare, (answer) => {
          if (!answer.taken) return untold(scene, group.name, answer)
          const { limits = {} } = resourcesOf(answer.object, 'containers') ?? {}
          // A LimitRange with a most has none as its default.
          return (quantity(limits[GPU] ?? 0) ?? 0n) > 0n
            ? {
                verdict: 'fail',
                says: 'a pod that asks for no GPU gets one from a LimitRange',
                repair: advise(`kubectl get limitrange -n ${group.name} -o yaml: take ${GPU} out of it`),
              }
            : { verdict: 'pass', says: 'a pod without a GPU is taken and gets none' }
        })
    },
  },
]
