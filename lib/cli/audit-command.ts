import type { Command } from 'commander'
import type { Check } from '../audit/check.ts'
import type { JobTrial } from '../audit/job-trial.ts'
import { type AutomationError, wrongFlag } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import type { Inventory } from '../inventory/schema.ts'
import { image as imageRule } from '../inventory/values.ts'
import type { Audit } from '../program/audit.ts'
import type { Program } from './command.ts'
import { names, selectionOf } from './flags.ts'
import { languageFlag } from './language-flag.ts'
import { placeOfPage } from './page-file.ts'
import { reachOf } from './reach.ts'

interface Own {
  lang: Language
  only?: string[]
  exhaustive?: true
  jobs?: true
  pods?: true
  image?: string
  report?: string
}

/** Checks as a command: nothing is wanted and nothing is changed, something is found out. */
export const auditCommand = (audit: Audit): Program<Own> => ({
  ...audit,
  kind: 'inventory-command',
  flags,
  async run({ inventory, flags, reporter, interrupts }) {
    if (flags.check && (flags.jobs || flags.pods))
      throw wrongFlag(
        `--check ${flags.jobs ? '--jobs' : '--pods'}`,
        'contradict each other: jobs are submitted, and cleared away again',
        'leave one of them out',
      )
    const image = imageFor(flags, inventory)
    const checks = checksOf(audit, flags)
    const page = await placeOfPage('--report', flags.report)
    const { stop, abort } = interrupts
    const emit = reporter.on.bind(reporter)
    const { examine } = await import('../audit/examine.ts')
    await using reach = reachOf(inventory, { flags, reporter }, abort)
    emit({
      type: 'start',
      playbook: audit.name,
      inventory: inventory.name,
      mode: flags.jobs || flags.pods ? 'apply' : 'check',
    })
    const report = await examine({
      inventory,
      checks: checks.asked,
      kinds: flags.pods ? audit.pods.kinds : [],
      tables: audit.tables,
      selection: selectionOf(flags, inventory),
      exhaustive: flags.exhaustive ?? false,
      jobs: [
        ...(flags.jobs ? [telling(checks.byJobs, audit.jobs)] : []),
        ...(image === undefined ? [] : [only(checks.byPods, audit.pods.trial(image))]),
      ],
      patience: flags.timeout,
      forks: flags.forks,
      reach,
      emit,
      stop,
      abort,
    })
    try {
      await page?.write((await import('../reporters/audit-page.ts')).htmlReport(report, flags.lang), reporter)
    } finally {
      await emit({ type: 'report', report, language: flags.lang })
    }
    return report.exitCode
  },
})

/** The image of the pods, where any are to be tried. */
const imageFor = ({ pods, image }: Own, { verify }: Inventory): string | undefined => {
  if (image !== undefined && !pods) throw wrongFlag('--image', 'is for --pods', 'add --pods, or leave it out')
  if (!pods) return undefined
  const given = image ?? verify?.image
  const mistake = given === undefined ? NO_IMAGE : imageRule(given)
  if (mistake === undefined) return given
  throw wrongFlag(image === undefined ? '--pods' : '--image', mistake.reason, mistake.hint)
}

const NO_IMAGE = {
  reason: 'needs an image with a shell that the nodes can pull, and none is named',
  hint:
    'name one, such as --image=registry.example.com/library/busybox:1.36, or in the inventory ' +
    'verify: { image: registry.example.com/library/busybox:1.36 }',
}

type Told = Pick<Check, 'id' | 'goal' | 'title'>

/** What is chosen of all checks, by what makes them: those of pods and jobs by their ids. */
interface Chosen {
  asked: readonly Check[]
  byPods: ReadonlySet<string>
  byJobs: ReadonlySet<string>
}

/** Pods tell what is else left to a person, and more, and so do jobs. */
const checksOf = ({ checks, pods, jobChecks }: Audit, flags: Own): Chosen => {
  const told = new Set(flags.pods ? pods.checks.map(({ id }) => id) : [])
  const rest = checks.filter(({ id, byHand }) => !(byHand && told.has(id)))
  const all = [...rest, ...(flags.pods ? pods.checks : []), ...(flags.jobs ? jobChecks : [])]
  const missed = (of: readonly Told[]): string | undefined =>
    flags.only?.find((word) => isMeant(word, of) && !isMeant(word, all))
  const [needsJobs, needsPods] = [missed(jobChecks), missed(pods.checks)]
  if (needsJobs !== undefined)
    throw wrongFlag(
      `--only ${needsJobs}`,
      'is told by real jobs alone, which were not asked for',
      'add --jobs: it submits one job with one GPU in each group, and clears all of it away',
    )
  if (needsPods !== undefined)
    throw wrongFlag(
      `--only ${needsPods}`,
      'is told by pods alone, which were not asked for',
      'add --pods: it runs small pods in each group, and clears all of them away',
    )
  const ids = new Set(chosen(all, flags.only).map(({ id }) => id))
  const idsOf = (own: readonly Told[]): Set<string> =>
    new Set(own.flatMap(({ id }) => (ids.has(id) ? id : [])))
  const [byPods, byJobs] = [idsOf(pods.checks), idsOf(jobChecks)]
  if (flags.pods && byPods.size === 0)
    throw wrongFlag(
      `--pods --only ${flags.only!.join(',')}`,
      'contradict each other: none of these is told by pods',
      `leave --pods out, or add one that pods tell: ${idsIn(pods.checks).join(', ')}`,
    )
  return { asked: rest.filter(({ id }) => ids.has(id)), byPods, byJobs }
}

/** Each once, in the order in which people count. */
const idsIn = (checks: readonly Told[]): string[] =>
  [...new Set(checks.map(({ id }) => id))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** A trial of which only these checks are told. */
const only =
  (ids: ReadonlySet<string>, trial: JobTrial): JobTrial =>
  async (input) =>
    (await trial(input)).filter(({ check }) => ids.has(check.id))

/** Jobs are asked for by a flag of their own, so all that they find out is told unless some of it was chosen. */
const telling =
  (ids: ReadonlySet<string>, jobs: JobTrial): JobTrial =>
  async (input) =>
    (await jobs(input)).filter(
      ({ check, verdict }) => ids.size === 0 || ids.has(check.id) || verdict !== 'pass',
    )

const flags = (command: Command): void => {
  languageFlag(command)
    .option('--only <words>', 'only these goals or checks: goal3, E, F4, with --jobs also S1', names)
    .option(
      '--jobs',
      "also try the document's step six with real jobs, which use real GPUs, and clear them away",
    )
    .option(
      '--pods',
      'also try what only running containers can tell, in small pods as one user of each kind in each group, ' +
        'and clear them away',
    )
    .option('--image <image>', 'the image of those pods (default: verify.image of the inventory)')
    .option('--report <file>', 'also write a page for a browser, such as verify.html')
    .option(
      '--exhaustive',
      'ask the API server for every right on everything, and try each forbidden thing by itself',
    )
}

/** The checks that words such as `goal3`, `E`, `F4` or `S` mean; one that means none is a mistake. */
const chosen = (checks: readonly Told[], only: readonly string[] | undefined): Told[] => {
  if (only === undefined) return [...checks]
  const odd = only.find((word) => !isMeant(word, checks))
  if (odd !== undefined) throw noSuchCheck(odd, checks)
  return checks.filter((check) => only.some((word) => isMeant(word, [check])))
}

const isMeant = (word: string, checks: readonly Told[]): boolean =>
  checks.some(
    ({ id, goal }) =>
      word.toLowerCase() === `goal${goal}` ||
      word.toUpperCase() === id ||
      word.toUpperCase() === id.charAt(0),
  )

/** Those of the same letter, if there are any: all of them are a page. */
const noSuchCheck = (word: string, checks: readonly Told[]): AutomationError => {
  const sorted = idsIn(checks)
  const letters = [...new Set(sorted.map((id) => id.charAt(0)))]
  const alike = sorted.filter((id) => id.charAt(0) === word.charAt(0).toUpperCase())
  const ids = alike.length > 0 ? alike.join(', ') : 'one check such as E4'
  return wrongFlag(
    `--only ${word}`,
    'matches no check',
    `choose from goal1 … goal5, all of a letter (${letters.join(', ')}), or ${ids}; docs/verify.md tells each`,
  )
}
