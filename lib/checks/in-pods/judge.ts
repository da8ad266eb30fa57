// What the probes of all groups come to, pure.
import type { Finding } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import { promisedByStrict } from '../../audit/isolation.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { fail, gap, pass, unknown } from '../../audit/verdicts.ts'
import { untrusted } from '../../base/printable.ts'
import type { Volume } from '../../inventory/schema.ts'
import { directory } from '../../kube/nas-directory.ts'
import type { PodCall } from './calls.ts'
import { IN_PODS, type InPods } from './checks.ts'
import { ASKED, fileOf, type PodTester } from './jobs.ts'
import { linesTold, type Told } from './said.ts'

interface Failed {
  failed: string
}

/** What a pod that looked around said, and what it was to reach. */
export type Looked = { told: Told; calls: readonly PodCall[] } | Failed

/** All that the pods of one tester told. */
export interface PodsTold {
  tester: PodTester
  stayed: Told | Failed
  looked: Looked
  /** Whether a pod with the claim of another group was kept from running; undefined where there is none to try. */
  foreign: 'kept' | 'runs' | Failed | undefined
}

type Judge = (outcome: PodsTold, all: readonly PodsTold[], scene: Scene) => Iterable<Finding>

/** Every finding of a trial. What could not be looked at is `unknown`, never a pass. */
export const judge = (outcomes: readonly PodsTold[], scene: Scene): CheckedFinding[] =>
  Object.entries(JUDGES).flatMap(([id, of]) =>
    outcomes.flatMap((outcome) =>
      [...of(outcome, outcomes, scene)].map((finding) => ({ ...finding, check: IN_PODS[id as InPods] })),
    ),
  )

const cannot = ({ tester }: PodsTold, { failed }: Failed): Finding => unknown(tester.subject, failed)

/** For what the first pod says of itself. */
const ofStayed =
  (judged: (outcome: PodsTold, told: Told, scene: Scene) => Iterable<Finding>): Judge =>
  (outcome, _, scene) =>
    'failed' in outcome.stayed ? [cannot(outcome, outcome.stayed)] : judged(outcome, outcome.stayed, scene)

const where = ({ server, path }: Volume): string => {
  const place = directory(server, path)
  return `${place.server}:${place.path}`
}

/** Who sees the files of whom: exactly those who have a volume on the same directory. */
const G4: Judge = function* (outcome, all) {
  const { tester, looked } = outcome
  if ('failed' in looked) return yield cannot(outcome, looked)
  const written = all.flatMap(({ tester: writer, stayed }) =>
    'failed' in stayed
      ? []
      : linesTold(stayed, 'volume')
          .filter((one) => one.written)
          .flatMap(({ name }) => {
            const volume = writer.volumes.find((one) => one.name === name)
            return volume === undefined ? [] : [{ writer, volume, file: fileOf(writer, name) }]
          }),
  )
  const seen = new Map(linesTold(looked.told, 'seen').map(({ name, files }) => [name, files]))
  for (const volume of tester.volumes) {
    const files = seen.get(volume.name)
    const subject = `${tester.subject}: ${volume.name}`
    if (files === undefined) {
      yield unknown(subject, 'its pod did not say what is in the volume')
      continue
    }
    const wrong = written.filter((one) => files.includes(one.file) && where(one.volume) !== where(volume))
    const missed = written.filter((one) => !files.includes(one.file) && where(one.volume) === where(volume))
    for (const { writer, volume: other } of wrong)
      yield fail(
        subject,
        `shows what ${writer.subject} wrote into ${other.name}: both are one directory`,
        undefined,
        advise(
          `see what both are: kubectl get pv ${volume.name} ${other.name} -o yaml, and ${where(volume)} on the NAS`,
        ),
      )
    for (const { writer, volume: other } of missed)
      yield fail(
        subject,
        `does not show what ${writer.subject} wrote into ${other.name}, which is the same directory in the inventory`,
        undefined,
        advise(`see what both are: kubectl get pv ${volume.name} ${other.name} -o yaml`),
      )
    if (wrong.length + missed.length > 0) continue
    const same = written.filter((one) => where(one.volume) === where(volume))
    yield same.length === 0
      ? unknown(subject, 'nobody could write into its directory, so it is not known who would see it')
      : pass(
          subject,
          `shows what ${same.map(({ writer }) => writer.subject).join(', ')} wrote, and nothing else`,
        )
  }
}

const isReadOnly = ({ access, mountOptions = [] }: Volume): boolean =>
  access === 'ReadOnlyMany' || mountOptions.includes('ro')

const G10 = ofStayed(function* ({ tester }, told) {
  const lines = new Map(linesTold(told, 'volume').map((one) => [one.name, one]))
  for (const volume of tester.volumes) {
    const line = lines.get(volume.name)
    const subject = `${tester.subject}: ${volume.name}`
    if (line === undefined) yield unknown(subject, 'its pod did not say whether it could write there')
    else if (isReadOnly(volume))
      yield line.written
        ? fail(
            subject,
            'takes what a pod writes, though it is read-only in the inventory',
            undefined,
            advise(`mount it read-only: mountOptions: [ro] for the volume in the inventory; ${REMAKE}`),
          )
        : pass(subject, 'refuses what a pod writes, as a read-only volume does')
    else
      yield line.written
        ? pass(subject, 'takes what a pod writes')
        : fail(
            subject,
            `refuses what a pod writes (its directory is ${ownerOf(line)}, the pod runs as ${uidIn(told)})`,
            undefined,
            advise(`on the NAS: ${mending(tester, volume)}; or see whether the volume is mounted read-only`),
          )
  }
})

const REMAKE = 'a volume that is there has to be made anew, as setup says'

type VolumeLine = ReturnType<typeof linesTold<'volume'>>[number]

const ownerOf = ({ mode, uid, gid }: VolumeLine): string => `${untrusted(mode, 12)} ${uid}:${gid}`

const uidIn = (told: Told): string => {
  const [self] = linesTold(told, 'itself')
  return self === undefined ? 'nobody known' : `${self.uid}:${self.gid}`
}

const mending = ({ group }: PodTester, volume: Volume): string =>
  `chown root:${group.gid} ${volume.path} && chmod 2770 ${volume.path}`

/** Whether a directory of a group alone is one that its members, and nobody else, may write to by mode. */
const G8 = ofStayed(function* ({ tester }, told, { inventory }) {
  for (const line of linesTold(told, 'volume')) {
    const volume = tester.volumes.find(({ name }) => name === line.name)
    if (volume === undefined) continue
    const subject = `${tester.subject}: ${volume.name}`
    const isShared = inventory.volumes.some(
      (one) => one.group !== volume.group && where(one) === where(volume),
    )
    const owner = ownerOf(line)
    const repair = advise(`on the NAS: ${mending(tester, volume)}`)
    if (!/^d[r-][w-].[r-][w-].[r-][w-]/.test(line.mode))
      yield unknown(subject, `its pod did not say whose the directory is (${owner})`)
    else if (isShared || isReadOnly(volume)) yield pass(subject, `is ${owner}, and not this group's alone`)
    else if (line.mode[8] === 'w')
      yield fail(subject, `everybody may write to it: it is ${owner}`, undefined, repair)
    else if (line.gid === tester.group.gid && line.mode[5] === 'w') yield pass(subject, `is ${owner}`)
    else
      yield {
        ...gap(subject, `is ${owner}: with a uid of their own, members may not write to it`, repair),
        ...(inventory.isolation === 'strict' && { verdict: 'fail' as const }),
      }
  }
})

const F6 = ofStayed(function* ({ tester }, told) {
  const [self] = linesTold(told, 'itself')
  if (self === undefined) return yield unknown(tester.subject, 'its pod did not say which devices it sees')
  yield self.gpus === 0
    ? pass(tester.subject, 'a container that asked for no GPU sees none')
    : fail(
        tester.subject,
        `a container that asked for no GPU sees ${self.gpus}`,
        undefined,
        advise(
          "on the nodes: let the container runtime's default be runc, and the NVIDIA runtime take devices by " +
            'the volume list of the device plugin only ' +
            '(accept-nvidia-visible-devices-envvar-when-unprivileged = false)',
        ),
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
    : fail(
        tester.subject,
        `the container has ${is}, and ${ASKED.memory / 1024 / 1024} MiB and ${ASKED.millicpu}m were asked for`,
        undefined,
        advise('on the nodes: see cgroupsPerQOS, cpuCFSQuota and the cgroup driver of the kubelet'),
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
    yield fail(
      tester.subject,
      `${about} runs`,
      undefined,
      advise(`see its claims: kubectl get pvc -n ${tester.group.name}`),
    )
  else yield unknown(tester.subject, foreign.failed)
}

const callsOf = function* (
  outcome: PodsTold,
  check: PodCall['check'],
  judged: (call: PodCall, got: string) => Finding | undefined,
): Iterable<Finding> {
  const { tester, looked } = outcome
  if ('failed' in looked) return yield cannot(outcome, looked)
  const got = new Map(linesTold(looked.told, 'call').map((one) => [one.id, one.got]))
  for (const call of looked.calls.filter((one) => one.check === check)) {
    const result = got.get(call.id)
    if (result === undefined || result === 'untried')
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

/** Whether somebody of its own group reaches that pod: else it says nothing that others do not. */
const isReachable = (of: PodTester, all: readonly PodsTold[]): boolean =>
  all.some(({ tester, looked }) => {
    if (tester.group.name !== of.group.name || 'failed' in looked) return false
    const ids = looked.calls.filter((call) => call.check === 'H2' && call.of === of).map(({ id }) => id)
    return linesTold(looked.told, 'call').some((one) => ids.includes(one.id) && one.got === 'reached')
  })

const H1: Judge = function* (outcome, all, scene) {
  const { subject } = outcome.tester
  yield* callsOf(outcome, 'H1', ({ of, what }, got) => {
    const pod = `a pod of ${of!.group.name}`
    if (got === 'reached')
      return {
        ...promisedByStrict(scene),
        subjects: [subject],
        says: `reaches ${pod}`,
        thing: what,
        ...(scene.inventory.isolation === 'strict' && { repair: ENFORCE }),
      }
    return isReachable(of!, all)
      ? pass(subject, `does not reach ${pod}`)
      : unknown(subject, `does not reach ${pod}, which its own group does not reach either`)
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
      : fail(
          subject,
          `does not reach a pod of the own group ${what}`,
          undefined,
          advise(
            `see policies and DNS: kubectl get networkpolicy -n ${group.name}; kubectl get pods -n kube-system`,
          ),
        ),
  )
}

const outside = (check: 'G7' | 'H3'): Judge =>
  function* (outcome, _, scene) {
    const { subject } = outcome.tester
    yield* callsOf(outcome, check, ({ what, port }, got) => {
      if (got === 'unresolved') return unknown(subject, `finds no address of ${what}`)
      return got === 'reached'
        ? { ...promisedByStrict(scene), subjects: [subject], says: `reaches ${what}, port ${port}` }
        : pass(subject, `does not reach ${what}`)
    })
  }

const JUDGES: Readonly<Record<InPods, Judge>> = {
  E12,
  F6,
  F9,
  G4,
  G7: outside('G7'),
  G8,
  G10,
  H1,
  H2,
  H3: outside('H3'),
  I1,
}
