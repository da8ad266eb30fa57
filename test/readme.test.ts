import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from './support/suite.ts'

const it = suite('readme', { seconds: 60 })
const run = promisify(execFile)

/** Code blocks by the words after the fence's language: a file's path, or what it is. */
const blocksOf = async (file: string): Promise<Map<string, string>> => {
  const text = await readFile(file, 'utf8')
  return new Map([...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]))
}

/** A checkout with the files that README and docs show in it. */
const withExample = async (during: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-readme-'))
  try {
    for (const shared of [
      'lib',
      'inventory',
      'node_modules',
      'package.json',
      'test/support',
      'test/run.ts',
    ]) {
      await mkdir(dirname(join(directory, shared)), { recursive: true })
      await symlink(resolve(shared), join(directory, shared))
    }
    const blocks = await Promise.all(['README.md', 'docs/writing-a-playbook.md'].map(blocksOf))
    for (const [name, code] of blocks.flatMap((of) => [...of])) {
      if (!name.endsWith('.ts')) continue
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), code)
    }
    await during(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

it('shows a task and its test that pass', () =>
  withExample(async (directory) => {
    const { stdout } = await run(process.execPath, ['test/run.ts'], { cwd: directory })
    assert.match(stdout, '3 passed, 0 failed')
  }))

it('shows a test that fails when the task is wrong', () =>
  withExample(async (directory) => {
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
  withExample(async (directory) => {
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

it('says the same in both languages: code, flags, statuses and links', async () => {
  const [english, chinese] = await Promise.all([blocksOf('README.md'), blocksOf('README.zh-CN.md')])
  assert.equal([...chinese], [...english])
  const texts = await Promise.all(['README.md', 'README.zh-CN.md'].map((file) => readFile(file, 'utf8')))
  const [links, liens] = texts.map((text) =>
    [...text.matchAll(/\]\(((?!README|#)[^)]+)\)/g)].map(([, link]) => link).toSorted(),
  )
  assert.equal(liens, links)
  const [flags, drapeaux] = texts.map((text) => [...new Set(text.match(/--[a-z]+/g))].toSorted())
  assert.equal(drapeaux, flags)
})

it('names files that exist', async () => {
  const text = await readFile('README.md', 'utf8')
  for (const [, link] of text.matchAll(/\]\(((?!http|#)[^)]+)\)/g))
    await readFile(link!).catch((error) => {
      if (error.code !== 'EISDIR') throw error
    })
})

it.run()
