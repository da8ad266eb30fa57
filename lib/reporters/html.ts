import type { Verdict } from '../check/check.ts'
import { byCause, type Line, type Report, together } from '../check/report.ts'
import type { Access } from '../check/standing.ts'
import { render } from '../template.ts'
import { idsInWords, saysOf, subjectsOf } from './render-report.ts'
import { countsInWords, effortInWords, GOAL_TONES, goalInWords } from './verdicts.ts'

const SECTIONS: readonly (readonly [Verdict, title: string, note: string])[] = [
  ['fail', 'Does not hold', ''],
  ['unknown', 'Cannot tell', 'These should have answered and did not.'],
  ['notice', 'Notices', 'Out of reach of every group: say in the inventory whether they are meant.'],
  ['gap', 'Known gaps', 'Not stopped, and the chosen isolation does not promise to stop it.'],
  ['untested', 'Not tested', 'Only running containers could tell: what to try by hand.'],
]

/** A report of checks as one page that needs nothing else: no script, no file beside it, nothing from the network. */
export const htmlReport = (report: Report): string => {
  const { inventory, isolation, at, goals, repairs, access, quotas = [], effort } = report
  const said = byCause(together(goals.flatMap(({ found }) => found)))
  return render('verify.html', {
    title: `verify · ${inventory}`,
    about: `Isolation ${isolation}, ${at.slice(0, 16).replace('T', ' ')} UTC`,
    goals: goals.map(({ goal, title, verdict, counts }) => ({
      goal,
      title,
      tone: GOAL_TONES[verdict],
      verdict: goalInWords(verdict, isolation),
      counts: countsInWords(counts),
    })),
    repairs,
    sections: SECTIONS.map(([verdict, title, note]) => ({
      title,
      note,
      said: said.filter((one) => one.verdict === verdict).map(item),
    })).filter((section) => section.said.length > 0),
    passed: said.filter(({ verdict }) => verdict === 'pass').map(item),
    access: access && {
      places: access.places,
      rows: access.rows.map(({ user, access: cells }) => ({ user, cells: cells.map(cell) })),
    },
    quotas: quotas.map(({ share, ...use }) => ({
      ...use,
      percent: Math.min(100, Math.round(share * 100)),
      full: share >= 1,
    })),
    effort: effortInWords(effort),
  })
}

/** After the goals it is about whom, what, and what to do. */
const item = (line: Line) => {
  const { ids, check, verdict, repair = '', otherwise = '' } = line
  return {
    id: idsInWords(ids),
    check: check.title,
    verdict,
    subjects: subjectsOf(line),
    says: saysOf(line),
    repair,
    otherwise,
  }
}

const cell = ({ role, beyond, missing }: Access): { tone: string; text: string } => {
  const odd = [
    ...(beyond > 0 ? [`${beyond} too many`] : []),
    ...(missing > 0 ? [`${missing} missing`] : []),
  ].join(', ')
  if (odd !== '') return { tone: 'fail', text: role === undefined ? odd : `${role}: ${odd}` }
  return role === undefined ? { tone: 'none', text: '–' } : { tone: 'pass', text: role }
}
