// What a group's quota lets through and what it stops, tried with pods that are never stored.
import {
  type ApiResource,
  type AttemptTrial,
  type Check,
  type Finding,
  gpusLeft,
  type KubeObject,
  MATRIX_KINDS,
  type Peers,
  peersOf,
  RESOURCE_QUOTA,
  type Refused,
  RUN_SETUP,
  type Scene,
  type Taken,
} from '../../lib/check.ts'
import {
  nameOf,
  PLAIN,
  type PodSpec,
  pod,
  withContainer,
  withGpus,
  withVolume,
  workload,
  workloadsOf,
} from './workloads.ts'

type Answer = Taken | Refused

const tried = (
  subject: string,
  spec: PodSpec,
  judge: (answer: Answer) => Omit<Finding, 'subject'>,
): AttemptTrial => ({
  attempt: pod(subject, spec),
  judge: (answer) => ({ ...judge(answer), subject }),
})

const refusedOtherwise = ({ message }: Refused): Omit<Finding, 'subject'> => ({
  verdict: 'unknown',
  says: `the pod was refused for another reason (${message.slice(0, 200)})`,
})

const usedUp: Omit<Finding, 'subject'> = {
  verdict: 'untested',
  says: 'the quota is used up, so no pod could be tried',
  repair: 'run verify again when jobs have ended',
}

const GPU = 'requests.nvidia.com/gpu'

const leftIn = (scene: Scene, group: string): number | undefined =>
  gpusLeft(scene.items(RESOURCE_QUOTA), group)

/** Groups whose quota limits cpu or memory: their containers must state it, or get a default. */
const limited = ({ groups }: Scene) =>
  groups.filter(({ quota }) => quota.cpu !== undefined || quota.memory !== undefined)

interface Resources {
  requests?: Record<string, string>
  limits?: Record<string, string>
}

const resourcesOf = ({ spec }: KubeObject, list: 'containers' | 'initContainers'): Resources | undefined =>
  (spec as Record<string, { resources?: Resources }[]>)[list]?.[0]?.resources

const inWords = ({ requests = {} }: Resources = {}): string =>
  Object.entries(requests)
    .map(([key, amount]) => `${key} ${amount}`)
    .join(', ')

const bare = withContainer({ resources: {} })

/** A pod with one GPU, while there is one left. */
const oneGpu = (scene: Scene, group: string): Finding | AttemptTrial =>
  leftIn(scene, group) === 0
    ? {
        verdict: 'untested',
        subject: group,
        says: 'all its GPUs are in use, so no pod with one could be tried',
        repair: 'run verify again when jobs have ended',
      }
    : tried(group, withGpus(1), (answer) => {
        if (answer.taken) return { verdict: 'pass', says: 'a pod with one GPU is taken' }
        return answer.cause === 'quota' ? usedUp : refusedOtherwise(answer)
      })

/** A job with one GPU, with the user's own credential. What makes pods is not held to GPUs itself, but a bare pod is. */
function* ownJob({ users }: Peers, namespace: string, kind: ApiResource): Generator<AttemptTrial> {
  const name = nameOf(kind)
  if (name === 'pods') return
  yield {
    attempt: workload(kind, namespace, withGpus(1), { user: users[0]!.name }),
    judge: (answer) =>
      users.map((user) => ({
        subject: `${user.name} in ${namespace}`,
        ...(answer.taken
          ? { verdict: 'pass', says: 'his own jobs with one GPU are taken' }
          : { ...jobRefused(answer), thing: name }),
      })),
  }
}

const jobRefused = ({ cause, message }: Refused): Omit<Finding, 'subject'> =>
  cause === 'quota'
    ? { ...usedUp, says: 'has as many jobs as are allowed, so no other could be tried' }
    : { verdict: 'unknown', says: `his job was refused (${message.slice(0, 200)})` }

/** What fits is taken, what does not is refused by the quota and by nothing else. */
export const quotaAttempts: readonly Check[] = [
  {
    id: 'B3',
    goal: 1,
    title: "A job with one GPU is taken in each group, and its pod, with each of the group's volumes",
    kinds: [RESOURCE_QUOTA, ...MATRIX_KINDS],
    *trials(scene) {
      for (const { name, quota } of scene.groups) {
        if (quota.gpu !== 0) yield oneGpu(scene, name)
        for (const volume of scene.inventory.volumes.filter(({ group }) => group === name))
          yield tried(name, withVolume({ persistentVolumeClaim: { claimName: volume.name } }), (answer) => {
            if (answer.taken) return { verdict: 'pass', says: 'a pod with each volume is taken' }
            return answer.cause === 'quota' ? usedUp : { ...refusedOtherwise(answer), thing: volume.name }
          })
      }
      for (const peers of peersOf(scene))
        for (const namespace of peers.own)
          for (const kind of workloadsOf(peers, namespace, scene)) yield* ownJob(peers, namespace, kind)
    },
  },
  {
    id: 'F4',
    goal: 4,
    title: 'One GPU more than a group has left is refused by its quota',
    kinds: [RESOURCE_QUOTA],
    *trials(scene) {
      for (const { name, quota } of scene.groups) {
        if (quota.gpu === undefined) {
          yield { verdict: 'pass', subject: name, says: 'has no limit on GPUs, as the inventory says' }
          continue
        }
        const left = leftIn(scene, name)
        if (left === undefined) {
          yield { verdict: 'fail', subject: name, says: 'no quota limits its GPUs', repair: RUN_SETUP }
          continue
        }
        yield tried(name, withGpus(left + 1), (answer) => {
          if (answer.taken)
            return {
              verdict: 'fail',
              says: 'a pod with one GPU more than is left was taken',
              repair: 'see whether the quota is enforced: kubectl describe resourcequota -n <group>',
            }
          return answer.cause === 'quota' && answer.raw.includes(GPU)
            ? { verdict: 'pass', says: `one GPU more than is left is refused by the quota ${answer.by}` }
            : answer.cause === 'quota'
              ? usedUp
              : refusedOtherwise(answer)
        })
      }
    },
  },
  {
    id: 'F5',
    goal: 4,
    title: 'A container that states nothing gets defaults where the quota limits cpu or memory',
    kinds: [RESOURCE_QUOTA],
    *trials(scene) {
      for (const { name } of limited(scene)) {
        const judge =
          (list: 'containers' | 'initContainers') =>
          (answer: Answer): Omit<Finding, 'subject'> => {
            if (answer.taken) {
              const given = inWords(resourcesOf(answer.object, list))
              return given === ''
                ? { verdict: 'fail', says: `${list} without requests get none`, repair: RUN_SETUP }
                : { verdict: 'pass', says: `${list} without requests get ${given}` }
            }
            if (/must specify/.test(answer.raw))
              return {
                verdict: 'fail',
                says: 'a container that states nothing is refused: there is no LimitRange with defaults',
                repair: RUN_SETUP,
              }
            return answer.cause === 'quota' ? usedUp : refusedOtherwise(answer)
          }
        yield tried(name, bare, judge('containers'))
        yield tried(
          name,
          { ...PLAIN, initContainers: [{ ...bare.containers[0], name: 'init' }] },
          judge('initContainers'),
        )
      }
    },
  },
  {
    id: 'F6',
    goal: 4,
    title: 'A pod without a GPU is taken where only GPUs are limited, and gets none',
    kinds: [RESOURCE_QUOTA],
    *trials(scene) {
      const others = limited(scene)
      for (const group of scene.groups.filter((one) => !others.includes(one)))
        yield tried(group.name, bare, (answer) => {
          if (!answer.taken) return answer.cause === 'quota' ? usedUp : refusedOtherwise(answer)
          const { limits = {} } = resourcesOf(answer.object, 'containers') ?? {}
          return 'nvidia.com/gpu' in limits
            ? {
                verdict: 'fail',
                says: 'a pod that asks for no GPU gets one from a LimitRange',
                repair: `kubectl get limitrange -n ${group.name} -o yaml: take nvidia.com/gpu out of it`,
              }
            : { verdict: 'pass', says: 'a pod without a GPU is taken and gets none' }
        })
    },
  },
]
