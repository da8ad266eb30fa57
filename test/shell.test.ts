import { glob, readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import * as assert from 'uvu/assert'
import { render } from '../lib/base/template.ts'
import { ARENA_LISTED } from '../lib/conventions/arena.ts'
import { shellCheck } from './support/shellcheck.ts'
import { suite } from './support/suite.ts'

const it = suite('files of shell', { seconds: 300 })

const filesIn = async (pattern: string): Promise<string[]> => {
  const files: string[] = []
  for await (const file of glob(pattern)) files.push(file)
  assert.ok(files.length > 0, pattern)
  return files.toSorted()
}

it('ShellCheck is there, and finds an unquoted mistake', async () => {
  const { text } = await shellCheck()
  assert.match(await text('directory=$1\nrm -r $directoy/*\n'), /SC2154/)
})

it('ShellCheck finds nothing in our scripts', async () => {
  const { files } = await shellCheck()
  const ours = await filesIn('lib/**/scripts/*.sh')
  assert.is(await files(ours), '')
  assert.is(await files(await filesIn('findings/*.sh')), '')
  // They are run by sh -e.
  assert.is(await files(await filesIn('sandbox/machine/*.sh'), '--exclude=SC2164'), '')
})

it('ShellCheck finds nothing in the fronts, as they are rendered', async () => {
  const { text } = await shellCheck()
  for (const front of ['arena', 'arena-kubectl'])
    assert.is(await text(render(front, { bin: '/opt/arena/current/bin', listed: ARENA_LISTED })), '', front)
})

it('each script is sent by a module of its room, and nobody fills anything into it', async () => {
  for (const file of await filesIn('lib/**/scripts/*.{sh,awk}')) {
    const modules = await filesIn(`${dirname(dirname(file))}/*.ts`)
    const texts = await Promise.all(modules.map((module) => readFile(module, 'utf8')))
    const names = [`'${basename(file)}'`, `'${basename(file).replace(/\.\w+$/, '')}'`, `/${basename(file)}'`]
    assert.ok(
      names.some((name) => texts.some((text) => text.includes(name))),
      `${file} is sent by nobody`,
    )
  }
})

it.run()
