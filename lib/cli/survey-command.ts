import { wrongFlag } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import { checkSelection, knownIn } from '../engine/select.ts'
import type { Survey } from '../program/survey.ts'
import type { Program } from './command.ts'
import { selectionOf } from './flags.ts'
import { languageFlag } from './language-flag.ts'
import { placeOfPage } from './page-file.ts'
import { reachOf } from './reach.ts'

interface Own {
  lang: Language
  html?: string
}

/** A report as a command: what a playbook would change, and how the tenants stand. It changes nothing. */
export const surveyCommand = (survey: Survey): Program<Own> => ({
  ...survey,
  kind: 'inventory-command',
  flags: (command) =>
    void languageFlag(command).option(
      '--html <file>',
      'also write a page for a browser, such as report.html',
    ),
  async run({ inventory, flags, reporter, interrupts }) {
    const { lang, html, output, forks, timeout } = flags
    if (output === 'junit')
      throw wrongFlag(
        '--output junit',
        'is for runs that pass or fail: a report only tells',
        'take --output json, or setup --check --output junit',
      )
    const selection = selectionOf(flags, inventory)
    checkSelection(selection, [], knownIn(inventory))
    const page = await placeOfPage('--html', html)
    const { lookAtTenants } = await import('../survey/survey.ts')
    await using reach = reachOf(inventory, { flags, reporter }, interrupts.abort)
    const report = await lookAtTenants(survey.of, inventory, {
      selection,
      reach,
      forks,
      timeout,
      ...interrupts,
    })
    await page?.write((await import('../reporters/survey-page.ts')).tenantsPage(report, lang), reporter)
    reporter.on({ type: 'tenants', report, language: lang })
    return report.exitCode
  },
})
