import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Tells which of Node's own modules were loaded before the first flag of V8 was set, and how many after it. */
const FLAGGED = `data:text/javascript,${encodeURIComponent(`
  import { syncBuiltinESMExports } from 'node:module'
  import v8 from 'node:v8'
  const set = v8.setFlagsFromString
  let before
  v8.setFlagsFromString = (flags) => ((before ??= [...process.moduleLoadList]), set(flags))
  syncBuiltinESMExports()
  process.on('exit', () => process.stderr.write(JSON.stringify({
    before, after: process.moduleLoadList.slice(before?.length),
  })))
`)}`

it('sets flags of V8 once all is loaded: what V8 has compiled before does not hold after them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'start-'))
  try {
    const [kubeconfig, file] = ['config', 'inventory.json'].map((name) => join(directory, name))
    const nowhere = { name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }
    await writeFile(
      kubeconfig!,
      JSON.stringify({
        clusters: [nowhere],
        users: [{ name: 'one', user: { token: 'none' } }],
        contexts: [{ name: 'one', context: { cluster: 'nowhere', user: 'one' } }],
      }),
    )
    await writeFile(
      file!,
      JSON.stringify({
        name: 'start',
        isolation: 'document',
        cluster: { context: 'one', kubeconfig },
        arena: { archive: '/arena.tar.gz', sha256: '0'.repeat(64) },
        hosts: [{ name: 'client01', address: '127.0.0.1', port: 1, user: 'root', sshConfig: 'none' }],
        groups: [],
        users: [],
      }),
    )
    const ended = await promisify(execFile)(
      process.execPath,
      ['--import', FLAGGED, 'playbooks/setup.ts', file!, '--check', '--output', 'json'],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    ).catch((error) => error)
    assert.is(ended.code, 3, ended.stdout)
    const { before, after } = JSON.parse(ended.stderr)
    assert.ok(before.includes('NativeModule https'), 'flags are set at all, and after https is loaded')
    assert.equal(after, [])
  } finally {
    await rm(directory, { recursive: true })
  }
})

it.run()
