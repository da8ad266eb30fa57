import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Check } from '../audit/check.ts'
import { examine } from '../audit/examine.ts'
import type { Report } from '../audit/report.ts'
import { AutomationError } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import type { Audit } from '../program/audit.ts'
import type { Program } from './command.ts'
import { names, selectionOf } from './flags.ts'
import { languageFlag } from './language-flag.ts'
import { reachOf } from './reach.ts'

interface Own {
  lang: Language
  only?: string[]
  exhaustive?: true
  jobs?: true
  report?: string
}

/** Checks as a command: nothing is wanted and nothing is changed, something is found out. */
export const auditCommand = (audit: Audit): Program<Own> => ({
  kind: 'inventory-command',
  name: audit.name,
  description: audit.description,
  ...(audit.example !== undefined && { example: audit.example }),
  flags,
  async run({ inventory, flags, reporter, interrupts }) {
    if (flags.check && flags.jobs) throw jobsAreChanges()
    const { stop, abort } = interrupts
    const emit = reporter.on.bind(reporter)
    const reach = reachOf(inventory, { flags, reporter }, abort)
    try {
      emit({
        type: 'start',
        playbook: audit.name,
        inventory: inventory.name,
        mode: flags.jobs ? 'apply' : 'check',
      })
      const report = await examine({
        inventory,
        checks: chosen(audit.checks, flags.only),
        tables: audit.tables,
        selection: selectionOf(flags, inventory),
        exhaustive: flags.exhaustive ?? false,
        jobs: flags.jobs && audit.jobs,
        patience: flags.timeout,
        forks: flags.forks,
        reach,
        emit,
        stop,
        abort,
      })
      if (flags.report !== undefined) await writePage(flags.report, report, flags.lang)
      emit({ type: 'report', report, language: flags.lang })
      return report.exitCode
    } finally {
      await reach.close()
    }
  },
})

const jobsAreChanges = (): AutomationError =>
  new AutomationError({
    code: 'usage',
    subject: '--check --jobs',
    message: 'contradict each other: jobs are submitted, and cleared away again',
    hint: 'leave one of them out',
  })

const flags = (command: Command): void => {
  languageFlag(command)
    .option('--only <words>', 'only these goals or checks: goal3, E, F4', names)
    .option(
      '--jobs',
      "also try the document's step six with real jobs, which use real GPUs, and clear them away",
    )
    .option('--report <file>', 'also write a page for a browser, such as verify.html')
    .option(
      '--exhaustive',
      'ask the API server for every right on everything, not only for those that decide',
    )
}

const writePage = async (file: string, report: Report, language: Language): Promise<void> => {
  const { htmlReport } = await import('../reporters/audit-page.ts')
  try {
    await writeFile(file, htmlReport(report, language))
  } catch (error) {
    throw new AutomationError({
      code: 'usage',
      subject: `--report ${file}`,
      message: `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      hint: 'name a file in a directory that is there and that you may write to',
    })
  }
}

/** The checks that a word such as `goal3`, `E` or `F4` means; one that means none is a mistake. */
const chosen = (checks: readonly Check[], only: readonly string[] | undefined): readonly Check[] => {
  if (only === undefined) return checks
  const meant = (word: string, { id, goal }: Check): boolean =>
    word.toLowerCase() === `goal${goal}` || word.toUpperCase() === id || word.toUpperCase() === id.charAt(0)
  const odd = only.find((word) => !checks.some((check) => meant(word, check)))
  if (odd !== undefined)
    throw new AutomationError({
      code: 'usage',
      subject: `--only ${odd}`,
      message: 'matches no check',
      hint: `choose from: goal1 … goal5, ${[...new Set(checks.map(({ id }) => id))].join(', ')}`,
    })
  return checks.filter((check) => only.some((word) => meant(word, check)))
}
