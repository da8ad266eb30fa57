import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { AdoptedInventory } from '../../../../lib/adopt/remark.ts'
import { asTypeScript } from '../../../../lib/adopt/write/typescript.ts'
import { asYaml } from '../../../../lib/adopt/write/yaml.ts'
import type { InventoryInput } from '../../../../lib/inventory/schema.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('adopt: the file', { seconds: 30 })

const INVENTORY: InventoryInput = {
  name: 'found',
  isolation: 'document',
  cluster: { context: 'admin', kubeconfig: '~/.kube/config' },
  arena: { archive: 'arena-installer-0.15.5-linux-amd64.tar.gz', sha256: 'CHANGE-ME' },
  hosts: [
    { name: 'client01', address: '10.0.0.97', user: 'root' },
    { name: 'client02', memberships: { 'zhang.san': [] } },
  ],
  nas: { server: 'nas.test', mountOptions: ['nolock,tcp,noresvport', 'vers=3'] },
  groups: [
    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },
    {
      name: 'dev2',
      gid: 10002,
      jobs: 'own',
      quota: {
        gpu: 2,
        cpu: '7500m',
        memory: '60Gi',
        devices: { 'amd.com/gpu': 4 },
        hugepages: { '2Mi': '1Gi' },
      },
      containerDefaults: { memory: '1Gi' },
    },
  ],
  users: [
    { name: 'bob', uid: 20001, groups: ['dev1'], gecos: 'bob\'s "account"' },
    {
      name: 'tom',
      uid: 20002,
      groups: [
        { group: 'dev2', role: 'viewer' },
        { group: 'dev1', role: 'viewer' },
      ],
    },
    { name: 'eve', uid: 20003, groups: ['dev1', { group: 'dev2', role: 'viewer' }], gecos: '伊芙\\' },
  ],
  volumes: [
    {
      name: 'a',
      group: 'dev1',
      path: '/a',
      shared: 'a',
      description: '全部门共享的训练数据集与模型',
      owner: 'admin',
    },
    {
      name: 'department-of-everything',
      group: 'dev1',
      path: '/b',
      description: '全部门共享的训练数据集',
      owner: '管理员',
    },
  ],
}

const FOUND: AdoptedInventory = {
  inventory: INVENTORY,
  remarks: [
    {
      part: 'users',
      name: 'bob',
      says: `says ${'much '.repeat(40)}`,
      next: "kubectl delete rolebinding 'a b' -n dev1",
    },
    { part: 'users', name: 'ann', says: 'was left out', next: 'add them' },
    { part: 'volumes', name: 'a', says: '中文'.repeat(80), next: 'next' },
  ],
}

const typescript = (found: AdoptedInventory): string =>
  asTypeScript(found, 'inventory/found.ts', './schema.ts')

/** What the module exports, without the file's import. */
const exported = (text: string): unknown => {
  const [, body] = /^import .*\n\nexport default defineInventory\((.*)\)\n$/ms.exec(text)!
  return JSON.parse(runInNewContext(`JSON.stringify(${body})`))
}

it('is formatted as biome would', () => {
  const input = typescript(FOUND)
  const { stdout, stderr } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['format', '--stdin-file-path=inventory/found.ts'],
    { input, encoding: 'utf8' },
  )
  assert.is(stdout, input, stderr)
})

it('has remarks above the entries that they are about, and at the end those on what was left out', () => {
  for (const [text, mark, entry] of [
    [typescript(FOUND), '//', "{ name: 'bob'"],
    [asYaml(FOUND, 'inventory/found.yaml'), '#', '- { name: bob'],
  ] as const) {
    const lines = text.split('\n').map((line) => line.trim())
    const bob = lines.findIndex((line) => line.startsWith(entry))
    assert.is(lines[bob - 1], `${mark}   → kubectl delete rolebinding 'a b' -n dev1`)
    const ann = lines.indexOf(`${mark} ann: was left out`)
    assert.ok(ann > lines.findIndex((line) => line.includes('eve')))
    assert.ok(ann < lines.findIndex((line) => line.startsWith('volumes')))
  }
})

it('has remarks also where nothing is left', () => {
  const inventory = { ...INVENTORY, users: [] }
  const found = { inventory, remarks: FOUND.remarks }
  assert.equal(exported(typescript(found)), inventory)
  assert.equal(parse(asYaml(found, 'inventory/found.yaml')), inventory)
  for (const text of [typescript(found), asYaml(found, 'inventory/found.yaml')])
    assert.match(text, 'add them')
})

/** Texts as somebody would write them who wants to get out of a literal or a comment, or to deceive its reader. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        '`',
        '${',
        '*/',
        '//',
        '\n',
        '\r',
        '\u2028',
        '\u202e',
        '#',
        ': ',
        '- ',
        '中',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
)
const DECEIVING = /[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u

it('says what was found and nothing else, whatever the texts in it are', () => {
  const remark = fc.record({
    part: fc.constantFrom('groups' as const, 'users' as const, 'volumes' as const),
    name: fc.oneof(fc.constantFrom('bob', 'a'), text),
    says: text,
    next: text,
  })
  fc.assert(
    fc.property(text, text, fc.array(remark), (gecos, description, remarks) => {
      const inventory: InventoryInput = {
        ...INVENTORY,
        users: [{ name: 'bob', uid: 20001, groups: ['dev1'], gecos }],
        volumes: [{ name: 'a', group: 'dev1', path: '/a', description }],
      }
      const found = { inventory, remarks }
      const module = typescript(found)
      const document = asYaml(found, 'inventory/found.yaml')
      assert.equal(exported(module), JSON.parse(JSON.stringify(inventory)))
      assert.equal(parse(document), inventory)
      assert.not.match(module, DECEIVING)
      assert.not.match(document, DECEIVING)
    }),
    { numRuns: 300, examples: [['\t"', 'two\nlines', []]] },
  )
})

it.run()
