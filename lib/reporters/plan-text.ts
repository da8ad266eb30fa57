import { styleText } from 'node:util'
import stringWidth from 'string-width'
import { counted } from '../base/counted.ts'
import type { AutomationError } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import { printable } from '../base/printable.ts'
import { Secret } from '../base/secret.ts'
import type { RoundTrip } from '../connect/connection.ts'
import type { Outcome } from '../engine/outcome.ts'
import { type Action, actionName, LACKS, type Leftover, type Plan } from '../engine/plan.ts'
import { isSomebodys, type Recap, type Tokens } from '../engine/recap.ts'
import { diffLines } from '../inventory/edit-diff.ts'
import { dayOf } from '../kube/bound-token.ts'
import type { Json } from '../kube/object.ts'
import type { FieldDiff, Op, Resource } from '../resource/type.ts'
import { hanging, terminalWidth } from './wrap.ts'

export interface RenderOptions {
  diff: boolean
  verbose: boolean
  language?: Language
}

type Style = Parameters<typeof styleText>[0]

/** How a change is shown, and what cannot be made now. */
const MARKS: Record<Op | 'hindered', { mark: string; verb: string; style: Style }> = {
  keep: { mark: '=', verb: 'unchanged', style: 'dim' },
  create: { mark: '+', verb: 'to create', style: 'green' },
  adopt: { mark: '>', verb: 'to adopt', style: 'cyan' },
  update: { mark: '~', verb: 'to update', style: 'yellow' },
  remove: { mark: '-', verb: 'to remove', style: 'red' },
  refuse: { mark: '!', verb: 'refused', style: 'red' },
  hindered: { mark: '?', verb: 'not possible now', style: 'red' },
}

/** styleText looks at the stream, so pipes and NO_COLOR get plain text. */
export const paint = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout })

/** A value as a person would say it: a subject or a rule of RBAC in a few words, anything else as JSON. */
const wordsOf = (of: Json): string => {
  if (typeof of === 'string' && of !== '') return of
  if (Array.isArray(of) && of.every((item) => typeof item === 'string')) return of.join(',') || '(none)'
  if (typeof of !== 'object' || of === null || Array.isArray(of)) return JSON.stringify(of)
  const { kind, name, namespace, verbs, resources, resourceNames } = of as Record<string, Json>
  if (typeof kind === 'string' && typeof name === 'string')
    return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`
  if (!Array.isArray(verbs) || !Array.isArray(resources)) return JSON.stringify(of)
  return (
    `${verbs.join(',')} of ` +
    `${resources.join(',')}${Array.isArray(resourceNames) ? ` named ${resourceNames.join(',')}` : ''}`
  )
}

const value = (of: FieldDiff['from'], width: number): string => {
  if (of === undefined) return '(none)'
  if (of instanceof Secret) return String(of)
  const text = printable(wordsOf(of))
  return text.length > width ? `${text.slice(0, width - 1)}…` : text
}

/** `field before → after`; an element that is too many reads `field - element`. */
export const renderDiff = ({ field, from, to }: FieldDiff, width = 120): string => {
  const name = printable(field)
  if (to === undefined) return `${name} - ${value(from, width)}`
  if (from === undefined) return `${name} + ${value(to, width)}`
  return `${name} ${value(from, width)} → ${value(to, width)}`
}

/** A field that differs, in full: a text of several lines as `diff -u` shows it. */
const inFull = (diff: FieldDiff): string[] => {
  const { field, from, to } = diff
  const isText = [from, to].every((one) => typeof one === 'string' && one.includes('\n'))
  if (!isText) return [renderDiff(diff, 400)]
  return [printable(field), ...diffLines(String(from), String(to)).map((line) => `  ${printable(line)}`)]
}

const SHOWN_IN_LINE = 3

const summary = ({ change, follows }: Action, withDiffs: boolean): string => {
  const { op, diffs, reason, after = [] } = change
  const parts = reason === undefined ? [] : [printable(reason)]
  if (withDiffs && op !== 'create') {
    const shown = diffs.slice(0, SHOWN_IN_LINE).map((diff) => renderDiff(diff, 40))
    if (diffs.length > SHOWN_IN_LINE) shown.push(`${diffs.length - SHOWN_IN_LINE} more`)
    if (shown.length > 0) parts.push(shown.join(', '))
  }
  if (after.length > 0) parts.push(printable(`after ${after.join(', ')}`))
  if (follows !== undefined) parts.push(`after ${follows.on}, which has the same directory`)
  return parts.join(': ')
}

/** Rows in columns, each in lines that fit: what is long goes on under itself, or below its row for want of room. */
const pad = (
  rows: readonly (readonly [string, string, string, string])[],
  width = terminalWidth(),
): string[][] => {
  const [first = 0, second = 0] = [1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map(([mark, a, b, c]) => {
    const head = `${mark}${a.padEnd(Math.min(first, 60))}  ${b.padEnd(Math.min(second, 30))}  `
    if (head.length + stringWidth(c) <= width) return [`${head}${c}`.trimEnd()]
    if (width - head.length >= LEAST_ROOM) return hanging(head, c, width)
    return [head.trimEnd(), ...hanging('      ', c, width)]
  })
}

/** Columns below which what is long goes under its row and not beside it. */
const LEAST_ROOM = 36

/** Ids hold names of accounts and objects, which others chose. */
export const subjectOf = (of: Pick<Action, 'id' | 'on'>): string => printable(actionName(of))

const isShown = (action: Action): boolean =>
  action.change.op !== 'keep' || action.hindrance !== undefined || action.change.warnings !== undefined

/** The whole plan as text: each change under its step, then what it adds up to. */
export const renderPlan = (plan: Plan, { diff, verbose }: RenderOptions, width?: number): string[] => {
  const lines: string[] = []
  const shown = plan.actions.filter((action) => verbose || isShown(action))
  const rows = pad(
    shown.map((action) => [
      `  ${lookOf(action).mark} `,
      printable(action.id),
      action.on.name,
      lineOf(action, !diff),
    ]),
    width,
  )
  const text = new Map(shown.map((action, index) => [action, rows[index]!]))
  for (const [title, actions] of Map.groupBy(shown, ({ step, pruned }) => (pruned ? 'Prune' : step))) {
    lines.push('', paint('bold', title))
    for (const action of actions) lines.push(...actionLines(action, text.get(action)!, diff))
  }
  return [...lines, '', totals(plan)]
}

const lineOf = (action: Action, withDiffs: boolean): string => {
  const { hindrance } = action
  if (hindrance === undefined) return summary(action, withDiffs)
  if (hindrance.because === 'needs')
    return `waits: needs ${printable(hindrance.needs)}, which ${LACKS[hindrance.lacks]}`
  // What to do about it is told once, at the end.
  return hindrance.because === 'unreachable' ? 'unreachable' : `unknown: ${printable(hindrance.error.reason)}`
}

const lookOf = ({ change, hindrance }: Action) => MARKS[hindrance === undefined ? change.op : 'hindered']

const actionLines = (action: Action, row: readonly string[], diff: boolean): string[] => {
  const { change, hindrance } = action
  const lines = row.map((line) => paint(lookOf(action).style, line))
  if (diff && hindrance === undefined)
    lines.push(...change.diffs.flatMap(inFull).map((line) => paint('dim', `      ${line}`)))
  for (const warning of change.warnings ?? [])
    lines.push(`      ${paint('yellow', `! ${printable(warning)}`)}`)
  if (change.hint !== undefined) lines.push(`      → ${printable(change.hint)}`)
  return lines
}

const totals = ({ actions }: Plan): string => {
  const { keep, ...changes } = MARKS
  const counts = Map.groupBy(actions, lookOf)
  const parts = Object.values(changes).flatMap((look) => {
    const { length } = counts.get(look) ?? []
    return length === 0 ? [] : [`${length} ${look.verb} (${look.mark})`]
  })
  return `Plan: ${parts.join(', ') || 'nothing to do'}; ${counts.get(keep)?.length ?? 0} ${keep.verb}.`
}

/** An exec with its scripts, a request by method and path; for --verbose. */
export const renderRoundTrip = (trip: RoundTrip): string[] => {
  if (trip.type === 'request') return [paint('dim', printable(`${trip.method} ${trip.path}`))]
  return trip.scripts.flatMap(({ title, script }) => [
    paint('dim', printable(`${trip.host}: ${title}`)),
    ...String(script)
      .split('\n')
      .map((line) => paint('dim', `    ${printable(line)}`)),
  ])
}

/** One line about how a change ended; what was skipped is named at the end, each reason once. */
export const renderOutcome = (action: Action, outcome: Outcome): string[] => {
  const subject = subjectOf(action)
  if (outcome.state === 'skipped') return []
  if (outcome.state === 'done') return [paint('green', `done     ${subject}`)]
  const word = outcome.state === 'failed' ? 'FAILED' : 'LOST  '
  return [paint('red', `${word}   ${renderError(outcome.error, subject)}`)]
}

/** An error as a person reads it: what, then the next step on its own line. */
export const renderError = ({ subject, reason, hint }: AutomationError, about?: string): string => {
  const head = [...new Set([about, subject])]
    .flatMap((part) => (part === undefined ? [] : printable(part)))
    .join(': ')
  const text = [head, multiline(reason)].filter(Boolean).join(': ')
  return hint === undefined ? text : `${text}\n      → ${multiline(hint)}`
}

/** Our own messages may have several lines; nothing else in them may move the cursor. */
export const multiline = (text: string): string => text.split('\n').map(printable).join('\n')

/** What did not become as wanted, what is left over, and the counts per target in the last lines. */
export const renderRecap = ({
  problems,
  leftovers,
  warnings,
  tokens,
  brokenOff,
  targets,
  seconds,
  traffic,
}: Recap): string[] => {
  const lines: string[] = []
  if (problems.length > 0)
    lines.push('', paint('bold', 'Not as wanted'), ...shortened(problemLines(problems)))
  if (leftovers.length > 0)
    lines.push('', paint('bold', 'Still gives access'), ...leftovers.map(leftoverLine))
  if (leftovers.some(isSomebodys)) lines.push(WAY_OUT)
  for (const warning of warnings) lines.push('', paint('yellow', `Warning: ${printable(warning)}`))
  if (tokens !== undefined) lines.push('', tokensLine(tokens))
  if (brokenOff !== undefined) lines.push('', paint('red', renderError(brokenOff)))
  lines.push(
    '',
    `Finished in ${seconds.toFixed(1)} s with ${counted(traffic.execs, 'SSH exec')} and ` +
      `${counted(traffic.requests, 'API request')}`,
  )
  const width = Math.max(...[...targets.keys()].map((name) => name.length))
  for (const [name, counts] of targets) {
    const numbers = Object.entries(counts).map(([column, count]) => `${column}=${count}`)
    lines.push(`${name.padEnd(width)}  ${numbers.join(' ')}`)
  }
  return lines
}

const MOST_PROBLEMS = 40

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= MOST_PROBLEMS
    ? lines
    : [
        ...lines.slice(0, MOST_PROBLEMS),
        `  and ${lines.length - MOST_PROBLEMS} more (--output json names all)`,
      ]

/** A lost host would repeat the same sentence for everything on it: equal reasons are said once. */
const problemLines = (problems: Recap['problems']): string[] => {
  const byReason = Map.groupBy(problems, ({ action, outcome }) => {
    if (outcome.state === 'unreachable' || outcome.state === 'failed') return outcome.error
    return `${action.on.name} ${outcome.state === 'skipped' ? outcome.reason : ''} ${action.change.hint ?? ''}`
  })
  return [...byReason.values()].map((same) => {
    const [{ action, outcome }] = same as [Recap['problems'][number]]
    const more = same.length > 1 ? ` (and ${same.length - 1} more on ${action.on.name})` : ''
    const subject = `${subjectOf(action)}${more}`
    const { op, hint, diffs } = action.change
    if (op === 'refuse') {
      const fields = diffs.map((diff) => `\n      ${renderDiff(diff)}`).join('')
      const refused = paint('red', `refused  ${subject}: ${printable(action.change.reason ?? '')}`)
      return `  ${refused}${fields}${hint === undefined ? '' : `\n      → ${multiline(hint)}`}`
    }
    if (outcome.state === 'skipped')
      return `  ${paint('yellow', `skipped  ${subject}: ${printable(outcome.reason)}`)}`
    if (outcome.state === 'done') return `  done     ${subject}`
    const word = outcome.state === 'failed' ? 'failed' : 'lost  '
    return `  ${paint('red', `${word}   ${renderError(outcome.error, subject)}`)}`
  })
}

const tokensLine = ({ users, soonest: { user, until, days } }: Tokens): string =>
  `Tokens that expire: ${users}; the first is that of ${printable(user)}, in ${counted(days, 'day')} (${dayOf(until)})`

const WAY_OUT =
  '  → list whoever left under retired in the inventory and run setup; --prune leaves the accounts'

const leftoverLine = ({ id, on, belongs, access, cure }: Leftover): string => {
  const whose = belongs.user ?? belongs.groups?.join(', ') ?? 'nobody'
  return `  ${subjectOf({ id, on })}: ${printable(`${whose} ${access}, which the inventory does not say; ${cure}`)}`
}

const EDIT_STYLES: Record<string, Style> = { '+': 'green', '-': 'red', '@': 'dim' }

/** A change of the inventory file as lines of a diff. */
export const renderEdit = (file: string, diff: readonly string[]): string[] => [
  printable(file),
  ...diff.map((line) => `  ${paint(EDIT_STYLES[line.charAt(0)] ?? 'reset', printable(line))}`),
  '',
]

/** The resources of a playbook under their steps, for `--list`. */
export const renderList = (resources: readonly Resource[]): string[] => {
  const rows = pad(
    resources.map(({ id, on, needs }) => [
      '  ',
      printable(id),
      on.name,
      printable(needs.length > 0 ? `after ${needs.map((need) => need.id).join(', ')}` : ''),
    ]),
  )
  const lines: string[] = []
  let title = ''
  resources.forEach(({ step }, index) => {
    if (step !== title) lines.push('', paint('bold', step))
    title = step
    lines.push(...rows[index]!)
  })
  return lines
}
