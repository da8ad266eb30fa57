// What a terminal, a log and the flags of a command line do to a run.
import { spawn } from 'node:child_process'
import { chmod, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('a run and its surroundings', { seconds: 600 })

let state: SandboxState
let table: InventoryInput
let inventory: string

it.before(async () => {
  state = await sandbox()
  const { hosts, groups, users, ...rest } = tenants('cli', 24_500, state)
  table = {
    ...rest,
    hosts: hosts.slice(0, 1),
    groups: groups.map((group, index) => ({ ...group, gid: 14_500 + index })),
    users,
  }
  inventory = await (await inventoryFile()).write(table)
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

const shellOfAnn = async (): Promise<string> =>
  (await runOn('client01', 'getent passwd cli-ann', state)).trim().split(':').at(-1)!

const openShell = (): Promise<unknown> => runOn('client01', 'usermod -s /bin/sh cli-ann', state)

const lockHolder = (): Promise<string> =>
  runOn(
    'cluster',
    'kubectl get lease arena-playbooks -n kube-system -o jsonpath={.spec.holderIdentity}',
    state,
  )

it('a full disk under the log loses the log and nothing else, and ends with 1', async () => {
  const full = await open('/dev/full', 'w')
  try {
    for (const stdio of [
      [full.fd, 'ignore'],
      [full.fd, full.fd],
    ] as const) {
      await openShell()
      assert.is(await shellOfAnn(), '/bin/sh')
      const child = spawn(process.execPath, ['playbooks/setup.ts', inventory, '--output', 'lines'], {
        cwd: CHECKOUT,
        stdio: ['ignore', ...stdio],
      })
      const code = await new Promise((resolve) => child.once('close', resolve))
      assert.is(await shellOfAnn(), '/bin/bash')
      assert.is(await lockHolder(), '')
      assert.is(code, 1)
    }
  } finally {
    await full.close()
  }
})

it('a reader that has gone away is no failure', async () => {
  await openShell()
  const command = `${process.execPath} playbooks/setup.ts "$0" --output lines | head -n 1; echo "\${PIPESTATUS[0]}"`
  const child = spawn('bash', ['-c', command, inventory], { cwd: CHECKOUT })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  await new Promise((resolve) => child.once('close', resolve))
  assert.is(said.trim().split('\n').at(-1), '0')
  assert.is(await shellOfAnn(), '/bin/bash')
})

it('a terminal that is closed lets a run finish what is in flight, and the next one does the rest', async () => {
  const users = Array.from({ length: 12 }, (_, index) => ({
    name: `cli-hup${index}`,
    uid: 24_520 + index,
    groups: ['cli1'],
  }))
  const file = await (await inventoryFile()).write({ ...table, users: [...table.users, ...users] })
  const child = spawn(process.execPath, ['playbooks/setup.ts', file, '--output', 'lines'], {
    cwd: CHECKOUT,
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const before = said
    said += text
    if (/done {5}/.test(said) && !/done {5}/.test(before)) child.kill('SIGHUP')
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.is(code, 130, said)
  assert.match(said.trimEnd().split('\n').at(-1)!, /failed=0/)
  assert.is(await lockHolder(), '')
  const { code: again, summary } = await runPlaybook('setup', file)
  assert.is(again, 0, summary)
})

it('--check looks at an archive that would be uploaded, and saves no plan that could not be carried out', async () => {
  const sha256 = 'f'.repeat(64)
  const { write, file } = await inventoryFile()
  const plan = `${file}.plan`
  for (const archive of [state.arena.archive, `${state.arena.archive}.gone`]) {
    await write({ ...table, arena: { archive, sha256 } })
    const { code, stdout, stderr } = await runText('setup', file, '--check', '--out', plan)
    assert.is(code, 65, stdout + stderr)
    assert.match(stdout + stderr, archive)
    assert.not.ok(await stat(plan).catch(() => undefined))
  }
  const archive = 'https://127.0.0.1:9/arena-installer.tar.gz'
  await write({ ...table, arena: { archive, sha256 } })
  const { code, stdout } = await runText('setup', file, '--check', '--out', plan)
  assert.is(code, 2, stdout)
  assert.match(stdout, new RegExp(`Not read .*${archive}`))
  assert.ok(await stat(plan))
})

it('a selection gathers what its flag is given, in every command', async () => {
  await runOn('client01', 'usermod -s /bin/sh cli-ann; usermod -s /bin/sh cli-ben', state)
  const drifted = async (...flags: string[]): Promise<string[]> =>
    (await runPlaybook('setup', inventory, '--check', ...flags)).changes.map(({ id }) => id).toSorted()
  const both = ['linux-user/cli-ann', 'linux-user/cli-ben']
  assert.equal(await drifted('--user', 'cli-ben'), both.slice(1))
  assert.equal(await drifted('--user', 'cli-ann', '--user', 'cli-ben'), both)
  assert.equal(await drifted('--group', 'cli1', '--group', 'cli2', '--step', '1', '--step', '4'), both)
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  const goals = async (...flags: string[]): Promise<number[]> => {
    const { stdout } = await runText('verify', inventory, '--output', 'json', ...flags)
    const event = stdout.split('\n').find((line) => line.includes('"type":"report"'))!
    return JSON.parse(event).report.goals.map(({ goal }: { goal: number }) => goal)
  }
  assert.equal(await goals('--only', 'goal1'), [1])
  assert.equal(await goals('--only', 'goal1', '--only', 'goal4'), [1, 4])
})

it('verify says of what no machine was looked at for that it was not tested, and not that setup mends it', async () => {
  const found = async (...flags: string[]): Promise<{ verdict: string; repair?: unknown }[]> => {
    const { stdout } = await runText('verify', inventory, '--output', 'json', '--only', 'E', ...flags)
    const event = stdout.split('\n').find((line) => line.includes('"type":"report"'))!
    return JSON.parse(event).report.goals.flatMap(({ found }: { found: [] }) => found)
  }
  assert.ok((await found()).some(({ verdict }) => verdict === 'pass' || verdict === 'gap'))
  const blind = await found('--limit', 'cluster')
  assert.ok(
    blind.some(
      ({ verdict, repair }) => verdict === 'untested' && /--limit/.test(JSON.stringify(repair ?? '')),
    ),
  )
  assert.equal(
    blind.filter(({ verdict }) => verdict === 'unknown'),
    [],
  )
})

it('a new password overwrites nothing, and an inventory that may not be written changes nothing', async () => {
  const { write, file } = await inventoryFile()
  await write(table)
  const before = await readFile(file, 'utf8')
  const passwordFile = `${file}.password`
  const add = ['--name', 'cli-new', '--group', 'cli1', '--password-file', passwordFile]
  const isThere = async (): Promise<boolean> =>
    (await runOn('client01', 'getent passwd cli-new || true', state)) !== ''
  const untouched = async (): Promise<void> => {
    assert.is(await readFile(file, 'utf8'), before)
    assert.not.ok(await isThere())
  }
  await writeFile(passwordFile, 'of somebody else\n')
  const held = await runText('add-user', file, ...add)
  assert.is(held.code, 64, held.stdout + held.stderr)
  assert.is(await readFile(passwordFile, 'utf8'), 'of somebody else\n')
  await untouched()
  await rm(passwordFile)

  await chmod(file, 0o444)
  const refused = await runText('add-user', file, ...add)
  assert.is(refused.code, 65, refused.stdout + refused.stderr)
  assert.not.ok(await stat(passwordFile).catch(() => undefined))
  await untouched()
  await chmod(file, 0o644)

  const { code, stdout, stderr } = await runText('add-user', file, ...add)
  assert.is(code, 0, stdout + stderr)
  assert.match(stdout, new RegExp(`cli-new .*${passwordFile}`))
  assert.not.match(stdout, (await readFile(passwordFile, 'utf8')).trim())
  assert.ok(await isThere())
})

it.run()
