import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { describedFields, FIELDS_ZH, referenceOf, resolved } from '../../inventory/field-reference.ts'
import { jsonSchema } from '../../inventory/generate-schema.ts'
import prod from '../../inventory/prod.ts'
import { type InventoryError, loadInventory } from '../../lib/inventory/load.ts'
import type { Inventory } from '../../lib/inventory/schema.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('inventory: the files that come along')

const SHA256 = 'a'.repeat(64)
let directory: string
it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'inventory-'))
})
it.after(() => rm(directory, { recursive: true }))

const WAITING = ['cluster.context', 'arena.sha256', 'nas.server']

for (const file of ['inventory/prod.ts', 'inventory/example.yaml'])
  it(`${file} waits for context, checksum and NAS server, and for nothing else`, async () => {
    const { issues, exitCode } = (await rejects(loadInventory(file))) as InventoryError
    assert.is(exitCode, 65)
    assert.equal(
      issues.map(({ path, reason }) => `${path}: ${reason}`),
      WAITING.map((path) => `${path}: still says CHANGE-ME`),
    )
    const lines = (await readFile(file, 'utf8')).split('\n')
    for (const { line } of issues) assert.match(lines[line! - 1]!, /CHANGE-ME/)
  })

const filled = (text: string): string =>
  text.replace(/(sha256: '?)CHANGE-ME/, `$1${SHA256}`).replaceAll('CHANGE-ME', 'filled-in')

it('prod.ts and example.yaml are the same inventory once they are filled in', async () => {
  const given = {
    ...prod,
    cluster: { ...prod.cluster, context: 'filled-in' },
    arena: { ...prod.arena, sha256: SHA256 },
    nas: { server: 'filled-in' },
  }
  const yaml = join(directory, 'example.yaml')
  const json = join(directory, 'prod.json')
  await writeFile(yaml, filled(await readFile('inventory/example.yaml', 'utf8')))
  await writeFile(json, JSON.stringify(given))
  const { file: _, ...fromYaml } = await loadInventory(yaml)
  const { file: __, ...fromProd } = await loadInventory(json)
  assert.equal(fromYaml, fromProd)
})

it("prod.ts is the document's own table", () => {
  assert.equal(prod.hosts, [{ name: 'client01', address: '10.0.0.97' }])
  assert.equal(prod.groups, [
    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },
    { name: 'dev2', gid: 10002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ])
  assert.equal(prod.users, [
    { name: 'bob', uid: 20001, groups: ['dev1'] },
    { name: 'tom', uid: 20002, groups: ['dev2'] },
  ])
  assert.equal(
    prod.volumes?.map(({ name, group, path, shared }) => [name, group, path, shared]),
    [
      ['dev1-public', 'dev1', '/dev1', undefined],
      ['dev2-public', 'dev2', '/dev2', undefined],
      ['department1-public-dev1', 'dev1', '/department1', 'department1'],
      ['department1-public-dev2', 'dev2', '/department1', 'department1'],
    ],
  )
})

it('schema.json is what the schema says today; otherwise run npx tsx inventory/generate-schema.ts', async () => {
  assert.equal(JSON.parse(await readFile('inventory/schema.json', 'utf8')), jsonSchema())
})

it('the reference of fields is what the schema says today, every field in both languages', async () => {
  const fields = describedFields(jsonSchema())
  assert.ok(fields.length > 90)
  assert.equal(
    Object.keys(FIELDS_ZH).toSorted(),
    fields.map(({ path }) => path).toSorted(),
    'inventory/fields.zh.yaml',
  )
  assert.equal(
    fields.filter(({ meaning }) => meaning === '').map(({ path }) => path),
    [],
  )
  assert.is(await readFile('docs/inventory.md', 'utf8'), referenceOf(jsonSchema(), 'en'))
  assert.is(await readFile('docs/inventory.zh-CN.md', 'utf8'), referenceOf(jsonSchema(), 'zh'))
})

it('schema.json explains every field to editors', () => {
  const silent: string[] = []
  const visit = (schema: JsonSchema, path: string): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (field.description === undefined) silent.push(`${path}${name}`)
      visit(field, `${path}${name}.`)
    }
    for (const inner of [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]) visit(inner, path)
  }
  visit(resolved(jsonSchema()), '')
  assert.equal(silent, [])
})

interface JsonSchema {
  description?: string
  properties?: Record<string, JsonSchema>
  anyOf?: readonly JsonSchema[]
  items?: JsonSchema
}

/** What sandbox.ts becomes in a process of its own, with the sandbox's state in a directory. */
const sandboxIn = async (state: string): Promise<Inventory | { message: string }> => {
  const script = `
    const { loadInventory } = await import('./lib/inventory/load.ts')
    const shown = await loadInventory('inventory/sandbox.ts').catch(({ message }) => ({ message }))
    console.log(JSON.stringify(shown))`
  const env = { ...process.env, ARENA_SANDBOX_STATE: state }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  })
  return JSON.parse(stdout)
}

it('without the sandbox, sandbox.ts says how to start it', async () => {
  const { message } = (await sandboxIn(join(directory, 'nowhere'))) as { message: string }
  assert.match(
    message,
    /^inventory\/sandbox\.ts: the sandbox is not up: .*nowhere\/state\.json .*\n {2}→ .*npm run sandbox -- up$/,
  )
})

it("sandbox.ts is prod.ts's table on the machines of the sandbox", async () => {
  const state = {
    server: 'https://127.0.0.1:6443',
    clients: [
      { name: 'client01', address: '127.0.0.11', port: 2222 },
      { name: 'client02', address: '127.0.0.12', port: 2222 },
    ],
    arena: { archive: join(directory, 'arena.tar.gz'), sha256: SHA256 },
  }
  await writeFile(join(directory, 'state.json'), JSON.stringify(state))
  const sandbox = (await sandboxIn(directory)) as Inventory
  assert.is(sandbox.name, 'sandbox')
  assert.is(sandbox.arena.archive, state.arena.archive)
  assert.equal(sandbox.cluster, {
    name: 'cluster',
    context: 'sandbox',
    kubeconfig: join(directory, 'admin.kubeconfig'),
    server: state.server,
  })
  assert.equal(
    sandbox.hosts.map(({ name, address, port, user }) => ({ name, address, port, user })),
    state.clients.map((client) => ({ ...client, user: 'root' })),
  )
  assert.is(sandbox.hosts[0]!.identityFile, join(directory, 'ssh/id_ed25519'))
  assert.is(sandbox.hosts[0]!.knownHosts, join(directory, 'ssh/known_hosts'))
  assert.equal(
    sandbox.users.map(({ name, uid, password }) => [name, uid, password]),
    [
      ['bob', 20001, '«secret:bob/password»'],
      ['tom', 20002, '«secret:tom/password»'],
    ],
  )
  assert.equal(
    sandbox.groups.map(({ name, gid }) => [name, gid]),
    [
      ['dev1', 10001],
      ['dev2', 10002],
    ],
  )
  assert.is(sandbox.volumes.length, 4)
})

it.run()
