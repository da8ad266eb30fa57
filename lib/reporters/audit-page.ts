import { byCause, byRepair, type Line, type Report, together } from '../audit/report.ts'
import type { Access } from '../audit/tables.ts'
import type { Language } from '../base/language.ts'
import { readableQuantity } from '../base/quantity.ts'
import { render } from '../base/template.ts'
import { VERIFY_LANGUAGES, type VerifyMessages } from './audit-messages.ts'
import { idsInWords, meantOf, saysOf, subjectsInWords } from './audit-text.ts'
import { countsInWords, GOAL_TONES, repairsBy, shownSteps, VERDICTS } from './audit-words.ts'

/** A report of checks as one page that needs nothing else: no script, no file beside it, nothing from the network. */
export const htmlReport = (report: Report, language: Language = 'en'): string => {
  const words: VerifyMessages = VERIFY_LANGUAGES[language]
  const items = (lines: readonly Line[]) => lines.map((line) => itemOf(line, words))
  const { inventory, file, isolation, knows, at, goals, access, quotas = [], effort } = report
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
    mends: repairsBy(words, report),
    sections: VERDICTS.filter((verdict) => verdict !== 'pass')
      .map((verdict) => {
        const [title, note] = words.sections[verdict]
        const mended = byRepair(said.filter((one) => one.verdict === verdict))
        return {
          title,
          note,
          verdict,
          mended: mended.map(({ lines, repair, hosts }) => ({
            said: items(lines),
            steps: shownSteps(repair, { words, file, hosts }),
          })),
        }
      })
      .filter(({ mended }) => mended.length > 0),
    passedWords: words.passed(said.filter(({ verdict }) => verdict === 'pass').length),
    passed: items(said.filter(({ verdict }) => verdict === 'pass')),
    access: access && {
      places: access.places,
      rows: access.rows.map(({ user, access: cells }) => ({
        user,
        cells: cells.map((one) => cell(one, words)),
      })),
    },
    quotas: quotas.map(({ share, used, hard, ...use }) => ({
      ...use,
      used: readableQuantity(used),
      hard: readableQuantity(hard),
      percent: Math.min(100, Math.round(share * 100)),
      full: share >= 1,
    })),
    effort: `${words.knows(knows)}. ${words.effort(effort)}`,
  })
}

/** After the goals it is about whom, and what. */
const itemOf = (line: Line, words: VerifyMessages) => {
  const { ids, check, otherwise = '' } = line
  return {
    id: idsInWords(ids, words),
    check: words.titles[check.id] ?? check.title,
    subjects: subjectsInWords(line, words),
    says: saysOf(line, words),
    otherwise,
    meant: meantOf(line, words),
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
