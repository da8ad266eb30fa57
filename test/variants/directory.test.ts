import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { serviceAccountOf } from '../../lib/conventions/names.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { TenantsReport } from '../../lib/survey/standing.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { ldap } from '../support/ldap.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, assertFails, verify } from '../support/verify.ts'

const it = suite('accounts from a directory', { seconds: 400 })

const ZHANG = { name: 'zhang.san', uid: 1_154_601_107 }
const LI = { name: 'Li_Si', uid: 1_154_601_108 }
const STAFF = 1_154_600_513
const VISION = 1_154_600_777

let state: SandboxState
let table: InventoryInput
let directory: Awaited<ReturnType<typeof ldap>>
let files: Awaited<ReturnType<typeof inventoryFile>>

const play = async (name: string, inventory: InventoryInput, ...flags: string[]): Promise<Told> =>
  runPlaybook(name, await files.write(inventory), ...flags)

const on = (script: string): Promise<string> => directory.on(script)
const kubectl = (script: string): Promise<string> => runOn('cluster', `kubectl ${script}`, state)

const asUser = (name: string, command: string): Promise<string> =>
  on(`su - '${name}' -s /bin/sh -c '${command}' 2>&1 || true`)

const fieldsOf = ({ actions }: Told, id: string): string[] =>
  actions.find((action) => action.id === id)!.change.diffs.map(({ field }) => field)

it.before(async () => {
  state = await sandbox({ clients: 1 })
  directory = await ldap('client01', state)
  files = await inventoryFile()
  const usual = tenants('corp', 46_000, state)
  table = {
    ...usual,
    accounts: 'directory',
    groups: [
      { name: 'vision', gid: VISION, linuxGroup: 'directory', quota: { gpu: 1 } },
      ...usual.groups.slice(0, 1),
    ],
    users: [
      { ...ZHANG, groups: ['vision', 'corp1'] },
      { ...LI, groups: ['corp1'] },
      { ...usual.users[0]!, accounts: 'local' },
    ],
    volumes: usual.volumes!.slice(0, 1),
  }
})

it('says of whoever is not in the directory that they are not, and does nothing half of it', async () => {
  assert.is(await on('getent passwd zhang.san || echo none; ls -d /home/zhang.san 2>&- || true'), 'none\n')
  const told = await play('setup', table)
  assert.is(told.code, 1)
  const refused = told.recap!.problems.map(({ action }) => action.id)
  assert.equal(refused.filter((id) => id.startsWith('directory-user/')).toSorted(), [
    'directory-user/Li_Si',
    'directory-user/zhang.san',
  ])
  assert.ok(refused.includes('linux-group/vision'))
  const of = (id: string) => told.actions.find((action) => action.id === id)!
  assert.match(of('directory-user/zhang.san').change.reason!, 'zhang.san')
  assert.ok(of('directory-user/zhang.san').change.hint)
  for (const id of ['kubeconfig/zhang.san', 'kubeconfig/Li_Si']) assert.is(of(id).hindrance?.because, 'needs')
  assert.is(await on('ls -d /home/zhang.san /home/Li_Si 2>&- || true'), '')
  assert.is(await kubectl('get serviceaccounts -A -o name | grep -c -e zhang -e li-si || true'), '0\n')
  assert.is(await on('id -u corp-ann'), '46010\n')
})

it('takes an account as the directory has it: a home, a kubeconfig, a service account', async () => {
  await directory.addUser('zhang.san', { uid: ZHANG.uid, gid: STAFF })
  await directory.addUser('Li_Si', { uid: LI.uid, gid: STAFF })
  await directory.addUser('wang', { uid: 1_154_601_109, gid: STAFF })
  await directory.addGroup('staff-of-corp', { gid: STAFF, members: [] })
  await directory.addGroup('vision', { gid: VISION, members: ['zhang.san'] })
  const told = await play('setup', table)
  assert.is(told.code, 0, told.summary)
  assert.is(await on('cat /etc/passwd /etc/shadow | grep -c -e zhang -e Li_Si || true'), '0\n')
  assert.is(
    await on("stat -c '%a %u %g' /home/zhang.san /home/zhang.san/.kube/config"),
    `700 ${ZHANG.uid} ${STAFF}\n600 ${ZHANG.uid} ${STAFF}\n`,
  )
  assert.is(await on('id -Gn zhang.san | tr " " "\\n" | sort'), 'arena-corp\ncorp1\nstaff-of-corp\nvision\n')
  assert.is(await asUser('zhang.san', 'arena-kubectl auth can-i create tfjobs.kubeflow.org'), 'yes\n')
  assert.is(await asUser('Li_Si', 'arena-kubectl auth can-i create tfjobs.kubeflow.org'), 'yes\n')
  assert.is(await kubectl('get serviceaccount -n vision zhang.san -o name'), 'serviceaccount/zhang.san\n')
  assert.is(
    await kubectl(`get serviceaccount -n corp1 ${serviceAccountOf('Li_Si')} -o name`),
    `serviceaccount/${serviceAccountOf('Li_Si')}\n`,
  )
  const again = await play('setup', table, '--check')
  assert.equal(
    again.changes.map(({ id }) => id),
    [],
  )
  assert.is(again.code, 0, again.summary)
})

it('is what verify asks the directory about, and each of them can work', async () => {
  assertClean(await verify(await files.write(table)))
  const jobs = await verify(await files.write(table), '--jobs', '--user', 'zhang.san,Li_Si')
  assertClean(jobs)
})

it('is what report counts as in its groups, and marks', async () => {
  const { code, stdout } = await runText('report', files.file, '--output', 'json')
  assert.is(code, 0, stdout)
  const line = stdout.split('\n').find((one) => one.includes('"type":"tenants"'))!
  const { groups, users } = JSON.parse(line).report as TenantsReport
  assert.equal(
    groups.map(({ linuxGroup }) => linuxGroup),
    ['directory', undefined],
  )
  const namesIn = (row: { users?: readonly object[] }) =>
    row.users?.map((one) => JSON.stringify(one)).toSorted()
  for (const { actual, wanted } of groups) assert.equal(namesIn(actual), namesIn(wanted))
  assert.equal(
    users.map(({ accounts }) => accounts),
    ['directory', 'directory', undefined],
  )
})

it('is what adopt writes: users and groups of the directory, and nobody else of it', async () => {
  const out = join(dirname(files.file), 'corp.yaml')
  const where = ['--ssh-config', state.sshConfig, '--host', 'client01']
  const { code, stdout, stderr } = await runText(
    'adopt',
    '--kubeconfig',
    state.kubeconfig,
    ...where,
    '--out',
    out,
  )
  assert.is(code, 0, stdout + stderr)
  const { groups, users } = parse(await readFile(out, 'utf8')) as InventoryInput
  assert.equal(
    groups.map(({ name, gid, linuxGroup }) => [name, gid, linuxGroup]).toSorted(),
    table.groups.map(({ name, gid, linuxGroup }) => [name, gid, linuxGroup]).toSorted(),
  )
  assert.equal(
    users.map(({ name, uid, accounts, groups }) => [name, uid, accounts, groups]).toSorted(),
    [
      ['corp-ann', 46_010, undefined, ['corp1']],
      ['Li_Si', LI.uid, 'directory', ['corp1']],
      ['zhang.san', ZHANG.uid, 'directory', ['vision', 'corp1']],
    ].toSorted(),
  )
})

it('is found to differ: by setup, by verify, and put right', async () => {
  await on(`gpasswd -d zhang.san corp1; chmod 755 /home/Li_Si; gpasswd -a Li_Si disk; gpasswd -a wang corp1
    sed -i '/^corp1:/s/$/,-x/' /etc/group`)
  await directory.modify('cn=vision', 'add: memberUid\nmemberUid: Li_Si')
  assertFails(await verify(await files.write(table)), [
    /K2 zhang\.san on client01: .*: corp1/,
    /K2 Li_Si on client01: .*: disk/,
    /K2 Li_Si on client01: .*: vision/,
    /K7 Li_Si on client01: /,
    /K10 "?wang"? on client01: .*: corp1/,
    /K10 .*: vision|K2 Li_Si/,
  ])
  const told = await play('setup', table)
  assert.is(told.code, 0, told.summary)
  assert.equal(fieldsOf(told, 'directory-user/zhang.san'), ['groups'])
  assert.equal(fieldsOf(told, 'directory-user/Li_Si'), ['groups', 'home mode'])
  await on("gpasswd -d wang corp1; sed -i '/^corp1:/s/,-x//' /etc/group")
  await directory.modify('cn=vision', 'delete: memberUid\nmemberUid: Li_Si')
  assertClean(await verify(await files.write(table)))
})

it('refuses a uid, a home, a spelling and a membership that the directory does not have', async () => {
  const with_ = (change: object): InventoryInput => ({
    ...table,
    users: [{ ...table.users[0]!, ...change }, ...table.users.slice(1)],
  })
  for (const [change, reason] of [
    [{ uid: ZHANG.uid + 100 }, /has uid 1154601107 in the directory/],
    [{ home: '/data/zhang' }, /has the home \/home\/zhang\.san in the directory/],
  ] as const) {
    const told = await play('setup', with_(change), '--check')
    assert.is(told.code, 1)
    assert.match(told.actions.find(({ id }) => id === 'directory-user/zhang.san')!.change.reason!, reason)
  }
  await directory.modify('cn=vision', 'delete: memberUid\nmemberUid: zhang.san')
  const told = await play('setup', table, '--check')
  assert.match(
    told.actions.find(({ id }) => id === 'directory-user/zhang.san')!.change.reason!,
    /is not in vision in the directory/,
  )
  await directory.modify('cn=vision', 'add: memberUid\nmemberUid: zhang.san')
  const password = await play('set-password', table, '--name', 'zhang.san')
  assert.is(password.code, 64)
})

it('takes a low uid that is nobody else there, and refuses what the machine itself has', async () => {
  const wu = { name: 'wu', uid: 612, groups: ['corp1'] }
  await on('useradd -r -u 612 -M daemon612')
  await directory.addUser(wu.name, { uid: wu.uid, gid: STAFF })
  const inventory = { ...table, users: [...table.users, wu] }
  const own = await play(
    'setup',
    { ...inventory, users: [...table.users, { ...wu, accounts: 'local' }] },
    '--check',
  )
  assert.is(own.code, 65)
  assert.is(
    (await play('setup', { ...inventory, users: [...table.users, { ...wu, uid: 0 }] }, '--check')).code,
    65,
  )

  const taken = await play('setup', inventory)
  assert.is(taken.code, 1, taken.summary)
  assert.equal(
    taken.recap!.problems.flatMap(({ action }) => (action.on === 'client01' ? [action.id] : [])),
    ['directory-user/wu', 'kubeconfig/wu'],
  )
  assert.is(await kubectl('get serviceaccounts -A -o name | grep -c /wu || true'), '0\n')
  assertFails(await verify(files.file, '--only', 'K2', '--user', 'wu'), [/K2 wu on client01: .*\b612\b/])

  await on('userdel daemon612')
  const told = await play('setup', inventory)
  assert.is(told.code, 0, told.summary)
  assert.is(await on("stat -c '%a %u' /home/wu /home/wu/.kube/config"), '700 612\n600 612\n')
  assert.is(await asUser('wu', 'arena-kubectl auth can-i create tfjobs.kubeflow.org'), 'yes\n')
  assertClean(await verify(files.file, '--only', 'K', '--user', 'wu'))

  await directory.modify('uid=wu', 'replace: gidNumber\ngidNumber: 27')
  assertFails(await verify(files.file, '--only', 'K2', '--user', 'wu'), [/K2 wu .*: sudo → /])
  await directory.modify('uid=wu', `replace: gidNumber\ngidNumber: ${STAFF}`)

  const removed = await runPlaybook('remove-user', files.file, '--name', 'wu', '--jobs', 'stop')
  assert.is(removed.code, 0, removed.summary)
})

it('remove-user leaves the account and takes the rest, and says so', async () => {
  const told = await runPlaybook('remove-user', files.file, '--name', 'Li_Si', '--jobs', 'stop')
  assert.is(told.code, 0, `${told.summary}${told.stdout.slice(-2000)}`)
  const account = told.changes.find(({ id }) => id === 'departed-account/Li_Si')!
  assert.match(account.change.warnings!.join(), 'Li_Si')
  assert.match(await on('getent passwd Li_Si'), String(LI.uid))
  assert.is(await on('id -Gn Li_Si'), 'staff-of-corp\n')
  assert.is(await on('ls -d /home/Li_Si 2>&- || true'), '')
  assert.is(await kubectl('get serviceaccounts -A -o name | grep -c li-si || true'), '0\n')
  const again = await runPlaybook('setup', files.file, '--check')
  assert.equal(
    again.changes.map(({ id }) => id),
    [],
  )
  assert.is(again.code, 0, again.summary)
  assertClean(await verify(files.file))
})

it('add-user takes somebody of the directory by their uid there, and makes no password', async () => {
  const wang = ['--name', 'wang', '--group', 'corp1']
  assert.is((await runPlaybook('add-user', files.file, ...wang)).code, 64)
  const told = await runPlaybook('add-user', files.file, ...wang, '--uid', '1154601109')
  assert.is(told.code, 0, told.summary)
  assert.not.ok(told.changes.some(({ id }) => id.startsWith('given-password/')))
  assert.is(await asUser('wang', 'arena-kubectl auth can-i create tfjobs.kubeflow.org'), 'yes\n')
})

it.run()
