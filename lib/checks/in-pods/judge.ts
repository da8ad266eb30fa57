// What the probes of all groups come to, pure.
import type { Finding } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { broken, fail, pass, promisedByStrict, unknown } from '../../audit/verdicts.ts'
import type { PodCall } from './calls.ts'
import { IN_PODS, type InPods } from './checks.ts'
import { FILES } from './files.ts'
import { ASKED } from './jobs.ts'
import { linesTold } from './said.ts'
import { cannot, type Judge, ofStayed, type PodsTold } from './told.ts'

/** Every finding of a trial. What could not be looked at is `unknown`, never a pass. */
export const judge = (outcomes: readonly PodsTold[], scene: Scene): CheckedFinding[] =>
  Object.entries(JUDGES).flatMap(([id, of]) =>
    outcomes.flatMap((outcome) =>
      [...of(outcome, outcomes, scene)].map((finding) => ({ ...finding, check: IN_PODS[id as InPods] })),
    ),
  )

const F6 = ofStayed(function* ({ tester }, told) {
  const [self] = linesTold(told, 'itself')
  if (self === undefined) return yield unknown(tester.subject, 'its pod did not say which devices it sees')
  yield self.gpus === 0
    ? pass(tester.subject, 'a container that asked for no GPU sees none')
    : broken(
        tester.subject,
        `a container that asked for no GPU sees ${self.gpus}`,
        "on the nodes: let the container runtime's default be runc, and the NVIDIA runtime take devices by " +
          'the volume list of the device plugin only ' +
          '(accept-nvidia-visible-devices-envvar-when-unprivileged = false)',
      )
})

const F9 = ofStayed(function* ({ tester }, told) {
  const [limits] = linesTold(told, 'limits')
  if (limits === undefined || limits.memory === -1 || limits.millicpu === -1)
    return yield unknown(
      tester.subject,
      limits?.millicpu === -1 && limits.memory > 0
        ? 'no limit of CPU is seen from inside the container'
        : 'the limits of the container are not seen from inside it',
    )
  const isRight = limits.memory === ASKED.memory && limits.millicpu === ASKED.millicpu
  const is = `${limits.memory / 1024 / 1024} MiB and ${limits.millicpu}m CPU`
  yield isRight
    ? pass(tester.subject, `the container has ${is}, as asked`)
    : broken(
        tester.subject,
        `the container has ${is}, and ${ASKED.memory / 1024 / 1024} MiB and ${ASKED.millicpu}m were asked for`,
        'on the nodes: see cgroupsPerQOS, cpuCFSQuota and the cgroup driver of the kubelet',
      )
})

const I1 = ofStayed(function* ({ tester }, told, { inventory }) {
  const [self] = linesTold(told, 'itself')
  if (self === undefined) return yield unknown(tester.subject, 'its pod did not say whether it has a token')
  if (!self.token) yield pass(tester.subject, 'there is no token in the pod')
  else if (inventory.isolation === 'strict')
    yield fail(tester.subject, 'there is a token of a service account in the pod')
})

const E12: Judge = function* ({ tester, foreign }) {
  if (foreign === undefined) return
  const about = "a pod with the name of another group's claim"
  if (foreign === 'kept') yield pass(tester.subject, `${about} never starts`)
  else if (foreign === 'runs')
    yield broken(tester.subject, `${about} runs`, `see its claims: kubectl get pvc -n ${tester.group.name}`)
  else yield unknown(tester.subject, foreign.failed)
}

const callsOf = function* (
  outcome: PodsTold,
  check: PodCall['check'],
  judged: (call: PodCall, got: string) => Finding | undefined,
): Iterable<Finding> {
  const { tester, looked } = outcome
  if (looked.kind === 'failed') return yield cannot(outcome, looked)
  const got = new Map(linesTold(looked.told, 'call').map((one) => [one.id, one.got]))
  for (const call of looked.calls.filter((one) => one.check === check)) {
    const result = got.get(call.id)
    if (call.failed !== undefined)
      yield unknown(tester.subject, call.failed, call.hint === undefined ? undefined : advise(call.hint))
    else if (result === undefined || result === 'untried')
      yield unknown(
        tester.subject,
        'the image has nothing that could open a connection',
        advise('name an image with nc, python3 or bash: --image'),
      )
    else {
      const finding = judged(call, result)
      if (finding !== undefined) yield finding
    }
  }
}

/** Whether somebody of its own group reaches that pod that way: else it says nothing that others do not. */
const isReachable = ({ of, served }: PodCall, all: readonly PodsTold[]): boolean =>
  all.some(({ tester, looked }) => {
    if (tester.group.name !== of?.group.name || looked.kind === 'failed') return false
    const ids = looked.calls
      .filter((call) => call.check === 'H2' && call.of === of && call.served === served)
      .map(({ id }) => id)
    return linesTold(looked.told, 'call').some((one) => ids.includes(one.id) && one.got === 'reached')
  })

/** Whether this pod reached anything: what is cut off from everything tells nothing of what is closed. */
const isConnected = ({ looked }: PodsTold): boolean =>
  looked.kind === 'looked' && linesTold(looked.told, 'call').some(({ got }) => got === 'reached')

const H1: Judge = function* (outcome, all, scene) {
  const { subject } = outcome.tester
  yield* callsOf(outcome, 'H1', (call, got) => {
    const { of, what } = call
    const pod = `a pod of ${of!.group.name}`
    if (got === 'reached')
      return {
        ...promisedByStrict(scene),
        subjects: [subject],
        says: `reaches ${pod}`,
        thing: what,
        ...(scene.inventory.isolation === 'strict' && { repair: ENFORCE }),
      }
    if (!isReachable(call, all))
      return unknown(subject, `does not reach ${pod}, which its own group does not reach either`)
    return isConnected(outcome)
      ? pass(subject, `does not reach ${pod}`)
      : unknown(subject, `does not reach ${pod}, ${NOR_ANYTHING}`)
  })
}

const ENFORCE = advise(
  'run setup; if its policies are in force already (H5), no network plugin enforces them, or another policy lets ' +
    'this in: kubectl get networkpolicy -A',
)

const H2: Judge = function* (outcome) {
  const { subject, group } = outcome.tester
  yield* callsOf(outcome, 'H2', ({ what }, got) =>
    got === 'reached'
      ? pass(subject, `reaches a pod of the own group ${what}`)
      : broken(
          subject,
          `does not reach a pod of the own group ${what}`,
          `see policies and DNS: kubectl get networkpolicy -n ${group.name}; kubectl get pods -n kube-system`,
        ),
  )
}

const NOR_ANYTHING = 'nor anything else'

const outside = (check: 'G7' | 'H3'): Judge =>
  function* (outcome, _, scene) {
    const { subject } = outcome.tester
    yield* callsOf(outcome, check, ({ what, port }, got) => {
      if (got === 'unresolved') return unknown(subject, `finds no address of ${what}`)
      if (got === 'reached')
        return { ...promisedByStrict(scene), subjects: [subject], says: `reaches ${what}, port ${port}` }
      return isConnected(outcome)
        ? pass(subject, `does not reach ${what}`)
        : unknown(subject, `does not reach ${what}, ${NOR_ANYTHING}`)
    })
  }

const JUDGES: Readonly<Record<InPods, Judge>> = {
  E12,
  F6,
  F9,
  ...FILES,
  G7: outside('G7'),
  H1,
  H2,
  H3: outside('H3'),
  I1,
}
