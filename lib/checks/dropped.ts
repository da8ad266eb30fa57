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

interface Field {
  field: string
  /** What a pod is without it. */
  becomes: string
  spec: PodSpec
}

/** Fields that came after Kubernetes 1.27, which training-operator 1.7.0 knows; each may be refused for itself. */
const FIELDS: readonly Field[] = [
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
  {
    field: 'resourceClaims[].resourceClaimTemplateName',
    becomes: 'a claim of nothing, which keeps the pod from being made',
    spec: { ...PLAIN, resourceClaims: [{ name: 'verify', resourceClaimTemplateName: 'verify' }] },
  },
]

const projected = (source: object): PodSpec => withVolume({ projected: { sources: [source] } })

/** The same, in one pod. */
const TOGETHER: readonly Field[] = [
  {
    field: 'env[].valueFrom.fileKeyRef',
    becomes: 'an empty variable',
    spec: withContainer({
      env: [
        { name: 'VERIFY', valueFrom: { fileKeyRef: { volumeName: 'verify', path: 'env', key: 'VERIFY' } } },
      ],
    }),
  },
  {
    field: 'lifecycle.preStop.sleep',
    becomes: 'an end without the wait',
    spec: withContainer({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
  },
  {
    field: 'containers[].restartPolicyRules',
    becomes: 'a container that is started again as the whole job is',
    spec: withContainer({
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
    }),
  },
  {
    field: 'hostnameOverride',
    becomes: "the pod's own name",
    spec: { ...PLAIN, hostnameOverride: 'verify' },
  },
  {
    field: 'volumes[].projected.sources[].clusterTrustBundle',
    becomes: 'a volume without the certificates',
    spec: projected({ clusterTrustBundle: { name: 'verify', path: 'ca.crt' } }),
  },
]

const POD_OF_ALL: PodSpec = {
  ...Object.assign({}, ...TOGETHER.map(({ spec }) => spec)),
  containers: [Object.assign({}, ...TOGETHER.flatMap(({ spec }) => spec.containers))],
}

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
            attempts: [PLAIN, ...FIELDS.map(({ spec }) => spec), POD_OF_ALL].map((spec) =>
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
    const lost = [...FIELDS, ...TOGETHER].filter(({ spec }, index) => {
      const answer = answers[Math.min(index, FIELDS.length)]!
      return answer.taken && !carries(answer.object, spec)
    })
    const refused = answers.every(({ taken }) => !taken) ? answers.find((answer) => !answer.taken) : undefined
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
      // In strict some are refused rightly, and what the others keep still tells.
      if (refused !== undefined)
        return {
          ...untested(
            subject,
            `every job beside the plain one was refused, so what a job keeps of a template could not be tried ` +
              `(${refused.message.slice(0, 200)})`,
            advise('see what refuses them; then run verify again'),
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
