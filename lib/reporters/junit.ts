import type { Verdict } from '../audit/check.ts'
import { type Report, type Single, singly } from '../audit/report.ts'
import type { Outcome } from '../engine/outcome.ts'
import { type Action, isChange, type Plan } from '../engine/plan.ts'
import type { Recap } from '../engine/recap.ts'
import { VERIFY_LANGUAGES } from './audit-messages.ts'
import { shownSteps } from './audit-words.ts'
import type { Reporter } from './events.ts'
import { renderDiff, renderError } from './plan-text.ts'

/** A JUnit file on standard output: a suite per target, a case per resource; under `--check` drift is a failure. */
export const junitReporter = (): Reporter => {
  let plan: Plan | undefined
  let proof: Report | undefined
  return {
    on(event) {
      if (event.type === 'plan') plan = event.plan
      if (event.type === 'proof') proof = event.report
      if (event.type === 'error') console.error(renderError(event.error))
      if (event.type === 'report') console.log(junitReport(event.report))
      if (event.type === 'recap' && event.recap.brokenOff) console.error(renderError(event.recap.brokenOff))
      if (event.type === 'recap' && plan !== undefined) console.log(junit(plan, event.recap, proof))
    },
  }
}

/**
 * A report of checks as XML text: a suite per goal, a case per check and subject. What fails or cannot be told is no
 * success.
 */
export const junitReport = (report: Report): string => documentOf(report.effort.seconds, suitesIn(report))

const suitesIn = ({ goals, file }: Report): string[] =>
  goals.map(({ goal, title, found: all }) => {
    const rows = singly(all).map((one) => caseOf(one, file))
    return suiteOf(`Goal ${goal}: ${title}`, rows)
  })

const caseOf = (one: Single, file: string): string => {
  const { id, title } = one.check
  const name = [one.subject, one.thing].filter(Boolean).join(': ')
  const attributes = `classname=${attribute(`${id} ${title}`)} name=${attribute(name)}`
  return `    <testcase ${attributes}>${verdictOf(one, file)}</testcase>`
}

/** How a suite counts the cases that hold such a tag. */
const TALLIES = { failures: '<failure ', errors: '<error ', skipped: '<skipped ' }

const suiteOf = (name: string, cases: readonly string[]): string => {
  const counts = Object.entries(TALLIES).map(
    ([key, tag]) => ` ${key}="${cases.filter((one) => one.includes(tag)).length}"`,
  )
  const head = `  <testsuite name=${attribute(name)} tests="${cases.length}"${counts.join('')}>`
  return [head, ...cases, '  </testsuite>'].join('\n')
}

const documentOf = (seconds: number, suites: readonly string[]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites time="${seconds.toFixed(3)}">`,
    ...suites,
    '</testsuites>',
  ].join('\n')

const VERDICTS: Record<Verdict, [tag: string, word: string] | undefined> = {
  pass: undefined,
  fail: ['failure', ''],
  unknown: ['error', 'cannot tell: '],
  gap: ['skipped', 'known gap: '],
  notice: ['skipped', 'notice: '],
  untested: ['skipped', 'not tested: '],
}

const verdictOf = ({ verdict, says, repair, host }: Single, file: string): string => {
  const form = VERDICTS[verdict]
  if (form === undefined) return ''
  const [tag, word] = form
  const hosts = host === undefined ? [] : [host]
  const shown = shownSteps(repair, { words: VERIFY_LANGUAGES.en, file, hosts })
  const steps = shown.flatMap(({ words = [], command = [] }) => [words, command].flat())
  return `<${tag} message=${attribute(`${word}${says}`)}>${escaped(steps.join('\n'))}</${tag}>`
}

/** The report of a plan as XML text, and of what was proved afterwards. */
export const junit = (
  { actions }: Plan,
  { mode, problems, targets, seconds }: Recap,
  proof?: Report,
): string => {
  const outcomes = new Map(problems.map(({ action, outcome }) => [action.key, outcome]))
  const suites = [...targets.keys()].map((name) => {
    const rows = actions
      .filter(({ on }) => on.name === name)
      .map((action) => {
        const body = bodyOf(action, outcomes.get(action.key), mode === 'check')
        const head = `    <testcase classname=${attribute(action.step)} name=${attribute(action.id)}`
        return body === '' ? `${head}/>` : `${head}>${body}</testcase>`
      })
    return suiteOf(name, rows)
  })
  return documentOf(seconds, [...suites, ...(proof === undefined ? [] : suitesIn(proof))])
}

const bodyOf = (action: Action, outcome: Outcome | undefined, check: boolean): string => {
  const { change } = action
  if (change.op === 'refuse')
    return `<failure message=${attribute(`refused: ${change.reason}; ${change.hint}`)}/>`
  if (outcome?.state === 'skipped') return `<skipped message=${attribute(outcome.reason)}/>`
  if (outcome?.state === 'unreachable') return `<error message=${attribute(outcome.error.message)}/>`
  if (outcome?.state === 'failed') return `<failure message=${attribute(outcome.error.message)}/>`
  if (!check || !isChange(action)) return ''
  const diffs = change.diffs.map((diff) => renderDiff(diff, 400)).join('\n')
  const says = ['drift', change.op, ...(change.reason ? [change.reason] : [])].join(': ')
  return `<failure message=${attribute(says)}>${escaped(diffs)}</failure>`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

const escaped = (text: string): string =>
  text.replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd').replace(/[&<>"\n]/g, (one) => ENTITIES[one]!)

const attribute = (text: string): string => `"${escaped(text)}"`
