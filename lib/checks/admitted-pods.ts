// What admission makes of the plainest pod of each group: whether it has users of its own, and whether something
// holds it back.
import {
  type Answer,
  advise,
  type Check,
  type Finding,
  fail,
  GET_MUTATING,
  type KubeObject,
  MUTATING_WEBHOOK,
  type PodObject,
  pass,
  type Refused,
  type Scene,
  type Taken,
} from '../check.ts'
import { refusedOtherwise, USED_UP } from './refused.ts'
import { PLAIN, pod } from './workloads.ts'

const specOf = ({ object }: Taken): NonNullable<PodObject['spec']> => {
  const { spec = {} }: PodObject = object
  return spec
}

const untold = (group: string, answer: Refused): Finding => ({
  ...(answer.cause === 'quota' ? USED_UP : refusedOtherwise('a plain pod', answer)),
  subjects: [group],
})

const ownUsers: Check = {
  id: 'E20',
  goal: 3,
  title: 'Root in a pod is nobody on the node, where the inventory says so',
  *trials({ inventory, groups }) {
    if (inventory.isolation === 'document') return
    for (const { name } of groups.filter(({ pods }) => pods?.hostUsers === false))
      yield {
        ask: 'attempt',
        attempt: pod(name, PLAIN),
        judge(answer: Answer): Finding {
          if (answer.taken)
            return specOf(answer).hostUsers === false
              ? pass(name, 'its pods run in user namespaces')
              : fail(
                  name,
                  'its pods run with the users of the node, although the inventory says hostUsers: false',
                )
          return answer.cause === 'policy' && answer.about.includes('hostUsers')
            ? fail(name, 'pods that do not say hostUsers: false themselves are refused, for nothing sets it')
            : untold(name, answer)
        },
      }
  },
}

const OF_KUEUE = 'kueue.x-k8s.io/'

const gates: Check = {
  id: 'E21',
  goal: 4,
  title: 'Nothing holds the pods of a group back before the scheduler sees them, or it is known what',
  kinds: [MUTATING_WEBHOOK],
  *trials(scene) {
    for (const { name } of scene.groups)
      yield {
        ask: 'attempt',
        attempt: pod(name, PLAIN),
        judge(answer: Answer): Finding {
          if (!answer.taken) return untold(name, answer)
          const set = (specOf(answer).schedulingGates ?? []).map((gate) => gate.name)
          return set.length === 0 ? pass(name, 'nothing holds its pods back') : held(scene, name, set)
        },
      }
  },
}

const held = (scene: Scene, group: string, set: readonly string[]): Finding => {
  const others = set.filter((one) => !one.startsWith(OF_KUEUE))
  const [kueue] = scene.items(MUTATING_WEBHOOK).filter(isKueue)
  return {
    verdict: 'notice',
    subjects: [group],
    says:
      kueue !== undefined && others.length === 0
        ? `Kueue (webhooks ${kueue.metadata.name}) holds its pods back until a queue of its admits ` +
          'them, so besides its quota that queue decides what it gets'
        : 'something puts scheduling gates on its pods, and they wait until it takes these away',
    thing: `schedulingGates ${set.join(', ')}`,
    repair: advise(`see whether it is meant: ${GET_MUTATING}`),
  }
}

/** Whether a configuration is of Kueue, by its own name or the label that its charts put on it. */
const isKueue = ({ metadata: { name, labels = {} } }: KubeObject): boolean =>
  name.includes('kueue') || labels['app.kubernetes.io/name'] === 'kueue'

/** What pods get that nobody asked for. */
export const admittedPods: readonly Check[] = [ownUsers, gates]
