import type * as z from 'zod'
import { punctuationMeant } from './chinese-punctuation.ts'

/** What is wrong with a value, and the next step for whoever wrote it. */
export interface Mistake {
  reason: string
  hint: string
}

/** Judges one value by itself; undefined means that nothing is wrong. */
export type Rule<T> = (value: T) => Mistake | undefined

/** A rule as a refinement of a schema, its next step in `params.hint` of the issue. */
export const obeys =
  <T>(rule: Rule<T>) =>
  (value: T, context: z.RefinementCtx<T>): void => {
    const mistake = rule(value)
    if (mistake === undefined) return
    context.addIssue({ code: 'custom', message: mistake.reason, params: { hint: mistake.hint } })
  }

/** A value as messages quote it: on one line, at most 60 characters. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** A rule that a pattern expresses. */
export const matches =
  (pattern: RegExp, reason: string, hint: string): Rule<string> =>
  (value) =>
    pattern.test(value) ? undefined : { reason: `${shown(value)} ${reason}`, hint }

/** A text that is not empty and stays on one line. */
export const oneLine: Rule<string> = (value) => {
  if (value.trim() === '') return { reason: 'is empty', hint: 'write it, or leave the field out' }
  return matches(
    /^\P{Cc}*$/u,
    'holds a line break or another control character',
    'keep it on one line',
  )(value)
}

/** A list with something in it. */
export const notEmpty =
  (hint: string): Rule<readonly unknown[]> =>
  ({ length }) =>
    length > 0 ? undefined : { reason: 'is empty', hint }

/** The choice that a misspelt word most likely means; undefined when none is near. */
export const nearest = (word: string, choices: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1
  for (const choice of choices) {
    const distance = editDistance(word.toLowerCase(), choice.toLowerCase())
    if (distance >= least) continue
    least = distance
    best = choice
  }
  return best
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row.at(-1)!
}

/** A next step for a name that is not among the choices. */
export const chooseFrom = (word: string, choices: readonly string[], none = 'there are none yet'): string => {
  if (choices.length === 0) return none
  const meant = nearest(word, choices)
  const list = `choose from ${choices.slice(0, 20).join(', ')}${choices.length > 20 ? ', …' : ''}`
  const typed = punctuationMeant(word)
  if (typed !== undefined) return `${typed}; ${list}`
  return meant === undefined ? list : `did you mean ${meant}? ${list}`
}
