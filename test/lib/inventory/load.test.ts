import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { Secret } from '../../../lib/base/secret.ts'
import { InventoryError, loadInventory } from '../../../lib/inventory/load.ts'
import { arenaStart, BUILT_IN_ROLES, type NamedRole, rolesIn } from '../../../lib/inventory/roles.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('inventory: files')

const SCHEMA = new URL('../../../inventory/schema.ts', import.meta.url).href
let directory: string

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'inventory-'))
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
})
it.after(() => rm(directory, { recursive: true }))

const write = async (name: string, text: string): Promise<string> => {
  const file = join(directory, name)
  await writeFile(file, text)
  return file
}

const refusal = async (file: string): Promise<InventoryError> => {
  const error = await rejects(loadInventory(file))
  assert.instance(error, InventoryError)
  return error as InventoryError
}

/** Each issue as `line place: reason`. */
const issues = async (file: string): Promise<string[]> =>
  (await refusal(file)).issues.map(({ line, path, reason }) => `${line ?? '-'} ${path}: ${reason}`)

const YAML = `name: prod
isolation: document
cluster: { context: admin, kubeconfig: kube/config }
arena:
  archive: arena.tar.gz
  sha256: ${'a'.repeat(64)}
hosts:
  - name: client01
    address: 10.0.0.97
    identityFile: ~/.ssh/id_ed25519
    sudo: { password: { command: pass show client01 } }
nas: { server: nas.example.com, mountOptions: [vers=3] }
groups:
  - { name: dev1, gid: 10001, quota: { gpu: 1, cpu: 8 } }
users:
  - name: bob
    uid: 20001
    groups: [dev1]
    password: { env: BOB_PASSWORD }
  - name: tom
    uid: 20002
    groups: [{ group: dev1, role: viewer }]
    passwordHash: $6$salt$${'a'.repeat(86)}
volumes:
  - { name: dev1-public, group: dev1, path: /dev1/ }
  - { name: fast, group: dev1, server: fast.example.com, path: /dev1 }
`

it('a YAML inventory comes with defaults, absolute paths, memberships with roles and sealed secrets', async () => {
  const file = await write('whole.yaml', YAML)
  const inventory = await loadInventory(file)
  assert.is(inventory.file, file)
  assert.equal(inventory.cluster, {
    name: 'cluster',
    context: 'admin',
    kubeconfig: join(directory, 'kube/config'),
  })
  assert.is(inventory.arena.archive, join(directory, 'arena.tar.gz'))
  assert.equal(inventory.groups[0]!.quota, { gpu: 1, cpu: '8' })
  assert.is(inventory.groups[0]!.jobs, 'shared')
  const host = inventory.hosts[0]!
  assert.is(host.identityFile, join(homedir(), '.ssh/id_ed25519'))
  assert.is(host.connection, 'ssh')
  assert.not.ok('user' in host || 'port' in host)
  const [bob, tom] = inventory.users
  assert.equal(bob!.groups, [{ group: 'dev1', role: 'member' }])
  assert.equal(tom!.groups, [{ group: 'dev1', role: 'viewer' }])
  assert.equal([bob!.shell, bob!.home], ['/bin/bash', '/home/bob'])
  const [own, fast] = inventory.volumes
  assert.equal(own, {
    name: 'dev1-public',
    group: 'dev1',
    server: 'nas.example.com',
    path: '/dev1',
    size: '5Gi',
    volumeHandle: 'dev1-public',
    driver: 'alibaba',
    access: 'ReadWriteMany',
    mountOptions: ['vers=3'],
  })
  assert.is(fast!.server, 'fast.example.com')
  assert.not.ok('mountOptions' in fast!)
  assert.equal(
    inventory.roles.map(({ name }) => name),
    ['member', 'viewer'],
  )
})

const verbsOn = (roles: readonly NamedRole[], role: string, group: string, resource: string): string[] =>
  roles
    .find(({ name }) => name === role)!
    .rules.filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource))
    .flatMap(({ verbs }) => verbs)

it('kinds of jobs become rights: of all groups, of one, and to look at in every group', async () => {
  const text = YAML.replace('groups:', 'jobs: { kinds: [tf, ray] }\ngroups:')
  const { kinds, roles, groups } = await loadInventory(await write('kinds.yaml', text))
  assert.equal(kinds, ['tf', 'ray'])
  assert.ok(groups.every((group) => group.roles === undefined))
  assert.ok(verbsOn(roles, 'member', 'ray.io', 'rayjobs').includes('create'))
  assert.equal(verbsOn(roles, 'member', 'kubeflow.org', 'mpijobs'), ['get', 'list', 'watch'])
  const [start] = arenaStart({ groups, kinds: kinds! }).slice(1)
  assert.equal(
    start!.resourceNames,
    ['tfjobs', 'pytorchjobs', 'mpijobs'].map((job) => `${job}.kubeflow.org`).concat('rayjobs.ray.io'),
  )

  const one = await loadInventory(
    await write('one.yaml', `${YAML.replace('gid: 10001', 'gid: 10001, jobs: { kinds: [cron] }')}`),
  )
  assert.equal(one.kinds, ['cron'])
  assert.is(one.groups[0]!.jobs, 'shared')
  const cron = verbsOn(rolesIn(one, one.groups[0]!.name), 'member', 'apps.kubedl.io', 'crons')
  assert.ok(cron.includes('update'))
  assert.equal((await loadInventory(await write('usual.yaml', YAML))).roles, BUILT_IN_ROLES)
})

it('rules of an inventory come beside those of a built-in role', async () => {
  const rules = "[{ apiGroups: [''], resources: [configmaps], verbs: [list] }]"
  const { roles } = await loadInventory(
    await write('more.yaml', `${YAML}\nroles: [{ name: member, rules: ${rules} }]\n`),
  )
  assert.equal(verbsOn(roles, 'member', '', 'configmaps'), ['get', 'create', 'patch', 'delete', 'list'])
  assert.is(roles.length, 2)
})

it('secrets print as their names wherever they land', async () => {
  const { users, hosts } = await loadInventory(await write('secrets.yaml', YAML))
  const [bob, tom] = users
  const sudo = hosts[0]!.sudo as { password: Secret }
  assert.instance(bob!.password, Secret)
  assert.is(String(bob!.password), '«secret:bob/password»')
  assert.is(JSON.stringify(tom!.passwordHash), '"«secret:tom/password-hash»"')
  assert.is(inspect(sudo.password), '«secret:client01/sudo-password»')
  assert.not.match(inspect({ users, hosts }, { depth: 9 }) + JSON.stringify(users), /aaaa/)
})

it('a variable that is not set is missed when its secret is needed, and named with its user', async () => {
  const { users } = await loadInventory(await write('variable.yaml', YAML))
  delete process.env['BOB_PASSWORD']
  const error = await rejects(users[0]!.password!.prefetch())
  assert.is(
    error.message,
    'bob/password: the environment variable BOB_PASSWORD is not set\n  → export BOB_PASSWORD, then run again',
  )
})

it('JSON holds the same, and may name its schema', async () => {
  const text = JSON.stringify({
    $schema: './schema.json',
    name: 'prod',
    isolation: 'document',
    cluster: { context: 'admin' },
    arena: { archive: 'https://example.com/arena.tar.gz', sha256: 'a'.repeat(64) },
    hosts: [{ name: 'client01' }],
    groups: [],
    users: [],
  })
  const inventory = await loadInventory(await write('whole.json', text))
  assert.is(inventory.arena.archive, 'https://example.com/arena.tar.gz')
  assert.is(inventory.hosts[0]!.address, 'client01')
  assert.not.ok('$schema' in inventory)
})

it('all mistakes of a YAML file come at once, with their lines', async () => {
  const text = YAML.replace('uid: 20001', 'uid: 999')
    .replace('groups: [dev1]', 'groups:\n      - dev9')
    .replace('address: 10.0.0.97', 'addres: 10.0.0.97')
    .replace('quota: { gpu: 1,', 'quota: { gpu: 1.5,')
    .replace('isolation: document\n', '')
    .replace('/dev1/ }', 'CHANGE-ME }')
  assert.equal(await issues(await write('mistakes.yaml', text)), [
    '1 isolation: is missing',
    '8 hosts[0] (client01).addres: is not a field here',
    '13 groups[0] (dev1).quota.gpu: 1.5 is not a number of GPUs',
    '16 users[0] (bob).uid: 999 is in the system range (below 1000)',
    '18 users[0] (bob).groups[0]: "dev9" is not a group of this inventory',
    '25 volumes[0] (dev1-public).path: still says CHANGE-ME',
  ])
})

it('lines of YAML are found through anchors', async () => {
  const group = '- { name: dev1, gid: 10001, quota: { gpu: 1, cpu: 8 } }'
  const text = YAML.replace(
    group,
    `- { name: dev1, gid: 10001, quota: &small { gpu: 1.5 } }
  - name: dev2
    gid: 10002
    quota: *small`,
  )
  assert.ok(text.includes('*small'))
  assert.equal(await issues(await write('anchors.yaml', text)), [
    '14 groups[0] (dev1).quota.gpu: 1.5 is not a number of GPUs',
    '14 groups[1] (dev2).quota.gpu: 1.5 is not a number of GPUs',
  ])
})

const module = (body: string): string => `import { defineInventory, secret } from '${SCHEMA}'
const sha256 = '${'a'.repeat(64)}'
const users = [
  { name: 'bob', uid: 999, groups: ['dev1'], password: secret.env('BOB_PASSWORD') },
  { name: 'tom', uid: 20002, groups: ['dev9'] },
]
export default defineInventory({
  name: 'prod',
  isolation: 'document',
  cluster: {
    context: 'CHANGE-ME',
  },
  arena: { archive: 'arena.tar.gz', sha256 },
  hosts: [{ name: 'client01' }],
${body}
})
`

it('all mistakes of a TypeScript file come at once, with their lines, also behind constants', async () => {
  const body = `  groups: [{ name: 'dev1', gid: 10001 }],
  users,
  'volumes': [
    { name: 'dev1-public', group: 'dev1' } as never,
  ],`
  const file = await write('mistakes.ts', module(body))
  assert.equal(await issues(file), [
    '4 users[0] (bob).uid: 999 is in the system range (below 1000)',
    '5 users[1] (tom).groups[0]: "dev9" is not a group of this inventory',
    '11 cluster.context: still says CHANGE-ME',
    '18 volumes[0] (dev1-public).path: is missing',
    '18 volumes[0] (dev1-public).server: is missing',
  ])
})

it('what a TypeScript file computes has no line, rather than a wrong one', async () => {
  const body = `  groups: [...['dev1'].map((name) => ({ name, gid: 7 })), { name: 'dev2', gid: 8 }],
  users: [1].map(() => users[0]),`
  assert.equal(await issues(await write('computed.ts', module(body))), [
    '11 cluster.context: still says CHANGE-ME',
    '16 users[0] (bob).uid: 999 is in the system range (below 1000)',
    '- groups[0] (dev1).gid: 7 is in the system range (below 1000)',
    '- groups[1] (dev2).gid: 8 is in the system range (below 1000)',
  ])
})

it('the message has a line for each place and one for its next step, and the exit status is 65', async () => {
  const file = await write('two.yaml', YAML.replace('uid: 20001', 'uid: 999').replace('gid: 10001', 'gid: 1'))
  const error = await refusal(file)
  assert.is(error.exitCode, 65)
  assert.is(
    error.message,
    `${file}: 2 mistakes
${file}:14 groups[0] (dev1).gid: 1 is in the system range (below 1000)
  → choose a number from 1000 to 60000 that nobody else has; if a directory (LDAP) has it: linuxGroup: 'directory'
${file}:17 users[0] (bob).uid: 999 is in the system range (below 1000)
  → choose a number from 1000 to 60000 that nobody else has; if a directory (LDAP) has it: accounts: 'directory'`,
  )
})

const BROKEN: Record<string, [text: string, issue: RegExp]> = {
  'syntax.ts': ['export default {\n  name: [,, }\n}\n', /^2 : is not valid TypeScript: Unexpected token/],
  'throws.ts': ['const a: any = 1\nexport default { name: a.b.c }\n', /^2 : cannot be loaded: .*'c'/],
  'lost.ts': [
    "import a from './nowhere.ts'\nexport default a\n",
    /^- : cannot be loaded: Cannot find module .*nowhere/,
  ],
  'null.ts': ['throw null\n', /^- : cannot be loaded: null/],
  'bare.ts': ['throw Object.create(null)\n', /^- : cannot be loaded/],
  'rejects.ts': [
    "export default Promise.reject(new Error('of the admin'))\n",
    /^1 : cannot be loaded: of the admin/,
  ],
  'circle.ts': [
    'const a: any = { name: 1 }\na.users = [{ a }]\nexport default a\n',
    /^1 users\[0\].a: leads back/,
  ],
  'deep.ts': [
    'let a: any = 1\nfor (let i = 0; i < 33; i++) a = [a]\nexport default { a }\n',
    /a.* is nested too deeply/,
  ],
  'circle.yaml': ['users: &a [*a]\n', /^1 users\[0\]: leads back to where it stands in/],
  'two.yaml': ['name: a\n---\nname: b\n', /^2 : is not valid YAML: a second document begins here/],
  'merge.yaml': ['name: a\nusers:\n  <<: 3\n', /^\d : is not valid YAML: Merge sources must be maps/],
  'gap.ts': [
    "export default { hosts: [{ name: 'a' },, { name: 'b' }] }\n",
    /^1 hosts\[1\]: is a gap in the list/,
  ],
  'getter.ts': [
    "export default { get name() { throw new Error('of a getter') } }\n",
    /cannot be looked at: of a getter/,
  ],
  'nothing.ts': ['export const inventory = {}\n', /^- : exports no inventory/],
  'number.ts': ['export default 3\n', /^- : is not an inventory/],
  'list.js': ['export default []\n', /^- : is not an inventory/],
  'twice.yaml': ['name: a\nname: b\n', /^2 : is not valid YAML: Map keys must be unique/],
  'open.yaml': ['name: [a\nb: c\n', /^2 : is not valid YAML/],
  'alias.yaml': ['name: a\nusers: *nobody\n', /^2 : is not valid YAML: Unresolved alias/],
  'tag.yaml': ['name: !secret a\n', /^1 : is not valid YAML: Unresolved tag/],
  'empty.yaml': ['', /^- : is not an inventory/],
  'cut.json': ['{\n"name": "a"\n', /^\d : is not valid JSON/],
  'inventory.toml': ['name = "a"\n', /^- : is of no known kind/],
}
for (const [name, [text, issue]] of Object.entries(BROKEN))
  it(`${name} is refused with what is wrong`, async () => {
    const [found, ...others] = await issues(await write(name, text))
    assert.match(found!, issue)
    assert.equal(others, [])
  })

for (const [name, [text, line, hint]] of Object.entries({
  'comma.yaml': [
    'name: a\nusers:\n  - { name: bob, uid: 20001， groups: [dev1] }\n',
    3,
    'write , in place of the Chinese ，',
  ],
  'comma.ts': ["export default {\n  name: 'a'，\n}\n", 2, 'write , in place of the Chinese ，'],
  'quoted.yaml': ["users:\n  - { gecos: '赵，钱' name: bob }\n", 2, 'an editor shows'],
  'tab.yaml': ['name: a\nusers:\n\t- name: bob\n', 3, 'indent with spaces'],
  'key-twice.yaml': ['name: a\nname: b\n', 2, 'take one of the two away'],
} satisfies Record<string, [string, number, string]>))
  it(`${name} is refused at its line with the next step`, async () => {
    const [issue] = (await refusal(await write(name, text))).issues
    assert.is(issue!.line, line)
    assert.ok(issue!.hint.startsWith(hint), issue!.hint)
  })

it('an empty file is said to be empty', async () => {
  for (const text of ['', '# nothing yet\n'])
    assert.equal(await issues(await write('nothing.yaml', text)), ['- : is not an inventory but empty'])
})

it('YAML merge keys are read: what an entry says itself wins', async () => {
  const text = YAML.replace(
    `  - { name: dev1, gid: 10001, quota: { gpu: 1, cpu: 8 } }`,
    `  - &common { name: dev1, gid: 10001, quota: { gpu: 1, cpu: 8 } }
  - { <<: *common, name: dev2, gid: 10002 }
  - <<: [*common]
    name: dev3
    gid: 10003`,
  )
  const { groups } = await loadInventory(await write('merge.yaml', text))
  assert.equal(
    groups.map(({ name, gid, quota }) => ({ name, gid, quota })),
    [10001, 10002, 10003].map((gid, index) => ({
      name: `dev${index + 1}`,
      gid,
      quota: { gpu: 1, cpu: '8' },
    })),
  )
  const wrong = text.replace('gid: 10003', 'gid: 3')
  assert.equal(await issues(await write('merge-wrong.yaml', wrong)), [
    '18 groups[2] (dev3).gid: 3 is in the system range (below 1000)',
  ])
})

it('an inventory that is exported as a promise is waited for', async () => {
  const text = module("  groups: [{ name: 'dev1', gid: 10001 }],\n  users: [],")
    .replace('CHANGE-ME', 'admin')
    .replace('export default defineInventory({', 'export default Promise.resolve({')
  assert.is((await loadInventory(await write('promise.ts', text))).groups[0]!.name, 'dev1')
})

const GECOS = YAML.replace('uid: 20001', "uid: 20001\n    gecos: '张 é'")

/** How a text is saved by editors that do not save UTF-8. */
const ENCODED: Record<string, (text: string) => Buffer> = {
  GBK: (text) => Buffer.from(text.replace('é', '').replace('张', '\xd5\xc5'), 'latin1'),
  'Latin-1': (text) => Buffer.from(text.replace('张', ''), 'latin1'),
  'UTF-16': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16 without a mark': (text) => Buffer.from(text.replace(/[张é]/g, ''), 'utf16le'),
}

const encoded = async (name: string, text: string, encode: (text: string) => Buffer): Promise<string> => {
  const file = join(directory, name)
  await writeFile(file, encode(text))
  return file
}

for (const [name, encode] of Object.entries(ENCODED)) {
  const line = name.startsWith('UTF-16') ? 1 : 18

  it(`an inventory in ${name} is refused, with the line, and the same in UTF-8 is not`, async () => {
    await loadInventory(await write('utf-8.yaml', GECOS))
    assert.equal(await issues(await encoded('other.yaml', GECOS, encode)), [`${line} : is not UTF-8`])
    await loadInventory(await encoded('mark.yaml', GECOS, (text) => Buffer.from(`\ufeff${text}`)))
  })

  it(`a TypeScript inventory in ${name}, and one that imports such a file, are refused under its name`, async () => {
    const users = "export default [{ name: 'bob', uid: 20001, gecos: '张 é', groups: ['dev1'] }]\n"
    const file = `${name.replaceAll(' ', '-')}.ts`
    await encoded(file, users, encode)
    const whole = module("  groups: [{ name: 'dev1', gid: 10001 }],\n  users: others,").replace(
      'CHANGE-ME',
      'admin',
    )
    for (const inventory of [
      join(directory, file),
      await write(`imports-${file}`, `import others from './${file}'\n${whole}`),
    ]) {
      const [issue, ...more] = (await refusal(inventory)).issues
      assert.equal(
        [issue?.file, issue?.line, issue?.reason, more],
        [join(directory, file), 1, 'is not UTF-8', []],
      )
    }
    await write(`sound-${file}`, users)
    const sound = await write(`imports-sound-${file}`, `import others from './sound-${file}'\n${whole}`)
    assert.is((await loadInventory(sound)).users[0]!.gecos, '张 é')
  })
}

it('a module that does not end loading is not waited for longer than the limit', async () => {
  const file = await write('waits.ts', 'setInterval(() => {}, 1000).unref()\nawait new Promise(() => {})\n')
  const alive = setInterval(() => {}, 1000)
  const error = await rejects(loadInventory(file, 0.2)).finally(() => clearInterval(alive))
  assert.instance(error, InventoryError)
  assert.match(error.message, '0.2 s')
})

it('a file that is not there, and a directory, are refused', async () => {
  assert.equal(await issues(join(directory, 'prdo.ts')), ['- : there is no such file'])
  await mkdir(join(directory, 'folder.ts'))
  assert.equal(await issues(join(directory, 'folder.ts')), ['- : is not a file'])
})

it('a TypeScript inventory of a thousand users loads in a moment', async () => {
  const users = Array.from(
    { length: 1000 },
    (_, index) => `    { name: 'user${index}', uid: ${20_000 + index}, groups: ['dev1'] },`,
  )
  const body = `  groups: [{ name: 'dev1', gid: 10001 }],\n  users: [\n${users.join('\n')}\n  ],`
  const file = await write('thousand.ts', module(body).replace('CHANGE-ME', 'admin'))
  const begun = process.cpuUsage()
  const inventory = await loadInventory(file)
  const { user, system } = process.cpuUsage(begun)
  assert.is(inventory.users.length, 1000)
  // Processor time, which other programs on the machine do not add to; a rule that grows with the square takes far
  // more.
  assert.ok(user + system < 2e6, `${user + system} µs`)
})

it.run()
