import * as assert from 'uvu/assert'
import { runOn, TAMPERINGS } from '../../sandbox/tampering.ts'
import { forgetDocument } from '../support/document.ts'
import { runPlaybook } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('drift', { seconds: 120 })
const INVENTORY = 'inventory/sandbox.ts'

it.before(async () => {
  await sandbox()
  const { code, stderr } = await runPlaybook('setup', INVENTORY)
  assert.is(code, 0, stderr)
})

it('is not there after setup', async () => {
  const { code, changes } = await runPlaybook('setup', INVENTORY, '--check')
  assert.equal(
    changes.map(({ id }) => id),
    [],
  )
  assert.is(code, 0)
})

for (const { sentence, on, script, resource, field } of TAMPERINGS)
  it(`is found, named and corrected when ${sentence}`, async () => {
    await runOn(on, script, await sandbox())
    const check = await runPlaybook('setup', INVENTORY, '--check')
    assert.is(check.code, 2, check.summary)
    const found = check.changes.find(
      ({ id, on: target }) => id === resource && (target === on || on === 'cluster'),
    )
    assert.ok(found, `${resource} is not planned, but ${check.changes.map(({ id }) => id)}`)
    const fields = found.change.diffs.map((diff) => diff.field)
    assert.ok(
      fields.some((name) => name.includes(field)),
      `${field} is not named in ${fields}`,
    )

    const corrected = await runPlaybook('setup', INVENTORY)
    assert.is(corrected.code, 0, corrected.summary)
    const again = await runPlaybook('setup', INVENTORY, '--check')
    assert.equal(
      again.changes.map(({ id }) => id),
      [],
    )
    assert.is(again.code, 0)
  })

// Other tests set up the same table under another inventory's name.
it.after(async () => forgetDocument('sandbox', await sandbox()))

it.run()
