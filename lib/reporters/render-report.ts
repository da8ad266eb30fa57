import type { Verdict } from '../check/check.ts'
import {
  byCause,
  type GoalReport,
  type GoalVerdict,
  type Line,
  type Report,
  together,
} from '../check/report.ts'
import { printable } from '../printable.ts'
import { paint } from './render.ts'
import { countsInWords, effortInWords, goalInWords, VERDICTS } from './verdicts.ts'

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
export const renderReport = (report: Report, { verbose }: { verbose: boolean }): string[] => {
  const lines = byCause(together(report.goals.flatMap(({ found }) => found)))
  const shown = (Object.keys(VERDICTS) as Verdict[]).filter((verdict) => verbose || verdict !== 'pass')
  return [
    ...shown.flatMap((verdict) => section(lines.filter((line) => line.verdict === verdict))),
    ...repairs(report.repairs),
    '',
    effortInWords(report.effort),
    '',
    ...report.goals.map((goal) => goalLine(goal, report.isolation)),
  ]
}

/** What was proved at the end of a run, line by line. */
export const renderProof = ({ goals }: Report): string[] => [
  '',
  paint('bold', 'Proved'),
  ...byRepair(byCause(together(goals.flatMap(({ found }) => found)))),
]

const goalLine = ({ goal, title, verdict, counts }: GoalReport, isolation: string): string =>
  `Goal ${goal}  ${title}: ${paint(GOAL_STYLES[verdict], goalInWords(verdict, isolation))} (${countsInWords(counts)})`

const section = (lines: readonly Line[]): string[] => (lines.length === 0 ? [] : ['', ...byRepair(lines)])

/** Lines with the same repair are followed by it once. */
const byRepair = (lines: readonly Line[]): string[] =>
  [...Map.groupBy(lines, ({ repair = '' }) => repair).values()].flatMap((same) => [
    ...same.flatMap(saidLines),
    ...arrow(same[0]!.repair),
  ])

const saidLines = (line: Line): string[] => {
  const { ids, verdict, otherwise } = line
  const word = verdict === 'fail' ? 'FAIL' : VERDICTS[verdict]
  const head = `${word.padEnd(11)}  ${idsInWords(ids).padEnd(3)}  ${printable(sentence(line))}`
  return [
    `  ${paint(STYLES[verdict], head)}`,
    ...(otherwise === undefined ? [] : [`      (${printable(otherwise)})`]),
  ]
}

const arrow = (repair = ''): string[] => {
  const [first, ...more] = repair.split('\n')
  return first === ''
    ? []
    : [`      → ${printable(first!)}`, ...more.map((line) => `        ${printable(line)}`)]
}

const repairs = (all: readonly string[]): string[] =>
  all.length === 0
    ? []
    : [
        '',
        paint(
          'bold',
          all.length === 1 ? '1 repair mends all that fails:' : `${all.length} repairs mend all that fails:`,
        ),
        ...all.flatMap((repair) =>
          repair.split('\n').map((line, at) => `  ${at === 0 ? '' : '  '}${printable(line)}`),
        ),
      ]

/** The checks that tell a line: the first few, and how many more. */
export const idsInWords = (ids: readonly string[]): string =>
  ids.length > 4 ? `${ids.slice(0, 3).join(' ')} and ${ids.length - 3} more` : ids.join(' ')

/** A finding in one line: about whom, what, and which things or how many rights. */
export const sentence = (line: Pick<Line, 'subjects' | 'says' | 'things' | 'rights'>): string =>
  `${subjectsOf(line)}: ${saysOf(line)}`

/** About whom it is. */
export const subjectsOf = ({ subjects }: Pick<Line, 'subjects'>): string => listed(subjects, 4)

/** What is said about them. */
export const saysOf = ({ says, things, rights }: Pick<Line, 'says' | 'things' | 'rights'>): string => {
  if (rights !== undefined && things.length === 0)
    return `${says}: ${rights.count.toLocaleString('en')} ${rights.count === 1 ? 'right' : 'rights, the worst'}: ${rights.worst.join(', ')}`
  return things.length === 0 ? says : `${says}: ${listed(things, 4)}`
}

/** The first few, and how many more. */
const listed = (items: readonly string[], most: number): string =>
  items.length > most + 1
    ? `${items.slice(0, most).join(', ')} and ${items.length - most} more`
    : items.join(', ')
