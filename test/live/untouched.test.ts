import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('untouched', { seconds: 120 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('keep', 33_000, state))
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

/** Something that is not ours to put right: no run plans anything for it, and it is there afterwards. */
const staysAsIs = async (look: () => Promise<string>): Promise<void> => {
  const before = await look()
  const { code, changes } = await runPlaybook('setup', inventory)
  assert.equal(
    changes.map(({ id, change }) => [id, change.diffs]),
    [],
  )
  assert.is(code, 0)
  assert.is(await look(), before)
}

it("a user's own new password", async () => {
  await runOn('client01', "echo 'keep-ann:another-one-of-their-own' | chpasswd", state)
  await staysAsIs(() => runOn('client01', 'getent shadow keep-ann', state))
})

it("a user's own contexts, and the context that they chose", async () => {
  await runOn(
    'client01',
    `su keep-ann -c 'arena-kubectl config set-cluster home --server=https://home.example.com
     arena-kubectl config set-credentials me --token=of-my-own
     arena-kubectl config set-context home --cluster=home --user=me'`,
    state,
  )
  await staysAsIs(() => runOn('client01', 'cat /home/keep-ann/.kube/config', state))
})

it("a user's own entries, also when our part must be mended", async () => {
  await runOn('client01', "su keep-ann -c 'arena-kubectl config unset clusters.keep.server'", state)
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  const file = await runOn('client01', 'cat /home/keep-ann/.kube/config', state)
  assert.match(file, 'https://home.example.com')
  assert.match(file, 'of-my-own')
  assert.match(file, state.server)
})

it("a user's own file in ~/.kube", async () => {
  await runOn('client01', "su keep-ann -c 'echo notes > ~/.kube/notes'", state)
  await staysAsIs(() =>
    runOn('client01', 'ls -la /home/keep-ann/.kube; cat /home/keep-ann/.kube/notes', state),
  )
})

it("other people's objects and accounts", async () => {
  await runOn('client01', 'useradd -m visitor', state)
  await runOn(
    'cluster',
    `kubectl create configmap theirs -n keep1 --from-literal=a=b
     kubectl create role theirs -n keep1 --verb=get --resource=pods
     kubectl create rolebinding theirs -n keep1 --role=theirs --user=visitor
     kubectl create serviceaccount theirs -n keep1
     kubectl label namespace keep1 team=red
     kubectl annotate serviceaccount keep-ann -n keep1 note=mine`,
    state,
  )
  await staysAsIs(() =>
    runOn(
      'cluster',
      'kubectl get configmap,role,rolebinding,serviceaccount -n keep1 -o name; kubectl get namespace ' +
        'keep1 -o jsonpath={.metadata.labels}',
      state,
    ),
  )
})

it('what another inventory owns', async () => {
  const files = await inventoryFile()
  const other = await files.write(tenants('neighbour', 33_500, state))
  assert.is((await runPlaybook('setup', other)).code, 0)
  await staysAsIs(() =>
    runOn('cluster', 'kubectl get rolebinding,resourcequota -n neighbour1 -o yaml', state),
  )
  const { changes, recap } = await runPlaybook('setup', other, '--check', '--prune')
  assert.equal(changes, [])
  assert.equal(recap!.leftovers, [])
})

it.run()
