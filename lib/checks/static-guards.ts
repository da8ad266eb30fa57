// Whether API servers read strict's policies from files, so that nobody's kubectl removes them.
import {
  ADMISSION_POLICY,
  ADMISSION_POLICY_BINDING,
  type Answer,
  ASKING_POD,
  type Attempt,
  advise,
  broken,
  type Check,
  canBeStatic,
  type Finding,
  fail,
  MUTATING_POLICY,
  MUTATING_POLICY_BINDING,
  pass,
  RUN_SETUP,
  type Scene,
  type Stamp,
  untested,
} from '../check.ts'
import type { Inventory } from '../inventory/schema.ts'
import { isOurs } from './ours.ts'
import { refusedOtherwise } from './refused.ts'
import { PLAIN, pod } from './workloads.ts'

const KINDS = [ADMISSION_POLICY_BINDING, ADMISSION_POLICY, MUTATING_POLICY_BINDING, MUTATING_POLICY]

const asking = (group: string): Attempt => {
  const attempt = pod(group, PLAIN)
  const { create } = attempt
  return { ...attempt, create: { ...create, metadata: { ...create.metadata, name: ASKING_POD } } }
}

const judge = (group: string, answer: Answer, { policy, sum }: Stamp, directory: string): Finding => {
  if (answer.taken)
    return broken(
      group,
      'the API server has read no policies from files, so those in the API can be removed there',
      'start every kube-apiserver (Kubernetes from 1.37) with ' +
        `--admission-control-config-file=${directory}/admission.yaml, and see its log for what it did not like`,
    )
  if (answer.cause === 'quota')
    return untested(
      group,
      'the quota is used up, so no pod could ask',
      advise('run verify again when jobs have ended'),
    )
  if (answer.cause !== 'policy' || answer.by !== policy)
    return { ...refusedOtherwise('a pod that asks', answer), subjects: [group] }
  return answer.about.includes(sum)
    ? pass(group, 'its pods are held to policies that the API server has from files')
    : fail(
        group,
        'its pods are held to other files than setup writes',
        undefined,
        `${RUN_SETUP}\nand copy ${directory} from this machine to where each API server runs`,
      )
}

/** What stands in the API beside the files, and can go once they are in force. */
const copies = (scene: Scene): Finding[] => {
  const found = KINDS.flatMap((kind) =>
    scene
      .items(kind)
      .filter((object) => isOurs(scene, object) && canBeStatic(object))
      .map(({ metadata: { name } }) => ({ kind, name })),
  )
  if (found.length === 0) return []
  const names = found.map(({ kind, name }) => `${kind.plural}/${name}`).join(' ')
  return [
    {
      verdict: 'notice',
      subjects: [scene.inventory.name],
      says:
        'has the same policies in the API too, from before they were files: both are in force, ' +
        'and these may go once every API server has the files',
      repair: `kubectl delete ${names}`,
    },
  ]
}

/** That the files which an inventory asks for are in force; `stampOf` tells what they answer. */
export const staticGuards = (stampOf: (inventory: Inventory) => Stamp): Check => ({
  id: 'J7',
  goal: 3,
  title: "Strict's policies are files of the API server, where the inventory says so",
  kinds: KINDS,
  *trials(scene) {
    const { inventory, groups } = scene
    const { staticManifests: directory, isolation } = inventory
    if (directory === undefined || isolation === 'document') return
    const stamp = stampOf(inventory)
    for (const { name } of groups)
      yield {
        ask: 'attempt',
        attempt: asking(name),
        judge: (answer: Answer) => judge(name, answer, stamp, directory),
      }
    yield* copies(scene)
  },
})
