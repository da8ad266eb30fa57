import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
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
