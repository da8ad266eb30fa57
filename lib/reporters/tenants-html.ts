import { render } from '../template.ts'
import type { Language } from '../tenants/messages.ts'
import type { TenantsReport } from '../tenants/tenants.ts'
import { tenantsInWords } from './tenants.ts'

/** The report as one page that needs nothing else. */
export const tenantsPage = (report: TenantsReport, language: Language): string => {
  const { words, title, about, ...told } = tenantsInWords(report, language)
  return render('report.html', {
    language: language === 'zh' ? 'zh-CN' : 'en',
    title,
    about,
    headings: { groups: words.groups, users: words.users, quotas: words.quotas },
    groupHead: told.groupHead,
    groups: told.groups.map(({ wanted, actual, differs }) => ({
      wanted: [...wanted, ...Array<string>(actual.length - wanted.length).fill('')],
      actual,
      tone: differs ? 'gap' : '',
    })),
    userHead: told.userHead,
    users: told.users.map(({ cells, drifted }) => ({
      name: cells[0],
      cells: cells.slice(1),
      tone: drifted ? 'gap' : '',
    })),
    drift: [...told.groupDrift, ...told.users.flatMap(({ fields }) => fields)],
    next: told.drifted ? words.next : '',
    quotaHead: [words.group, words.resource, words.used, words.of, ''],
    quotas: report.groups.flatMap(({ quotas }) =>
      quotas.map(({ share, ...use }) => ({
        ...use,
        percent: Math.min(100, Math.round(share * 100)),
        full: share >= 1,
      })),
    ),
  })
}
