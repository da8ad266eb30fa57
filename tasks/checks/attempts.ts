// What a user can put into a pod by way of a job: each forbidden thing, tried with his own credential.
import {
  type Attempt,
  type AttemptsTrial,
  byAdmission,
  type Check,
  type Finding,
  keyOf,
  MATRIX_KINDS,
  NODE,
  type Peers,
  peersOf,
  promisedByStrict,
  type Refused,
  type Scene,
  SERVICE_ACCOUNT,
  type Taken,
} from '../../lib/check.ts'
import { type ForbiddenThing, forbiddenThings, type Surroundings } from './forbidden-pods.ts'
import { isWorkload, nameOf, PLAIN, pod, workload } from './workloads.ts'

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
}

/** Everything forbidden, by way of every kind that makes pods. */
export const attempts: readonly Check[] = Object.entries(TITLES).map(([id, [goal, title]]) => ({
  id,
  goal,
  title,
  kinds: [...MATRIX_KINDS, SERVICE_ACCOUNT, NODE],
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const namespace of peers.own) {
        const kinds = workloadsOf(peers, namespace, scene)
        if (kinds.length === 0) continue
        for (const forbidden of forbiddenThings(surroundings(peers, namespace, scene)))
          if (forbidden.check === id) yield trial(forbidden, peers, namespace, kinds, scene)
      }
  },
}))

type Kinds = ReturnType<typeof workloadsOf>

/** The kinds that make pods and that he may create there, as things are. */
const workloadsOf = ({ actual }: Peers, namespace: string, scene: Scene) =>
  scene
    .resources()
    .filter(
      (resource) =>
        isWorkload(resource) &&
        actual.has(keyOf({ verb: 'create', group: resource.group, resource: resource.resource, namespace })),
    )

const surroundings = ({ users, who }: Peers, namespace: string, scene: Scene): Surroundings => {
  const { inventory } = scene
  const other = inventory.volumes.find(({ group }) => group !== namespace)
  const own = new Set(users.slice(0, 1).map(({ name }) => name))
  const [stranger] = scene
    .items(SERVICE_ACCOUNT)
    .filter(
      ({ metadata: { namespace: place, name } }) =>
        place === namespace &&
        name !== 'default' &&
        !own.has(name) &&
        !who.username.endsWith(`:${namespace}:${name}`),
    )
    .map(({ metadata }) => metadata.name)
  const [node] = scene.items(NODE)
  return {
    nas: { server: other?.server ?? 'nas.example', path: other?.path ?? '/' },
    stranger: stranger ?? 'verify-stranger',
    node: node?.metadata.name ?? 'verify-node',
  }
}

const trial = (
  forbidden: ForbiddenThing,
  peers: Peers,
  namespace: string,
  kinds: Kinds,
  scene: Scene,
): AttemptsTrial => {
  const [first] = peers.users
  const as: Attempt['as'] = { user: first!.name }
  const pairs = kinds.flatMap((kind) => [
    workload(kind, namespace, PLAIN, as),
    workload(kind, namespace, forbidden.spec, as),
  ])
  return {
    attempts: [pod(namespace, PLAIN), pod(namespace, forbidden.spec), ...pairs],
    judge([plainPod, thePod, ...answers]) {
      const submitted = kinds.map((kind, index) => ({
        name: nameOf(kind),
        plain: answers[2 * index]!,
        thing: answers[2 * index + 1]!,
      }))
      const finding = judged(forbidden, plainPod!, thePod!, submitted, scene)
      return peers.users.map(({ name }) => ({
        ...finding,
        subject: `${name} in ${namespace}`,
      }))
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
  { thing, unpromised }: ForbiddenThing,
  plainPod: Answer,
  thePod: Answer,
  submitted: readonly Submitted[],
  scene: Scene,
): Omit<Finding, 'subject'> => {
  const tried = submitted.filter(({ plain }) => plain.taken)
  if (tried.length === 0) return untold(submitted[0]!.plain, thing, 'a plain job')
  const taken = tried.filter(({ thing: answer }) => answer.taken || !byAdmission(answer))
  if (taken.length === 0)
    return { verdict: 'pass', says: `is refused at submit, ${byWhom(tried[0]!.thing)}`, thing }
  const odd = taken.find(({ thing: answer }) => !answer.taken && answer.cause !== 'invalid')
  if (odd !== undefined) return untold(odd.thing, thing, `a job of kind ${odd.name}`)
  if (!plainPod.taken) return usedUp(plainPod, thing)
  if (!thePod.taken && (byAdmission(thePod) || thePod.cause === 'invalid'))
    return { verdict: 'pass', says: `is refused when the job's pod is made, ${byWhom(thePod)}`, thing }
  if (!thePod.taken) return untold(thePod, thing, 'its pod')
  const names = taken.map(({ name }) => name).join(', ')
  if (unpromised !== undefined)
    return { verdict: 'gap', says: `is let through in ${names}: ${unpromised}`, thing }
  return { ...promisedByStrict(scene), says: `can be put into the pods of ${names}`, thing }
}

const byWhom = (answer: Answer): string => {
  if (answer.taken) return ''
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

const untold = (answer: Answer, thing: string, what: string): Omit<Finding, 'subject'> => ({
  verdict: 'unknown',
  says: `${what} was refused for another reason (${answer.taken ? '' : answer.message.slice(0, 200)})`,
  thing,
})

/** A quota that is full refuses every pod: that says nothing about the thing. */
const usedUp = (answer: Refused, thing: string): Omit<Finding, 'subject'> =>
  answer.cause === 'quota'
    ? {
        verdict: 'untested',
        says: 'was taken at submit, and the quota is used up, so no pod could be tried',
        thing,
        repair: 'run verify again when jobs have ended',
      }
    : untold(answer, thing, 'a plain pod')
