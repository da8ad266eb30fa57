import { type Repair, wordsOfRepair } from '../audit/repair.ts'
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
import { countsInWords, isProse, repairsBy, VERDICTS } from './audit-words.ts'
import { paint } from './plan-text.ts'
import { hanging, padded, terminalWidth } from './wrap.ts'

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

interface Told {
  words: VerifyMessages
  /** Of the terminal. */
  width: number
}

/** What a run of checks came to: what does not simply hold, the worst first, what mends it, and the goals last. */
export const renderReport = (
  report: Report,
  { verbose, width = terminalWidth() }: { verbose: boolean; width?: number },
  language: Language = 'en',
): string[] => {
  const words: VerifyMessages = VERIFY_LANGUAGES[language]
  const told: Told = { words, width }
  const lines = byCause(together(report.goals.flatMap(({ found }) => found)))
  const shown = VERDICTS.filter((verdict) => verbose || verdict !== 'pass')
  return [
    ...shown.flatMap((verdict) =>
      section(
        lines.filter((line) => line.verdict === verdict),
        told,
      ),
    ),
    ...repairs(report.repairs, told),
    '',
    words.knows(report.knows),
    ...hanging('', words.effort(report.effort), width),
    '',
    ...report.goals.flatMap((goal) => goalLines(goal, report.isolation, told)),
  ]
}

/** What was proved at the end of a run, line by line. */
export const renderProof = ({ goals }: Report, width = terminalWidth()): string[] => [
  '',
  paint('bold', 'Proved'),
  ...byRepair(byCause(together(goals.flatMap(({ found }) => found))), {
    words: VERIFY_LANGUAGES.en,
    width,
  }),
]

const FIXED_SPACE = '\u00a0'

/** In one piece on a line: a verdict is what is looked for, and a number goes with its noun. */
const inOnePiece = (words: string): string => words.replaceAll(/(?<!,) /g, FIXED_SPACE)

const goalLines = (
  { goal, verdict, counts }: GoalReport,
  isolation: string,
  { words, width }: Told,
): string[] => {
  const said = words.goalVerdict(verdict, isolation)
  const counted = inOnePiece(countsInWords(counts, words))
  const text = words.goalLine(words.goals[goal], inOnePiece(said), counted)
  return hanging(`${words.goal(goal)}  `, text, width).map((line) =>
    line.replaceAll(FIXED_SPACE, ' ').replace(said, paint(GOAL_STYLES[verdict], said)),
  )
}

const section = (lines: readonly Line[], told: Told): string[] =>
  lines.length === 0 ? [] : ['', ...byRepair(lines, told)]

/** Lines with the same repair are followed by it once. */
const byRepair = (lines: readonly Line[], told: Told): string[] =>
  [...Map.groupBy(lines, ({ repair }) => wordsOfRepair(repair)).values()].flatMap((same) => [
    ...same.flatMap((line) => saidLines(line, told)),
    ...arrow(same[0]!, told),
  ])

const VERDICT_WIDTH = 11

const saidLines = (line: Line, { words, width }: Told): string[] => {
  const { ids, check, verdict, otherwise } = line
  const word = verdict === 'fail' ? words.failure : words.verdicts[verdict]
  const title = words.titles[check.id]
  const head = `  ${padded(word, VERDICT_WIDTH)}  ${padded(idsInWords(ids), 3)}  `
  return [
    ...hanging(head, printable(sentence(line)), width).map((one) => paint(STYLES[verdict], one)),
    ...(title === undefined ? [] : [`      ${title}`]),
    ...(otherwise === undefined ? [] : hanging('      ', `(${printable(otherwise)})`, width)),
  ]
}

/** What is to be copied stays in one line: commands, and what is to be tried by hand. */
const arrow = (line: Line, { width }: Told): string[] => {
  const [first, ...more] = wordsOfRepair(line.repair).split('\n').map(printable)
  if (first === '') return []
  return [
    ...hanging('      → ', first!, isProse(line) ? width : Number.POSITIVE_INFINITY),
    ...more.map((one) => `        ${one}`),
  ]
}

const repairs = (all: readonly Repair[], { words, width }: Told): string[] => [
  ...repairsBy(words, all).flatMap(({ heading, repairs, prose }) => [
    '',
    paint('bold', heading),
    ...repairs.flatMap((repair) =>
      repair
        .split('\n')
        .flatMap((line, at) =>
          hanging(at === 0 ? '  ' : '    ', printable(line), prose ? width : Number.POSITIVE_INFINITY),
        ),
    ),
  ]),
  ...(all.length === 0 ? [] : hanging('', words.afterwards, width).map((line) => paint('dim', line))),
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
