import stringWidth from 'string-width'
import { byCause, byRepair, type GoalReport, type Line, type Report, together } from '../audit/report.ts'
import type { Language } from '../base/language.ts'
import { printable } from '../base/printable.ts'
import { VERIFY_LANGUAGES, type VerifyMessages } from './audit-messages.ts'
import {
  countsInWords,
  GOAL_TONES,
  listed,
  repairsBy,
  type ShownStep,
  shownSteps,
  VERDICTS,
} from './audit-words.ts'
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

interface Told {
  words: VerifyMessages
  /** Of the inventory. */
  file: string
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
  const told: Told = { words, width, file: report.file }
  const lines = byCause(together(report.goals.flatMap(({ found }) => found)))
  const shown = VERDICTS.filter((verdict) => verbose || verdict !== 'pass')
  return [
    ...shown.flatMap((verdict) =>
      section(
        lines.filter((line) => line.verdict === verdict),
        told,
      ),
    ),
    ...repairs(report, told),
    '',
    words.knows(report.knows),
    ...hanging('', words.effort(report.effort), width),
    '',
    ...report.goals.flatMap((goal) => goalLines(goal, report.isolation, told)),
  ]
}

/** What was proved at the end of a run, line by line. */
export const renderProof = ({ goals, file }: Report, width = terminalWidth()): string[] => [
  '',
  paint('bold', 'Proved'),
  ...mendedLines(byCause(together(goals.flatMap(({ found }) => found))), {
    words: VERIFY_LANGUAGES.en,
    file,
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
    line.replaceAll(FIXED_SPACE, ' ').replace(said, paint(STYLES[GOAL_TONES[verdict]], said)),
  )
}

const section = (lines: readonly Line[], told: Told): string[] =>
  lines.length === 0 ? [] : ['', ...mendedLines(lines, told)]

/** Lines with the same repair are followed by it once. */
const mendedLines = (all: readonly Line[], told: Told): string[] =>
  byRepair(all).flatMap(({ lines, repair, hosts }) => [
    ...lines.flatMap((line) => saidLines(line, told)),
    ...stepLines(shownSteps(repair, { ...told, hosts }), '      → ', told.width),
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

/** What to do stands below what is told; commands are to be copied, and stay in one line. */
const stepLines = (steps: readonly ShownStep[], first: string, width: number): string[] => {
  const rest = ' '.repeat(stringWidth(first))
  return steps.flatMap(({ words, command }) => [
    ...(words === undefined ? [] : hanging(first, printable(words), width)),
    ...(command === undefined ? [] : [`${words === undefined ? first : rest}${printable(command)}`]),
  ])
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

const repairs = (report: Report, { words, width }: Told): string[] => {
  const parts = repairsBy(words, report)
  const after = parts.length === 0 ? [] : hanging('', words.afterwards, width)
  return [
    ...parts.flatMap(({ heading, steps }) => ['', paint('bold', heading), ...stepLines(steps, '  ', width)]),
    ...after.map((line) => paint('dim', line)),
  ]
}

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
