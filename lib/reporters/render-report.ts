import { type GoalReport, type Report, type Said, together } from '../check/report.ts'
import { printable } from '../printable.ts'
import { paint } from './render.ts'
import { countsInWords, effortInWords, goalVerdict, VERDICTS } from './verdicts.ts'

const STYLES = {
  pass: 'green',
  fail: 'red',
  unknown: 'red',
  notice: 'cyan',
  gap: 'yellow',
  untested: 'dim',
} as const

/** What a run of checks came to: the five goals first, then everything that does not simply hold. */
export const renderReport = ({ goals, effort }: Report, { verbose }: { verbose: boolean }): string[] => [
  '',
  ...goals.map(goalLine),
  ...goals.flatMap((goal) => details(goal, verbose)),
  '',
  effortInWords(effort),
]

/** What was proved at the end of a run, line by line. */
export const renderProof = ({ goals }: Report): string[] => [
  '',
  paint('bold', 'Proved'),
  ...together(goals.flatMap(({ found }) => found)).flatMap(saidLines),
]

const goalLine = ({ goal, title, counts }: GoalReport): string => {
  const { tone, words } = goalVerdict(counts)
  return `Goal ${goal}  ${title}: ${paint(STYLES[tone], words)} (${countsInWords(counts)})`
}

const details = ({ goal, title, found }: GoalReport, verbose: boolean): string[] => {
  const shown = together(found).filter(({ verdict }) => verbose || verdict !== 'pass')
  if (shown.length === 0) return []
  return ['', paint('bold', `Goal ${goal}  ${title}`), ...shown.flatMap(saidLines)]
}

const saidLines = (said: Said): string[] => {
  const { check, verdict, repair } = said
  const word = verdict === 'fail' ? 'FAIL' : VERDICTS[verdict]
  const [first, ...more] = (repair ?? '').split('\n')
  return [
    `  ${paint(STYLES[verdict], `${word.padEnd(11)}  ${check.id.padEnd(3)}  ${printable(sentence(said))}`)}`,
    ...(first === ''
      ? []
      : [`      → ${printable(first!)}`, ...more.map((line) => `        ${printable(line)}`)]),
  ]
}

/** A finding in one line: about whom, what, and which things. */
export const sentence = ({ subjects, says, things }: Said): string => {
  const text = things.length === 0 ? says : `${says}: ${listed(things, 4)}`
  return `${listed(subjects, 4)}: ${text}`
}

/** The first few, and how many more. */
const listed = (items: readonly string[], most: number): string =>
  items.length > most + 1
    ? `${items.slice(0, most).join(', ')} and ${items.length - most} more`
    : items.join(', ')
