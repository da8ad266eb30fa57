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
import { MATRIX_KINDS, peersInGroups } from './rights/peers.ts'
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

const of = (field: string, becomes: string, spec: PodSpec): Field => ({ field, becomes, spec })

/** Fields that came after Kubernetes 1.27, which training-operator 1.7.0 knows; each may be refused for itself. */
const FIELDS: readonly Field[] = [
  of('initContainers[].restartPolicy', 'a sidecar that holds up the job for ever', {
    ...PLAIN,
    initContainers: [{ ...PLAIN.containers[0], name: 'sidecar', restartPolicy: 'Always' }],
  }),
  of('volumes[].image', 'an empty directory', withVolume({ image: { reference: 'busybox' } })),
  of('resources of the pod', 'containers with their defaults', {
    ...PLAIN,
    resources: { limits: { cpu: '2m', memory: '2Mi' } },
  }),
  of(
    'securityContext.appArmorProfile',
    'no profile of its own',
    withContainer({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
  ),
  of(
    'resourceClaims[].resourceClaimTemplateName',
    'a claim of nothing, which keeps the pod from being made',
    { ...PLAIN, resourceClaims: [{ name: 'verify', resourceClaimTemplateName: 'verify' }] },
  ),
]

/** The same, in one pod. */
const TOGETHER: readonly Field[] = [
  of(
    'env[].valueFrom.fileKeyRef',
    'an empty variable',
    withContainer({
      env: [
        { name: 'VERIFY', valueFrom: { fileKeyRef: { volumeName: 'verify', path: 'env', key: 'VERIFY' } } },
      ],
    }),
  ),
  of(
    'lifecycle.preStop.sleep',
    'an end without the wait',
    withContainer({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
  ),
  of(
    'containers[].restartPolicyRules',
    'a container that is started again as the whole job is',
    withContainer({
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
    }),
  ),
  of('hostnameOverride', "the pod's own name", { ...PLAIN, hostnameOverride: 'verify' }),
  of(
    'volumes[].projected.sources[].clusterTrustBundle',
    'a volume without the certificates',
    withVolume({ projected: { sources: [{ clusterTrustBundle: { name: 'verify', path: 'ca.crt' } }] } }),
  ),
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
    for (const peers of peersInGroups(scene))
      for (const kind of workloadsOf(peers, scene).filter(isDefined))
        yield {
          ask: 'attempts',
          attempts: [PLAIN, ...FIELDS.map(({ spec }) => spec), POD_OF_ALL].map((spec) =>
            workload(kind, peers.namespace, spec, peers.as),
          ),
          judge: judgeOf(apiResourceName(kind), peers.subjects),
        }
  },
}

/** Whether it is none of Kubernetes' own kinds, which know every field of their pods. */
const isDefined = ({ group }: ApiResource): boolean => group.includes('.')

const judgeOf =
  (kind: string, subjects: readonly string[]): AttemptsTrial['judge'] =>
  ([plain, ...answers]) => {
    const lost = [...FIELDS, ...TOGETHER].filter(({ spec }, index) => {
      const answer = answers[Math.min(index, FIELDS.length)]!
      return answer.taken && !carries(answer.object, spec)
    })
    const refused = answers.every(({ taken }) => !taken) ? answers.find((answer) => !answer.taken) : undefined
    const ofKind = (finding: Finding): Finding => ({ ...finding, thing: kind })
    if (!plain!.taken)
      return ofKind(
        untested(
          subjects,
          'the plain job was refused, so what a job keeps of a template could not be tried',
          advise('mend what B3 and E0 name; then run verify again'),
        ),
      )
    // In strict some are refused rightly, and what the others keep still tells.
    if (refused !== undefined)
      return ofKind(
        untested(
          subjects,
          `every job beside the plain one was refused, so what a job keeps of a template could not be tried ` +
            `(${refused.message.slice(0, 200)})`,
          advise('see what refuses them; then run verify again'),
        ),
      )
    if (lost.length === 0) return ofKind(pass(subjects, 'jobs keep what is written into them'))
    return subjects.flatMap((subject) =>
      lost.map(({ field, becomes }) =>
        gap(
          subject,
          `${kind} drops fields that it does not know, without a word to clients other than kubectl and Arena`,
          advise(
            'a newer operator, which knows them; until then kubectl with --validate=strict, its default, refuses them',
          ),
          `${field} (${becomes})`,
        ),
      ),
    )
  }
