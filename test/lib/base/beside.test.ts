import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { writeInOneStep } from '../../../lib/base/beside.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('files replaced in one step')

let directory: string
let file: string
it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'beside-'))
  file = join(directory, 'prod.yaml')
})
it.after(() => rm(directory, { recursive: true }))

/** Everything there but the file itself. */
const beside = async (): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name !== 'prod.yaml').toSorted()

/** A process that is killed while it writes the file. */
const killWriter = (): void => {
  const program = `
    import { writeInOneStep } from './lib/base/beside.ts'
    await writeInOneStep(process.argv[1], async (handle) => {
      await handle.writeFile('half')
      process.kill(process.pid, 'SIGKILL')
    })`
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program, file])
  assert.is(signal, 'SIGKILL')
}

it('two runs that write the same file at once both do', async () => {
  const isOpen = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  const first = writeInOneStep(file, async (handle) => {
    isOpen.resolve()
    await mayEnd.promise
    await handle.writeFile('first')
  })
  await isOpen.promise
  await writeInOneStep(file, 'second')
  assert.is(await readFile(file, 'utf8'), 'second')
  mayEnd.resolve()
  await first
  assert.is(await readFile(file, 'utf8'), 'first')
  assert.equal(await beside(), [])
})

it('what a killed run left beside the file goes with the next', async () => {
  killWriter()
  const [left, ...others] = await beside()
  assert.match(left!, /^\.prod\.yaml\./)
  assert.equal(others, [])
  await writeInOneStep(file, 'whole')
  assert.equal(await beside(), [])
})

it('what may be at work on another machine goes when it is old, and nothing of another name does', async () => {
  killWriter()
  const [left] = await beside()
  await rm(join(directory, left!))
  const elsewhere = left!.replace(/-[\da-f]{8}-/, '-00000000-')
  const unknown = left!.replace(/\.\d+-[\da-f]{8}-\d+\./, '.')
  const other = left!.replace('prod', 'test')
  const others = ['.prod.yaml.swp', other].toSorted()
  assert.is(new Set([left, elsewhere, unknown, other]).size, 4)
  const names = [elsewhere, unknown, ...others].toSorted()
  for (const name of names) await writeFile(join(directory, name), 'half')
  await writeInOneStep(file, 'whole')
  assert.equal(await beside(), names)
  const before = new Date(Date.now() - 2 * 60 * 60 * 1000)
  for (const name of names) await utimes(join(directory, name), before, before)
  await writeInOneStep(file, 'whole')
  assert.equal(await beside(), others)
  for (const name of others) await rm(join(directory, name))
})

it('what fails leaves the file as it was, and nothing beside it', async () => {
  await writeFile(file, 'before')
  const fails = async (): Promise<void> => {
    throw new Error('no')
  }
  await rejects(writeInOneStep(file, fails))
  assert.is(await readFile(file, 'utf8'), 'before')
  assert.equal(await beside(), [])
})

it.run()
