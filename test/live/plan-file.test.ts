import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AutomationError } from '../../lib/base/errors.ts'
import type { Plan } from '../../lib/engine/plan.ts'
import { holdTo } from '../../lib/engine/plan-ceiling.ts'
import { type SavedPlan, savedFrom } from '../../lib/engine/plan-file.ts'
import { loadInventory } from '../../lib/inventory/load.ts'
import { executePlaybook } from '../../lib/program/execute.ts'
import setup from '../../playbooks/setup.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('saved plans', { seconds: 120 })

let state: SandboxState
let inventory: string
let directory: string
let plan: string

const play = (playbook: string, ...flags: string[]) =>
  runText(playbook, inventory, '--output', 'lines', ...flags)

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('saved', 49_000, state))
  directory = await mkdtemp(join(tmpdir(), 'arena-saved-'))
  plan = join(directory, 'plan.json')
})

it.after(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true })
})

const describe = (words: string): Promise<string> =>
  runOn('cluster', `kubectl annotate pvc saved1-public -n saved1 --overwrite description=${words}`, state)

const described = (): Promise<string> =>
  runOn(
    'cluster',
    "kubectl get pvc saved1-public -n saved1 -o jsonpath='{.metadata.annotations.description}'",
    state,
  )

const inPlan = async (): Promise<SavedPlan> => JSON.parse(await readFile(plan, 'utf8'))

/** A secret in the forms in which it could be in a file. */
const formsOf = (secret: string): string[] => {
  const digest = createHash('sha256').update(secret)
  return [
    secret,
    Buffer.from(secret).toString('base64'),
    digest.copy().digest('hex'),
    digest.digest('base64'),
  ]
}

it('carries out a first set-up as it was saved, with passwords and tokens that come later', async () => {
  const check = await play('setup', '--check', '--out', plan)
  assert.is(check.code, 2)
  assert.match(check.stdout, `--plan ${plan}`)
  assert.is((await stat(plan)).mode & 0o7777, 0o600)
  const created = (await inPlan()).changes.map(({ op, id, on }) => `${op} ${id} ${on}`)
  assert.ok(created.includes('create kubeconfig/saved-ann client01'))
  const { code, stdout } = await play('setup', '--plan', plan)
  assert.is(code, 0, stdout)
  assert.is((await play('setup', '--check')).code, 0)
})

it('has no secret in it, nor the digest of one', async () => {
  const first = await readFile(plan, 'utf8')
  await runOn(
    'client01',
    `usermod -p '' saved-ann; sed -i 's/token: .*/token: canary-of-a-token/' /home/saved-ann/.kube/config`,
    state,
  )
  assert.is((await play('setup', '--check', '--out', plan)).code, 2)
  const second = await readFile(plan, 'utf8')
  const fields = (await inPlan()).changes.flatMap(({ diffs }) => diffs.map(({ field }) => field))
  assert.ok(fields.includes('password') && fields.includes('token'), fields.join())
  const token = await runOn(
    'cluster',
    "kubectl get secret saved-ann-token-1 -n saved1 -o jsonpath='{.data.token}' | base64 -d",
    state,
  )
  const [, hash] = (await runOn('client02', 'getent shadow saved-ann', state)).split(':')
  assert.ok(token.length > 100 && hash!.length > 20)
  const password = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  for (const secret of [password, token, hash!, 'canary-of-a-token'])
    for (const form of formsOf(secret)) assert.not.ok(first.includes(form) || second.includes(form), form)
  assert.is((await play('setup', '--plan', plan)).code, 0)
  assert.is((await play('setup', '--check')).code, 0)
})

it('has nothing left to do when it is carried out again, and writes nothing', async () => {
  let said: Awaited<ReturnType<typeof play>> | undefined
  const requests = await audited(state, async () => {
    said = await play('setup', '--plan', plan)
  })
  assert.is(said!.code, 0, said!.stdout)
  assert.match(said!.stdout, 'kubeconfig/saved-ann on client01')
  assert.equal(writes(requests), [])
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
  await describe('moved')
  let said: Awaited<ReturnType<typeof play>> | undefined
  const requests = await audited(state, async () => {
    said = await play('setup', '--plan', plan)
  })
  assert.is(said!.code, 4, said!.stdout)
  assert.match(
    said!.stdout,
    /linux-user\/saved-ann on client01: shell "\/bin\/false" → "\/bin\/bash";.*"\/bin\/sh"/,
  )
  assert.match(said!.stdout, 'claim/saved1/saved1-public on cluster: update ')
  assert.equal(writes(requests), [])
  assert.match(await runOn('client01', 'getent passwd saved-ann', state), '/bin/false')
  assert.is((await play('setup')).code, 0)
})

it('holds for one selection: nobody is called done who was only left out', async () => {
  await runOn('client01', 'usermod -s /bin/sh saved-ann; usermod -s /bin/sh saved-ben', state)
  assert.is((await play('setup', '--user', 'saved-ann', '--check', '--out', plan)).code, 2)
  const all = await play('setup', '--plan', plan)
  assert.is(all.code, 4, all.stdout)
  assert.match(all.stdout, '--user: saved-ann ')
  const { code, stdout } = await play('setup', '--user', 'saved-ann', '--plan', plan)
  assert.is(code, 0, stdout)
  assert.match(await runOn('client01', 'getent passwd saved-ben', state), '/bin/sh')
  assert.is((await play('setup')).code, 0)
})

it('is refused when it is not what was saved', async () => {
  await runOn('client01', 'usermod -s /bin/sh saved-ann', state)
  assert.is((await play('setup', '--check', '--out', plan)).code, 2)
  const text = await readFile(plan, 'utf8')
  const refused = async (exit: number, said: string): Promise<void> => {
    const { code, stdout } = await play('setup', '--plan', plan)
    assert.is(code, exit, stdout)
    assert.match(stdout, said)
  }
  await writeFile(plan, text.replace('"/bin/bash"', '"/bin/zsh"'))
  await refused(4, 'shell "/bin/sh" → "/bin/bash"; planned was "/bin/sh" → "/bin/zsh"')
  await writeFile(plan, text.replaceAll('saved-ann', 'saved-ben'))
  await refused(4, 'linux-user/saved-ann on client01: update was not planned')
  await writeFile(plan, text.replace('"changes"', '"change"'))
  await refused(64, 'was changed since it was saved')
  await writeFile(plan, text)
  await chmod(plan, 0o662)
  await refused(64, 'could have been changed by others')
  await chmod(plan, 0o600)
  await chown(plan, 49_999, 49_999)
  await refused(64, 'could have been changed by others')
  await chown(plan, 0, 0)
  assert.match(await runOn('client01', 'getent passwd saved-ann', state), '/bin/sh')
  assert.is((await play('setup', '--plan', plan)).code, 0)
})

it('binds a plan that is made anew because somebody else was at work, too', async () => {
  await describe('drifted')
  const kubectl = (await prepareTools(() => undefined))('kubectl')
  const others = (...args: string[]) => execFileSync(kubectl, ['--kubeconfig', state.kubeconfig, ...args])
  let made = 0
  let saved: SavedPlan | undefined
  const accept = (now: Plan): void => {
    made++
    if (saved !== undefined) return void holdTo(saved, now, [])
    saved = savedFrom(now, {})
    others(
      'annotate',
      'lease',
      'arena-playbooks',
      '-n',
      'kube-system',
      '--overwrite',
      `touched=${Date.now()}`,
    )
    others('annotate', 'pvc', 'saved1-public', '-n', 'saved1', '--overwrite', 'description=theirs')
  }
  const run = executePlaybook(setup, await loadInventory(inventory), { mode: 'apply', emit() {}, accept })
  const error = (await rejects(run)) as AutomationError
  assert.is(error.code, 'stale-plan', error.message)
  assert.match(error.message, /description "theirs" → "of the group";.*"drifted" → "of the group"/)
  assert.is(made, 2)
  assert.is(await described(), 'theirs')
  assert.is((await play('setup')).code, 0)
})

it('saves an added user, file and all, and carries that out', async () => {
  const add = ['--name', 'saved-cat', '--group', 'saved1', '--uid', '49012'] as const
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
  assert.is((await play('setup', '--list', '--out', plan)).code, 64)
  assert.is((await play('setup', '--list', '--plan', plan)).code, 64)
  assert.is((await play('setup', '--plan', `${plan}.none`)).code, 64)
})

it.run()
