import * as assert from 'uvu/assert'
import { AutomationError } from '../../lib/base/errors.ts'
import { foreseen } from '../../lib/program/execute.ts'
import removeUser from '../../playbooks/remove-user.ts'
import { INVENTORY } from '../support/scene.ts'
import { suite } from '../support/suite.ts'

const it = suite('remove-user')
const BEFORE = { accounts: new Map(), tokens: [] }

const refused = (name: string): AutomationError => {
  try {
    removeUser.edits!(INVENTORY, { name } as never, BEFORE)
  } catch (error) {
    if (error instanceof AutomationError) return error
  }
  throw new Error('was not refused')
}

it('says, of a name that no list has, which list a deleted line goes into', () => {
  const { code, subject, hint } = refused('fay')
  assert.equal([code, subject], ['usage', '--name fay'])
  const [, entry] = /retired: \[(\{.+\})\]/.exec(hint ?? '') ?? []
  assert.match(entry ?? '', /^\{ name: "fay", uid: …, since: "\d{4}-\d{2}-\d{2}" \}$/)
})

it('retires a user whom the inventory has', () => {
  const edits = removeUser.edits!(INVENTORY, { name: 'bob' } as never, BEFORE)
  assert.equal(
    edits.map((edit) => [edit.do, edit.list]),
    [
      ['add', 'retired'],
      ['remove', 'users'],
    ],
  )
})

it('keeps where the home of whoever leaves is, when it is not where most are, and goes by it', () => {
  const [bob, ...others] = INVENTORY.users
  const entryOf = (home: string): object => {
    const inventory = { ...INVENTORY, users: [{ ...bob!, home }, ...others] }
    const [edit] = removeUser.edits!(inventory, { name: 'bob' } as never, BEFORE)
    assert.ok(edit?.do === 'add')
    return edit.entry
  }
  assert.is('home' in entryOf('/home/bob'), false)
  assert.is((entryOf('/data/people/bob') as { home: string }).home, '/data/people/bob')

  const retired = [
    { name: 'bob', uid: 20_001, home: '/data/people/bob', since: '2026-11-30', accounts: 'local' as const },
  ]
  const after = { ...INVENTORY, users: others, retired }
  const homes = (flags: object): unknown[] =>
    foreseen(removeUser as never, after, { name: 'bob', ...flags } as never).flatMap(({ type, want }) =>
      type.kind === 'departed-home' ? [(want as { home: string }).home] : [],
    )
  assert.equal([...new Set(homes({}))], ['/data/people/bob'])
  assert.equal([...new Set(homes({ homeDirectory: '/srv/bob' }))], ['/srv/bob'])
})

it.run()
