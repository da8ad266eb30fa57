// What the operator's kinds leave out of a pod template without a word: they spell out the pods of an older Kubernetes.
import {
  type ApiResource,
  type AttemptsTrial,
  advise,
  type Check,
  type Finding,
  gap,
  pass,
  untested,
} from '../check.ts'
import { asOneOf, MATRIX_KINDS, peersOf } from './rights/peers.ts'
import {
  apiResourceName,
  carries,
  PLAIN,
  type PodSpec,
  withContainer,
  withVolume,
  workload,
  workloadsOf,
} from './workloads.ts'

/** Fields that came after Kubernetes 1.27, which training-operator 1.7.0 knows, and what a pod is without them. */
const FIELDS: readonly { field: string; becomes: string; spec: PodSpec }[] = [
  {
    field: 'initContainers[].restartPolicy',
    becomes: 'a sidecar that holds up the job for ever',
    spec: {
      ...PLAIN,
      initContainers: [{ ...PLAIN.containers[0], name: 'sidecar', restartPolicy: 'Always' }],
    },
  },
  {
    field: 'volumes[].image',
    becomes: 'an empty directory',
    spec: withVolume({ image: { reference: 'busybox' } }),
  },
  {
    field: 'resources of the pod',
    becomes: 'containers with their defaults',
    spec: { ...PLAIN, resources: { limits: { cpu: '2m', memory: '2Mi' } } },
  },
  {
    field: 'securityContext.appArmorProfile',
    becomes: 'no profile of its own',
    spec: withContainer({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
  },
]

/** kubectl and Arena have the API server name unknown fields; other clients are told nothing. */
export const dropped: Check = {
  id: 'B5',
  goal: 1,
  title: 'What a user writes into a job arrives in its pods',
  kinds: MATRIX_KINDS,
  *trials(scene) {
    for (const peers of peersOf(scene))
      for (const namespace of peers.own)
        for (const kind of workloadsOf(peers, namespace, scene).filter(isDefined))
          yield {
            ask: 'attempts',
            attempts: [PLAIN, ...FIELDS.map(({ spec }) => spec)].map((spec) =>
              workload(kind, namespace, spec, asOneOf(peers)),
            ),
            judge: judgeOf(apiResourceName(kind), namespace, peers.users),
          }
  },
}

/** Whether it is none of Kubernetes' own kinds, which know every field of their pods. */
const isDefined = ({ group }: ApiResource): boolean => group.includes('.')

const judgeOf =
  (kind: string, namespace: string, users: readonly { name: string }[]): AttemptsTrial['judge'] =>
  ([plain, ...answers]) => {
    const lost = FIELDS.filter(({ spec }, index) => {
      const answer = answers[index]!
      return answer.taken && !carries(answer.object, spec)
    })
    return users.flatMap(({ name }): Finding | Finding[] => {
      const subject = `${name} in ${namespace}`
      if (!plain!.taken)
        return {
          ...untested(
            subject,
            'the plain job was refused, so what a job keeps of a template could not be tried',
            advise('mend what B3 and E0 name; then run verify again'),
          ),
          thing: kind,
        }
      if (lost.length === 0) return { ...pass(subject, 'jobs keep what is written into them'), thing: kind }
      return lost.map(({ field, becomes }) =>
        gap(
          subject,
          `${kind} drops fields that it does not know, without a word to clients other than kubectl and Arena`,
          advise(
            'a newer operator, which knows them; until then kubectl with --validate=strict, its default, refuses them',
          ),
          `${field} (${becomes})`,
        ),
      )
    })
  }
