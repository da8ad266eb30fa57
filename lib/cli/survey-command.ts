import { defined } from '../base/defined.ts'
import { AutomationError } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import type { Survey } from '../program/survey.ts'
import type { TenantsReport } from '../survey/standing.ts'
import type { Program } from './command.ts'
import { selectionOf } from './flags.ts'
import { languageFlag } from './language-flag.ts'
import { writePage } from './write-page.ts'

interface Own {
  lang: Language
  html?: string
}

/** A report as a command: what a playbook would change, and how the tenants stand. It changes nothing. */
export const surveyCommand = (survey: Survey): Program<Own> => ({
  kind: 'inventory-command',
  name: survey.name,
  description: survey.description,
  ...defined({ example: survey.example }),
  flags: (command) =>
    void languageFlag(command).option(
      '--html <file>',
      'also write a page for a browser, such as report.html',
    ),
  async run({ inventory, flags, reporter, interrupts }) {
    const { lang, html, output, forks, timeout } = flags
    if (output === 'junit') throw noCases()
    const { lookAtTenants } = await import('../survey/survey.ts')
    const report = await lookAtTenants(survey.of, inventory, {
      selection: selectionOf(flags, inventory),
      forks,
      timeout,
      ...interrupts,
    })
    await writePage('--html', html, () => pageOf(report, lang), reporter)
    reporter.on({ type: 'tenants', report, language: lang })
    return report.exitCode
  },
})

const noCases = (): AutomationError =>
  new AutomationError({
    code: 'usage',
    subject: '--output junit',
    message: 'is for runs that pass or fail: a report only tells',
    hint: 'take --output json, or setup --check --output junit',
  })

const pageOf = async (report: TenantsReport, language: Language): Promise<string> =>
  (await import('../reporters/survey-page.ts')).tenantsPage(report, language)
