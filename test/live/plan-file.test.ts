import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('saved plans', { seconds: 120 })

let state: SandboxState
let inventory: string
let directory: string
let plan: string

const play = (playbook: string, ...flags: string[]) =>
  runText(playbook, inventory, '--output', 'lines', ...flags)

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('saved', 45_000, state))
  directory = await mkdtemp(join(tmpdir(), 'arena-saved-'))
  plan = join(directory, 'plan.json')
})

it.after(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true })
})

it('carries out a first set-up as it was saved, tokens that come later included, and no secret is in the file', async () => {
  assert.is((await play('setup', '--check', '--out', plan)).code, 2)
  const text = await readFile(plan, 'utf8')
  assert.match(text, '«secret:')
  const { code, stdout } = await play('setup', '--plan', plan)
  assert.is(code, 0, stdout)
  const password = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  assert.not.match(text, password)
  assert.is((await play('setup', '--check')).code, 0)
})

it('does less where less is needed, and says so', async () => {
  await runOn('client01', 'usermod -s /bin/sh saved-ann; usermod -s /bin/sh saved-ben', state)
  assert.is((await play('setup', '--check', '--out', plan)).code, 2)
  await runOn('client01', 'usermod -s /bin/bash saved-ben', state)
  const { code, stdout } = await play('setup', '--plan', plan)
  assert.is(code, 0, stdout)
  assert.match(stdout, 'Not needed any more, though planned: linux-user/saved-ben on client01')
  assert.match(await runOn('client01', 'getent passwd saved-ann', state), '/bin/bash')
})

it('changes nothing when the world has moved, and tells the difference, with 4', async () => {
  await runOn('client01', 'usermod -s /bin/sh saved-ann', state)
  assert.is((await play('setup', '--check', '--out', plan)).code, 2)
  await runOn('client01', 'usermod -s /bin/false saved-ann', state)
  await runOn('cluster', 'kubectl annotate pvc saved1-public -n saved1 --overwrite description=moved', state)
  let said: Awaited<ReturnType<typeof play>> | undefined
  const requests = await audited(state, async () => {
    said = await play('setup', '--plan', plan)
  })
  assert.is(said!.code, 4, said!.stdout)
  assert.match(
    said!.stdout,
    'linux-user/saved-ann on client01: shell "/bin/false" → "/bin/bash"; planned was "/bin/sh"',
  )
  assert.match(said!.stdout, 'claim/saved1/saved1-public on cluster: update was not planned')
  assert.equal(writes(requests), [])
  assert.match(await runOn('client01', 'getent passwd saved-ann', state), '/bin/false')
  assert.is((await play('setup')).code, 0)
})

it('saves an added user, file and all, and carries that out', async () => {
  const add = ['--name', 'saved-cat', '--group', 'saved1', '--uid', '45012'] as const
  assert.is((await play('add-user', ...add, '--check', '--out', plan)).code, 2)
  assert.is((await play('setup', '--plan', plan, '--check')).code, 4, 'it is a plan of add-user')
  const other = await play(
    'add-user',
    ...add,
    '--gecos',
    'Cat',
    '--plan',
    plan,
    '--password-file',
    `${plan}.password`,
  )
  assert.is(other.code, 4, other.stdout)
  const { code, stdout } = await play(
    'add-user',
    ...add,
    '--plan',
    plan,
    '--password-file',
    `${plan}.password`,
  )
  assert.is(code, 0, stdout)
  assert.match(await readFile(inventory, 'utf8'), 'saved-cat')
  assert.is((await play('setup', '--check')).code, 0)
})

it('refuses flags that mean nothing', async () => {
  assert.is((await play('setup', '--out', plan)).code, 64)
  assert.is((await play('setup', '--plan', `${plan}.none`)).code, 64)
})

it.run()
