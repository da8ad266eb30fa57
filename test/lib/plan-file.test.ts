import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { AutomationError } from '../../lib/errors.ts'
import type { Plan } from '../../lib/plan.ts'
import { holdTo } from '../../lib/plan-ceiling.ts'
import { readPlan, type SavedPlan, savedFrom, writePlan } from '../../lib/plan-file.ts'
import { Secret } from '../../lib/secret.ts'
import { action, planOf } from '../support/action.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('plan files')

const about = { playbook: 'setup', inventory: 'prod' }

const shell = (from: string, to = '/bin/bash') =>
  action('linux-user/bob', { op: 'update', diffs: [{ field: 'shell', from, to }] })
const created = action('linux-user/tom', { op: 'create', diffs: [{ field: 'uid', to: 20002 }] })

/** What was saved, as it comes back from a file. */
const saved = (...of: Parameters<typeof planOf>): SavedPlan =>
  JSON.parse(JSON.stringify(savedFrom(planOf(...of), about)))

const held = (to: SavedPlan, plan: Plan, now: Partial<typeof about & { edit: string[] }> = {}): string => {
  try {
    const unneeded = holdTo(to, plan, { ...about, edit: [], ...now })
    return unneeded.map(({ id }) => id).join()
  } catch (error) {
    assert.ok(error instanceof AutomationError)
    assert.is(error.exitCode, 4)
    return error.reason
  }
}

it('takes the same again', () =>
  assert.is(held(saved(shell('/bin/sh'), created), planOf(shell('/bin/sh'), created)), ''))

it('takes less, and says what is not needed any more', () => {
  assert.is(held(saved(shell('/bin/sh'), created), planOf(created)), 'linux-user/bob')
  assert.is(held(saved(shell('/bin/sh')), planOf(action('linux-user/bob'))), 'linux-user/bob')
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
  [
    'a change that was not planned',
    planOf(shell('/bin/sh'), created),
    'linux-user/tom on client01: create was not planned',
  ],
  [
    'another value from which',
    planOf(shell('/bin/false')),
    'shell "/bin/false" → "/bin/bash"; planned was "/bin/sh" → "/bin/bash"',
  ],
  ['another value to which', planOf(shell('/bin/sh', '/bin/zsh')), 'shell "/bin/sh" → "/bin/zsh"'],
  [
    'another field',
    planOf(action('linux-user/bob', { op: 'update', diffs: [{ field: 'gecos', to: 'Bob' }] })),
    'gecos null → "Bob" was not planned',
  ],
  [
    'another kind of change',
    planOf(action('linux-user/bob', { op: 'remove', diffs: [] })),
    'update was planned, now it would be remove',
  ],
  [
    'the same on another machine',
    planOf(action('linux-user/bob', { op: 'update', diffs: [] }, { on: { type: 'host', name: 'client02' } })),
    'linux-user/bob on client02: update was not planned',
  ],
] as const)
  it(`refuses ${sentence}, and says which`, () => assert.match(held(saved(shell('/bin/sh')), plan), said))

it('refuses another playbook, another inventory and another edit of its file', () => {
  const plan = planOf()
  assert.match(
    held(saved(), plan, { playbook: 'add-user' }),
    'the plan is for setup, this run is for add-user',
  )
  assert.match(held(saved(), plan, { inventory: 'test' }), 'the plan is for prod, this run is for test')
  assert.match(held(saved(), plan, { edit: ['+ { name: eve }'] }), 'inventory file')
  const withEdit = savedFrom(planOf(), about, ['+ { name: eve }'])
  assert.is(held(withEdit, plan), '', 'written already')
  assert.is(held(withEdit, plan, { edit: ['+ { name: eve }'] }), '')
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

it('is refused when it is none, when others could have changed it, or when it is not there', () =>
  inDirectory(async (file) => {
    assert.match((await rejects(readPlan(file))).message, 'ENOENT')
    for (const text of [
      '',
      '{}',
      '{"format":"arena-playbooks plan 0"}',
      JSON.stringify({ ...saved(), more: 1 }),
    ]) {
      await writeFile(file, text, { mode: 0o600 })
      assert.match((await rejects(readPlan(file))).message, 'is not a plan of this version')
    }
    await writePlan(file, saved())
    await chmod(file, 0o666)
    assert.match((await rejects(readPlan(file))).message, 'could have been changed by others')
    await rm(file)
    await symlink('/dev/null', file)
    assert.match((await rejects(readPlan(file))).message, 'is not a plain file')
    assert.match((await rejects(writePlan('/no/such/plan.json', saved()))).message, 'ENOENT')
  }))

it.run()
