// Whose files each volume shows, whether each directory is the right one, and who may write there.
import type { Finding } from '../../audit/check.ts'
import type { Scene } from '../../audit/facts.ts'
import { type Advice, advise } from '../../audit/repair.ts'
import { broken, fail, gap, pass, unknown, untested } from '../../audit/verdicts.ts'
import { untrusted } from '../../base/printable.ts'
import type { Inventory, Volume } from '../../inventory/schema.ts'
import { fileOf, type PodTester } from './jobs.ts'
import {
  isNewborn,
  isReadOnly,
  markedBefore,
  marksIn,
  marksLeft,
  marksOf,
  nasPlaceOf,
  type VolumeLine,
} from './marks.ts'
import { byName, linesTold, type Told } from './said.ts'
import { cannot, type Judge, ofStayed, type PodsTold } from './told.ts'

/** A file that a pod has written into a volume. */
interface Written {
  writer: PodTester
  volume: Volume
  file: string
}

const writtenBy = (all: readonly PodsTold[]): Written[] =>
  all.flatMap(({ tester: writer, stayed }) =>
    stayed.kind === 'failed'
      ? []
      : linesTold(stayed, 'volume')
          .filter((one) => one.written)
          .flatMap(({ name }) => {
            const volume = writer.volumes.find((one) => one.name === name)
            return volume === undefined ? [] : [{ writer, volume, file: fileOf(writer, name) }]
          }),
  )

/** Who sees the files of whom: exactly those who have a volume on the same directory. */
const G4: Judge = function* (outcome, all) {
  const { tester, looked } = outcome
  const written = writtenBy(all)
  yield* besides(outcome, written)
  if (looked.kind === 'failed') return yield cannot(outcome, looked)
  const seen = byName(linesTold(looked.told, 'seen'))
  for (const volume of tester.volumes) {
    const files = seen.get(volume.name)?.files
    const subject = `${tester.subject}: ${volume.name}`
    if (files === undefined) {
      yield unknown(subject, 'its pod did not say what is in the volume')
      continue
    }
    const [same, others] = [true, false].map((wanted) =>
      written.filter((one) => (nasPlaceOf(one.volume) === nasPlaceOf(volume)) === wanted),
    ) as [Written[], Written[]]
    const wrong = others.filter(({ file }) => files.includes(file))
    const missed = same.filter(({ file }) => !files.includes(file))
    for (const { writer, volume: other } of wrong)
      yield broken(
        subject,
        `shows what ${writer.subject} wrote into ${other.name}: both are one directory`,
        `see what both are: kubectl get pv ${volume.name} ${other.name} -o yaml, and ` +
          `${nasPlaceOf(volume)} on the NAS`,
      )
    for (const { writer, volume: other } of missed)
      yield broken(
        subject,
        `does not show what ${writer.subject} wrote into ${other.name}, which is the same directory in the inventory`,
        `see what both are: kubectl get pv ${volume.name} ${other.name} -o yaml`,
      )
    if (wrong.length + missed.length > 0) continue
    yield same.length === 0
      ? unknown(subject, 'nobody could write into its directory, so it is not known who would see it')
      : pass(
          subject,
          `shows what ${same.map(({ writer }) => writer.subject).join(', ')} wrote, and nothing else`,
        )
  }
}

/** Claims that the inventory does not name show nothing that is not of the group. */
function* besides({ tester, more }: PodsTold, written: readonly Written[]): Generator<Finding> {
  if (more === undefined) return
  const own = new Set(tester.volumes.map(nasPlaceOf))
  const foreign = written.filter(({ volume }) => !own.has(nasPlaceOf(volume)))
  if (more.kind === 'failed')
    return yield unknown(
      tester.claims.map((claim) => `${tester.subject}: ${claim}`),
      more.failed,
    )
  const seen = byName(linesTold(more, 'seen'))
  for (const claim of tester.claims) {
    const subject = `${tester.subject}: ${claim}`
    const files = seen.get(claim)?.files
    const wrong = foreign.filter(({ file }) => files?.includes(file))
    if (files === undefined) yield unknown(subject, 'its pod did not say what is in the volume')
    else if (wrong.length === 0) yield pass(subject, 'shows nothing that another group wrote')
    for (const { writer, volume } of wrong)
      yield broken(
        subject,
        `shows what ${writer.subject} wrote into ${volume.name}`,
        `see what it is: kubectl get pvc ${claim} -n ${tester.group.name} -o yaml; when nobody needs it, ` +
          'delete the claim and its volume',
      )
  }
}

/** Whether each directory is the one that was marked, once one was. */
const G5: Judge = function* ({ tester, stayed, looked }, all, scene) {
  if (stayed.kind === 'failed') return yield unknown(tester.subject, stayed.failed)
  const lines = byName(linesTold(stayed, 'volume'))
  const now = new Set(all.flatMap(marksLeft))
  for (const volume of tester.volumes) {
    const line = lines.get(volume.name)
    const subject = `${tester.subject}: ${volume.name}`
    if (line === undefined) yield unknown(subject, 'its pod did not say what is in the volume')
    else
      yield markFinding(subject, volume, line, scene) ??
        (now.has(volume.name)
          ? pass(subject, 'bore no mark, and bears one from now on')
          : unmarkedFinding(subject, { tester, volume, line, looked, scene }))
  }
}

/** What a mark tells, or that one is missing; undefined where there never was one. */
const markFinding = (
  subject: string,
  volume: Volume,
  line: VolumeLine,
  scene: Scene,
): Finding | undefined => {
  const { own, others } = marksIn(line, volume, scene.inventory)
  const where = nasPlaceOf(volume)
  if (others.length > 0) {
    const marks = others.map((one) => `${one.name} (${nasPlaceOf(one)})`).join(', ')
    return broken(
      subject,
      `is the directory that was marked as ${marks}`,
      `see what is at ${where}; a mark that is wrong is a file .arena-playbooks… there: remove it`,
    )
  }
  if (own.length > 0) return pass(subject, 'is the directory that was marked')
  if (!markedBefore(scene).has(volume.name)) return undefined
  const bare = line.empty ? 'an empty directory' : 'a directory with something in it'
  return fail(
    subject,
    `is not the directory that was marked, but ${bare} (${ownerOf(line)})`,
    undefined,
    markByHand(volume, scene),
  )
}

interface Unmarked {
  tester: PodTester
  volume: Volume
  line: VolumeLine
  looked: PodsTold['looked']
  scene: Scene
}

const unmarkedFinding = (subject: string, { tester, volume, line, looked, scene }: Unmarked): Finding => {
  const mend = mending(tester, volume, scene.inventory)
  if (isNewborn(line))
    return unknown(
      subject,
      `is an empty directory (${ownerOf(line)}), as the driver makes one where the path is wrong`,
      advise(`see whether ${nasPlaceOf(volume)} is what is meant; if it is, on the NAS: ${mend}`),
    )
  if (isReadOnly(volume))
    return untested(
      subject,
      'bears no mark, and no pod can leave one in a volume that is read-only',
      markByHand(volume, scene),
    )
  const why = looked.kind === 'failed' ? looked.failed : 'bears no mark, and its pod could leave none there'
  return unknown(subject, why, markByHand(volume, scene))
}

const markByHand = (volume: Volume, { inventory }: Scene): Advice => {
  const mark = `touch ${volume.path}/${marksOf(inventory)}${volume.name}`
  return advise(`see whether ${nasPlaceOf(volume)} is what is meant; if it is, on the NAS: ${mark}`)
}

const G10 = ofStayed(function* ({ tester }, told, { inventory }) {
  const lines = byName(linesTold(told, 'volume'))
  for (const volume of tester.volumes) {
    const line = lines.get(volume.name)
    const subject = `${tester.subject}: ${volume.name}`
    if (line === undefined) yield unknown(subject, 'its pod did not say whether it could write there')
    else if (isReadOnly(volume))
      yield line.written
        ? broken(
            subject,
            'takes what a pod writes, though it is read-only in the inventory',
            `see in kubectl get pv ${volume.name} -o yaml whether its driver heeds accessModes and mountOptions`,
          )
        : pass(subject, 'refuses what a pod writes, as a read-only volume does')
    else
      yield line.written
        ? pass(subject, 'takes what a pod writes')
        : broken(
            subject,
            `refuses what a pod writes (its directory is ${ownerOf(line)}, the pod runs as ${uidIn(told)})`,
            `on the NAS: ${mending(tester, volume, inventory)}; or see whether the volume is mounted read-only`,
          )
  }
})

const ownerOf = ({ mode, uid, gid }: VolumeLine): string => `${untrusted(mode, 12)} ${uid}:${gid}`

const uidIn = (told: Told): string => {
  const [self] = linesTold(told, 'itself')
  return self === undefined ? 'nobody known' : `${self.uid}:${self.gid}`
}

/** Given to one of its groups, a directory of several would be closed to the others. */
const mending = ({ group }: PodTester, volume: Volume, inventory: Inventory): string => {
  const [owner, mode] = isOfSeveral(volume, inventory) ? ['root:root', 1777] : [`root:${group.gid}`, 2770]
  return `chown ${owner} ${volume.path} && chmod ${mode} ${volume.path}`
}

const isOfSeveral = (volume: Volume, { volumes }: Inventory): boolean =>
  volumes.some((one) => one.group !== volume.group && nasPlaceOf(one) === nasPlaceOf(volume))

/** Whether a directory of a group alone is one that its members, and nobody else, may write to by mode. */
const G8 = ofStayed(function* ({ tester }, told, { inventory }) {
  for (const line of linesTold(told, 'volume')) {
    const volume = tester.volumes.find(({ name }) => name === line.name)
    if (volume === undefined) continue
    const subject = `${tester.subject}: ${volume.name}`
    const isShared = isOfSeveral(volume, inventory)
    const owner = ownerOf(line)
    const repair = advise(`on the NAS: ${mending(tester, volume, inventory)}`)
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

/** What is judged of files. */
export const FILES = { G4, G5, G8, G10 }
