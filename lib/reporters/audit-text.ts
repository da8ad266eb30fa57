import {
  byCause,
  type GoalReport,
  type GoalVerdict,
  type Line,
  type Report,
  together,
} from '../audit/report.ts'
import type { Language } from '../base/language.ts'
import { printable } from '../base/printable.ts'
import { VERIFY_LANGUAGES, type VerifyMessages } from './audit-messages.ts'
import { countsInWords, VERDICTS } from './audit-words.ts'
import { paint } from './plan-text.ts'

const STYLES = {
  pass: 'green',
  fail: 'red',
  unknown: 'red',
  notice: 'cyan',
  gap: 'yellow',
  untested: 'dim',
} as const

const GOAL_STYLES: Record<GoalVerdict, 'green' | 'yellow' | 'red'> = {
  holds: 'green',
  'in-part': 'yellow',
  unknown: 'red',
  fails: 'red',
}

/** What a run of checks came to: what does not simply hold, the worst first, what mends it, and the goals last. */
export const renderReport = (
  report: Report,
  { verbose }: { verbose: boolean },
  language: Language = 'en',
): string[] => {
  const words: VerifyMessages = VERIFY_LANGUAGES[language]
  const lines = byCause(together(report.goals.flatMap(({ found }) => found)))
  const shown = VERDICTS.filter((verdict) => verbose || verdict !== 'pass')
  return [
    ...shown.flatMap((verdict) =>
      section(
        lines.filter((line) => line.verdict === verdict),
        words,
      ),
    ),
    ...repairs(report.repairs, words),
    '',
    words.knows(report.knows),
    words.effort(report.effort),
    '',
    ...report.goals.map((goal) => goalLine(goal, report.isolation, words)),
  ]
}

/** What was proved at the end of a run, line by line. */
export const renderProof = ({ goals }: Report): string[] => [
  '',
  paint('bold', 'Proved'),
  ...byRepair(byCause(together(goals.flatMap(({ found }) => found))), VERIFY_LANGUAGES.en),
]

const goalLine = (
  { goal, verdict, counts }: GoalReport,
  isolation: string,
  words: VerifyMessages,
): string => {
  const said = paint(GOAL_STYLES[verdict], words.goalVerdict(verdict, isolation))
  return `${words.goal(goal)}  ${words.goals[goal]}: ${said} (${countsInWords(counts, words)})`
}

const section = (lines: readonly Line[], words: VerifyMessages): string[] =>
  lines.length === 0 ? [] : ['', ...byRepair(lines, words)]

/** Lines with the same repair are followed by it once. */
const byRepair = (lines: readonly Line[], words: VerifyMessages): string[] =>
  [...Map.groupBy(lines, ({ repair = '' }) => repair).values()].flatMap((same) => [
    ...same.flatMap((line) => saidLines(line, words)),
    ...arrow(same[0]!.repair),
  ])

const saidLines = (line: Line, words: VerifyMessages): string[] => {
  const { ids, check, verdict, otherwise } = line
  const word = verdict === 'fail' ? words.failure : words.verdicts[verdict]
  const title = words.titles[check.id]
  const head = `${word.padEnd(11)}  ${idsInWords(ids).padEnd(3)}  ${printable(sentence(line))}`
  return [
    `  ${paint(STYLES[verdict], head)}`,
    ...(title === undefined ? [] : [`      ${title}`]),
    ...(otherwise === undefined ? [] : [`      (${printable(otherwise)})`]),
  ]
}

const arrow = (repair = ''): string[] => {
  const [first, ...more] = repair.split('\n')
  return first === ''
    ? []
    : [`      → ${printable(first!)}`, ...more.map((line) => `        ${printable(line)}`)]
}

const repairs = (all: readonly string[], words: VerifyMessages): string[] =>
  all.length === 0
    ? []
    : [
        '',
        paint('bold', words.repairs(all.length)),
        ...all.flatMap((repair) =>
          repair.split('\n').map((line, at) => `  ${at === 0 ? '' : '  '}${printable(line)}`),
        ),
        paint('dim', words.afterwards),
      ]

/** The checks that tell a line: the first few, and how many more. */
export const idsInWords = (ids: readonly string[]): string =>
  ids.length > 4 ? `${ids.slice(0, 3).join(' ')} and ${ids.length - 3} more` : ids.join(' ')

/** A finding in one line: about whom, what, and which things or how many rights. */
export const sentence = (line: Pick<Line, 'subjects' | 'says' | 'things' | 'rights'>): string =>
  `${subjectsInWords(line)}: ${saysOf(line)}`

/** About whom it is. */
export const subjectsInWords = ({ subjects }: Pick<Line, 'subjects'>): string => listed(subjects, 4)

/** What is said about them. */
export const saysOf = ({ says, things, rights }: Pick<Line, 'says' | 'things' | 'rights'>): string => {
  if (rights !== undefined && things.length === 0)
    return (
      `${says}: ${rights.count.toLocaleString('en')} ` +
      `${rights.count === 1 ? 'right' : 'rights, the worst'}: ${rights.worst.join(', ')}`
    )
  return things.length === 0 ? says : `${says}: ${listed(things, 4)}`
}

/** The first few, and how many more. */
const listed = (items: readonly string[], most: number): string =>
  items.length > most + 1
    ? `${items.slice(0, most).join(', ')} and ${items.length - most} more`
    : items.join(', ')
