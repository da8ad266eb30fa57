import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { forgetDocument } from '../support/document.ts'
import { runPlaybook, runText } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('prod', { seconds: 120 })

let state: SandboxState
let directory: string
let inventory: string

/**
 * The shipped file with what its comments tell an admin to fill in, and nothing else; their ~/.ssh/config knows the
 * way.
 */
it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'arena-prod-'))
  const [client] = state.clients
  const sshConfig = join(directory, 'ssh_config')
  await writeFile(
    sshConfig,
    `Host 10.0.0.97\n  HostName ${client!.address}\n  Port ${client!.port}\n  User root\n  ` +
      `IdentityFile ${state.sshKey}\n  UserKnownHostsFile ${state.knownHosts}\n`,
  )
  const archive = 'arena-installer-0.15.5-linux-amd64.tar.gz'
  await copyFile(state.arena.archive, join(directory, archive))
  const text = (await readFile('inventory/prod.ts', 'utf8'))
    .replace(
      "context: 'CHANGE-ME', kubeconfig: '~/.kube/config'",
      `context: 'sandbox', kubeconfig: '${state.kubeconfig}'`,
    )
    .replace("sha256: 'CHANGE-ME'", `sha256: '${state.arena.sha256}'`)
    .replace("server: 'CHANGE-ME'", "server: 'nas.sandbox.test'")
    .replace("address: '10.0.0.97'", `address: '10.0.0.97', sshConfig: '${sshConfig}'`)
    .replace('./schema.ts', resolve('inventory/schema.ts'))
  inventory = join(directory, 'prod.ts')
  await writeFile(inventory, text)
})

// Other tests set up the same table under another inventory's name.
it.after(async () => {
  await rm(directory, { recursive: true })
  await forgetDocument('prod', state)
})

it('is refused as it is shipped, and names the three places to fill in', async () => {
  const { code, stdout, stderr } = await runText('setup', 'inventory/prod.ts')
  assert.is(code, 65)
  const named = (stdout + stderr).match(/inventory\/prod\.ts:\d+ \S+/g)?.map((place) => place.split(' ')[1])
  assert.equal(named, ['cluster.context:', 'arena.sha256:', 'nas.server:'])
})

it("sets up the document's table once it is filled in, says who has no password, and is then in sync", async () => {
  const first = await runPlaybook('setup', inventory)
  assert.is(first.code, 0, first.summary)
  assert.match(first.recap!.warnings.join(), /^bob, tom have no password/m)
  assert.match(
    await runOn('client01', 'id bob; id tom', state),
    /uid=20001\(bob\).*dev1.*\n.*uid=20002\(tom\).*dev2/,
  )
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('takes YAML of the same table for the same thing', async () => {
  const text = (await readFile('inventory/example.yaml', 'utf8'))
    .replace('context: CHANGE-ME', 'context: sandbox')
    .replace('kubeconfig: ~/.kube/config', `kubeconfig: ${state.kubeconfig}`)
    .replace('sha256: CHANGE-ME', `sha256: ${state.arena.sha256}`)
    .replace('server: CHANGE-ME', 'server: nas.sandbox.test')
    .replace('address: 10.0.0.97', `address: 10.0.0.97, sshConfig: ${join(directory, 'ssh_config')}`)
  const file = join(directory, 'prod.yaml')
  await writeFile(file, text)
  const { code, changes, stdout } = await runPlaybook('setup', file, '--check')
  assert.equal(changes, [])
  assert.is(code, 0, stdout)
})

it.run()
