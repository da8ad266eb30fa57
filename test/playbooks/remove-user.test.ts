import * as assert from 'uvu/assert'
import { AutomationError } from '../../lib/base/errors.ts'
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

it.run()
