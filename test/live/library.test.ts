import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { connectKube } from '../../lib/connect/kube/api.ts'
import type { Mode } from '../../lib/engine/outcome.ts'
import { executePlaybook, loadInventory, memoryReporter } from '../../lib/index.ts'
import type { Kind } from '../../lib/kube/object.ts'
import setup from '../../playbooks/setup.ts'
import { withExamples } from '../support/examples.ts'
import { inventoryFile, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('library', { seconds: 240 })

const PRIORITY_CLASS: Kind = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  namespaced: false,
}

it('runs a playbook inside a program, which hears everything as events', async () => {
  const file = await (await inventoryFile()).write(tenants('inside', 39_500, await sandbox()))
  const inventory = await loadInventory(file)
  const { events, on } = memoryReporter()
  const recap = await executePlaybook(setup, inventory, { mode: 'apply', emit: on })
  assert.is(recap!.exitCode, 0)
  const types = events.map(({ type }) => type)
  assert.equal(
    [...new Set(types.filter((type) => type !== 'upload'))],
    ['start', 'observed', 'plan', 'apply', 'change:start', 'change:end', 'verify', 'recap'],
  )
  assert.ok(types.includes('upload'), 'Arena is brought to the machines')
  const count = (type: string): number => types.filter((one) => one === type).length
  assert.is(count('change:end'), events.find((event) => event.type === 'apply')!.actions.length)
  const again = await executePlaybook(setup, inventory, { mode: 'check', emit() {} })
  assert.is(again!.exitCode, 0)
})

it('makes objects of a kind that the engine does not know, as README shows', async () => {
  const state = await sandbox()
  const inventory = await loadInventory(await (await inventoryFile()).write(tenants('kinds', 39_600, state)))
  const signal = AbortSignal.timeout(60_000)
  const kube = await connectKube(inventory.cluster, { signal, timeoutMs: 30_000 })
  const value = async () =>
    (await kube.read('/apis/scheduling.k8s.io/v1/priorityclasses/urgent', signal))?.['value']
  await withExamples(async (directory) => {
    const priorities = (await import(join(directory, 'playbooks/priorities.ts'))).default
    const go = async (mode: Mode) =>
      (await executePlaybook(priorities, inventory, { mode, emit() {} }))!.exitCode
    assert.is(await value(), undefined)
    assert.equal([await go('check'), await value()], [2, undefined])
    assert.equal([await go('apply'), await value()], [0, 1000])
    assert.is(await go('check'), 0)
    const made = (await kube.read('/apis/scheduling.k8s.io/v1/priorityclasses/urgent', signal))!
    await kube.remove({ kind: PRIORITY_CLASS, name: 'urgent', uid: made.metadata.uid! }, { signal })
    const { apiVersion, kind } = PRIORITY_CLASS
    const metadata = { name: 'urgent', labels: made.metadata.labels! }
    await kube.create(PRIORITY_CLASS, { apiVersion, kind, metadata, value: 7 }, { signal })
    assert.equal([await go('check'), await value()], [2, 7])
    assert.equal([await go('apply'), await value()], [0, 1000])
  })
  await kube.close()
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
