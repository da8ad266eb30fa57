import { type Finding, type Repair, sourceOf } from '../../lib/check.ts'

/**
 * What was found, a line for each subject, without the words in which people are told: verdict, subject, the names,
 * paths and numbers that it says, thing, grant, the isolation that closes it, and the repair, as in
 * `fail bob on client01 (/etc/subuid): tom (20002) → there: usermod --del-subuids 20000-20001 bob`.
 */
export const factsOf = ({ verdict, subjects, says, thing, cause, closedBy, repair }: Finding): string[] => {
  const data = (says.match(/[^\s()'"]*[\d/][^\s()'"]*/g) ?? []).map((one) => one.replace(/[,.:;]$/, ''))
  return subjects.map((subject) =>
    [
      `${verdict} ${subject}`,
      data.length === 0 ? '' : ` (${data.join(' ')})`,
      thing === undefined ? '' : `: ${thing}`,
      cause === undefined ? '' : ` by ${sourceOf(cause)}`,
      closedBy === undefined ? '' : ` [${closedBy}]`,
      repair === undefined ? '' : ` → ${inShort(repair)}`,
    ].join(''),
  )
}

/** Its commands as they are, playbooks by their names; what takes a person only as `advice`. */
const inShort = (repair: Repair): string => {
  const lines = typeof repair === 'string' ? repair.replaceAll(/: npx tsx .*/g, '').split('\n') : []
  return lines.filter((line) => !line.startsWith('and have ')).join(' ') || 'advice'
}
