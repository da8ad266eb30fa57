import fc from 'fast-check'
import stringWidth from 'string-width'
import * as assert from 'uvu/assert'

import type { Verdict } from '../../../lib/audit/check.ts'
import { advise, MAKE_NEW_TOKENS, type Repair, RUN_SETUP } from '../../../lib/audit/repair.ts'
import {
  byCause,
  byRepair,
  type CheckedFinding,
  type Report,
  reportOf,
  type Single,
  singly,
  together,
} from '../../../lib/audit/report.ts'
import { cannotTell } from '../../../lib/audit/verdicts.ts'
import { languageOf } from '../../../lib/base/language.ts'
import { VERIFY_LANGUAGES } from '../../../lib/reporters/audit-messages.ts'
import { htmlReport } from '../../../lib/reporters/audit-page.ts'
import { renderReport } from '../../../lib/reporters/audit-text.ts'
import { repairsBy } from '../../../lib/reporters/audit-words.ts'
import { piecesOf } from '../../../lib/reporters/json.ts'
import { junit, junitReport } from '../../../lib/reporters/junit.ts'
import { planOf } from '../../support/action.ts'
import { suite } from '../../support/suite.ts'

const it = suite('report')

const width = Number.POSITIVE_INFINITY

const found = (verdict: Verdict, more: Partial<CheckedFinding> = {}): CheckedFinding => ({
  verdict,
  subjects: ['bob'],
  says: `says ${verdict}`,
  check: { id: 'C2', goal: 3, title: 'Nobody reads' },
  ...more,
})

const report = (...all: CheckedFinding[]): Report =>
  reportOf(all, {
    inventory: 'prod',
    file: 'inventory/prod.ts',
    isolation: 'document',
    knows: { upTo: '1.37', server: '1.37' },
    effort: { seconds: 1, traffic: { execs: 1, requests: 9 }, computed: 1234, reviews: 5, attempts: 6 },
  })

it('is 1 when something fails, 3 when something cannot be told, and 0 with gaps and what is not tested', () => {
  assert.is(report(found('pass'), found('gap'), found('untested')).exitCode, 0)
  assert.is(report(found('pass'), found('unknown')).exitCode, 3)
  assert.is(report(found('unknown'), found('fail')).exitCode, 1)
  const bug = cannotTell('bob', new TypeError('x is undefined'))
  assert.is(report(found('fail'), { ...found('unknown'), ...bug }).exitCode, 70)
})

it('counts each finding once, and no pass beside a failure of the same check about the same subject', () => {
  const [goal] = report(
    found('pass'),
    found('pass'),
    found('fail'),
    found('pass', { subjects: ['tom'] }),
  ).goals
  assert.equal(goal!.counts, { pass: 1, fail: 1, unknown: 0, notice: 0, gap: 0, untested: 0 })
})

it('drops a pass about those alone for whom the rest did not pass', () => {
  const both = { subjects: ['bob', 'tom'] }
  const [goal] = report(found('pass', both), found('fail', { thing: 'get pods' }), found('pass', both)).goals
  assert.equal(
    goal!.found.map(({ verdict, subjects }) => [verdict, subjects]),
    [
      ['pass', ['tom']],
      ['fail', ['bob']],
    ],
  )
})

it('is told to programs a subject at a time, with its fields in their order', () => {
  const { goals } = report(found('fail', { subjects: ['bob', 'tom'], thing: 'get pods' }))
  const told = JSON.parse([...piecesOf({ goals })].join('')).goals[0].found
  assert.equal(
    told.map((one: object) => Object.entries(one).slice(0, 3)),
    ['bob', 'tom'].map((subject) => [
      ['verdict', 'fail'],
      ['subject', subject],
      ['says', 'says fail'],
    ]),
  )
  assert.equal(
    singly(goals[0]!.found).map(({ subject }) => subject),
    ['bob', 'tom'],
  )
})

it('is written as JSON a finding at a time', () => {
  const all = ['C1', 'C2', 'C3'].map((id) => found('fail', { check: { id, goal: 3, title: '","found":[]' } }))
  const { goals } = report(...all, found('fail', { check: { id: 'E1', goal: 4, title: '' } }))
  const pieces = [...piecesOf({ before: 1, report: { goals }, after: [] })]
  const told = JSON.parse(pieces.join(''))
  assert.equal(Object.keys(told), ['before', 'report', 'after'])
  assert.equal(
    told.report.goals.map((goal: { found: Single[] }) => goal.found.map(({ check }) => check.id)),
    [['C1', 'C2', 'C3'], ['E1']],
  )
  assert.is(Math.max(...pieces.map((piece) => piece.match(/"subject"/g)?.length ?? 0)), 1)
  assert.equal([...piecesOf({ at: 1, type: 'start' })], ['{"at":1,"type":"start"}'])
})

it('says the same words once, about all whom they are about', () => {
  const said = together([
    found('fail', { thing: 'list pods' }),
    found('fail', { thing: 'get pods' }),
    found('fail', { subjects: ['tom'], thing: 'get pods' }),
  ])
  assert.equal(
    said.map(({ subjects, things }) => [subjects, things]),
    [
      [['bob'], ['list pods', 'get pods']],
      [['tom'], ['get pods']],
    ],
  )
})

it('says each thing of each subject, whatever groups of them it is told of', () => {
  const words = fc.constantFrom('a', 'b', 'c')
  const some = fc.record({ subjects: fc.uniqueArray(words, { minLength: 1 }), thing: words })
  const pairsOf = (lines: readonly { subjects: readonly string[]; things: readonly string[] }[]): string[] =>
    lines.flatMap(({ subjects, things }) => subjects.flatMap((one) => things.map((thing) => one + thing)))
  const pairsIn = (all: readonly { subjects: string[]; thing: string }[]): string[] =>
    pairsOf(all.map(({ subjects, thing }) => ({ subjects, things: [thing] })))
  fc.assert(
    fc.property(fc.array(some), (all) => {
      const said = pairsOf(together(all.map((one) => found('fail', one))))
      assert.equal(said.toSorted(), [...new Set(pairsIn(all))].toSorted())
    }),
  )
})

const many = report(
  found('fail', { repair: 'kubectl delete rolebinding extra -n dev2', thing: 'list pods in dev2' }),
  found('gap', {
    subjects: ['tom'],
    says: 'hostPath is not stopped',
    repair: advise("set isolation: 'strict'"),
  }),
  found('pass', { check: { id: 'F1', goal: 4, title: 'Quotas' }, subjects: ['dev1'] }),
)

it('reads on a terminal: failures before known gaps, then what mends them, and the goals last', () => {
  const text = renderReport(many, { verbose: false, width }).join('\n')
  assert.match(text, /Goal 3 .*does NOT hold \(1 fail, 1 known gap\)/)
  assert.match(text, /Goal 4 .*holds \(1 pass\)/)
  assert.match(
    text,
    /FAIL {9}C2 {3}bob: says fail: list pods in dev2\n {6}→ kubectl delete rolebinding extra -n dev2/,
  )
  assert.not.match(text, 'says pass')
  const order = ['FAIL', 'known gap  ', '1 repair mends', 'Finished in', 'Goal 3', 'Goal 4']
  const at = order.map((word) => text.indexOf(word))
  assert.equal(
    at,
    at.toSorted((a, b) => a - b),
  )
  assert.ok(at[0]! >= 0 && text.split('\n').at(-1)!.startsWith('Goal 4'))
  assert.match(renderReport(many, { verbose: true, width }).join('\n'), 'says pass')
})

it('shows a command as it is run, and where in words beside it, on a terminal, on a page and in JUnit', () => {
  const told = report(
    found('fail', { subjects: ['client01'], host: 'client01', repair: 'there: rm /etc/nologin' }),
    found('fail', { subjects: ['client02'], host: 'client02', repair: 'there: rm /etc/nologin' }),
    found('fail', {
      subjects: ['bob on client02'],
      host: 'client02',
      says: 'reads it',
      repair: `there: rm '/tmp/a b'\nand ${MAKE_NEW_TOKENS}`,
    }),
    found('fail', { says: 'is not as wanted', repair: RUN_SETUP }),
    found('untested', { says: 'try it', repair: "there: runuser -l bob -c 'arena list'" }),
    found('untested', { says: 'no room', repair: advise('run verify again') }),
  )
  const commands = [
    'rm /etc/nologin',
    "rm '/tmp/a b'",
    'npx tsx playbooks/rotate-credentials.ts inventory/prod.ts --now',
    'npx tsx playbooks/setup.ts inventory/prod.ts',
    "runuser -l bob -c 'arena list'",
  ]
  const page = htmlReport(told)
  const blocks = [...page.matchAll(/<code>(.*?)<\/code>/gs)].map(([, text]) =>
    text!.replaceAll('&#x27;', "'").replaceAll('&lt;', '<'),
  )
  assert.equal([...new Set(blocks)].toSorted(), commands.toSorted())
  assert.not.match(page, '<code>run verify again')
  const lines = renderReport(told, { verbose: false, width }).map((line) => line.replace(/^[ →]+/, ''))
  for (const command of commands) assert.ok(lines.includes(command), `${command}:\n${lines.join('\n')}`)
  assert.is(lines.filter((line) => /client01.*client02.*root/.test(line)).length, 2, lines.join('\n'))
  const xml = junitReport(told)
  for (const text of [page, lines.join('\n'), xml]) assert.not.match(text, /there: |run setup: |<inventory>/)
  assert.match(xml, /on client01, as root:.*rm \/etc\/nologin</)
})

it('goes on under itself on a narrow terminal, and breaks neither commands nor verdicts', () => {
  const long = 'is given more than the inventory says, by a binding which nobody of the group has made'
  const command = `kubectl delete rolebinding ${'x'.repeat(60)} -n dev2` as const
  const narrow = report(
    found('fail', { says: long, repair: command }),
    found('gap', { says: long, repair: advise(long), closedBy: 'strict' }),
    found('gap', { check: { id: 'F1', goal: 4, title: 'Quotas' }, closedBy: 'strict' }),
  )
  for (const language of ['en', 'zh'] as const) {
    const lines = renderReport(narrow, { verbose: false, width: 60 }, language)
    const wide = lines.filter((line) => stringWidth(line) > 60)
    assert.equal([...new Set(wide.map((line) => line.replace(/^ *(→ )?/, '')))], [command])
    const said = VERIFY_LANGUAGES[language].goalVerdict('in-part', 'document')
    assert.ok(lines.some((line) => line.includes(said)))
    assert.ok(lines.some((line) => /^ {20}\S/.test(line)))
  }
})

it('keeps an entry for the inventory in one piece, in a line of its own where the terminal is narrow', () => {
  const one = found('fail', {
    trusted: { kind: 'ServiceAccount', namespace: 'default', name: 'intruder' },
    repair: 'kubectl delete rolebinding intr -n dev1',
  })
  for (const language of ['en', 'zh'] as const)
    for (const columns of [100, width]) {
      const lines = renderReport(report(one), { verbose: false, width: columns }, language)
      assert.equal(
        lines.filter((line) => stringWidth(line) > columns),
        [],
      )
      assert.is(lines.filter((line) => /trusted: \[\{.*reason: "…" \}\]\)$/.test(line)).length, 1)
    }
})

it('cannot be made to move the cursor or to run as markup', () => {
  const hostile = report(
    found('fail', { subjects: ['\u001b[2J<script>alert(1)</script>'], repair: advise('a\u0007"&<b>') }),
  )
  assert.not.match(renderReport(hostile, { verbose: true, width }).join(''), '\u001b[2J')
  const page = htmlReport(hostile)
  assert.not.match(page, '<script')
  assert.match(page, '&lt;script&gt;')
  assert.match(junitReport(hostile), /&lt;script&gt;/)
})

it('is JUnit with a suite per goal, in which gaps are skipped and what cannot be told is an error', () => {
  const xml = junitReport(
    report(found('fail'), found('unknown', { subjects: ['tom'] }), found('gap', { subjects: ['eve'] })),
  )
  assert.match(xml, /<testsuite name="Goal 3: [^"]+" tests="3" failures="1" errors="1" skipped="1">/)
  assert.match(xml, '<skipped message="known gap: says gap">')
})

it('stands in the JUnit of a run that it proves', () => {
  const recap = { mode: 'apply', problems: [], targets: new Map([['client01', {}]]), seconds: 1 }
  const of = (proof?: Report): string => junit(planOf(), recap as never, proof)
  assert.not.match(of(), 'Goal')
  const xml = of(report(found('fail')))
  assert.match(
    xml,
    /<testsuite name="client01" [^>]*>\s*<\/testsuite>\s*<testsuite name="Goal 3: [^"]+" tests="1" failures="1"/,
  )
  assert.is(xml.match(/<testsuites /g)?.length, 1)
})

it('is a page that needs nothing from elsewhere', () => {
  const page = htmlReport({
    ...many,
    access: {
      places: ['dev1'],
      rows: [{ user: 'bob', access: [{ role: 'member', beyond: 2, missing: 0 }] }],
    },
    quotas: [
      { group: 'dev1', key: 'requests.nvidia.com/gpu', used: '1', hard: '2', counted: true, share: 0.5 },
    ],
  })
  assert.not.match(page, /(src|href)=|url\(|@import/)
  for (const part of [
    'does NOT hold',
    'member: 2 too many',
    'width:50%',
    'kubectl delete rolebinding extra -n dev2',
  ])
    assert.match(page, part)
})

const OOPS = {
  binding: { kind: 'ClusterRoleBinding', name: 'oops' },
  role: { kind: 'ClusterRole', name: 'cluster-admin' },
} as const
const REPAIR = 'kubectl delete clusterrolebinding oops'

it('shows what one binding lets people do as one failure, with the number of rights and its repair once', () => {
  const by = (id: string, goal: 2 | 3, more: Partial<CheckedFinding> = {}): CheckedFinding =>
    found('fail', { check: { id, goal, title: id }, cause: OOPS, repair: REPAIR, ...more })
  const many = report(
    by('C2', 3, { thing: 'list pods' }),
    by('C0', 3, { rights: { count: 312, worst: ['impersonate users'] } }),
    by('D8', 2, { thing: 'sign signers' }),
    found('fail', { subjects: ['dev1'], repair: RUN_SETUP }),
    found('fail', { subjects: ['dev2'], says: 'something else', repair: RUN_SETUP }),
  )
  assert.equal(
    many.goals.map(({ counts }) => counts.fail),
    [1, 3],
  )
  assert.equal(many.repairs, [REPAIR, RUN_SETUP])
  const [line] = byCause(together(many.goals.flatMap(({ found }) => found))).filter(({ cause }) => cause)
  assert.equal(line!.ids.toSorted(), ['C0', 'C2', 'D8'])
  assert.equal([line!.subjects, line!.rights!.count], [['bob'], 312])
  const text = renderReport(many, { verbose: false, width }).join('\n')
  assert.is(text.split(`→ ${REPAIR}`).length, 2)
  assert.is(text.split('→ npx tsx playbooks/setup.ts inventory/prod.ts').length, 2)
  assert.match(text, '2 repairs mend')
})

it('groups all that one repair mends, and shows it once with them and once among all, on a page too', () => {
  const of = (subject: string, more: Partial<CheckedFinding> = {}) =>
    found('fail', { subjects: [subject], says: `says it of ${subject}`, ...more })
  const strict = advise("set isolation: 'strict'")
  const all = [
    of('bob', { repair: RUN_SETUP }),
    of('tom', { check: { id: 'K1', goal: 2, title: 'Homes' }, repair: REPAIR }),
    of('eve', { repair: RUN_SETUP }),
    of('amy'),
    of('dev1', { repair: RUN_SETUP }),
    of('joe'),
    found('gap', { repair: strict, says: 'x' }),
    found('gap', { repair: strict, says: 'y' }),
  ]
  assert.equal(
    byRepair(byCause(together(all))).map(({ lines, repair }) => [
      lines.map(({ subjects }) => subjects[0]),
      repair,
    ]),
    [
      [['bob', 'eve', 'dev1'], RUN_SETUP],
      [['tom'], REPAIR],
      [['amy'], undefined],
      [['joe'], undefined],
      [['bob', 'bob'], strict],
    ],
  )
  const page = htmlReport(report(...all))
  const times = (words: string): number => page.split(words).length - 1
  assert.equal([times('<code>'), times(REPAIR), times('playbooks/setup.ts')], [4, 2, 2])
  assert.is(times('set isolation'), 1)
  assert.is(times('<li class="fail">'), 4)
  for (const subject of ['bob', 'tom', 'eve', 'amy', 'dev1', 'joe'])
    assert.is(times(`says it of ${subject}`), 1)
})

it('shows what several repairs end with once among all, after what each of them begins with', () => {
  const of = (subject: string, repair: Repair) =>
    found('fail', { subjects: [subject], says: subject, repair })
  const all = report(
    of('bob', `there: rm /home/kim/notes\n${MAKE_NEW_TOKENS}`),
    of('tom', `there: chmod 0600 /opt/b.conf\n${MAKE_NEW_TOKENS}`),
    of('eve', `${RUN_SETUP}\nand copy it`),
    of('amy', RUN_SETUP),
  )
  const [runs] = repairsBy(VERIFY_LANGUAGES.en, all)
  assert.equal(
    runs!.steps.map(({ command, words }) => (command ?? words)!.replace(/^npx tsx playbooks\/|\.ts .*/g, '')),
    ['rm /home/kim/notes', 'chmod 0600 /opt/b.conf', 'rotate-credentials', 'setup', 'copy it', 'setup'],
  )
  assert.equal(
    all.repairs,
    [
      'there: rm /home/kim/notes',
      `there: chmod 0600 /opt/b.conf\n${MAKE_NEW_TOKENS}`,
      `${RUN_SETUP}\nand copy it`,
      RUN_SETUP,
    ],
    'the same for programs',
  )
  const same = (host: string, first: string): CheckedFinding => ({
    ...of(first, `there: ${first}\nthere: systemctl reload ssh`),
    host,
  })
  const there = report(same('client01', 'a'), same('client01', 'b'), same('client02', 'c'))
  assert.equal(there.repairs, [
    'there: a',
    'there: b\nthere: systemctl reload ssh',
    'there: c\nthere: systemctl reload ssh',
  ])
})

it('tells of those to whom one binding gives different rights whose the most are, and of all that are meant', () => {
  const to = (subject: string, count: number, says: string): CheckedFinding =>
    found('fail', {
      subjects: [subject],
      says,
      cause: OOPS,
      repair: REPAIR,
      rights: { count, worst: [`get ${subject}`] },
      trusted: { kind: 'User', name: subject },
    })
  const linesOf = (...all: CheckedFinding[]) => byCause(together(all))
  const [line, ...more] = linesOf(to('bob', 3, 'x'), to('tom', 9, 'x'), to('eve', 3, 'y'))
  assert.equal(more, [])
  assert.equal(line!.subjects.toSorted(), ['bob', 'eve', 'tom'])
  assert.equal([line!.rights!.count, line!.rightsOf], [9, ['tom']])
  assert.equal(line!.trusted.map(({ name }) => name).toSorted(), ['bob', 'eve', 'tom'])
  assert.not.match(line!.says, /^[xy]$/)
  const text = renderReport(report(to('bob', 3, 'x'), to('tom', 9, 'x')), { verbose: false, width }).join(
    '\n',
  )
  for (const words of ['up to 9', 'of tom', '{ kind: "User", name: "bob"', 'name: "tom"'])
    assert.match(text, words)
  const rights = { count: 9, worst: ['get pods'] }
  const [same] = linesOf({ ...to('bob', 9, 'x'), rights }, { ...to('tom', 9, 'x'), rights })
  assert.equal([same!.subjects, same!.says, same!.rightsOf], [['bob', 'tom'], 'x', undefined])
})

it('says of a goal that it holds only as far as the isolation promises, where another promises more', () => {
  const of = (...all: CheckedFinding[]): string[] => report(...all).goals.map(({ verdict }) => verdict)
  assert.equal(of(found('pass'), found('gap')), ['holds'])
  assert.equal(of(found('pass'), found('gap', { closedBy: 'strict' })), ['in-part'])
  assert.equal(of(found('unknown'), found('gap', { closedBy: 'strict' })), ['unknown'])
  assert.equal(of(found('fail'), found('unknown')), ['fails'])
  assert.equal(of(found('untested'), found('gap')), ['unknown'])
  assert.equal(of(found('untested'), found('pass', { subjects: ['tom'] })), ['holds'])
  assert.equal(of(found('notice'), found('gap')), ['unknown'], 'nothing passed')
  const partly = report(found('gap', { closedBy: 'strict' }))
  assert.match(
    renderReport(partly, { verbose: false, width }).at(-1)!,
    'only as far as isolation document promises',
  )
  assert.match(htmlReport(partly), /class="goal gap"/)
})

it('says goals, verdicts, headings and titles of checks in Chinese, on a terminal and on a page', () => {
  const text = renderReport(many, { verbose: false, width }, 'zh').join('\n')
  for (const words of [
    '失败',
    '已知缺口',
    '以下 1 条修复',
    '目标 3  没有人能查看或管理其他组的作业：不成立（1 失败，1 已知缺口）',
    '没有人读取或修改其他组的作业',
  ])
    assert.match(text, words)
  const page = htmlReport(many, 'zh')
  for (const words of ['<html lang="zh-CN">', '目标 3', '不成立', '已知缺口', '检查过的全部内容'])
    assert.match(page, words)
  assert.not.match(page, /Goal 3|Goals|Known gaps|Does not hold/)
})

it('takes the language of the shell, as far as it is one of ours', () => {
  assert.is(languageOf({ LANG: 'zh_CN.UTF-8' }), 'zh')
  assert.is(languageOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }), 'en')
  assert.is(languageOf({ LANG: 'de_DE.UTF-8' }), 'en')
  assert.is(languageOf({}), 'en')
})

it.run()
