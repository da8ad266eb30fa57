import { wordsOfRepair } from '../audit/repair.ts'
import { byCause, type Line, type Report, together } from '../audit/report.ts'
import type { Access } from '../audit/tables.ts'
import type { Language } from '../base/language.ts'
import { render } from '../base/template.ts'
import { VERIFY_LANGUAGES, type VerifyMessages } from './audit-messages.ts'
import { idsInWords, saysOf, subjectsInWords } from './audit-text.ts'
import { countsInWords, GOAL_TONES, isProse, repairsBy, VERDICTS } from './audit-words.ts'

/** A report of checks as one page that needs nothing else: no script, no file beside it, nothing from the network. */
export const htmlReport = (report: Report, language: Language = 'en'): string => {
  const words: VerifyMessages = VERIFY_LANGUAGES[language]
  const item = (line: Line) => itemOf(line, words)
  const { inventory, isolation, knows, at, goals, repairs, access, quotas = [], effort } = report
  const said = byCause(together(goals.flatMap(({ found }) => found)))
  return render('verify.html', {
    language: language === 'zh' ? 'zh-CN' : 'en',
    words,
    title: words.title(inventory),
    about: words.about(isolation, at.slice(0, 16).replace('T', ' ')),
    goals: goals.map(({ goal, verdict, counts }) => ({
      goal: words.goal(goal),
      title: words.goals[goal],
      tone: GOAL_TONES[verdict],
      verdict: words.goalVerdict(verdict, isolation),
      counts: countsInWords(counts, words),
    })),
    mends: repairsBy(words, repairs),
    sections: VERDICTS.filter((verdict) => verdict !== 'pass')
      .map((verdict) => {
        const [title, note] = words.sections[verdict]
        return { title, note, said: said.filter((one) => one.verdict === verdict).map(item) }
      })
      .filter((section) => section.said.length > 0),
    passedWords: words.passed(said.filter(({ verdict }) => verdict === 'pass').length),
    passed: said.filter(({ verdict }) => verdict === 'pass').map(item),
    access: access && {
      places: access.places,
      rows: access.rows.map(({ user, access: cells }) => ({
        user,
        cells: cells.map((one) => cell(one, words)),
      })),
    },
    quotas: quotas.map(({ share, ...use }) => ({
      ...use,
      percent: Math.min(100, Math.round(share * 100)),
      full: share >= 1,
    })),
    effort: `${words.knows(knows)}. ${words.effort(effort)}`,
  })
}

/** After the goals it is about whom, what, and what to do. */
const itemOf = (line: Line, words: VerifyMessages) => {
  const { ids, check, verdict, repair, otherwise = '' } = line
  return {
    id: idsInWords(ids),
    check: words.titles[check.id] ?? check.title,
    verdict,
    subjects: subjectsInWords(line),
    says: saysOf(line),
    [isProse(line) ? 'advice' : 'command']: wordsOfRepair(repair),
    otherwise,
  }
}

const cell = ({ role, beyond, missing }: Access, words: VerifyMessages): { tone: string; text: string } => {
  const odd = [
    ...(beyond > 0 ? [words.tooMany(beyond)] : []),
    ...(missing > 0 ? [words.missing(missing)] : []),
  ].join(words.comma)
  if (odd !== '') return { tone: 'fail', text: role === undefined ? odd : `${role}: ${odd}` }
  return role === undefined ? { tone: 'none', text: '–' } : { tone: 'pass', text: role }
}
