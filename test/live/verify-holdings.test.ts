import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { CLUSTER_ROUNDS, OPEN_CLUSTER, OPEN_NETWORK, sentencesOf } from '../support/holes.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { assertPrinted, mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, assertFailsOnly, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify holdings', { seconds: 600 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let inventory: string

/** What the objects of the cluster tell; what pods would tell is tried elsewhere. */
const ONLY = ['--only', 'A6,C8,E1,F1,F2,F3,F7,F8,G1,G2,G4,G5,G6,G7,G8,H1,H2,H3,H5,H6,I,J']

const setup = async (): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
}

const idsOf = (of: readonly { check: { id: string } }[]): string[] =>
  [...new Set(of.map(({ check }) => check.id))].toSorted()

it.before(async () => {
  state = await sandbox()
  const trusted = [{ kind: 'Group' as const, name: 'hold-known', reason: 'of the tests' }]
  table = { ...tenants('hold', 47_000, state), trusted }
  files = await inventoryFile()
  inventory = await files.write(table)
})

it('fails for shares and volumes that are not there yet', async () => {
  const { code, failures } = await verify(inventory, '--only', 'F1,F8,G1')
  assert.is(code, 1)
  const words = failures.map(wordsOf).join('\n')
  assert.match(words, /F1 hold1, hold2: .*→ run setup/)
  assert.match(words, /F8 hold2: .*: cpu 1/)
  assert.match(words, /G1 .*hold1\/hold1-public.*PersistentVolume.*claim/)
})

it('finds nothing wrong with a clean set-up, and stores nothing', async () => {
  await setup()
  let verified: Verified | undefined
  const requests = await audited(state, async () => {
    verified = await verify(inventory, ...ONLY)
  })
  assertClean(verified!)
  assert.equal(
    writes(requests).filter(({ requestURI }) => !/reviews$|dryRun=All/.test(requestURI)),
    [],
  )
  const { effort, goals } = verified!.report
  assert.ok(effort.attempts > 20, `${effort.attempts} attempts`)
  const untested = goals.flatMap(({ found }) => found.filter(({ verdict }) => verdict === 'untested'))
  assert.equal(idsOf(untested), ['G4', 'G5', 'G7', 'G8', 'H1', 'H2', 'H3'])
  assert.equal(idsOf(verified!.gaps), ['E1', 'F1', 'F2', 'F8', 'H5', 'I1', 'J5', 'J6'])
})

it('sets the shares against what the worker nodes have', async () => {
  const { report } = await verify(inventory, '--only', 'F1')
  const gpus = report.goals[0]!.found.find(({ subjects }) => subjects.includes('GPUs'))!
  assert.is(gpus.verdict, 'pass')
  assert.match(gpus.says, /^3 .*\b3\b/)
})

for (const round of CLUSTER_ROUNDS)
  it(`names ${sentencesOf(round)}, and nothing else; what it tells to do mends it`, async () => {
    for (const { make } of round) await runOn('cluster', make, state)
    const verified = await verify(inventory, ...ONLY)
    const { failures } = verified
    assertFailsOnly(
      verified,
      round.flatMap(({ said }) => said),
    )
    assertPrinted(
      round.flatMap(({ prints = [] }) => prints),
      failures,
    )
    const byHand = round.filter(({ mend }) => mend !== undefined)
    const others = failures.filter(
      (one) => !byHand.some(({ said }) => said.some((pattern) => pattern.test(wordsOf(one)))),
    )
    await mendAll(others, { inventory, state })
    for (const { mend, noted } of round)
      for (const script of [mend, noted]) if (script !== undefined) await runOn('cluster', script, state)
    assertClean(await verify(inventory, ...ONLY))
    for (const { clear } of round) if (clear !== undefined) await runOn('cluster', clear, state)
  })

it('has fewer gaps where isolation is strict, and still nothing wrong', async () => {
  await files.write({ ...table, isolation: 'strict' })
  await setup()
  const strict = await verify(inventory, ...ONLY)
  assertClean(strict)
  assert.equal(idsOf(strict.gaps), ['F1', 'F8'])
  const { make, said, prints = [] } = OPEN_NETWORK
  await runOn('cluster', make, state)
  const opened = await verify(inventory, ...ONLY)
  assertFailsOnly(opened, said)
  assertPrinted(prints, opened.failures)
  await mendAll(opened.failures, { inventory, state })
  assertClean(await verify(inventory, ...ONLY))
  await runOn('cluster', OPEN_CLUSTER, state)
  try {
    const wide = await verify(inventory, ...ONLY)
    assertFailsOnly(wide, [/^H5 hold1: the AdminNetworkPolicy hold-open lets the group hold2 through/])
  } finally {
    await runOn('cluster', 'kubectl delete crd adminnetworkpolicies.policy.networking.k8s.io', state)
  }
  assertClean(await verify(inventory, ...ONLY))
  await files.write(table)
  await setup()
  assertClean(await verify(inventory, ...ONLY))
})

it.run()
