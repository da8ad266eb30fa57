import stringWidth from 'string-width'
import { printable } from '../printable.ts'
import type { JobCounts } from '../tenants/jobs.ts'
import { LANGUAGES, type Language, type Messages } from '../tenants/messages.ts'
import {
  type Drift,
  type Share,
  sameShare,
  type TenantsReport,
  type UserStanding,
} from '../tenants/tenants.ts'
import { paint } from './render.ts'

/** The report in the words of a language, for whatever shows it. */
export interface TenantsInWords {
  words: Messages
  title: string
  about: string
  groups: readonly { differs: boolean; wanted: readonly string[]; actual: readonly string[] }[]
  users: readonly { drifted: boolean; cells: readonly string[]; fields: readonly string[] }[]
  groupHead: readonly string[]
  userHead: readonly string[]
  groupDrift: readonly string[]
  drifted: boolean
}

/** Everything in words: two rows for each group, one for each user. */
export const tenantsInWords = (report: TenantsReport, language: Language): TenantsInWords => {
  const words: Messages = LANGUAGES[language]
  const { inventory, isolation, at, groups, users } = report
  const share = ({ users: names, gpu, cpu, memory, volumes }: Share): string[] => [
    names.join(' ') || words.none,
    ...[gpu, cpu, memory].map((amount) => amount ?? words.noLimit),
    volumes.toSorted().join(' ') || words.none,
  ]
  return {
    words,
    title: words.title(inventory),
    about: words.about(isolation, at.slice(0, 16).replace('T', ' ')),
    groupHead: ['', words.group, words.userList, 'GPU', 'CPU', 'MEM', words.volumes, words.jobs, words.drift],
    groups: groups.map(({ name, wanted, actual, jobs, drift }) => ({
      differs: !sameShare(wanted, actual),
      wanted: [words.wanted, name, ...share(wanted)],
      actual: [words.actual, name, ...share(actual), jobsInWords(jobs, words), driftInWords(drift, words)],
    })),
    groupDrift: groups.flatMap(({ drift }) => drift.fields),
    userHead: [words.user, words.groups, words.jobs, words.age, words.lastUsed, words.left, words.drift],
    users: users.map((user) => ({
      drifted: user.drift.count > 0,
      cells: userCells(user, words),
      fields: user.drift.fields,
    })),
    drifted: [...groups, ...users].some(({ drift }) => drift.count > 0),
  }
}

const jobsInWords = ({ running, held, done }: JobCounts, words: Messages): string =>
  [
    running > 0 ? words.running(running) : '',
    held > 0 ? words.held(held) : '',
    done > 0 ? words.done(done) : '',
  ]
    .filter(Boolean)
    .join(', ') || words.none

const driftInWords = ({ count }: Drift, words: Messages): string =>
  count === 0 ? words.asWanted : words.drifted(count)

const userCells = ({ name, groups, jobs, token, drift }: UserStanding, words: Messages): string[] => [
  name,
  groups.join(' '),
  jobsInWords(jobs, words),
  token === undefined ? words.none : words.days(token.age),
  // Kubernetes writes it on Secrets only: of tokens that end, nobody knows.
  token?.lastUsed ?? (token === undefined || token.left !== undefined ? words.unknown : words.never),
  token === undefined ? words.none : token.left === undefined ? words.endless : words.days(token.left),
  driftInWords(drift, words),
]

/** Tables for a terminal, aligned by the width that characters really have. */
export const renderTenants = (report: TenantsReport, language: Language): string[] => {
  const told = tenantsInWords(report, language)
  const { words } = told
  const quotas = report.groups.flatMap(({ quotas }) => quotas)
  return [
    paint('bold', told.title),
    told.about,
    '',
    paint('bold', words.groups),
    ...table([told.groupHead, ...told.groups.flatMap(({ wanted, actual }) => [wanted, actual])], (row) =>
      row > 0 && row % 2 === 0 && told.groups[row / 2 - 1]!.differs ? 'yellow' : undefined,
    ),
    ...told.groupDrift.map((line) => `  ${paint('yellow', printable(line))}`),
    '',
    paint('bold', words.quotas),
    ...table(
      [
        [words.group, words.resource, words.used, words.of, ''],
        ...quotas.map(({ group, key, used, hard, share }) => [group, key, used, hard, bar(share)]),
      ],
      () => undefined,
    ),
    '',
    paint('bold', words.users),
    ...table([told.userHead, ...told.users.map(({ cells }) => cells)], (row) =>
      row > 0 && told.users[row - 1]!.drifted ? 'yellow' : undefined,
    ),
    ...told.users.flatMap(({ fields }) => fields.map((line) => `  ${paint('yellow', printable(line))}`)),
    ...(told.drifted ? ['', words.next] : []),
  ]
}

const BAR = 20

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, share) * BAR)
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round(share * 100)} %`
}

const table = (
  rows: readonly (readonly string[])[],
  styleOf: (row: number) => Parameters<typeof paint>[0] | undefined,
): string[] => {
  const safe = rows.map((row) => row.map(printable))
  const widths = safe[0]!.map((_, column) => Math.max(...safe.map((row) => stringWidth(row[column] ?? ''))))
  return safe.map((row, index) => {
    const line = row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - stringWidth(cell)))
      .join('  ')
      .trimEnd()
    const style = index === 0 ? 'dim' : styleOf(index)
    return style === undefined ? `  ${line}` : `  ${paint(style, line)}`
  })
}
