import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import type { Lack, Plan } from '../../../lib/engine/plan.ts'
import {
  JOBS,
  type Kind,
  type KubeObject,
  NODE,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
} from '../../../lib/kube/object.ts'
import { readAccounts } from '../../../lib/linux/accounts.ts'
import { readDirectory } from '../../../lib/linux/directory.ts'
import { SURVEY_LANGUAGES } from '../../../lib/reporters/survey-messages.ts'
import { tenantsPage } from '../../../lib/reporters/survey-page.ts'
import { renderTenants } from '../../../lib/reporters/survey-text.ts'
import { isAsWanted } from '../../../lib/survey/share.ts'
import { type Seen, tenantsReport } from '../../../lib/survey/standing.ts'
import { action, planOf } from '../../support/action.ts'
import { answersWith } from '../../support/answers.ts'
import { live } from '../../support/live.ts'
import { INVENTORY } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('tenants')

const NOW = new Date('2026-11-24T12:00:00Z')
const [TFJOB] = JOBS as [Kind]

const quota = (group: string, hard: Record<string, string>, used: Record<string, string>): KubeObject =>
  live(RESOURCE_QUOTA, `${group}/${group}-compute-resources`, { status: { hard, used } })

const job = (id: string, by: string, ...conditions: string[]): KubeObject =>
  live(
    TFJOB,
    id,
    { status: { conditions: conditions.map((type) => ({ type, status: 'True' })) } },
    { labels: { 'arena.kubeflow.org/uid': createHash('md5').update(by).digest('hex') } },
  )

const NOTHING = answersWith(() => '')

const BOB = 'system:serviceaccount:dev1:bob'

const OBJECTS: ReadonlyMap<Kind, readonly KubeObject[]> = new Map([
  [RESOURCE_QUOTA, [quota('dev1', { 'requests.nvidia.com/gpu': '1' }, { 'requests.nvidia.com/gpu': '1' })]],
  [PERSISTENT_VOLUME_CLAIM, [live(PERSISTENT_VOLUME_CLAIM, 'dev1/lost', { status: { phase: 'Lost' } })]],
  [
    TFJOB,
    [
      job('dev1/a', BOB, 'Created', 'Running'),
      job('dev1/b', BOB, 'Created'),
      job('dev1/c', 'ann', 'Succeeded'),
    ],
  ],
])

const machine = (accounts: string, directory = '') => ({
  accounts: readAccounts({ ...NOTHING, text: () => accounts }),
  directory: readDirectory({ ...NOTHING, text: () => directory }),
})

const CLIENT = machine('passwd:bob:x:20001:20001::/home/bob:/bin/bash\ngroup:dev1:10001:bob,ghost\n')

const seen = (plan: Plan = planOf(), more: Partial<Seen> = {}): Seen => ({
  inventory: INVENTORY,
  users: INVENTORY.users,
  groups: INVENTORY.groups,
  plan,
  items: (kind) => OBJECTS.get(kind) ?? [],
  machines: new Map([['client01', CLIENT]]),
  claims: () => undefined,
  now: NOW,
  problems: [],
  traffic: { execs: 1, requests: 2 },
  exitCode: 0,
  ...more,
})

it('puts what is beside what is wanted', () => {
  const [dev1, dev2] = tenantsReport(seen()).groups
  assert.equal(dev1!.wanted, { users: [{ name: 'bob' }], limits: { gpu: '1' }, volumes: [] })
  assert.ok(dev1!.same)
  assert.equal(dev2!.actual, { users: [], limits: {}, volumes: [] })
  assert.not(dev2!.same)
  assert.is(tenantsReport(seen()).exitCode, 2)
  assert.is(tenantsReport(seen(planOf(), { groups: [INVENTORY.groups[0]!] })).exitCode, 0)
  assert.equal(
    dev1!.quotas.map(({ share }) => share),
    [1],
  )
})

it('sums what all groups are given beside what worker nodes have, and says nothing where these were not read', () => {
  const nodes = [live(NODE, 'worker01', { status: { allocatable: { 'nvidia.com/gpu': '1' } } })]
  const report = tenantsReport(
    seen(planOf(), { items: (kind) => (kind === NODE ? nodes : (OBJECTS.get(kind) ?? [])) }),
  )
  const given = INVENTORY.groups.reduce((total, { quota: { gpu = 0 } }) => total + gpu, 0)
  assert.equal(report.sums![0], { name: 'gpu', given, offered: 1, isTooMuch: given > 1 })
  assert.match(renderTenants(report, 'en').join('\n'), new RegExp(`gpu +${given} +1\n`))
  assert.match(tenantsPage(report, 'zh'), SURVEY_LANGUAGES.zh.sums)
  const unread = tenantsReport(seen(planOf(), { items: (kind) => (kind === NODE ? undefined : []) }))
  assert.is(unread.sums, undefined)
})

it('takes no limit that the server does not enforce for one, and the smallest of several', () => {
  const gpus = (
    hard: string,
    used: Record<string, string> = { 'requests.nvidia.com/gpu': '0' },
  ): KubeObject => quota('dev1', { 'requests.nvidia.com/gpu': hard }, used)
  const limits = (...quotas: KubeObject[]) =>
    tenantsReport(seen(planOf(), { items: (kind) => (kind === RESOURCE_QUOTA ? quotas : []) })).groups[0]!
      .actual.limits
  assert.equal(limits(gpus('1', {})), {})
  assert.equal(limits(gpus('10'), gpus('9')), { gpu: '9' })
})

it('names the machine when somebody is not in their group everywhere', () => {
  const report = tenantsReport(
    seen(planOf(), {
      machines: new Map([
        ['client01', CLIENT],
        ['client02', machine('group:dev1:10001:\n')],
      ]),
    }),
  )
  assert.equal(report.groups[0]!.actual.users, [{ name: 'bob', onlyOn: ['client01'] }])
  assert.match(renderTenants(report, 'en').join('\n'), 'bob (only client01)')
})

/** bob of a directory, in a group of the machines and, where it says so, in one of the directory. */
const ofDirectory = (in2: string): Partial<Seen> => {
  const [bob, ...others] = INVENTORY.users
  const groups = INVENTORY.groups.map((one) =>
    one.name === 'dev2' ? { ...one, linuxGroup: 'directory' as const } : one,
  )
  const member = { ...bob!, accounts: 'directory' as const, groups: ['dev1', 'dev2'].map(memberOf) }
  const users = [member, ...others.map((one) => ({ ...one, groups: [memberOf('dev1')] }))]
  const line = 'directory:bob:hidden:20001:100::/home/bob:/bin/bash\n'
  const asked = `account:${line.slice('directory:'.length)}in:bob:100 10001${in2}\n`
  return {
    inventory: { ...INVENTORY, groups, users },
    users,
    groups,
    machines: new Map([['client01', machine(`group:dev1:10001:bob,tom\n${line}`, asked)]]),
  }
}

const memberOf = (group: string) => ({ group, role: 'member' })

it('counts whoever is in a group by a directory, and marks what comes from there', () => {
  const report = tenantsReport(seen(planOf(), ofDirectory(' 10002')))
  assert.equal(
    report.groups.map(({ actual }) => actual.users),
    [[{ name: 'bob' }], [{ name: 'bob' }]],
  )
  assert.equal(
    report.groups.map(({ linuxGroup }) => linuxGroup),
    [undefined, 'directory'],
  )
  assert.is(report.users[0]!.accounts, 'directory')
  for (const [language, marks] of [
    ['en', /bob \(directory\).*dev1 dev2/],
    ['zh', /bob（目录）.*dev1 dev2/],
  ] as const)
    assert.match(renderTenants(report, language).join('\n'), marks)
  const without = tenantsReport(seen(planOf(), ofDirectory('')))
  assert.equal(without.groups[1]!.actual.users, [])
})

it('calls nobody missing from a group of a directory that was not asked about them', () => {
  const few = tenantsReport(seen(planOf(), { ...ofDirectory(''), users: [] }))
  assert.is(few.groups[1]!.actual.users, undefined)
  assert.equal(few.groups[0]!.actual.users, [{ name: 'bob' }])
})

it('says of what could not be read that it is unknown, and ends with 3 or 1', () => {
  const lost = new AutomationError({ code: 'unreachable', subject: 'client01', message: 'did not answer' })
  const report = tenantsReport(
    seen(
      planOf(
        action(
          'linux-user/bob',
          {},
          { belongs: { user: 'bob' }, hindrance: { because: 'unreachable', error: lost } },
        ),
      ),
      { items: () => undefined, machines: new Map(), claims: () => 'unread', problems: [lost], exitCode: 3 },
    ),
  )
  assert.is(report.exitCode, 3)
  assert.equal(report.groups[0]!.actual, {})
  assert.equal([report.users[0]!.token, report.users[0]!.jobs], ['unknown', undefined])
  assert.equal(report.users[0]!.drift, { count: 0, unknown: 1, fields: [] })
  const text = renderTenants(report, 'en').join('\n')
  assert.match(text, /bob +dev1 +unknown +unknown +unknown +unknown +unknown/)
  assert.match(text, 'client01: did not answer')
  const forbidden = new AutomationError({ code: 'api', message: 'events is forbidden' })
  assert.is(tenantsReport(seen(planOf(), { problems: [forbidden], groups: [] })).exitCode, 1)
})

it('takes what rests on something unread for unknown, and what waits for something refused for a difference', () => {
  const update = { op: 'update', diffs: [{ field: 'token' }] } as const
  const needing = (lacks: Lack) =>
    planOf(
      action('kubeconfig/bob', update, {
        belongs: { user: 'bob' },
        hindrance: { because: 'needs', needs: 'x on cluster', lacks },
      }),
    )
  const driftOfBob = (lacks: Lack) => tenantsReport(seen(needing(lacks))).users[0]!.drift
  assert.equal(driftOfBob('unreachable'), { count: 0, unknown: 1, fields: [] })
  assert.equal(driftOfBob('refused'), {
    count: 1,
    unknown: 0,
    fields: ['kubeconfig/bob on client01: token'],
  })
})

it('shows counts of objects once they are half used, or when asked for more', () => {
  const counts = quota('dev1', { pods: '10', services: '10' }, { pods: '5', services: '4' })
  const report = tenantsReport(seen(planOf(), { items: (kind) => (kind === RESOURCE_QUOTA ? [counts] : []) }))
  const [few, all] = [false, true].map((verbose) => renderTenants(report, 'en', { verbose }).join('\n'))
  assert.match(few!, /dev1 +pods +5 +10/)
  assert.not.match(few!, /dev1 +services/)
  assert.match(few!, 'and 1 count of objects')
  assert.match(all!, /dev1 +services +4 +10/)
})

it('shows amounts as people write them, on a terminal and on a page', () => {
  const [memory, use] = ['10844792422400m', '1782579200m']
  const hard = { 'requests.memory': memory, 'requests.storage': memory }
  const used = { 'requests.memory': use, 'requests.storage': '0' }
  const counts = quota('dev1', hard, used)
  const report = tenantsReport(seen(planOf(), { items: (kind) => (kind === RESOURCE_QUOTA ? [counts] : []) }))
  report.held = [
    { job: 'dev1/a', reason: `exceeded quota: q, requested: limits.memory=${memory},used: pods=1` },
  ]
  for (const text of [renderTenants(report, 'en').join('\n'), tenantsPage(report, 'zh')]) {
    assert.not.match(text, /\d{9,}m/)
    assert.match(text, /actual.*10\.1Gi|实际.*10\.1Gi|<td>10\.1Gi/)
    assert.match(text, /limits\.memory(=|&#x3D;)10\.1Gi,used/)
  }
  assert.match(renderTenants(report, 'en').join('\n'), /requests\.memory +1\.7Mi +10\.1Gi/)
  assert.match(tenantsPage(report, 'en'), '<td>1.7Mi</td><td>10.1Gi</td>')
})

it('is only about those in the selection', () => {
  const [bob] = INVENTORY.users
  const { users, held } = tenantsReport(seen(planOf(), { users: [bob!] }))
  assert.equal(
    users.map(({ name }) => name),
    ['bob'],
  )
  assert.equal(
    held.map(({ job }) => job),
    ['dev1/b'],
  )
})

it('compares amounts by what they mean', () => {
  const share = { users: [], volumes: [], limits: { memory: '60Gi' } }
  assert.ok(isAsWanted(share, { ...share, limits: { memory: '61440Mi' } }))
  assert.not(isAsWanted(share, { ...share, limits: { memory: '60G' } }))
})

it('counts jobs for their group and for who submitted them', () => {
  const { groups, users } = tenantsReport(seen())
  assert.equal(groups[0]!.jobs, { running: 1, held: 1, done: 1 })
  assert.equal(users[0]!.jobs, { running: 1, held: 1, done: 0 })
  assert.equal(users[1]!.jobs, { running: 0, held: 0, done: 0 })
})

it('says of each user and group what is not as wanted', () => {
  const plan = planOf(
    action(
      'linux-user/bob',
      { op: 'update', diffs: [{ field: 'shell', from: 'a', to: 'b' }] },
      { belongs: { user: 'bob', groups: ['dev1'] } },
    ),
    action('resource-quota/dev1/x', { op: 'create' }, { belongs: { groups: ['dev1'] } }),
    action('linux-user/tom', {}, { belongs: { user: 'tom' } }),
    action('arena-client/current', { op: 'create' }),
    action('linux-user/eve', { op: 'update' }, { belongs: { user: 'eve' } }),
  )
  const { groups, users, shared } = tenantsReport(seen(plan))
  assert.equal(users[0]!.drift, { count: 1, unknown: 0, fields: ['linux-user/bob on client01: shell'] })
  assert.equal(users[1]!.drift, { count: 0, unknown: 0, fields: [] })
  assert.equal(groups[0]!.drift, {
    count: 1,
    unknown: 0,
    fields: ['resource-quota/dev1/x on client01: is missing'],
  })
  assert.is(shared.count, 2, 'what belongs to nobody here is not lost')
})

it('reads in both languages, with equal names, numbers and commands', () => {
  const report = tenantsReport(seen())
  const [english, chinese] = (['en', 'zh'] as const).map((language) =>
    renderTenants(report, language).join('\n'),
  )
  assert.match(english!, /dev1 +wanted +bob +1 +no limit/)
  assert.match(chinese!, /dev1 +期望 +bob +1 +不限制/)
  for (const text of [english, chinese]) assert.match(text!, 'requests.nvidia.com/gpu')
  assert.not.match(chinese!.replaceAll(/[a-z]+[.\-/][\w./-]+/g, ''), /wanted|actual|limit|jobs/)
})

it('is a page in each language that needs nothing from elsewhere', () => {
  for (const language of Object.keys(SURVEY_LANGUAGES) as (keyof typeof SURVEY_LANGUAGES)[]) {
    const page = tenantsPage(tenantsReport(seen()), language)
    assert.match(page, `lang="${language === 'zh' ? 'zh-CN' : 'en'}"`)
    assert.match(page, 'width:100%')
    assert.not.match(page, /(src|href)=|url\(|@import|<script/)
  }
})

it('the next step is a command with the file that was reported on', () => {
  const report = {
    ...tenantsReport(seen(planOf(action('namespace/dev1', { op: 'create' })))),
    file: 'my lab.ts',
  }
  for (const language of ['en', 'zh'] as const) {
    assert.match(renderTenants(report, language).join('\n'), "playbooks/setup.ts 'my lab.ts' --check")
    assert.match(tenantsPage(report, language), /playbooks\/setup\.ts (&#x27;|&#39;)my lab\.ts\1 --check/)
  }
})

it.run()
