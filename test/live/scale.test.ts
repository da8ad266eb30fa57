import * as assert from 'uvu/assert'
import { tenants } from '../../bench/tenants.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, type Told } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('scale', { seconds: 300 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants(200, state))
})

it('makes 200 users in 20 groups on 2 machines in few round trips', async () => {
  let told: Told | undefined
  const requests = await audited(state, async () => {
    told = await runPlaybook('setup', inventory)
  })
  assert.is(told!.code, 0, told!.summary)
  // On each machine: look, bring Arena, accounts, kubeconfigs, look again.
  assert.ok(told!.recap!.traffic.execs <= 2 * 5, `${told!.recap!.traffic.execs} execs`)
  const objects = told!.changes.filter(({ on }) => on === 'cluster').length
  const stored = writes(requests).filter(({ requestURI }) => !/dryRun=All|\/leases/.test(requestURI))
  assert.is(stored.length, objects)
  const asked = writes(requests).filter(({ requestURI }) => requestURI.includes('dryRun=All'))
  assert.ok(asked.length <= objects)
  const watches = requests
    .filter(({ verb }) => verb === 'watch')
    .map(({ requestURI }) => requestURI.split('?')[0])
  assert.is(new Set(watches).size, watches.length, 'one WATCH per kind')
})

it('looks at all of them with one exec per machine, one LIST per kind and three reads', async () => {
  let told: Told | undefined
  const requests = await audited(state, async () => {
    told = await runPlaybook('setup', inventory)
  })
  assert.is(told!.code, 0)
  assert.equal(told!.changes, [])
  assert.equal(told!.recap!.traffic, { execs: 2, requests: 23 })
  assert.equal(
    Object.entries(Object.groupBy(requests, ({ verb }) => verb))
      .map(([verb, of]) => [verb, of!.length])
      .toSorted(),
    [
      ['get', 3],
      ['list', 20],
    ],
  )
})

it.run()
