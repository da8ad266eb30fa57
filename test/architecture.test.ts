import { glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

const it = suite('architecture', { seconds: 60 })

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

/**
 * The rooms of lib/. A room imports itself and rooms above it in this list; what is flat in lib/ is its public
 * surface.
 */
const ROOMS = `base conventions kube inventory connect resource linux engine audit checks program survey adopt
  reporters cli`.split(/\s+/)

/** The room of a file; undefined for the public surface and for what is not in lib/. */
const roomOf = (file: string): string | undefined => /^lib\/([^/]+)\//.exec(file)?.[1]

it('each room of lib imports rooms above it only', async () => {
  const imports = (await importsIn('lib/*/**/*.ts')).filter(({ from }) => !/^(node:|@|[a-z\d-]+$)/.test(from))
  const rooms = new Set<string | undefined>()
  for await (const file of glob('lib/*/**/*.ts')) rooms.add(roomOf(file))
  assert.equal([...rooms].toSorted(), ROOMS.toSorted())
  const isAbove = ({ file, from }: Import): boolean => {
    const room = roomOf(from)
    return room !== undefined && ROOMS.indexOf(room) <= ROOMS.indexOf(roomOf(file)!)
  }
  const door = ({ file, from }: Import): boolean => roomOf(file) === 'checks' && from === 'lib/check.ts'
  assert.equal(
    offenders(imports, (one) => /^(commander|ssh2)\//.test(one.from) || isAbove(one) || door(one)),
    [],
  )
})

it('no file imports itself by way of others, for types neither', async () => {
  const next = Map.groupBy(await importsIn('{lib,tasks,playbooks,inventory}/**/*.ts'), ({ file }) => file)
  const done = new Set<string>()
  const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { from } of next.get(file) ?? []) {
      const circle = circleFrom(from, [...path, file])
      if (circle !== undefined) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of next.keys()) assert.equal(circleFrom(file, []), undefined)
})

it('the map in CONTRIBUTING is the tree: rooms in their order, directories that are there', async () => {
  const text = await readFile('CONTRIBUTING.md', 'utf8')
  const [, directories = '', rooms = ''] = text.split(/^\| (?:directory|room) \|.*\n.*$/m)
  const firstCells = (table: string): string[] =>
    [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
  assert.equal(
    firstCells(rooms.split('\n## ')[0]!),
    ROOMS.map((room) => `${room}/`),
  )
  const told = firstCells(directories)
  for (const pattern of told) {
    const [found] = await Array.fromAsync(glob(pattern))
    assert.ok(found !== undefined, `${pattern} is not there`)
  }
  const ours = glob('*/**/*.{ts,sh,hbs}', { exclude: (name) => name === 'node_modules' })
  const top = new Set((await Array.fromAsync(ours)).map((file) => `${file.split('/')[0]}/`))
  const untold = [...top].filter((one) => !['lib/', ...told].includes(one) && !one.startsWith('.'))
  assert.equal(untold, [])
})

it('nothing is cast by way of unknown, any or never', async () => {
  const casts: string[] = []
  for await (const file of glob('{lib,tasks,playbooks,inventory}/**/*.ts'))
    if (/\bas (?:unknown as|any|never)\b/.test(await readFile(file, 'utf8'))) casts.push(file)
  assert.equal(casts, [])
})

/** Who may import what, besides files of the same directory. */
const DOORS: Record<string, RegExp> = {
  'tasks/*.ts': /^(zod|lib\/task\.ts|tasks\/.*)$/,
  'lib/checks/*.ts': /^(zod|lib\/check\.ts|lib\/base\/shell\.ts|lib\/inventory\/schema\.ts|lib\/checks\/.*)$/,
  'playbooks/**/*.ts':
    /^(lib\/(playbook|cli\/[\w-]+-command)\.ts|(tasks|lib\/checks|inventory|playbooks)\/.*)$/,
  'lib/*.ts': /^\.?lib\/[\w-]+\//,
}

it('tasks, checks, playbooks and the public surface come in by their own doors', async () => {
  for (const [pattern, allowed] of Object.entries(DOORS)) {
    const imports = await importsIn(pattern)
    assert.ok(imports.length > 0, pattern)
    assert.equal(
      offenders(imports, ({ from }) => allowed.test(from)),
      [],
    )
  }
})

it('each package that touches the world is imported in its own room', async () => {
  const rooms: Record<string, RegExp> = {
    listr2: /^lib\/reporters\/live-list\.ts$/,
    'node-ssh': /^lib\/connect\/ssh\//,
    '@kubernetes/client-node': /^lib\/connect\/kube\//,
    zx: /^(lib\/connect\/host\/local\.ts|sandbox\/)/,
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
  assert.ok(revealing.includes('lib/base/secret.ts'))
  assert.equal(
    revealing.filter((file) => file !== 'lib/base/secret.ts' && !file.startsWith('lib/connect/')),
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

/** Where the names come from that a file imports; what is handed on by the public surface, from where it is made. */
const originsOf = async (file: string): Promise<Set<string>> => {
  const origins = new Set<string>()
  for (const { from } of await importsIn(file)) {
    const handedOn = /^(lib|inventory)\/\w+\.ts$/.test(from) ? await readFile(from, 'utf8') : ''
    const names = new Set((await readFile(file, 'utf8')).match(/\w+/g))
    for (const [, list, source] of handedOn.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm))
      if (list!.split(/\W+/).some((name) => name !== 'type' && names.has(name)))
        origins.add(normalize(join(dirname(from), source!)))
    origins.add(from)
  }
  return origins
}

const CONNECTION = 'lib/connect/connection.ts'

it('the two ways down go by imports, and become no longer', async () => {
  const text = await readFile('CONTRIBUTING.md', 'utf8')
  const [, section = ''] = /^## Two ways down\n(.*?)^## /ms.exec(text) ?? []
  const ways = section.split(/^`.*:$/m).slice(1)
  for (const [index, most] of [28, 25].entries()) {
    const passed = ways[index]!.match(/(↩ )?`[\w/-]+\.ts`/g)!.map((one) => one.replaceAll('`', ''))
    const files = passed.filter((one) => !one.startsWith('↩'))
    assert.ok(files.length > 20 && files.length <= most, `${files.length} files`)
    assert.is(new Set(files).size, files.length)
    assert.ok(passed.length - files.length <= 5, 'turns back')
    const above = new Set<string>()
    const reached = new Set<string>()
    for (const one of passed) {
      const file = one.replace('↩ ', '')
      assert.is(above.has(file), one !== file, one)
      const origins = await originsOf(file)
      // The inventory is no part of the program: it is imported by its path. A connection is known by its interface.
      const isTied = [file, ...(origins.has(CONNECTION) ? [CONNECTION] : [])].some((name) =>
        reached.has(name),
      )
      const knows = [...above].some((other) => origins.has(other))
      assert.ok(above.size < 2 || isTied || knows, `${file} has nothing to do with those above it`)
      above.add(file)
      for (const origin of origins) reached.add(origin)
    }
  }
})

const DECLARED = /^export (?:async )?(?:const|class|abstract class|interface|type|function\*?) (\w+)/gm

it('no two modules export the same name', async () => {
  const modules = new Map<string, Set<string>>()
  for await (const file of glob('{lib,tasks,playbooks,inventory,sandbox,bench}/**/*.ts'))
    for (const [, name] of (await readFile(file, 'utf8')).matchAll(DECLARED))
      modules.set(name!, (modules.get(name!) ?? new Set()).add(file))
  assert.ok(modules.size > 500)
  const twice = [...modules].filter(([, files]) => files.size > 1).map(([name]) => name)
  assert.equal(twice, [])
})

it('no line is wider than 120 columns', async () => {
  const long: string[] = []
  for await (const file of glob('{lib,tasks,playbooks,inventory,sandbox,bench,test}/**/*.{ts,sh,awk}'))
    for (const [index, line] of (await readFile(file, 'utf8')).split('\n').entries())
      if (line.length > 120) long.push(`${file}:${index + 1}`)
  assert.equal(long, [])
})

it('checks judge by fields, never by the words of a finding, a difference or a refusal', async () => {
  const words = String.raw`\.(?:says|message|reason|field|thing|raw|hint)\b`
  const parsing = new RegExp(
    String.raw`\.(?:test|exec)\([^()\n]*${words}\)|` +
      String.raw`${words}\??\.(?:match|matchAll|includes|startsWith|endsWith|split)\(`,
  )
  assert.ok(parsing.test('/^cluster/.test(diff.field)') && parsing.test("answer.message.includes('x')"))
  const offending: string[] = []
  // Of a job that waits, Kubernetes tells the reason in the words of an event only.
  const events = 'lib/checks/step-six/submitted-job.ts'
  for await (const file of glob('lib/{checks,audit,survey}/**/*.ts'))
    if (file !== events && parsing.test(await readFile(file, 'utf8'))) offending.push(file)
  assert.equal(offending, [])
})

it('whether an object is of an inventory is asked in one place', async () => {
  const asking = /\[OWNER_LABEL\] [!=]== (?!undefined)/
  assert.ok(asking.test('labels?.[OWNER_LABEL] === owner'))
  const offending: string[] = []
  for await (const file of glob('{lib,tasks,playbooks,inventory}/**/*.ts'))
    if (file !== 'lib/conventions/labels.ts' && asking.test(await readFile(file, 'utf8')))
      offending.push(file)
  assert.equal(offending, [])
})

it('tests import the guarded suite, never the plain one', async () => {
  const imports = await importsIn('test/**/*.test.ts')
  assert.equal(
    offenders(imports, ({ from }) => from !== 'uvu'),
    [],
  )
})

it.run()
