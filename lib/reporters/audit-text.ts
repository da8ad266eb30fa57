import stringWidth from 'string-width'
import { type Repair, wordsOfRepair } from '../audit/repair.ts'
import {
  byCause,
  byRepair,
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
  ...mendedLines(byCause(together(goals.flatMap(({ found }) => found))), {
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
  lines.length === 0 ? [] : ['', ...mendedLines(lines, told)]

/** Lines with the same repair are followed by it once. */
const mendedLines = (all: readonly Line[], told: Told): string[] =>
  byRepair(all).flatMap(({ lines }) => [
    ...lines.flatMap((line) => saidLines(line, told)),
    ...arrow(lines[0]!, told),
  ])

const VERDICT_WIDTH = 11

const saidLines = (line: Line, { words, width }: Told): string[] => {
  const { ids, check, verdict, repair, otherwise } = line
  const meant = meantOf(line, words)
  const word = verdict === 'fail' ? words.failure : words.verdicts[verdict]
  const title = words.titles[check.id]
  const head = `  ${padded(word, VERDICT_WIDTH)}  ${padded(idsInWords(ids, words), 3)}  `
  return [
    ...hanging(head, printable(sentence(line, words)), width).map((one) => paint(STYLES[verdict], one)),
    ...(title === undefined ? [] : [`      ${title}`]),
    ...(otherwise === undefined ? [] : hanging('      ', `(${printable(otherwise)})`, width)),
    ...(meant === undefined ? [] : copied(repair === undefined ? `→ ${meant}` : `(${meant})`, width)),
  ]
}

/** An entry to be copied is in one piece, in a line of its own where it would be cut at the edge. */
const copied = (words: string, width: number): string[] => {
  const at = words.indexOf('trusted: [')
  if (stringWidth(words) + 6 <= width) return [`      ${words}`]
  return [`      ${words.slice(0, at).trimEnd()}`, `        ${words.slice(at)}`]
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

/** What to write into the inventory where it is meant, in one line to be copied. */
export const meantOf = ({ trusted }: Pick<Line, 'trusted'>, words: VerifyMessages): string | undefined => {
  if (trusted.length === 0) return undefined
  const entries = trusted.map((entry) => {
    const fields = Object.entries({ ...entry, reason: '…' })
    return `{ ${fields.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')} }`
  })
  return printable(words.meant(entries.join(', ')))
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
export const idsInWords = (ids: readonly string[], words: VerifyMessages): string =>
  ids.length > 4 ? `${ids.slice(0, 3).join(' ')}${words.more(ids.length - 3)}` : ids.join(' ')

/** A finding in one line: about whom, what, and which things or how many rights. */
export const sentence = (
  line: Pick<Line, 'subjects' | 'says' | 'things' | 'rights' | 'rightsOf'>,
  words: VerifyMessages,
): string => `${subjectsInWords(line, words)}: ${saysOf(line, words)}`

/** About whom it is. */
export const subjectsInWords = ({ subjects }: Pick<Line, 'subjects'>, words: VerifyMessages): string =>
  listed(subjects, words)

/** What is said about them. */
export const saysOf = (
  { says, things, rights, rightsOf = [] }: Pick<Line, 'says' | 'things' | 'rights' | 'rightsOf'>,
  words: VerifyMessages,
): string => {
  if (things.length > 0) return `${says}: ${listed(things, words)}`
  return rights === undefined ? says : `${says}: ${words.rights(rights, listed(rightsOf, words))}`
}

const MOST = 4

/** The first few, and how many more. */
const listed = (items: readonly string[], words: VerifyMessages): string =>
  items.length > MOST + 1
    ? `${items.slice(0, MOST).join(', ')}${words.more(items.length - MOST)}`
    : items.join(', ')
