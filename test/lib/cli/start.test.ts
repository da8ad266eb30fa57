import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'

const it = suite('start', { seconds: 60 })

const COUNTING = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => process.stderr.write(JSON.stringify(loaded)))
`)}`

/** What is loaded before a playbook has printed its help: what every run waits for. */
const loadedBy = async (...args: string[]): Promise<string[]> => {
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', COUNTING, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 2 ** 24,
  })
  return JSON.parse(stderr)
}

const packageOf = (url: string): string | undefined => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]

it('loads no engine, and no package but those that flags and schemas are made of', async () => {
  const loaded = await loadedBy('playbooks/setup.ts', '--help')
  const packages = new Set(loaded.flatMap((url) => packageOf(url) ?? []))
  assert.equal([...packages].toSorted(), ['commander', 'p-limit', 'yocto-queue', 'zod'])
  assert.equal(
    loaded.filter((url) => /\/lib\/(engine|reporters|audit|checks|survey|adopt)\//.test(url)),
    [],
  )
  const ours = loaded.filter((url) => url.startsWith('file:') && packageOf(url) === undefined)
  assert.ok(ours.length > 20 && ours.length <= 150, `${ours.length} modules of ours`)
  assert.ok(loaded.length <= 265, `${loaded.length} modules`)
})

it('loads nothing that an older Node cannot even read, which would then not say which one is needed', async () => {
  for (const name of ['setup', 'adopt', 'verify', 'report']) {
    const ours = (await loadedBy(`playbooks/${name}.ts`, '--help')).filter(
      // The commands of verify and report are loaded once that was said.
      (url) => /^file:(?!.*\/(audit|survey)-command\.ts$)/.test(url) && packageOf(url) === undefined,
    )
    assert.ok(ours.length > 20)
    for (const url of ours)
      assert.not.match(await readFile(new URL(url), 'utf8'), /^\s*(await )?using \w+ =/m, url)
  }
})

it.run()
