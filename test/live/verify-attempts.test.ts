import * as assert from 'uvu/assert'
import { together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { has, hasNot } from '../support/lines.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify attempts', { seconds: 180 })

const PARTS = ['--only', 'A4,B3,E,F4,F5,F6,G3,H4']

let state: SandboxState
let inventory: string
let table: InventoryInput
let write: (inventory: InventoryInput) => Promise<string>

it.before(async () => {
  state = await sandbox()
  const base = tenants('tries', 48_000, state)
  table = {
    ...base,
    users: [...base.users, { name: 'tries-bea', uid: 48_012, groups: ['tries1'] }],
  }
  const file = await inventoryFile()
  write = file.write.bind(file)
  inventory = await write(table)
})

const setup = async (): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
}

/** Every finding of a verdict in a line. */
const said = ({ report }: Verified, verdict: string): string[] =>
  together(report.goals.flatMap(({ found }) => found))
    .filter((one) => one.verdict === verdict)
    .map(wordsOf)

/** What was found of each thing that was tried in pods. */
const verdictsOf = ({ report }: Verified): string[] =>
  report.goals
    .flatMap(({ found }) => found)
    .flatMap(({ check, subjects, thing, verdict }) =>
      /^E\d/.test(check.id) ? subjects.map((subject) => `${check.id} ${subject}: ${thing}: ${verdict}`) : [],
    )
    .toSorted()

/** That trying each thing by itself, in every way, finds the same and takes more requests. */
const assertSameSingly = async (few: Verified): Promise<void> => {
  const all = await verify(inventory, '--exhaustive', ...PARTS)
  assert.ok(verdictsOf(few).length > 100)
  assert.equal(verdictsOf(few), verdictsOf(all))
  assert.ok(few.report.effort.attempts < 0.75 * all.report.effort.attempts)
}

/** Makes something, looks, and takes it away again, whatever comes of it. */
const during = async (
  make: string,
  mend: string,
  look: (verified: Verified) => void,
  ...flags: string[]
): Promise<void> => {
  await runOn('cluster', make, state)
  try {
    look(await verify(inventory, ...flags))
  } finally {
    await runOn('cluster', mend, state)
  }
}

it('names what the layout of the document lets through, whose account a job can take, and by what ways', async () => {
  await setup()
  const verified = await verify(inventory, ...PARTS)
  assertClean(verified)
  const gaps = said(verified, 'gap')
  for (const thing of ['hostPath /', 'hostNetwork', 'privileged', 'an nfs directory of another group'])
    has(gaps, new RegExp(`can be put into the pods of .*tfjobs.*${thing}.*isolation: 'strict'`))
  has(gaps, /^E10 .*tries-ann in tries1.*serviceAccountName of their own, serviceAccountName of a colleague/)
  has(
    said(verified, 'pass'),
    /^E0 .*deployments\.apps, jobs\.batch, tfjobs.*bare pod is refused.*tries-ann for 2 users/,
  )
  has(said(verified, 'pass'), /^B3 tries-ann in tries1, tries-bea in tries1.*jobs with one GPU are accepted/)
  has(said(verified, 'pass'), /^F5 tries2: containers without requests get cpu 1, memory 2Gi/)
  await assertSameSingly(verified)
})

it('names an account of an operator that a job can take', async () => {
  const named = /^E10 tries-ann in tries1, .*serviceAccountName tries-operator/
  hasNot(said(await verify(inventory, '--only', 'E10'), 'gap'), named)
  const make = 'kubectl create serviceaccount tries-operator -n tries1'
  const mend = 'kubectl delete serviceaccount tries-operator -n tries1'
  await during(make, mend, (verified) => has(said(verified, 'gap'), named), '--only', 'E10')
})

it('names a LimitRange that was removed by what it does to a container that states nothing', async () => {
  assertClean(await verify(inventory, '--only', 'F5'))
  await runOn('cluster', 'kubectl delete limitrange tries2-container-defaults -n tries2', state)
  // The API server applies it for a moment longer.
  const bare = 'kubectl run tries-bare -n tries2 --image=busybox --dry-run=server 2>&1 || true'
  while (!(await runOn('cluster', bare, state)).includes('must specify')) {}
  const { code, failures, unknown } = await verify(inventory, ...PARTS)
  assert.equal(unknown.map(wordsOf), [])
  assert.equal(failures.map(wordsOf), [
    'F5 tries2: a container that states nothing is refused: there is no LimitRange with defaults:  → ' +
      'run setup: npx tsx playbooks/setup.ts <inventory>',
  ])
  assert.is(code, 1)
  await setup()
  while ((await runOn('cluster', bare, state)).includes('must specify')) {}
  assertClean(await verify(inventory, ...PARTS))
})

it('does not take a full quota for a refusal of what was tried', async () => {
  const make =
    'kubectl create quota tries-full -n tries1 --hard=pods=0 && kubectl wait quota/tries-full -n ' +
    'tries1 --for=jsonpath={.status.used.pods}=0 --timeout=300s'
  await during(
    make,
    'kubectl delete quota tries-full -n tries1',
    (verified) => {
      assertClean(verified)
      has(said(verified, 'untested'), /^E1 tries-ann in tries1.*quota is used up/)
      hasNot(said(verified, 'pass'), /^E(1|2|5|9|16) tries-ann/)
    },
    ...PARTS,
  )
})

it('says so when all GPUs are in use', async () => {
  const pod =
    'kubectl run tries-busy -n tries1 --image=busybox ' +
    `--overrides='{"spec":{"containers":[{"name":"c","image":"busybox","resources":{"limits":{"nvidia.com/gpu":1}}}]}}'`
  const used =
    'kubectl wait quota/tries1-compute-resources -n tries1 ' +
    "--for=jsonpath='{.status.used.requests\\.nvidia\\.com/gpu}'=1 --timeout=300s"
  await during(
    `${pod} && ${used}`,
    'kubectl delete pod tries-busy -n tries1 --now',
    (verified) => {
      assertClean(verified)
      has(said(verified, 'untested'), /^B3 tries1: all its GPUs are in use/)
      has(said(verified, 'pass'), /^F4 tries1.*refused by the quota tries1-compute-resources/)
    },
    '--only',
    'B3,F4',
  )
})

it('finds in strict that each is stopped at submit, but for what strict does not promise', async () => {
  inventory = await write({ ...table, isolation: 'strict' })
  await setup()
  // The API server puts a new policy in force a moment after it has stored it.
  let verified = await verify(inventory, ...PARTS)
  for (let tries = 1; tries < 10 && verified.failures.length > 0; tries++)
    verified = await verify(inventory, ...PARTS)
  assertClean(verified)
  const passes = said(verified, 'pass')
  for (const id of ['E1', 'E2', 'E3', 'E5', 'E6', 'E9', 'E10', 'E16'])
    has(passes, new RegExp(`^${id} .*is stopped at submit, by the policy arena-tries-pods`))
  assert.equal(
    verified.gaps.map(({ check, things, repair }) => [check.id, ...things, repair !== undefined]),
    [
      ['E7', 'allowPrivilegeEscalation', true],
      ['E8', 'root in the container', true],
      ['E14', 'imagePullPolicy IfNotPresent', true],
      ['E15', 'a nodeSelector', true],
      ['E22', 'variables out of a ConfigMap, whatever their names', true],
    ],
  )
  has(
    passes,
    /^E1 .*in tries2: is stopped, whatever makes the pod, by Pod Security baseline:latest: hostPath/,
  )
  await assertSameSingly(verified)
})

it.run()
