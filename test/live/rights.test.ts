import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { clusterAs } from '../support/rights.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('rights', { seconds: 120 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let reader: InventoryInput
let admin: InventoryInput

/** An inventory whose admin has just the ClusterRoles that the README prints. */
const asAdminWith = async (...roles: string[]): Promise<InventoryInput> => ({
  ...table,
  cluster: await clusterAs(roles, `${files.file}.${roles.join('-')}`, state),
})

const setup = async (inventory: InventoryInput, ...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory), ...flags)

it.before(async () => {
  state = await sandbox()
  table = tenants('least', 38_000, state)
  files = await inventoryFile()
})

it('of the README for setup are enough for everything', async () => {
  admin = await asAdminWith('check', 'setup')
  const first = await setup(admin)
  assert.is(first.code, 0, first.summary)
  await runOn(
    'cluster',
    `kubectl patch resourcequota least1-compute-resources -n least1 --type merge -p '{"spec":{"hard":{"pods":"5"}}}'
     kubectl delete rolebinding least-ann-member -n least1
     kubectl create rolebinding least-ann-member -n least1 --clusterrole=cluster-admin \\
       --serviceaccount=least1:least-ann`,
    state,
  )
  const second = await setup(admin)
  assert.is(second.code, 0, second.summary)
  assert.ok(second.changes.length >= 2)
})

it('of the README for verify are enough to prove everything, with real jobs', async () => {
  const limited = await asAdminWith('check', 'verify')
  // Whoever verifies is known without a word; the administrator of the sandbox is another one then.
  const trusted = [{ kind: 'User' as const, name: 'sandbox-admin', reason: 'administers the sandbox' }]
  const file = await files.write({ ...limited, trusted })
  assertClean(await verify(file, '--jobs'))
})

it('of the README for report are enough to know everything', async () => {
  const told = await runText('report', await files.write(await asAdminWith('check', 'report')))
  assert.is(told.code, 0, told.stdout)
  assert.not.match(told.stdout, /Could not be read|Not as wanted/)
})

it('of the README to remove are enough to remove a user with their jobs, and a group', async () => {
  const admin = await asAdminWith('check', 'setup', 'remove')
  const cat = { name: 'least-cat', uid: 38_012, groups: ['least3'] }
  const groups = [...admin.groups, { name: 'least3', gid: 38_003, quota: { gpu: 1 } }]
  const file = await files.write({ ...admin, groups, users: [...admin.users, cat] })
  assert.is((await runPlaybook('setup', file)).code, 0)
  const job = 'arena submit tf --name=least-job --gpus=1 --image=busybox "sleep 9"'
  await runOn('client01', `su - least-cat -c '${job}'`, state)
  const removed = await runPlaybook('remove-user', file, '--name', 'least-cat', '--jobs', 'stop')
  assert.is(removed.code, 0, removed.summary)
  assert.is(await runOn('cluster', 'kubectl get tfjobs -n least3 -o name', state), '')
  const gone = await runPlaybook('remove-group', file, '--name', 'least3', '--delete-namespace', 'least3')
  assert.is(gone.code, 0, gone.summary)
})

const strict = (inventory: InventoryInput): InventoryInput => ({ ...inventory, isolation: 'strict' })

it('of the README for setup are enough for isolation strict too, there and back', async () => {
  const there = await setup(strict(admin))
  assert.is(there.code, 0, there.summary)
  await runOn(
    'cluster',
    `kubectl delete secret least-ann-token-1 -n arena-least
     kubectl patch validatingadmissionpolicy arena-least-pods --type merge -p '{"spec":{"failurePolicy":"Ignore"}}'
     kubectl patch validatingadmissionpolicybinding arena-least-pods --type merge \\
       -p '{"spec":{"validationActions":["Warn"]}}'
     kubectl patch networkpolicy least1-own-namespace -n least1 --type merge -p '{"spec":{"policyTypes":["Ingress"]}}'`,
    state,
  )
  const mended = await setup(strict(admin))
  assert.is(mended.code, 0, mended.summary)
  assert.ok(mended.changes.length >= 5)
})

it('that miss the one for tokens fail what holds a token, and nothing beside it', async () => {
  await runOn(
    'cluster',
    `kubectl get clusterrole arena-playbooks-setup -o json |
     sed 's/"serviceaccounts\\/token"/"none"/' | kubectl apply -f - >&2
     kubectl delete secret -n arena-least -l arena-playbooks/user=least-ann`,
    state,
  )
  await runOn('client01', 'usermod -s /bin/sh least-ben', state)
  const told = await setup(strict(admin))
  assert.is(told.code, 1)
  assert.equal(
    told.recap!.problems.map(({ action }) => action.id),
    ['kubeconfig/least-ann', 'kubeconfig/least-ann'],
  )
  assert.match(told.stdout, 'grant create on serviceaccounts/token in the namespace arena-least')
  assert.match(await runOn('client01', 'getent passwd least-ben', state), '/bin/bash')
  admin = await asAdminWith('check', 'setup')
  const back = await setup(admin)
  assert.is(back.code, 0, back.summary)
})

it('of the README for --check are enough for a plan, and for nothing else', async () => {
  reader = await asAdminWith('check')
  const check = await setup(reader, '--check')
  assert.is(check.code, 0, check.summary)
  await runOn('cluster', 'kubectl annotate pvc least1-public -n least1 --overwrite description=other', state)
  assert.is((await setup(reader, '--check')).code, 2)
  const refused = await setup(reader)
  assert.is(refused.code, 1, refused.summary)
  assert.is((await setup(table)).code, 0)
})

it('that are missing make a plan unknown, never in sync', async () => {
  await runOn(
    'cluster',
    `kubectl get clusterrole arena-playbooks-check -o json | sed 's/"resourcequotas",//' | kubectl apply -f - >&2`,
    state,
  )
  const told = await setup(reader, '--check')
  assert.is(told.code, 1)
  const quota = told.actions.find(({ id }) => id === 'resource-quota/least1/least1-compute-resources')
  assert.is(quota?.hindrance?.because, 'unknown')
  assert.match(told.stdout, 'resourcequotas')
})

it('that are missing where nothing is wanted are told, as something may be left', async () => {
  assert.equal((await setup(table, '--check')).recap!.warnings, [])
  await runOn(
    'cluster',
    `kubectl get clusterrole arena-playbooks-check -o json | sed 's/"networkpolicies"/"none"/' | ` +
      'kubectl apply -f - >&2',
    state,
  )
  const { recap } = await setup(reader, '--check')
  assert.match(recap!.warnings.join(), 'network-policy on cluster')
  assert.match(recap!.warnings.join(), 'grant list on networkpolicies.networking.k8s.io')
})

it.run()
