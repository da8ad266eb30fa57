import type { Language } from '../base/language.ts'
import { readableQuantity } from '../base/quantity.ts'
import { render } from '../base/template.ts'
import type { TenantsReport } from '../survey/standing.ts'
import { tenantsInWords, usedInWords } from './survey-text.ts'

/** The report as one page that needs nothing else. */
export const tenantsPage = (report: TenantsReport, language: Language): string => {
  const { words, title, about, effort, ...told } = tenantsInWords(report, language)
  const warnings = [
    {
      title: words.heldJobs,
      tone: 'untested',
      lines: [
        ...told.held.map(([job, by, why]) => ({ whose: job, what: by, why })),
        ...told.wakes.map((command) => ({ whose: '', what: command, why: '' })),
      ],
      next: told.wakes.length > 0 ? words.wake : '',
    },
    {
      title: words.differences,
      tone: 'gap',
      lines: told.differences.map(([whose, what]) => ({ whose, what, why: '' })),
      next: told.next,
    },
    {
      title: words.problems,
      tone: 'unknown',
      lines: told.problems.map((what) => ({ whose: '', what, why: '' })),
      next: '',
    },
  ]
  return render('report.html', {
    language: language === 'zh' ? 'zh-CN' : 'en',
    title,
    about,
    effort,
    warnings: warnings.filter(({ lines }) => lines.length > 0),
    groups: {
      title: words.groups,
      head: told.groupHead,
      rows: told.groups.map(({ wanted, actual, differs }) => ({
        name: wanted[0],
        wanted: wanted.slice(1),
        actual: actual.slice(1),
        tone: differs ? 'gap' : '',
      })),
    },
    quotas: {
      title: words.quotas,
      head: told.quotaHead,
      rows: report.groups.flatMap(({ quotas }) =>
        quotas.map(({ share, ...use }) => ({
          ...use,
          used: usedInWords({ share, ...use }, words),
          hard: readableQuantity(use.hard),
          percent: Math.min(100, Math.round(share * 100)),
          full: share >= 1,
        })),
      ),
    },
    sums: {
      title: words.sums,
      head: told.sumHead,
      rows: told.sums.map(({ isTooMuch, cells }) => rowOf(cells, isTooMuch)),
    },
    users: {
      title: words.users,
      head: told.userHead,
      rows: told.users.map(({ cells, differs }) => rowOf(cells, differs)),
    },
  })
}

const rowOf = ([name, ...cells]: readonly string[], isOdd: boolean) => ({
  name,
  cells,
  tone: isOdd ? 'gap' : '',
})
