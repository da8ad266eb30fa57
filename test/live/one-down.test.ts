import { readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('one down', { seconds: 240 })

let state: SandboxState
let file: string
let passwordFile: string

const inFile = async (): Promise<InventoryInput> => JSON.parse(await readFile(file, 'utf8'))

/** Nothing listens at port 1: as far as the playbooks can tell, client02 is down. */
const client02 = async (is: 'up' | 'down'): Promise<void> => {
  const inventory = await inFile()
  const { port } = state.clients[1]!
  const hosts = inventory.hosts.map((host) =>
    host.name === 'client02' ? { ...host, port: is === 'up' ? port : 1 } : host,
  )
  await writeFile(file, JSON.stringify({ ...inventory, hosts }, null, 2))
}

/** Runs a playbook as a person does; resolves with all that it said. */
const said = async (code: number, playbook: string, ...flags: string[]): Promise<string> => {
  const { code: got, stdout, stderr } = await runText(playbook, file, '--output', 'lines', ...flags)
  assert.is(got, code, stderr + stdout)
  return stderr + stdout
}

const assertInSync = async (): Promise<void> => {
  const { changes, code, summary } = await runPlaybook('setup', file, '--check')
  assert.equal(
    changes.map(({ id }) => id),
    [],
  )
  assert.is(code, 0, summary)
}

const asked = (user: string, host: string, config = `/home/${user}/.kube/config`): Promise<string> =>
  runOn(
    host,
    `runuser -u ${user} -- env HOME=/home/${user} /opt/arena/current/bin/kubectl --kubeconfig ` +
      `${config} get pods -o name 2>&1 || true`,
    state,
  )

it.before(async () => {
  state = await sandbox()
  ;({ file } = await inventoryFile())
  passwordFile = `${dirname(file)}/password`
  const { users, ...rest } = tenants('down', 45_000, state)
  const [ann] = users
  const names = ['down-ann', 'down-ben', 'down-eve']
  await writeFile(
    file,
    JSON.stringify({ ...rest, users: names.map((name, index) => ({ ...ann, name, uid: 45_010 + index })) }),
  )
  await said(0, 'setup')
})

it('adds a user with a uid, tells what is missing, and finishes when the machine is back', async () => {
  await client02('down')
  const add = ['add-user', '--name', 'down-new', '--group', 'down1', '--password-file', passwordFile] as const
  const before = await readFile(file, 'utf8')
  assert.match(await said(3, ...add), /client02.*--uid/s)
  assert.is(await readFile(file, 'utf8'), before)
  assert.match(await said(3, ...add, '--uid', '45020'), /client02 .*unreachable=[1-9]/)
  assert.is(await asked('down-new', 'client01'), '')
  const first = await readFile(passwordFile, 'utf8')
  await client02('up')
  assert.is(await runOn('client02', 'getent passwd down-new || true', state), '')
  await said(0, ...add, '--uid', '45020')
  assert.is(await asked('down-new', 'client02'), '')
  assert.is.not(await readFile(passwordFile, 'utf8'), first, 'the same on both, so a new one')
  const hashes = await Promise.all(
    ['client01', 'client02'].map((host) => runOn(host, 'getent shadow down-new | cut -d: -f3', state)),
  )
  assert.equal(hashes, ['0\n', '0\n'])
  await assertInSync()
})

it('keeps both tokens while a machine has only the old one, and revokes it when that has the new one', async () => {
  const secrets =
    "kubectl get secrets -n down1 -l arena-playbooks/user=down-ann -o jsonpath='{range " +
    `.items[*]}{.metadata.name} {.metadata.creationTimestamp}{"\\n"}{end}'`
  const [, made = ''] = (await runOn('cluster', secrets, state)).trim().split(' ')
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(made) + 61_000 - Date.now())))
  await runOn('client02', 'cp -p /home/down-ann/.kube/config /home/down-ann/old', state)
  const rotate = ['rotate-credentials', '--user', 'down-ann', '--older-than', '1m'] as const
  await client02('down')
  const told = await said(3, ...rotate)
  assert.match(told, /down-ann-token-1 .*linux-user\/down-ann on client02/s)
  assert.match(await runOn('cluster', secrets, state), /token-1 .*\n.*token-2 /)
  assert.is(await asked('down-ann', 'client01'), '')
  assert.is(await asked('down-ann', 'client02'), '')
  await said(3, ...rotate)
  await client02('up')
  assert.match(await said(0, ...rotate), /pass +L6 .*401/)
  assert.match(await runOn('cluster', secrets, state), /^down-ann-token-2 \S+\n$/)
  assert.is(await asked('down-ann', 'client02'), '')
  assert.match(await asked('down-ann', 'client02', '/home/down-ann/old'), /Unauthorized|logged in/)
  await assertInSync()
})

it('revokes at once what somebody who leaves has, says what it cannot prove, and finishes later', async () => {
  const remove = ['remove-user', '--name', 'down-ben', '--jobs', 'stop'] as const
  await client02('down')
  const told = await said(3, ...remove)
  assert.match(told, /pass +L3 .*401/)
  assert.match(told, /pass +L4 /)
  assert.match(told, /pass +L5 +client01: /)
  assert.match(told, /cannot tell +L5 +client02: /)
  assert.match(await asked('down-ben', 'client02'), /Unauthorized|logged in/)
  assert.match(await said(3, ...remove), /cannot tell +L5 +client02: /)
  await client02('up')
  assert.match(await said(0, ...remove), /pass +L5 .*client02: .*sha256 [0-9a-f]{64}/)
  assert.is(
    await runOn('client02', 'getent passwd down-ben || ls -d /home/down-ben 2>&1 || true', state),
    "ls: cannot access '/home/down-ben': No such file or directory\n",
  )
  await assertInSync()
})

it('locks out, with any later setup, whoever left while a machine was down', async () => {
  await client02('down')
  await said(3, 'remove-user', '--name', 'down-eve', '--jobs', 'stop')
  await client02('up')
  const state02 =
    'getent shadow down-eve | cut -d: -f2,8 | sed "s/^!.*:/locked:/"; ls -A /home/down-eve/.kube'
  assert.not.match(await runOn('client02', state02, state), 'locked')
  await said(0, 'setup')
  assert.is(await runOn('client02', state02, state), 'locked:1\n')
  await assertInSync()
})

it.run()
