import { execFile } from 'node:child_process'
import { access, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { USERS_KINDS } from '../lib/kube/object.ts'
import { blocksOf, withExamples } from './support/examples.ts'
import { suite } from './support/suite.ts'

const it = suite('readme', { seconds: 300 })
const run = promisify(execFile)

it('shows a task and its test that pass', () =>
  withExamples(async (directory) => {
    const { stdout } = await run(process.execPath, ['test/run.ts'], { cwd: directory })
    assert.match(stdout, '3 passed, 0 failed')
  }))

it('shows a test that fails when the task is wrong', () =>
  withExamples(async (directory) => {
    const task = join(directory, 'tasks/timezone.ts')
    const code = await readFile(task, 'utf8')
    await writeFile(task, code.replace('if (from === to) return KEEP', ''))
    const failed = await run(process.execPath, ['test/run.ts'], { cwd: directory }).then(
      () => undefined,
      (error: { stdout: string }) => error.stdout,
    )
    assert.match(failed ?? 'it passed', '2 passed, 1 failed')
  }))

it('shows types that hold', () =>
  withExamples(async (directory) => {
    await writeFile(
      join(directory, 'tsconfig.json'),
      JSON.stringify({
        extends: resolve('tsconfig.json'),
        include: ['tasks', 'test/tasks', 'playbooks'],
      }),
    )
    const said = await run(resolve('node_modules/.bin/tsc'), ['-p', directory], { cwd: directory }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    )
    assert.is(said, '')
  }))

it('shows files that npm run check takes as they stand', () =>
  withExamples(async (directory) => {
    await copyFile('biome.json', join(directory, 'biome.json'))
    const directories = ['tasks', 'playbooks', 'test/tasks']
    const said = await run(
      resolve('node_modules/.bin/biome'),
      ['ci', '--vcs-enabled=false', '--error-on-warnings', ...directories],
      { cwd: directory },
    ).then(
      () => '',
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    )
    assert.is(said, '')
  }))

it('says the same in both languages: code, flags, statuses and links', async () => {
  const [english, chinese] = await Promise.all([blocksOf('README.md'), blocksOf('README.zh-CN.md')])
  assert.equal([...chinese], [...english])
  const texts = await Promise.all(['README.md', 'README.zh-CN.md'].map((file) => readFile(file, 'utf8')))
  const [links, liens] = texts.map((text) =>
    [...text.matchAll(/\]\(((?!README|#)[^)]+)\)/g)].map(([, link]) => link).toSorted(),
  )
  const pages = (of: readonly (string | undefined)[]): string[] =>
    of.map((link) => link!.replace('.zh-CN.md', '.md')).toSorted()
  assert.equal(pages(liens!), pages(links!))
  for (const link of new Set(liens!.filter((one) => /^docs\/[\w-]+\.md$/.test(one!)))) {
    const inChinese = link!.replace('.md', '.zh-CN.md')
    const isThere = await access(inChinese).then(
      () => true,
      () => false,
    )
    assert.ok(!isThere || liens!.includes(inChinese), `${link} is there in Chinese`)
  }
  const [flags, drapeaux] = texts.map((text) => [...new Set(text.match(/--[a-z]+/g))].toSorted())
  assert.equal(drapeaux, flags)
})

it('lets who removes list everything that remove-group names, whether its kind is installed or not', async () => {
  const blocks = await blocksOf('README.md')
  const rules = ['check', 'remove'].flatMap((role) => {
    const { rules } = parse(blocks.get(role)!) as { rules: Record<string, string[]>[] }
    return rules
  })
  const closed = USERS_KINDS.filter(({ apiVersion, plural }) => {
    const [group] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
    return !rules.some(
      ({ apiGroups, resources, verbs }) =>
        apiGroups!.includes(group!) && resources!.includes(plural) && verbs!.includes('list'),
    )
  })
  assert.equal(
    closed.map(({ plural }) => plural),
    [],
  )
})

it('names files that exist', async () => {
  const text = await readFile('README.md', 'utf8')
  for (const [, link] of text.matchAll(/\]\(((?!http|#)[^)]+)\)/g))
    await readFile(link!).catch((error) => {
      if (error.code !== 'EISDIR') throw error
    })
})

it.run()
