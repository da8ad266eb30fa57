import type { Language } from '../base/language.ts'
import { printable } from '../base/printable.ts'
import { readableQuantities, readableQuantity } from '../base/quantity.ts'
import { quote } from '../base/shell.ts'
import type { AccountsFrom } from '../conventions/names.ts'
import { isInBytes, shareOf } from '../kube/quota.ts'
import type { QuotaUse } from '../kube/quota-use.ts'
import type { Drift } from '../survey/drift.ts'
import type { JobCounts } from '../survey/jobs.ts'
import type { Limits, ShareRow } from '../survey/share.ts'
import type { GroupStanding, TenantsReport, UserStanding } from '../survey/standing.ts'
import { paint, renderError } from './plan-text.ts'
import { type Messages, SURVEY_LANGUAGES } from './survey-messages.ts'
import { table } from './table.ts'

/** Everything in the words of a language, for whatever shows it: two rows for each group, one for each user. */
export const tenantsInWords = (report: TenantsReport, language: Language) => {
  const words: Messages = SURVEY_LANGUAGES[language]
  const { inventory, file, isolation, at, groups, users, shared, sums = [], held, problems, traffic } = report
  const columns: readonly Column[] = groups.some(hasMore) ? [...COLUMNS, MORE] : COLUMNS
  return {
    words,
    title: words.title(inventory),
    about: words.about(isolation, at.slice(0, 16).replace('T', ' ')),
    groupHead: [
      words.group,
      '',
      words.userList,
      ...columns.map((column) => (column === MORE ? words.more : HEADS[column])),
      words.volumes,
      words.jobs,
      words.drift,
    ],
    groups: groups.map(({ name, linuxGroup, wanted, actual, same, jobs, drift }) => ({
      differs: !same || isOdd(drift),
      wanted: [
        nameInWords(name, linuxGroup, words),
        words.wanted,
        ...shareInWords(wanted, columns, words),
        '',
        '',
      ],
      actual: [
        '',
        words.actual,
        ...shareInWords(actual, columns, words),
        jobsInWords(jobs, words),
        !same && drift.count === 0 ? words.differs : driftInWords(drift, words),
      ],
    })),
    sumHead: [words.resource, words.given, words.onNodes],
    /** What all groups are given of each thing; marked where it is more than there is. */
    sums: sums.map(({ name, given, offered, isTooMuch }) => ({
      isTooMuch,
      cells: [
        isInBytes(name) ? `${name} (GiB)` : name,
        `${given}`,
        offered === undefined ? words.byClass : `${offered}`,
      ],
    })),
    quotaHead: [words.group, words.resource, words.used, words.of, ''],
    userHead: [words.user, words.group, words.jobs, words.age, words.lastUsed, words.left, words.drift],
    users: users.map((user) => ({ differs: isOdd(user.drift), cells: userCells(user, words) })),
    /** What is not as wanted, after whose it is. */
    differences: [...groups, ...users, { name: words.shared, drift: shared }].flatMap(({ name, drift }) => [
      ...drift.fields.map((field) => [name, field] as const),
      ...(drift.count > drift.fields.length
        ? [[name, `+ ${drift.count - drift.fields.length}`] as const]
        : []),
    ]),
    held: held.map(({ job, by = '', reason = words.noReason, wake }) => {
      const said = readableQuantities(reason)
      const why = wake === undefined ? said : words.freeAgain(said)
      return [job, by, why] as const
    }),
    /** Commands that wake those whose share is free again. */
    wakes: held.flatMap(({ wake }) => wake ?? []),
    /** What tells all that is not as wanted. */
    next: printable(words.next(quote(file))),
    problems: problems.map((problem) => renderError(problem)),
    effort: words.effort(traffic.execs, traffic.requests),
  }
}

const isOdd = ({ count, unknown }: Drift): boolean => count > 0 || unknown > 0

const COLUMNS = ['gpu', 'cpu', 'memory'] as const
const HEADS = { gpu: 'GPU', cpu: 'CPU', memory: 'MEM' } as const

/** The column of all other limits, where there are any. */
const MORE = 'more'

type Column = (typeof COLUMNS)[number] | typeof MORE

const othersIn = (limits: Limits): [string, string][] =>
  Object.entries(limits).filter(([name]) => !(name in HEADS))

const hasMore = ({ wanted, actual }: GroupStanding): boolean =>
  [wanted.limits, actual.limits ?? {}].some((limits) => othersIn(limits).length > 0)

const limitInWords = (limits: Limits, column: Column, words: Messages): string =>
  column === MORE
    ? othersIn(limits)
        .map(([name, amount]) => `${name} ${readableQuantity(amount)}`)
        .join(', ') || words.noLimit
    : readableQuantity(limits[column] ?? words.noLimit)

const shareInWords = (
  { users, limits, volumes }: Partial<ShareRow>,
  columns: readonly Column[],
  words: Messages,
): string[] => [
  users === undefined
    ? words.unknown
    : users
        .map(({ name, onlyOn }) => (onlyOn === undefined ? name : words.onlyOn(name, onlyOn.join(', '))))
        .join(' ') || words.none,
  ...columns.map((column) => (limits === undefined ? words.unknown : limitInWords(limits, column, words))),
  volumes === undefined ? words.unknown : volumes.join(' ') || words.none,
]

const jobsInWords = (jobs: JobCounts | undefined, words: Messages): string => {
  if (jobs === undefined) return words.unknown
  const there = (['running', 'held', 'done'] as const).filter((state) => jobs[state] > 0)
  return there.map((state) => words[state](jobs[state])).join(', ') || words.none
}

const driftInWords = ({ count, unknown }: Drift, words: Messages): string => {
  if (count > 0) return words.drifted(count)
  return unknown > 0 ? words.unknown : words.asWanted
}

const nameInWords = (name: string, from: AccountsFrom | undefined, words: Messages): string =>
  from === 'directory' ? words.ofDirectory(name) : name

const userCells = (
  { name, accounts, groups, jobs, token, drift }: UserStanding,
  words: Messages,
): string[] => [
  nameInWords(name, accounts, words),
  groups.join(' '),
  jobsInWords(jobs, words),
  ...tokenCells(token, words),
  driftInWords(drift, words),
]

/** Age, last use and the days that are left. */
const tokenCells = (token: UserStanding['token'], words: Messages): string[] => {
  if (typeof token === 'string') {
    const word = words[token]
    return [word, word, word]
  }
  const { age, lastUsed, left } = token
  return [
    age === undefined ? words.unknown : words.days(age),
    lastUsed === 'never' || lastUsed === 'unknown' ? words[lastUsed] : lastUsed,
    left === undefined ? words.endless : left < 0 ? words.expired : words.days(left),
  ]
}

const INDENT = '  '

/** The report for a terminal of some width; without one, nothing is wrapped. */
export const renderTenants = (
  report: TenantsReport,
  language: Language,
  { verbose = false, width = process.stdout.columns } = {},
): string[] => {
  const told = tenantsInWords(report, language)
  const { words } = told
  const rows = (
    content: readonly (readonly string[])[],
    styleOf: (row: number) => Style | undefined = () => undefined,
  ): string[] =>
    table(content, width === undefined ? undefined : width - INDENT.length).flatMap((lines, row) => {
      const style = styleOf(row)
      return lines.map((line) => `${INDENT}${style === undefined ? line : paint(style, line)}`)
    })
  const part = (title: string, content: readonly string[]): string[] =>
    content.length === 0 ? [] : ['', paint('bold', title), ...content]
  const headed = (row: number, differs: boolean | undefined): Style | undefined =>
    row === 0 ? 'dim' : differs ? 'yellow' : undefined
  const all = report.groups.flatMap((group) => group.quotas)
  const quotas = all.filter((quota) => verbose || isTelling(quota))
  return [
    paint('bold', told.title),
    told.about,
    ...part(
      words.groups,
      rows([told.groupHead, ...told.groups.flatMap(({ wanted, actual }) => [wanted, actual])], (row) =>
        headed(row, row % 2 === 0 && told.groups[row / 2 - 1]?.differs),
      ),
    ),
    ...part(
      words.quotas,
      rows(
        [
          told.quotaHead,
          ...quotas.map((quota) => [
            quota.group,
            quota.key,
            usedInWords(quota, words),
            readableQuantity(quota.hard),
            bar(quota.share),
          ]),
        ],
        (row) => headed(row, (quotas[row - 1]?.share ?? 0) >= 1),
      ),
    ),
    ...(quotas.length < all.length ? [`${INDENT}${words.quiet(all.length - quotas.length)}`] : []),
    ...part(
      words.sums,
      told.sums.length === 0
        ? []
        : rows([told.sumHead, ...told.sums.map(({ cells }) => cells)], (row) =>
            headed(row, told.sums[row - 1]?.isTooMuch),
          ),
    ),
    ...part(
      words.users,
      rows([told.userHead, ...told.users.map(({ cells }) => cells)], (row) =>
        headed(row, told.users[row - 1]?.differs),
      ),
    ),
    ...part(words.heldJobs, rows(told.held)),
    ...told.wakes.map((command) => `${INDENT}→ ${command}`),
    ...(told.wakes.length > 0 ? [`${INDENT}${words.wake}`] : []),
    ...part(
      words.differences,
      rows(told.differences, () => 'yellow'),
    ),
    ...(told.differences.length > 0 ? [`${INDENT}→ ${told.next}`] : []),
    ...part(
      words.problems,
      told.problems.map((problem) => `${INDENT}${paint('red', problem)}`),
    ),
    '',
    told.effort,
  ]
}

/** How much of a quota is in use. */
export const usedInWords = ({ used, counted }: QuotaUse, words: Messages): string =>
  counted ? readableQuantity(used) : words.uncounted

/** What the inventory limits; counts of objects, which protect the API server, once they come near. */
const isTelling = ({ key, share, counted }: QuotaUse): boolean =>
  !counted || shareOf(key)?.resource !== undefined || key.startsWith('limits.') || share >= 0.5

type Style = Parameters<typeof paint>[0]

const BAR = 10

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, share) * BAR)
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${Math.round(share * 100)} %`
}
