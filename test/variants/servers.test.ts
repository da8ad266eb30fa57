import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('servers of another version', { seconds: 400 })

let state: SandboxState
let document: string
let strict: string

const cluster = (script: string): Promise<string> => runOn('cluster', script, state)

const play = async (name: string, inventory: string, ...flags: string[]): Promise<Told> => {
  const told = await runPlaybook(name, inventory, ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

const assertInSync = async (inventory: string): Promise<void> => {
  const { changes } = await play('setup', inventory, '--check')
  assert.equal(changes, [])
}

/**
 * Whether the API server would take a pod of the user's that may do as root on its node what it likes; with what
 * words not.
 */
const privileged = (): Promise<string> =>
  runOn(
    'client01',
    `su - serv-ann -s /bin/sh -c 'arena-kubectl create --dry-run=server -o name -f -' 2>&1 <<'POD' || true
apiVersion: apps/v1
kind: Deployment
metadata: { name: root }
spec:
  selector: { matchLabels: { app: root } }
  template:
    metadata: { labels: { app: root } }
    spec:
      containers:
        - { name: root, image: busybox, securityContext: { privileged: true } }
POD`,
    state,
  )

it.before(async () => {
  state = await sandbox()
  const table: InventoryInput = tenants('serv', 46_000, state)
  const file = await inventoryFile()
  const hosts = table.hosts.slice(0, 1)
  document = await file.write({ ...table, hosts })
  strict = await (await inventoryFile()).write({ ...table, hosts, isolation: 'strict' })
})

it('is a server of the version that was asked for', async () => {
  const { serverVersion } = JSON.parse(await cluster('kubectl version -o json'))
  // A server of 1.30 that was built as a Go module has no numbers beside this name.
  assert.is(/^v(\d+\.\d+)\./.exec(serverVersion.gitVersion)?.[1], state.variant.kubernetes ?? '1.37')
})

it('is set up as the document has it, is in sync, and verify proves it with jobs', async () => {
  assert.is(await cluster('kubectl get namespaces -o name | grep serv || true'), '')
  await play('setup', document)
  await assertInSync(document)
  assertClean(await verify(document, '--jobs'))
  assert.match(await privileged(), /^deployment\.apps\/root$/m)
})

it('has a right of somebody else found, and not after the repair', async () => {
  await cluster('kubectl create rolebinding intruder -n serv1 --clusterrole=edit --user=mallory')
  const { failures } = await verify(document, '--only', 'C')
  assert.equal(
    failures.map(({ check, repair }) => [check.id, repair]),
    [['C8', 'kubectl delete rolebinding intruder -n serv1']],
  )
  await cluster(String(failures[0]!.repair))
  assertClean(await verify(document, '--only', 'C'))
})

it('becomes strict, whose policies the server knows and keeps', async () => {
  await play('setup', strict)
  await assertInSync(strict)
  assertClean(await verify(strict))
  assert.match(await privileged(), 'ValidatingAdmissionPolicy')
  const policies = 'kubectl get validatingadmissionpolicies -o name | grep serv || true'
  const before = await cluster(policies)
  await cluster(`kubectl delete $(kubectl get validatingadmissionpolicies -o name | grep serv | head -1)`)
  assert.is.not(await cluster(policies), before)
  await play('setup', strict)
  assert.is(await cluster(policies), before)
})

it('replaces tokens, goes back to what the document has, and lets a user go', async () => {
  await play('rotate-credentials', strict, '--user', 'serv-ann', '--now')
  await play('setup', document)
  await assertInSync(document)
  await play('remove-user', document, '--name', 'serv-ann')
  assertClean(await verify(document))
})

it.run()
