import {
  chmod,
  chown,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { changeInventory } from '../../../lib/inventory/change.ts'
import { diffLines } from '../../../lib/inventory/edit-diff.ts'
import { replaceText } from '../../../lib/inventory/edit-file.ts'
import { readText } from '../../../lib/inventory/text.ts'
import { failsWith } from '../../support/errors.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('inventory: edited files')

let directory: string
let file: string
it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'inventory-'))
  file = join(directory, 'prod.yaml')
})
it.after(() => rm(directory, { recursive: true }))

const INVENTORY = `
name: prod
isolation: document
cluster: { context: admin }
arena: { archive: arena.tar.gz, sha256: ${'a'.repeat(64)} }
hosts: [{ name: client01 }]
groups: [{ name: dev1, gid: 10001 }]
users: []
`

const BEFORE = '\uFEFFusers: [] # 用户\r\n'
const AFTER = '\uFEFFusers: [bob] # 用户\r\n'

it('the text is replaced, with its mode, in one step', async () => {
  await writeFile(file, BEFORE)
  await chmod(file, 0o640)
  const { ino } = await stat(file)
  assert.is(await readText(file), BEFORE)
  await replaceText(file, BEFORE, AFTER)
  assert.equal(await readFile(file), Buffer.from(AFTER))
  const info = await stat(file)
  assert.is(info.mode & 0o7777, 0o640)
  assert.is.not(info.ino, ino, 'it was written over, not replaced')
  assert.equal(await readdir(directory), ['prod.yaml'])
})

const asRoot = process.getuid?.() === 0 ? it : () => undefined
asRoot('the owner stays', async () => {
  await writeFile(file, BEFORE)
  await chown(file, 20_001, 10_001)
  await replaceText(file, BEFORE, AFTER)
  const { uid, gid } = await stat(file)
  assert.equal([uid, gid], [20_001, 10_001])
})

it('through a link, what it points to is replaced', async () => {
  await writeFile(file, BEFORE)
  const link = join(directory, 'link.yaml')
  await symlink('prod.yaml', link)
  await replaceText(link, BEFORE, AFTER)
  assert.is(await readlink(link), 'prod.yaml')
  assert.ok(!(await lstat(file)).isSymbolicLink())
  assert.is(await readFile(file, 'utf8'), AFTER)
  await rm(link)
})

it('a file that was changed meanwhile is left as it is, and nothing beside it', async () => {
  await writeFile(file, `${BEFORE}# by hand\n`)
  const error = await rejects(replaceText(file, BEFORE, AFTER))
  assert.is(
    error.message,
    `${file}: was changed by somebody else since it was read\n  → run the same command again`,
  )
  assert.is((error as { exitCode?: number }).exitCode, 4)
  assert.is(await readFile(file, 'utf8'), `${BEFORE}# by hand\n`)
  await rm(file)
  await failsWith(replaceText(file, BEFORE, AFTER), 'stale-plan', file)
  assert.equal(await readdir(directory), [])
})

it('a file that is not there, and one that is not UTF-8, are refused', async () => {
  const missing = await rejects(readText(join(directory, 'none.yaml')))
  assert.match(missing.message, /none\.yaml: .*ENOENT/)
  await writeFile(file, Buffer.from([0x61, 0xff, 0x0a]))
  const odd = await rejects(readText(file))
  assert.match(odd.message, /prod\.yaml:1: .*UTF-8/)
  assert.is((odd as { exitCode?: number }).exitCode, 65)
})

it('a file that nobody may write is refused, for root too and through a link', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inventory-'))
  const file = join(directory, 'prod.yaml')
  const link = join(directory, 'link.yaml')
  await writeFile(file, BEFORE)
  await symlink('prod.yaml', link)
  const ann = { name: 'ann', uid: 20_001, groups: ['dev1'] }
  await writeFile(file, INVENTORY)
  for (const path of [file, link]) {
    await chmod(file, 0o644)
    assert.ok(await changeInventory(path, [{ do: 'add', list: 'users', entry: ann }]))
    await chmod(file, 0o444)
    const error = await rejects(changeInventory(path, [{ do: 'add', list: 'users', entry: ann }]))
    assert.is((error as { exitCode?: number }).exitCode, 65)
    assert.match(error.message, '0444')
    assert.is(await changeInventory(path, [{ do: 'remove', list: 'users', name: 'ann' }]), undefined)
  }
  await rm(directory, { recursive: true })
})

it('a difference shows with its neighbours, and without hashes and carriage returns', () => {
  const hash = `$y$j9T$${'a'.repeat(22)}$${'b'.repeat(43)}`
  const text = ['users:', '  - name: bob', `    passwordHash: ${hash}`, 'volumes: []', ''].join('\r\n')
  assert.equal(diffLines(text, text.replace('[]', '[a]')), [
    '@@ -3,2 +3,2 @@',
    '     passwordHash: «secret:password-hash»',
    '-volumes: []',
    '+volumes: [a]',
  ])
  assert.equal(diffLines(text, text), [])
})

it.run()
