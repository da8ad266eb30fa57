import * as assert from 'uvu/assert'
import { executePlaybook } from '../../lib/execute.ts'
import { loadInventory } from '../../lib/inventory/load.ts'
import { memoryReporter } from '../../lib/reporters/memory.ts'
import setup from '../../playbooks/setup.ts'
import { inventoryFile, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('library', { seconds: 60 })

it('runs a playbook inside a program, which hears everything as events', async () => {
  const file = await (await inventoryFile()).write(tenants('inside', 39_500, await sandbox()))
  const inventory = await loadInventory(file)
  const { events, on } = memoryReporter()
  const recap = await executePlaybook(setup, inventory, { mode: 'apply', emit: on })
  assert.is(recap!.exitCode, 0)
  const types = events.map(({ type }) => type)
  assert.equal(
    [...new Set(types)],
    ['start', 'observed', 'plan', 'apply', 'change:start', 'change:end', 'verify', 'recap'],
  )
  const count = (type: string): number => types.filter((one) => one === type).length
  assert.is(count('change:end'), events.find((event) => event.type === 'apply')!.actions.length)
  const again = await executePlaybook(setup, inventory, { mode: 'check', emit() {} })
  assert.is(again!.exitCode, 0)
})

it('runs only until it is told to stop', async () => {
  const file = await (await inventoryFile()).write(tenants('halted', 39_700, await sandbox()))
  const recap = await executePlaybook(setup, await loadInventory(file), {
    mode: 'apply',
    emit() {},
    stop: AbortSignal.abort(),
  })
  assert.is(recap!.exitCode, 130)
  assert.ok([...recap!.targets.values()].every(({ changed }) => changed === 0))
})

it.run()
