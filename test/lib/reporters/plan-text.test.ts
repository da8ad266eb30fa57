import stringWidth from 'string-width'
import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { printable, untrusted } from '../../../lib/base/printable.ts'
import { Secret } from '../../../lib/base/secret.ts'
import { sh } from '../../../lib/base/shell.ts'
import { recap } from '../../../lib/engine/recap.ts'
import type { Event } from '../../../lib/reporters/events.ts'
import { plain } from '../../../lib/reporters/json.ts'
import { junit } from '../../../lib/reporters/junit.ts'
import { linesOf } from '../../../lib/reporters/lines.ts'
import { renderDiff, renderPlan, renderRecap, renderRoundTrip } from '../../../lib/reporters/plan-text.ts'
import { action, planOf } from '../../support/action.ts'
import { suite } from '../../support/suite.ts'

const it = suite('render')

const quiet = { diff: false, verbose: false }
const token = new Secret('token of dev1/bob', 'canary')

const plan = planOf(
  action('linux-user/bob', { op: 'update', diffs: [{ field: 'shell', from: '/bin/sh', to: '/bin/bash' }] }),
  action('linux-user/tom'),
  action('kubeconfig/bob', {
    op: 'update',
    diffs: [{ field: 'token', from: token, to: token }],
    after: ['service-account-token/dev1/bob'],
  }),
  action('linux-user/eve', {
    op: 'refuse',
    reason: 'uid 20009 is held by mallory',
    hint: 'rename one of them',
  }),
  action('role-binding/dev1/bob-member', { op: 'remove', reason: 'bob in group dev1 should not have it' }),
)

const textOf = (diff = false): string => renderPlan(plan, { ...quiet, diff }).join('\n')

it('says each change in a line: what, where, from what to what', () => {
  assert.match(textOf(), /~ linux-user\/bob +client01 {2}shell \/bin\/sh → \/bin\/bash/)
  assert.match(textOf(), /- role-binding\/dev1\/bob-member +client01 {2}bob in group dev1 should not have it/)
  assert.match(textOf(), 'after service-account-token/dev1/bob')
  assert.not.match(textOf(), 'linux-user/tom')
})

it('names what goes along with a thing that is taken away', () => {
  const diffs = ['one', 'two', 'three', 'four'].map((name) => ({
    field: 'dies with it',
    from: `TFJob ${name}`,
  }))
  const removal = action('departed-namespace/dev3', { op: 'remove', reason: 'the group is removed', diffs })
  assert.match(
    renderPlan(planOf(removal), quiet).join('\n'),
    'the group is removed: dies with it - TFJob one, dies with it - TFJob two, dies with it - TFJob three, 1 more',
  )
})

it('goes on under itself where the terminal ends, or below where there is little room', () => {
  const diffs = ['groups', 'mode', 'shell'].map((field) => ({ field, from: 'dev2,sudo', to: 'dev2' }))
  const long = planOf(
    action('linux-user/tom', { op: 'update', diffs }),
    action('kubeconfig/tom', { op: 'create' }),
  )
  const rows = (width: number): string[] => renderPlan(long, quiet, width).slice(2, -2)
  assert.equal(rows(72), [
    '  ~ linux-user/tom  client01  groups dev2,sudo → dev2, mode dev2,sudo →',
    '                              dev2, shell dev2,sudo → dev2',
    '  + kubeconfig/tom  client01',
  ])
  assert.equal(rows(44), [
    '  ~ linux-user/tom  client01',
    '      groups dev2,sudo → dev2, mode',
    '      dev2,sudo → dev2, shell dev2,sudo →',
    '      dev2',
    '  + kubeconfig/tom  client01',
  ])
  assert.equal(rows(Number.POSITIVE_INFINITY).length, 2)
})

it('takes Chinese as wide as it is', () => {
  const diffs = [{ field: 'gecos', from: '王，研究一组，平台', to: '王，研究二组，平台' }]
  const lines = renderPlan(planOf(action('linux-user/bob', { op: 'update', diffs })), quiet, 60)
  const rows = lines.filter((line) => /bob|组/.test(line))
  assert.ok(rows.length > 1 && rows.every((row) => stringWidth(row) <= 60), rows.join('\n'))
})

it('gives the next step with a refusal', () => {
  assert.match(textOf(), '→ rename one of them')
})

it('says in a line why something is unknown, and leaves the next step to the end', () => {
  const error = new AutomationError({
    code: 'refused',
    subject: 'client01',
    message: 'the machine has no tar',
    hint: 'install it',
  })
  const unread = action('linux-user/bob', {}, { hindrance: { because: 'unknown', error } })
  const lines = renderPlan(planOf(unread), quiet).filter((line) => line.includes('linux-user/bob'))
  assert.equal(
    lines.map((line) => line.replace(/^.*client01 +/, '')),
    ['unknown: the machine has no tar'],
  )
})

it('ends with what it adds up to', () => {
  assert.match(textOf(), /Plan: 2 to update \(~\), 1 to remove \(-\), 1 refused \(!\); 1 unchanged\.$/)
  assert.match(renderPlan(planOf(action('a')), quiet).join('\n'), 'Plan: nothing to do; 1 unchanged.')
})

it('shows a text of several lines as diff -u does, where every field is shown', () => {
  const [from, to] = ['a\nb\nc\nd\n', 'a\nb\nX\nd\n']
  const diffs = [
    { field: 'front', from, to },
    { field: 'mode', from: '1', to: '2' },
  ]
  const lines = renderPlan(planOf(action('a', { op: 'update', diffs })), { ...quiet, diff: true }).map(
    (line) => line.trim(),
  )
  assert.equal(lines.slice(-9, -2), ['front', '@@ -2,3 +2,3 @@', 'b', '-c', '+X', 'd', 'mode 1 → 2'])
})

it('shows a round trip: a script line by line with its secrets sealed, a request by method and path', () => {
  const script = sh`echo ${new Secret('token', 'word')}\nid`
  const lines = renderRoundTrip({ type: 'exec', host: 'client01', scripts: [{ title: 'accounts', script }] })
  assert.equal(lines, ['client01: accounts', '    echo «secret:token»', '    id'])
  assert.equal(renderRoundTrip({ type: 'request', method: 'GET', path: '/version' }), ['GET /version'])
})

it('shows secrets sealed, in text, JSON and JUnit', () => {
  const result = recap({
    mode: 'check',
    plan,
    outcomes: new Map(),
    targets: ['client01'],
    warnings: [],
    now: 0,
    issued: new Map(),
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also: [],
  })
  for (const text of [textOf(true), JSON.stringify({ plan, result }, plain), junit(plan, result)]) {
    assert.match(text, '«secret:token of dev1/bob»')
    assert.not.match(text, 'canary')
  }
})

it('lets nothing from outside move the cursor or reverse the text', () => {
  assert.is(printable('a\u001b[2Jb\n\u202ec\u0007'), 'a\\u001b[2Jb\\n\\u202ec\\u0007')
  assert.is(renderDiff({ field: 'gecos', from: '组\u001b[0m', to: 'x' }), 'gecos 组\\u001b[0m → x')
})

it('says a lost host once, not once for everything on it', () => {
  const error = new AutomationError({
    code: 'unreachable',
    subject: 'client02',
    message: 'connection refused',
    hint: 'is it up?',
  })
  const on = { type: 'host', name: 'client02' } as const
  const lost = ['a', 'b', 'c'].map((id) =>
    action(id, {}, { on, hindrance: { because: 'unreachable', error } }),
  )
  const result = recap({
    mode: 'apply',
    plan: planOf(...lost),
    outcomes: new Map(),
    targets: ['client02'],
    warnings: [],
    now: 0,
    issued: new Map(),
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also: [],
  })
  const text = renderRecap(result).join('\n')
  assert.is(text.split('connection refused').length, 2)
  assert.match(text, /and 2 more on client02/)
  assert.match(text, /client02 {2}ok=0 changed=0 failed=0 skipped=0 unreachable=3$/)
})

it('tells in one line when tokens expire', () => {
  const result = recap({
    mode: 'check',
    plan,
    outcomes: new Map(),
    targets: ['client01'],
    warnings: [],
    now: 1_795_478_400,
    issued: new Map([['bob', { from: 1_795_478_400, until: 1_803_254_400, asked: 7_776_000 }]]),
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also: [],
  })
  assert.match(
    renderRecap(result).join('\n'),
    'Tokens that expire: 1; the first is that of bob, in 90 days (2027-02-22)',
  )
})

it('writes JUnit in which drift is a failure under --check and names the fields', () => {
  const result = recap({
    mode: 'check',
    plan,
    outcomes: new Map(),
    targets: ['client01'],
    warnings: [],
    now: 0,
    issued: new Map(),
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also: [],
  })
  const xml = junit(plan, result)
  assert.match(xml, '<testsuite name="client01" tests="5" failures="4" errors="0" skipped="0">')
  assert.match(xml, 'shell /bin/sh → /bin/bash')
})

it('prints names that a host or the cluster chose without what would move the cursor', () => {
  const name = 'a\u001b[2Jb\nc'
  const change = { op: 'refuse', reason: name, hint: name, warnings: [name], after: [name] } as const
  const error = new AutomationError({ code: 'command', subject: name, message: name, hint: name })
  const actions = [
    action(name, change),
    action(name, {}, { hindrance: { because: 'needs', needs: name, lacks: 'refused' } }),
    action(name, { op: 'create' }),
  ]
  const leftover = {
    id: name,
    on: { type: 'host', name: 'client01' },
    belongs: { user: name },
    cure: name,
  } as const
  const result = recap({
    mode: 'apply',
    plan: { ...planOf(...actions), leftovers: [{ ...leftover, access: name }] },
    outcomes: new Map([[actions[2]!.key, { state: 'failed', error }]]),
    targets: ['client01'],
    warnings: [name],
    now: 0,
    issued: new Map(),
    seconds: 1,
    traffic: { execs: 1, requests: 1 },
    also: [],
  })
  const events: Event[] = [
    { type: 'plan', plan: planOf(...actions) } as Event,
    { type: 'change:end', action: actions[2]!, outcome: { state: 'failed', error } } as Event,
    { type: 'change:end', action: actions[2]!, outcome: { state: 'skipped', reason: name } } as Event,
    { type: 'error', error } as Event,
    { type: 'recap', recap: result } as Event,
    { type: 'note', text: name } as Event,
    { type: 'list', resources: [{ ...actions[2]!, needs: [actions[0]!] }] } as unknown as Event,
  ]
  const text = events.flatMap((event) => linesOf(event, { ...quiet, verbose: true })).join('\n')
  assert.ok(text.split('a\\u001b[2Jb').length > 15, text)
  assert.not.match(text, 'a\u001b')
})

it('looks at the beginning of what a host says without end, and shows no half of a secret', async () => {
  const secret = `${'0123456789'.repeat(300)}`
  await new Secret('long', secret).reveal()
  const flood = secret.repeat(30)
  assert.is(untrusted(flood), '«secret»'.repeat(Math.floor(65_536 / secret.length)))
  assert.is(untrusted(`${'a'.repeat(600)}${flood}`), `${'a'.repeat(499)}…`)
})

it.run()
