import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'

const it = suite('bundle', { seconds: 120 })

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Tells on descriptor 3 which modules were loaded. */
const COUNTING = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs'
  import { registerHooks } from 'node:module'
  registerHooks({ load: (url, context, next) => (writeSync(3, url + '\\n'), next(url, context)) })
`)}`

const start = async (
  checkout: string,
  args: readonly string[],
  bundled = true,
): Promise<Ended & { loaded: string[] }> => {
  const preloads = [COUNTING, ...(bundled ? ['arena-playbooks/bundled'] : [])]
  const child = spawn(process.execPath, [...preloads.flatMap((one) => ['--import', one]), ...args], {
    cwd: checkout,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [, stdout, stderr, loaded] = child.stdio as unknown as NodeJS.ReadableStream[]
  const texts = await Promise.all([stdout, stderr, loaded].map((one) => text(one!)))
  return { code: await code, stdout: texts[0]!, stderr: texts[1]!, loaded: texts[2]!.trim().split('\n') }
}

const ofLib = (loaded: readonly string[]): string[] =>
  loaded.filter((url) => /\/(lib|tasks)\/.*\.ts$/.test(url))

/** What makes a bundle, and the templates in it. */
const MAKING = [
  'cli/bundle/make.ts',
  'base/template.ts',
  'base/errors.ts',
  'base/defined.ts',
  'base/once-for.ts',
  'base/packages.ts',
  'base/precompiled.ts',
  'base/printable.ts',
  'base/secret.ts',
]

/** A checkout of its own, whose packages are those of this one. */
const onCheckout = async (use: (checkout: string) => Promise<void>): Promise<void> => {
  const checkout = await mkdtemp(join(tmpdir(), 'bundle-'))
  try {
    for (const part of ['lib', 'playbooks', 'tasks', 'inventory', 'templates', 'package.json'])
      await cp(part, join(checkout, part), { recursive: true })
    await mkdir(join(checkout, 'node_modules'))
    for (const name of await readdir('node_modules'))
      if (name !== '.cache')
        await symlink(join(process.cwd(), 'node_modules', name), join(checkout, 'node_modules', name))
    await use(checkout)
  } finally {
    await rm(checkout, { recursive: true })
  }
}

it('is made at the first start, and loaded in place of the modules', () =>
  onCheckout(async (checkout) => {
    const plain = await start(checkout, ['playbooks/setup.ts', '--help'], false)
    assert.is(plain.code, 0)
    assert.ok(ofLib(plain.loaded).length > 100, `${ofLib(plain.loaded).length} modules`)
    for (const turn of ['made', 'found']) {
      const bundled = await start(checkout, ['playbooks/setup.ts', '--help'])
      assert.is(bundled.stdout, plain.stdout)
      assert.is(bundled.code, 0)
      const left = ofLib(bundled.loaded)
      assert.equal(
        left.map((url) => url.replace(/.*\/lib\//, '')),
        turn === 'made' ? MAKING : [],
      )
      assert.ok(bundled.loaded.length < plain.loaded.length / 2, `${bundled.loaded.length} modules`)
      // zod's own modules for messages in other languages are half of it.
      assert.ok(plain.loaded.some((url) => url.endsWith('/zod/v4/locales/fr.js')))
      for (const url of turn === 'found' ? bundled.loaded.filter((url) => url.includes('/.cache/')) : [])
        assert.not.ok((await readFile(new URL(url), 'utf8')).includes('zod/v4/locales/fr.js'), url)
    }
  }))

it('is made anew once a module has changed, or a file of its own', () =>
  onCheckout(async (checkout) => {
    const file = join(checkout, 'lib/cli/help.ts')
    const help = async (): Promise<string> => (await start(checkout, ['playbooks/setup.ts', '--help'])).stdout
    const before = await help()
    assert.is(before.includes('CHANGED'), false)
    const cache = join(checkout, 'node_modules/.cache/arena-playbooks')
    const { modules } = JSON.parse(await readFile(join(cache, 'setup.json'), 'utf8'))
    await writeFile(new URL(Object.values<string>(modules).find((url) => url.includes('/setup-'))!), '')
    assert.is(await help(), before)
    await writeFile(file, (await readFile(file, 'utf8')).replace('Exit status:', 'CHANGED:'))
    assert.ok((await help()).includes('CHANGED'))
  }))

it('has the templates of a run as functions, which fill in the same, and anew once one has changed', () =>
  onCheckout(async (checkout) => {
    const data = {
      cluster: { name: 'a "b"', server: 'https://x:1', ca: 'Y2E=', tlsServerName: '', proxyUrl: 'http://p' },
      user: 'bob',
      token: 'abc',
      contexts: [
        { name: 'dev1', namespace: 'dev1' },
        { name: 'dev2', namespace: 'dev2' },
      ],
      current: 'dev1',
    }
    const lines = [
      "import { render } from '../lib/task.ts'",
      `console.log(render('kubeconfig.yaml', ${JSON.stringify(data)}))`,
      "console.log(render('arena-kubectl', { bin: '/opt/b', listed: [] }))",
      "try { render('kubeconfig.yaml', { user: 'bob' }) } catch (error) { console.log(error.code, error.message) }",
    ]
    await writeFile(join(checkout, 'playbooks/fill-in.ts'), lines.join('\n'))
    const ofHandlebars = (loaded: readonly string[]): string[] =>
      loaded.flatMap((url) => /\/handlebars\/dist\/(.*)$/.exec(url)?.[1] ?? [])
    const plain = await start(checkout, ['playbooks/fill-in.ts'], false)
    assert.is(plain.code, 0, plain.stderr)
    assert.match(plain.stdout, /\ntemplate /)
    assert.equal(ofHandlebars(plain.loaded), ['handlebars.js'])
    await start(checkout, ['playbooks/fill-in.ts'])
    const bundled = await start(checkout, ['playbooks/fill-in.ts'])
    assert.is(bundled.stdout, plain.stdout)
    assert.equal(ofHandlebars(bundled.loaded), ['handlebars.runtime.js'])
    const template = join(checkout, 'templates/kubeconfig.yaml.hbs')
    await writeFile(template, `# CHANGED\n${await readFile(template, 'utf8')}`)
    assert.match((await start(checkout, ['playbooks/fill-in.ts'])).stdout, /^# CHANGED$/m)
  }))

it('is shared with an inventory in TypeScript: its schema is loaded once, and packages are its own', () =>
  onCheckout(async (checkout) => {
    const lines = [
      "import { parse } from 'yaml'",
      "import { defineInventory } from './schema.ts'",
      "export default defineInventory({ groups: parse('1') })",
    ]
    await writeFile(join(checkout, 'inventory/wrong.ts'), lines.join('\n'))
    const args = ['playbooks/setup.ts', 'inventory/wrong.ts', '--check']
    const plain = await start(checkout, args, false)
    assert.is(plain.code, 65)
    await start(checkout, args)
    const bundled = await start(checkout, args)
    assert.is(bundled.code, 65)
    assert.is(bundled.stderr, plain.stderr)
    assert.equal(ofLib(bundled.loaded), [])
  }))

it('is done without where it cannot be kept, where a module is no TypeScript, and for what is no playbook', () =>
  onCheckout(async (checkout) => {
    await writeFile(join(checkout, 'node_modules/.cache'), '')
    const kept = await start(checkout, ['playbooks/setup.ts', '--help'])
    assert.is(kept.code, 0)
    assert.match(kept.stderr, /^not bundled, .*\n$/)
    assert.ok(ofLib(kept.loaded).length > 100)
    await rm(join(checkout, 'node_modules/.cache'))
    await writeFile(join(checkout, 'playbooks/broken.ts'), 'const = 1\n')
    const broken = await start(checkout, ['playbooks/broken.ts'])
    assert.is(broken.code, 1)
    assert.match(broken.stderr, /SyntaxError/)
    const part = await start(checkout, ['playbooks/strict/policies.ts'])
    assert.is(part.code, 64)
  }))

it.run()
