import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { applyIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('membership', { seconds: 400 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

/** The command that was printed for jobs that go on. */
let seeJobs: string

type User = InventoryInput['users'][number]

const withAnn = (change: (ann: User) => User | undefined): InventoryInput => ({
  ...table,
  users: table.users.flatMap((user) => (user.name === 'move-ann' ? (change(user) ?? []) : user)),
})

const setup = async (inventory: InventoryInput, ...flags: string[]): Promise<Told> => {
  const told = await runPlaybook('setup', await files.write(inventory), ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

const asAnn = (command: string): Promise<string> =>
  runOn('client01', `su - move-ann -c '${command}' 2>&1 || true`, state)

it.before(async () => {
  state = await sandbox()
  table = tenants('move', 34_000, state)
  files = await inventoryFile()
  await setup(table)
})

it('a second group adds a binding, a context and a Linux group', async () => {
  assert.match(await asAnn('arena-kubectl get pods -n move2'), 'Forbidden')
  const told = await setup(
    withAnn((ann) => ({ ...ann, groups: ['move1', { group: 'move2', role: 'viewer' }] })),
  )
  assert.match(told.recap!.warnings.join(), /move1 .*move-ann/)
  assert.match(await asAnn('id -Gn'), 'move2')
  assert.match(await asAnn('arena-kubectl --context move2 get pods'), 'No resources found')
  assert.match(await asAnn('arena-kubectl config current-context'), 'move1')
})

it('another role in a group replaces the first', async () => {
  const told = await setup(withAnn((ann) => ({ ...ann, groups: ['move1', 'move2'] })))
  assert.equal(
    told.changes.filter(({ change }) => change.op === 'remove').map(({ id }) => id),
    ['role/move2/viewer', 'role-binding/move2/move-ann-viewer'],
  )
})

it('leaving a group takes the binding, the context and the Linux group away, without --prune', async () => {
  const told = await setup(table)
  assert.ok(
    told.changes.some(
      ({ id, change }) => id === 'role-binding/move2/move-ann-member' && change.op === 'remove',
    ),
  )
  assert.not.match(await asAnn('id -Gn'), 'move2')
  assert.not.match(await asAnn('arena-kubectl config get-contexts -o name'), 'move2')
  assert.match(await asAnn('arena-kubectl get pods -n move2'), 'Forbidden')
})

it('another first group moves the identity, and the old one is gone', async () => {
  const told = await setup(withAnn((ann) => ({ ...ann, groups: ['move2'] })))
  const removed = told.changes.filter(({ change }) => change.op === 'remove').map(({ id }) => id)
  assert.equal(removed.toSorted(), [
    'role-binding/move1/move-ann-member',
    'service-account-token/move1/move-ann-token-1',
    'service-account/move1/move-ann',
  ])
  const account = told.changes.find(({ id }) => id === 'service-account/move1/move-ann')!
  seeJobs = /kubectl api-resources .* -l arena\.kubeflow\.org\/uid=\S+$/.exec(
    account.change.warnings!.join(),
  )![0]
  assert.is(await runOn('cluster', seeJobs, state), '', 'also where kinds are not installed')
  const labels = Object.fromEntries([seeJobs.split(' ').at(-1)!.split('=')])
  await applyIn(state, [
    {
      apiVersion: 'kubeflow.org/v1',
      kind: 'TFJob',
      metadata: { name: 'move-on', namespace: 'move1', labels },
      spec: { runPolicy: { suspend: true }, tfReplicaSpecs: {} },
    },
  ])
  assert.match(await runOn('cluster', seeJobs, state), /move1 +move-on/)
  assert.match(await asAnn('arena-kubectl get pods'), 'No resources found in move2 namespace')
  assert.match(await asAnn('arena-kubectl get pods -n move1'), 'Forbidden')
})

it('a user that the inventory no longer names keeps access until --prune, and the recap says so', async () => {
  const without = withAnn(() => undefined)
  const told = await setup(without)
  assert.equal(
    told.changes.map(({ id }) => id),
    [],
  )
  assert.is((await runPlaybook('setup', files.file, '--check')).code, 2)
  assert.ok(told.recap!.leftovers.some(({ id }) => id === 'role-binding/move2/move-ann-member'))
  assert.ok(told.recap!.leftovers.some(({ id, on }) => id === 'linux-user/move-ann' && on === 'client01'))

  const refused = await runPlaybook('setup', files.file, '--prune')
  assert.is(refused.code, 64, 'more than a quarter of a kind without the number said')
  const count = /--prune=(\d+)/.exec(refused.stdout)?.[1]
  assert.ok(count)
  const pruned = await setup(without, `--prune=${count}`)
  assert.ok(pruned.changes.every((action) => action.pruned && action.change.op === 'remove'))
  assert.match(await runOn('client01', 'getent passwd move-ann', state), 'move-ann')
  assert.match(
    await asAnn('arena-kubectl get pods -n move2'),
    /Unauthorized|refused|provide credentials|logged in/,
  )
  const checked = await runPlaybook('setup', files.file, '--check', '--prune')
  assert.equal([checked.code, checked.changes], [2, []], 'the account is there still')
})

it('groups on one machine are those that the inventory says for it', async () => {
  const [first, ...others] = table.hosts
  const memberships = { 'move-ann': ['move-gpus'] }
  const elsewhere = { ...table, hosts: [first!, ...others.map((host) => ({ ...host, memberships }))] }
  const groupsOn = (client: string): Promise<string> => runOn(client, 'id -Gn move-ann', state)
  await setup(table)
  assert.match(await groupsOn('client02'), 'move1')
  const refused = await runPlaybook('setup', await files.write(elsewhere))
  assert.is(refused.code, 1)
  assert.equal(refused.recap!.problems.map(({ action }) => `${action.id} on ${action.on}`).slice(0, 1), [
    'linux-user/move-ann on client02',
  ])
  await runOn('client02', 'groupadd move-gpus', state)
  await setup(elsewhere)
  assert.not.match(await groupsOn('client02'), 'move1')
  assert.match(await groupsOn('client02'), 'move-gpus')
  assert.match(await groupsOn('client01'), 'move1')
  assertClean(await verify(files.file, '--only', 'K2'))
  assert.equal((await setup(elsewhere, '--check')).changes, [])
  await setup(table)
  assert.not.match(await groupsOn('client02'), 'move-gpus')
})

it('Arena comes from the archive for the processor of the machine', async () => {
  const { archive = '', sha256 = '' } = table.arena
  const [own, other] = process.arch === 'x64' ? ['amd64', 'arm64'] : ['arm64', 'amd64']
  const from = (processor: string) => ({
    ...table,
    arena: { archives: { [processor]: { archive, sha256 } } },
  })
  assert.equal((await setup(from(own!), '--check')).changes, [])
  const refused = await runPlaybook('setup', await files.write(from(other!)), '--check')
  assert.is(refused.code, 1)
  assert.match(refused.stdout, new RegExp(`${own}[\\s\\S]*arena\\.archives`))
})

it('a retired user is never made again, and loses what they still have', async () => {
  await setup(table)
  const retired = {
    ...withAnn(() => undefined),
    retired: [{ name: 'move-ann', uid: 34_010, since: '2026-11-01' }],
  }
  const told = await setup(retired)
  assert.ok(
    told.changes.some(({ id, change }) => id === 'service-account/move1/move-ann' && change.op === 'remove'),
  )
  assert.match(await runOn('client01', 'getent shadow move-ann', state), /^move-ann:!/)
  assert.match(await runOn('client01', 'ls -d /home/move-ann', state), '/home/move-ann')
  assert.equal((await setup(retired)).changes, [])
  assert.equal((await setup(retired, '--check')).changes, [])
  const again = {
    ...retired,
    users: [...retired.users, { name: 'move-ann', uid: 34_050, groups: ['move1'] }],
  }
  assert.is((await runPlaybook('setup', await files.write(again))).code, 65)
})

it('names for jobs that go on a command that ends well also where no kind of job is installed', async () => {
  assert.match(await runOn('cluster', seeJobs, state), /move1 +move-on/)
  await runOn('cluster', 'kubectl delete crd tfjobs.kubeflow.org', state)
  assert.is(await runOn('cluster', seeJobs, state), '')
})

it.run()
