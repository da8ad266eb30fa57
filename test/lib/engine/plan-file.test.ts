import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { Secret } from '../../../lib/base/secret.ts'
import type { Plan } from '../../../lib/engine/plan.ts'
import { holdTo, mustBeOf } from '../../../lib/engine/plan-ceiling.ts'
import { readPlan, type SavedPlan, savedFrom, writePlan } from '../../../lib/engine/plan-file.ts'
import { type PlanScope, type ScopeInput, scopeOf } from '../../../lib/engine/plan-scope.ts'
import { refuse } from '../../../lib/resource/type.ts'
import { action, planOf } from '../../support/action.ts'
import { failsWith } from '../../support/errors.ts'
import { suite } from '../../support/suite.ts'

const it = suite('plan files')

const run: ScopeInput = {
  playbook: 'setup',
  inventory: {
    name: 'prod',
    isolation: 'document',
    cluster: { name: 'cluster', context: 'admin@prod', kubeconfig: '/root/.kube/config' },
    hosts: [
      { name: 'client01', address: '10.0.0.97', connection: 'ssh', user: 'root', port: 22 },
      { name: 'client02', address: '10.0.0.98', connection: 'ssh' },
    ],
  },
  server: 'https://10.0.0.1:6443',
  selection: {},
  prune: false,
}
const scope = scopeOf(run)

const shell = (from: string, to = '/bin/bash') =>
  action('linux-user/bob', { op: 'update', diffs: [{ field: 'shell', from, to }] })
const created = action('linux-user/tom', { op: 'create', diffs: [{ field: 'uid', to: 20002 }] })
const removed = action('kubeconfig/eve', { op: 'remove' })

/** What was saved, as it comes back from a file. */
const saved = (...of: Parameters<typeof planOf>): SavedPlan =>
  JSON.parse(JSON.stringify(savedFrom(planOf(...of), scope)))

/** What is not needed any more, or why the plan is refused. */
const held = (
  to: SavedPlan,
  plan: Plan,
  { scope: now = scope, edit = [] }: { scope?: PlanScope; edit?: readonly string[] } = {},
): string => {
  try {
    mustBeOf(to, now)
    return holdTo(to, plan, edit)
      .map(({ id }) => id)
      .join()
  } catch (error) {
    assert.ok(error instanceof AutomationError)
    assert.is(error.exitCode, 4)
    return error.reason
  }
}

it('takes the same again', () =>
  assert.is(held(saved(shell('/bin/sh'), created), planOf(shell('/bin/sh'), created)), ''))

it('takes less, and says what is not needed any more', () => {
  const kept = action('linux-user/bob')
  assert.is(held(saved(shell('/bin/sh'), created, removed), planOf(kept, created, removed)), 'linux-user/bob')
  assert.is(held(saved(shell('/bin/sh'), removed), planOf(kept)), 'linux-user/bob,kubeconfig/eve')
})

const away = {
  because: 'unreachable',
  error: new AutomationError({ code: 'unreachable', message: 'gone' }),
} as const
const waits = { because: 'needs', needs: 'namespace/dev1 on cluster', lacks: 'refused' } as const

for (const [sentence, plan] of [
  ['cannot be reached', planOf(action('linux-user/bob', {}, { hindrance: away }))],
  ['waits for something', planOf(action('linux-user/bob', { op: 'update' }, { hindrance: waits }))],
  ['is refused now', planOf(action('linux-user/bob', refuse('uid 20001 is taken', 'free it')))],
] as const)
  it(`does not call unneeded what ${sentence}`, () => assert.is(held(saved(shell('/bin/sh')), plan), ''))

it('does not call unneeded a removal that was not seen or that this run leaves', () => {
  const lost = planOf(action('linux-user/bob', {}, { hindrance: away }))
  assert.is(held(saved(removed), lost), '')
  const left = { id: removed.id, on: removed.on, belongs: {}, cure: '--prune takes it away' }
  assert.is(held(saved(removed), { ...planOf(), leftovers: [left] }), '')
})

it('takes a part of one change: what is right already need not be made so', () => {
  const both = action('linux-user/bob', {
    op: 'update',
    diffs: [
      { field: 'shell', from: '/bin/sh', to: '/bin/bash' },
      { field: 'home mode', from: '0755', to: '0700' },
    ],
  })
  assert.is(held(saved(both), planOf(shell('/bin/sh'))), '')
})

for (const [sentence, plan, said] of [
  ['a change that was not planned', planOf(shell('/bin/sh'), created), 'linux-user/tom on client01: create '],
  [
    'another value from which',
    planOf(shell('/bin/false')),
    /shell "\/bin\/false" → "\/bin\/bash";.* "\/bin\/sh" → "\/bin\/bash"/,
  ],
  ['another value to which', planOf(shell('/bin/sh', '/bin/zsh')), 'shell "/bin/sh" → "/bin/zsh"'],
  [
    'another field',
    planOf(action('linux-user/bob', { op: 'update', diffs: [{ field: 'gecos', to: 'Bob' }] })),
    'gecos null → "Bob"',
  ],
  ['another kind of change', planOf(action('linux-user/bob', { op: 'remove', diffs: [] })), /update.*remove/],
  [
    'the same on another machine',
    planOf(action('linux-user/bob', { op: 'update', diffs: [] }, { on: { type: 'host', name: 'client02' } })),
    'linux-user/bob on client02: update ',
  ],
] as const)
  it(`refuses ${sentence}, and says which`, () => assert.match(held(saved(shell('/bin/sh')), plan), said))

const narrowed = (part: Partial<ScopeInput>) => scopeOf({ ...run, ...part })
const moved = (part: Partial<ScopeInput['inventory']>) =>
  narrowed({ inventory: { ...run.inventory, ...part } })
const [client01, client02] = run.inventory.hosts as [
  ScopeInput['inventory']['hosts'][number],
  ScopeInput['inventory']['hosts'][number],
]

for (const [sentence, now, said] of [
  ['another playbook', narrowed({ playbook: 'add-user' }), /playbook: setup .*add-user /],
  ['another inventory', moved({ name: 'test' }), /inventory: prod .*test /],
  ['another isolation', moved({ isolation: 'strict' }), /isolation: document .*strict /],
  [
    'another context',
    moved({ cluster: { ...run.inventory.cluster, context: 'admin@test' } }),
    /admin@prod at https:\/\/10\.0\.0\.1:6443.*admin@test at https:\/\/10\.0\.0\.1:6443/,
  ],
  [
    'another API server',
    narrowed({ server: 'https://10.0.0.2:6443' }),
    /cluster: admin@prod .*https:\/\/10\.0\.0\.2:6443/,
  ],
  [
    'another machine of the same name',
    moved({ hosts: [{ ...client01, address: '10.0.0.99' }, client02] }),
    /client01: root@10\.0\.0\.97:22.*root@10\.0\.0\.99:22/,
  ],
  ['a machine less', moved({ hosts: [client01] }), /client02: 10\.0\.0\.98/],
  ['a selection', narrowed({ selection: { users: ['tom', 'bob'] } }), /--user: .*bob,tom/],
  ['--prune', narrowed({ prune: true }), '--prune: '],
] as const)
  it(`refuses ${sentence}, whatever would be changed`, () =>
    assert.match(held(saved(), planOf(created), { scope: now }), said))

it('is the same for names in another order, and for machines outside of --limit', () => {
  const limit = ['cluster', 'client01']
  const one = narrowed({ selection: { limit } })
  const other = narrowed({
    selection: { limit: limit.toReversed() },
    inventory: { ...run.inventory, hosts: [client01] },
  })
  assert.equal(one, other)
})

it('refuses when what was planned is not asked for any more', () =>
  assert.match(held(saved(shell('/bin/sh')), planOf()), 'linux-user/bob on client01: update '))

it('holds the edit of the inventory file to what was planned, wherever in the file it is', () => {
  const plan = planOf()
  const eve = ['@@ -3,2 +3,3 @@', '   { name: "tom" },', '+  { name: "eve", uid: 20003 },']
  const withEdit = savedFrom(plan, scope, eve)
  assert.is(held(withEdit, plan, { edit: eve }), '')
  assert.is(held(withEdit, plan), '', 'written already')
  assert.is(held(withEdit, plan, { edit: ['@@ -9,2 +9,3 @@', '   { name: "ann" },', eve[2]!] }), '')
  const said = held(withEdit, plan, { edit: ['+  { name: "eve", uid: 20009 },'] })
  assert.match(said, '+  { name: "eve", uid: 20009 }')
  assert.match(said, '+  { name: "eve", uid: 20003 }')
  assert.match(held(saved(), plan, { edit: eve }), '{ name: "eve", uid: 20003 }')
})

it('compares what comes later by its name, and holds no secret', () => {
  const token = new Secret('token of bob', 'canary-token')
  const change = action('kubeconfig/bob', {
    op: 'update',
    diffs: [{ field: 'token', from: token, to: token }],
  })
  assert.not.match(JSON.stringify(saved(change)), 'canary')
  assert.is(held(saved(change), planOf(change)), '')
})

const inDirectory = async (during: (file: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-plan-'))
  try {
    await during(join(directory, 'plan.json'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

it('is a file that only its owner can read, and comes back as it was', () =>
  inDirectory(async (file) => {
    await writePlan(file, saved(created))
    assert.is((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await readPlan(file)).changes, saved(created).changes)
  }))

it('does not write through a link', () =>
  inDirectory(async (file) => {
    await writeFile(`${file}.other`, 'mine')
    await symlink(`${file}.other`, file)
    await writePlan(file, saved(created))
    assert.is(await readFile(`${file}.other`, 'utf8'), 'mine')
  }))

for (const [sentence, text, ...names] of [
  ['is empty', ''],
  ['is not JSON', 'shell: /bin/bash'],
  ['is other JSON', '{"users":[]}'],
  ['is of another version', '{"format":"arena-playbooks plan 0"}', '"arena-playbooks plan 0"'],
  ['has more in it', JSON.stringify({ ...saved(), more: 1 }), 'more'],
  [
    'has an operation that is none',
    JSON.stringify(saved(shell('/bin/sh'))).replace('"update"', '"refuse"'),
    'changes.0.op',
  ],
  ['breaks off', JSON.stringify(saved(created)).slice(0, -2)],
] as const)
  it(`is refused when it ${sentence}`, () =>
    inDirectory(async (file) => {
      await writeFile(file, text, { mode: 0o600 })
      assert.is((await failsWith(readPlan(file), 'usage', ...names)).exitCode, 64)
    }))

it('is refused when others could have changed it, when it is no file, and when it is not there', () =>
  inDirectory(async (file) => {
    await failsWith(readPlan(file), 'usage', 'ENOENT')
    await writePlan(file, saved())
    for (const mode of [0o666, 0o620]) {
      await chmod(file, mode)
      await failsWith(readPlan(file), 'usage', file)
    }
    await chmod(file, 0o600)
    await symlink(file, `${file}.link`)
    for (const odd of [`${file}.link`, '/dev/null', tmpdir()]) await failsWith(readPlan(odd), 'usage', odd)
  }))

it('cannot be written where there is no directory, and leaves nothing behind', () =>
  inDirectory(async (file) => {
    await failsWith(writePlan(join(file, 'plan.json'), saved()), 'usage', 'ENOENT')
    await mkdir(file)
    await failsWith(writePlan(file, saved()), 'usage', 'EISDIR')
    assert.equal(await readdir(dirname(file)), ['plan.json'])
  }))

it.run()
