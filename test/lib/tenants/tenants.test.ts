import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import {
  JOBS,
  type Kind,
  type KubeObject,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
  ROLE_BINDING,
  TOKEN_SECRET,
} from '../../../lib/kube-object.ts'
import type { Plan } from '../../../lib/plan.ts'
import { renderTenants } from '../../../lib/reporters/tenants.ts'
import { tenantsPage } from '../../../lib/reporters/tenants-html.ts'
import { LANGUAGES } from '../../../lib/tenants/messages.ts'
import { type Seen, sameShare, tenantsReport } from '../../../lib/tenants/tenants.ts'
import { action, planOf } from '../../support/action.ts'
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

const token = (id: string, made: string, labels: Record<string, string> = {}): KubeObject =>
  live(
    TOKEN_SECRET,
    id,
    {},
    {
      creationTimestamp: made,
      labels,
      annotations: { 'kubernetes.io/service-account.name': id.split('/')[1]!.replace(/-token-\d+$/, '') },
    },
  )

const BOB = 'system:serviceaccount:dev1:bob'

const OBJECTS: ReadonlyMap<Kind, readonly KubeObject[]> = new Map([
  [RESOURCE_QUOTA, [quota('dev1', { 'requests.nvidia.com/gpu': '1' }, { 'requests.nvidia.com/gpu': '1' })]],
  [
    ROLE_BINDING,
    [live(ROLE_BINDING, 'dev1/bob-member', { subjects: [{ kind: 'ServiceAccount', name: 'bob' }] })],
  ],
  [PERSISTENT_VOLUME_CLAIM, [live(PERSISTENT_VOLUME_CLAIM, 'dev1/lost', { status: { phase: 'Lost' } })]],
  [
    TFJOB,
    [
      job('dev1/a', BOB, 'Created', 'Running'),
      job('dev1/b', BOB, 'Created'),
      job('dev1/c', 'ann', 'Succeeded'),
    ],
  ],
  [
    TOKEN_SECRET,
    [
      token('dev1/bob-token-1', '2026-10-01T00:00:00Z'),
      token('dev1/bob-token-2', '2026-11-14T12:00:00Z', {
        'kubernetes.io/legacy-token-last-used': '2026-11-23',
      }),
    ],
  ],
])

const seen = (plan: Plan = planOf(), more: Partial<Seen> = {}): Seen => ({
  inventory: INVENTORY,
  plan,
  items: (kind) => OBJECTS.get(kind) ?? [],
  tokenTimes: () => undefined,
  now: NOW,
  exitCode: 0,
  ...more,
})

it('puts what is beside what is wanted', () => {
  const [dev1, dev2] = tenantsReport(seen()).groups
  assert.equal(dev1!.wanted, { users: ['bob'], gpu: '1', cpu: undefined, memory: undefined, volumes: [] })
  assert.ok(sameShare(dev1!.wanted, dev1!.actual))
  assert.is(dev2!.actual.gpu, undefined, 'no quota there')
  assert.not(sameShare(dev2!.wanted, dev2!.actual))
  assert.equal(
    dev1!.quotas.map(({ share }) => share),
    [1],
  )
})

it('compares amounts by what they mean', () => {
  const share = { users: [], volumes: [], memory: '60Gi' }
  assert.ok(sameShare(share, { ...share, memory: '61440Mi' }))
  assert.not(sameShare(share, { ...share, memory: '60G' }))
})

it('counts jobs for their group and for who submitted them', () => {
  const { groups, users } = tenantsReport(seen())
  assert.equal(groups[0]!.jobs, { running: 1, held: 1, done: 1 })
  assert.equal(users[0]!.jobs, { running: 1, held: 1, done: 0 })
  assert.equal(users[1]!.jobs, { running: 0, held: 0, done: 0 })
})

it('tells age and last use of the newest token, and days left of one that ends', () => {
  assert.equal(tenantsReport(seen()).users[0]!.token, { age: 10, lastUsed: '2026-11-23' })
  const made = NOW.getTime() / 1000 - 3 * 86_400
  const ending = seen(planOf(), {
    items: () => [],
    tokenTimes: () => ({ made, ends: made + 90 * 86_400 }),
  })
  assert.equal(tenantsReport(ending).users[0]!.token, { age: 3, left: 87 })
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
  )
  const { groups, users } = tenantsReport(seen(plan))
  assert.equal(users[0]!.drift, { count: 1, fields: ['linux-user/bob on client01: shell'] })
  assert.equal(users[1]!.drift, { count: 0, fields: [] })
  assert.equal(groups[0]!.drift, { count: 1, fields: ['resource-quota/dev1/x on client01: create'] })
})

it('reads in both languages, with equal names, numbers and commands', () => {
  const report = tenantsReport(seen())
  const [english, chinese] = (['en', 'zh'] as const).map((language) =>
    renderTenants(report, language).join('\n'),
  )
  assert.match(english!, /wanted +dev1 +bob +1 +no limit/)
  assert.match(chinese!, /期望 +dev1 +bob +1 +不限制/)
  for (const text of [english, chinese]) assert.match(text!, /2026-11-23/)
  assert.not.match(chinese!.replaceAll(/[a-z]+[.\-/][\w./-]+/g, ''), /wanted|actual|limit|jobs/)
})

it('is aligned where characters are two columns wide', () => {
  const lines = renderTenants(tenantsReport(seen()), 'zh').filter((line) => /^ {2}(期望|实际)/.test(line))
  const columns = lines.map((line) => [...line.slice(0, line.indexOf('dev'))].length)
  assert.is(new Set(columns).size, 1)
})

it('is a page in each language that needs nothing from elsewhere', () => {
  for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
    const page = tenantsPage(tenantsReport(seen()), language)
    assert.match(page, `lang="${language === 'zh' ? 'zh-CN' : 'en'}"`)
    assert.match(page, 'width:100%')
    assert.not.match(page, /(src|href)=|url\(|@import|<script/)
  }
})

it.run()
