import { glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

const it = suite('architecture')

interface Import {
  file: string
  /** A package's name, or a path from the root of the checkout. */
  from: string
}

const importsIn = async (pattern: string): Promise<Import[]> => {
  const found: Import[] = []
  for await (const file of glob(pattern)) {
    const text = await readFile(file, 'utf8')
    for (const [, from] of text.matchAll(/(?:from\s+|import\(\s*)'([^']+)'/g))
      found.push({ file, from: from!.startsWith('.') ? normalize(join(dirname(file), from!)) : from! })
  }
  return found
}

const offenders = (imports: readonly Import[], allowed: (one: Import) => boolean): string[] =>
  imports.filter((one) => !allowed(one)).map(({ file, from }) => `${file} imports ${from}`)

it('tasks know schemas, resources, shell and templates, and nothing else of the engine', async () => {
  const allowed = ['zod', 'yaml', 'lib/resource.ts', 'lib/shell.ts', 'lib/template.ts']
  const imports = await importsIn('tasks/*.ts')
  assert.ok(imports.length > 0)
  assert.equal(
    offenders(imports, ({ from }) => allowed.includes(from) || from.startsWith('tasks/')),
    [],
  )
})

it('checks know the engine of checks, schemas, shell and each other', async () => {
  const allowed = ['zod', 'lib/check.ts', 'lib/shell.ts', 'inventory/schema.ts']
  const imports = await importsIn('tasks/checks/*.ts')
  assert.ok(imports.length > 0)
  assert.equal(
    offenders(imports, ({ from }) => allowed.includes(from) || from.startsWith('tasks/checks/')),
    [],
  )
})

it('playbooks know tasks, the playbook function, a command of another form and the inventory', async () => {
  const imports = await importsIn('playbooks/**/*.ts')
  assert.ok(imports.length > 0)
  assert.equal(
    offenders(
      imports,
      ({ from }) =>
        /^(tasks|inventory|playbooks)\//.test(from) ||
        /^lib\/[\w-]+\/command\.ts$/.test(from) ||
        from === 'lib/playbook.ts',
    ),
    [],
  )
})

it('the engine knows no task, no playbook and, but for its commands, no reporter', async () => {
  const imports = await importsIn('lib/**/*.ts')
  const inner = ({ file, from }: Import): boolean =>
    !/^(tasks|playbooks)\//.test(from) &&
    (!from.startsWith('lib/reporters/') ||
      file.startsWith('lib/reporters/') ||
      /^lib\/(cli|[a-z]+-command)\.ts$/.test(file))
  assert.equal(offenders(imports, inner), [])
})

it('each package that touches the world is imported in its own room', async () => {
  const rooms: Record<string, RegExp> = {
    listr2: /^lib\/reporters\/pretty\.ts$/,
    'node-ssh': /^lib\/connect\/ssh[\w-]*\.ts$/,
    '@kubernetes/client-node': /^lib\/connect\/kube[\w-]*\.ts$/,
    zx: /^(lib\/connect\/local\.ts|sandbox\/)/,
  }
  const imports = [...(await importsIn('{lib,tasks,playbooks,inventory,sandbox,bench}/**/*.ts'))]
  const inRoom = ({ file, from }: Import): boolean =>
    Object.entries(rooms).every(
      ([name, room]) => !(from === name || from.startsWith(`${name}/`)) || room.test(file),
    )
  assert.equal(offenders(imports, inRoom), [])
})

it('secrets are revealed where they leave, under lib/connect/, and nowhere else', async () => {
  const revealing: string[] = []
  for await (const file of glob('{lib,tasks,playbooks,inventory}/**/*.ts'))
    if (/\.reveal\(/.test(await readFile(file, 'utf8'))) revealing.push(file)
  assert.ok(revealing.includes('lib/secret.ts'))
  assert.equal(
    revealing.filter((file) => file !== 'lib/secret.ts' && !file.startsWith('lib/connect/')),
    [],
  )
})

it('every task has a test, one sentence that says what it is, and at most 150 lines', async () => {
  const problems: string[] = []
  for await (const file of glob('tasks/*.ts')) {
    const text = await readFile(file, 'utf8')
    if (!/^\/\/ \S.*\.\n/.test(text)) problems.push(`${file} does not begin with a sentence`)
    if (text.split('\n').length > 151) problems.push(`${file} is too long`)
    const test = `test/${file.replace(/\.ts$/, '.test.ts')}`
    if (
      await readFile(test).then(
        () => false,
        () => true,
      )
    )
      problems.push(`${test} is missing`)
  }
  assert.equal(problems, [])
})

it('tests import the guarded suite, never the plain one', async () => {
  const imports = await importsIn('test/**/*.test.ts')
  assert.equal(
    offenders(imports, ({ from }) => from !== 'uvu'),
    [],
  )
})

it.run()
