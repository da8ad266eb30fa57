import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { $ } from 'zx'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, assertFails, verify, wordsOf } from '../support/verify.ts'

const it = suite('ssh keys', { seconds: 240 })

const ANN = 'key-ann'
const BEN = 'key-ben'
const FILE = `~${ANN}/.ssh/authorized_keys`

let state: SandboxState
let files: Awaited<ReturnType<typeof inventoryFile>>
let inventory: string
let directory: string
let table: InventoryInput

/** The public line of a new key of this name. */
const newKey = async (name: string): Promise<string> => {
  await $({ quiet: true })`ssh-keygen -q -t ed25519 -N ${''} -C ${name} -f ${join(directory, name)}`
  return (await readFile(join(directory, `${name}.pub`), 'utf8')).trim()
}

const canLogIn = async (user: string, key: string): Promise<boolean> => {
  const options = [
    'IdentitiesOnly=yes',
    'PreferredAuthentications=publickey',
    `IdentityFile=${join(directory, key)}`,
  ]
  const flags = options.flatMap((option) => ['-o', option])
  const told = await $({
    quiet: true,
    nothrow: true,
  })`ssh -F ${state.sshConfig} ${flags} ${user}@client01 id -un`
  return told.exitCode === 0 && told.stdout.trim() === user
}

const on = (script: string): Promise<string> => runOn('client01', script, state)

const asAnn = (script: string): string =>
  `setpriv --reuid=${ANN} --regid=$(id -g ${ANN}) --init-groups sh -c 'cd ~${ANN} && ${script}'`

const setup = async () => {
  const told = await runPlaybook('setup', inventory)
  assert.is(told.code, 0, told.summary)
  return told
}

const give = (keys: string[] | undefined, more: Partial<InventoryInput> = {}) =>
  files.write({
    ...table,
    ...more,
    users: table.users.map((user) => (user.name === ANN && keys ? { ...user, sshKeys: keys } : user)),
  })

let office: string
let laptop: string
let own: string

it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'arena-keys-'))
  ;[office, laptop, own] = await Promise.all([newKey('office'), newKey('laptop'), newKey('own')])
  const base = tenants('key', 49_000, state)
  table = { ...base, volumes: [], users: base.users.map(({ password: _, ...user }) => user) }
  files = await inventoryFile()
  inventory = await give([office, laptop])
})

it.after(() => rm(directory, { recursive: true }))

it('whoever has a key logs in by it without a password; who has neither is named once', async () => {
  const { recap } = await setup()
  assert.ok(await canLogIn(ANN, 'office'))
  assert.ok(await canLogIn(ANN, 'laptop'))
  assert.not.ok(await canLogIn(ANN, 'own'))
  const about = recap!.warnings.filter((warning) => warning.includes('no password'))
  assert.is(about.length, 1)
  assert.ok(about[0]!.startsWith(`${BEN} `), about[0])
  const again = await setup()
  assert.equal(again.changes, [])
  assert.is(again.recap!.traffic.execs, state.clients.length)
  assertClean(await verify(inventory, '--only', 'K3,K4,K11,K13', '--user', ANN))
})

/** Each is told by K13, and mended by setup. */
const TAMPERED: Readonly<Record<string, [script: string, says: RegExp]>> = {
  'the block of keys is gone': [`rm ${FILE}`, /: ssh-ed25519 .*, ssh-ed25519 /],
  'a key was written into the block': [`sed -i "2i $(sed -n 2p ${FILE} | sed s/I/J/)" ${FILE}`, /: .*/],
  'others may write the list': [`chmod 666 ${FILE}`, /authorized_keys has mode 0666/],
  'the list was put away for one of root': [
    `rm ${FILE} && install -m 600 /dev/null ${FILE}`,
    /: ssh-ed25519 /,
  ],
}

for (const [what, [script, says]] of Object.entries(TAMPERED))
  it(`verify tells that ${what}, and setup mends it`, async () => {
    const only = ['--only', 'K13', '--user', ANN]
    assertClean(await verify(inventory, ...only))
    await on(script)
    const told = (await verify(inventory, ...only)).failures.map(wordsOf)
    assert.is(told.length, 1, told.join('\n'))
    assert.match(told[0]!, new RegExp(`^K13 ${ANN} on client01: .*${says.source}.* → run setup`))
    await setup()
    assertClean(await verify(inventory, ...only))
    assert.ok(await canLogIn(ANN, 'laptop'))
  })

it("verify names a colleague whose key lets them in, and the file of a user's own that others may write", async () => {
  await on(asAnn(`echo "${own}" >> .ssh/authorized_keys`))
  assert.equal((await verify(inventory, '--only', 'K13')).gaps, [])
  await files.write({
    ...table,
    users: table.users.map((user) => {
      const keys = new Map([
        [ANN, [office, laptop]],
        [BEN, [own]],
      ]).get(user.name)
      return keys ? { ...user, sshKeys: keys } : user
    }),
  })
  assert.ok(await canLogIn(ANN, 'own'))
  const { gaps } = await verify(inventory, '--only', 'K13', '--user', ANN)
  assert.equal(
    gaps.map(({ check, things }) => [check.id, ...things]),
    [['K13', BEN]],
  )
  await give([office, laptop])
  await on(`cp ${FILE} /run/keys && sed -i '/ own$/d' ${FILE}`)
  await on(
    `install -d -o ${BEN} -m 700 ~${BEN}/.ssh && install -o ${BEN} -m 622 /run/keys ~${BEN}/.ssh/authorized_keys`,
  )
  const { failures } = await verify(inventory, '--only', 'K13', '--user', BEN)
  await on(`rm -r ~${BEN}/.ssh`)
  assert.ok(
    failures.map(wordsOf).some((line) => line.includes('mode 0622 → as ')),
    failures.map(wordsOf).join('\n'),
  )
})

it('verify tells of a key that root takes too', async () => {
  const before = '/run/keys-of-root'
  await on(`cp -p /root/.ssh/authorized_keys ${before} && echo '${laptop}' >> /root/.ssh/authorized_keys`)
  const { failures } = await verify(inventory, '--only', 'K3', '--user', ANN)
  await on(`mv ${before} /root/.ssh/authorized_keys`)
  assert.equal(
    failures.map(({ check, subjects, things }) => [check.id, subjects, things]),
    [['K3', [`${ANN} on client01`], ['/root/.ssh/authorized_keys']]],
  )
  assertClean(await verify(inventory, '--only', 'K3', '--user', ANN))
})

it('lines of the user stay, a key that the inventory no longer has is refused', async () => {
  await on(asAnn(`echo "${own}" >> .ssh/authorized_keys`))
  assert.ok(await canLogIn(ANN, 'own'))
  await give([laptop])
  const { changes } = await setup()
  assert.equal([...new Set(changes.map(({ id }) => id))], [`authorized-keys/${ANN}`])
  assert.not.ok(await canLogIn(ANN, 'office'))
  assert.ok(await canLogIn(ANN, 'laptop'))
  assert.ok(await canLogIn(ANN, 'own'))
  await give([])
  await setup()
  assert.not.ok(await canLogIn(ANN, 'laptop'))
  assert.ok(await canLogIn(ANN, 'own'))
  assert.is((await on(`cat ${FILE}`)).trim(), own)
})

it('keys of a user whose field was taken out go too', async () => {
  await give([laptop])
  await setup()
  assert.ok(await canLogIn(ANN, 'laptop'))
  await on(asAnn('chmod 777 .ssh'))
  assert.not.ok(await canLogIn(ANN, 'laptop'))
  await setup()
  assert.ok(await canLogIn(ANN, 'laptop'))
  await give(undefined)
  const { changes } = await setup()
  assert.equal(
    [...new Set(changes.map(({ id, change }) => `${change.op} ${id}`))],
    [`remove authorized-keys/${ANN}`],
  )
  assert.not.ok(await canLogIn(ANN, 'laptop'))
})

const INSTEAD: Readonly<Record<string, string>> = {
  'a link to a file of root': 'ln -s /etc/shadow .ssh/authorized_keys',
  'a pipe': 'mkfifo .ssh/authorized_keys',
  'a file larger than any list of keys': 'head -c 70000 /dev/zero > .ssh/authorized_keys',
  'a link in the place of the directory': 'rm -rf .ssh && ln -s /etc .ssh',
}

for (const [what, script] of Object.entries(INSTEAD))
  it(`${what} is the trouble of its user alone, and nothing is written through it`, async () => {
    await give([laptop])
    const before = await on('cksum /etc/shadow; ls -la /etc | cksum')
    await on(asAnn(`rm -rf .ssh; mkdir -m 0700 .ssh; ${script}`))
    const told = await runPlaybook('setup', inventory)
    assert.is(told.code, 1, told.summary)
    const problems = told.recap!.problems.map(({ action }) => `${action.id} on ${action.on}`)
    assert.equal(problems, [`authorized-keys/${ANN} on client01`])
    assert.is(await on('cksum /etc/shadow; ls -la /etc | cksum'), before)
    await on(asAnn('rm -rf .ssh'))
    await setup()
    assert.ok(await canLogIn(ANN, 'laptop'))
  })

it('what is mounted at the directory is left alone', async () => {
  await on(`mkdir -p /srv/keys && mount --bind /srv/keys ~${ANN}/.ssh`)
  const told = await runPlaybook('setup', inventory)
  assert.is(told.code, 1, told.summary)
  assert.is(await on('ls -A /srv/keys'), '')
  await on(`umount ~${ANN}/.ssh`)
  assert.equal((await setup()).changes, [])
})

it('in isolation strict the inventory may own the whole file', async () => {
  await on(asAnn(`echo "${own}" >> .ssh/authorized_keys`))
  await give([laptop], { isolation: 'strict', authorizedKeys: 'exclusive' })
  assert.ok(await canLogIn(ANN, 'own'))
  const before = await verify(inventory, '--only', 'K13', '--user', ANN)
  assertFails(before, [/^K13 .* own → run setup/])
  await setup()
  assert.not.ok(await canLogIn(ANN, 'own'))
  assert.ok(await canLogIn(ANN, 'laptop'))
  assertClean(await verify(inventory, '--only', 'K4,K13', '--user', ANN))
  await on(asAnn(`echo "${own}" > .ssh/authorized_keys2`))
  assert.ok(await canLogIn(ANN, 'own'))
  assertFails(await verify(inventory, '--only', 'K13', '--user', ANN), [/^K13 .*authorized_keys2/])
  await on(asAnn('rm .ssh/authorized_keys2'))
})

it('add-user gives a key from a file, makes no password, and takes no private key', async () => {
  const flags = ['--name', 'key-cat', '--group', 'key1']
  const refused = await runPlaybook('add-user', inventory, ...flags, '--ssh-key', join(directory, 'own'))
  assert.is(refused.code, 64)
  const secret = (await readFile(join(directory, 'own'), 'utf8')).split('\n')[1]!
  assert.not.ok(`${refused.stdout}${refused.stderr}`.includes(secret.slice(0, 24)))
  assert.not.ok(await canLogIn('key-cat', 'own'))
  const told = await runPlaybook('add-user', inventory, ...flags, '--ssh-key', join(directory, 'own.pub'))
  assert.is(told.code, 0, told.summary)
  assert.ok(await canLogIn('key-cat', 'own'))
})

it('remove-user ends the login by key', async () => {
  assert.ok(await canLogIn(ANN, 'laptop'))
  const told = await runPlaybook('remove-user', inventory, '--name', ANN)
  assert.is(told.code, 0, told.summary)
  assert.not.ok(await canLogIn(ANN, 'laptop'))
})

it.run()
