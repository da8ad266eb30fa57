// What npm says of the Node that it runs under, and of the one that it brings.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { tooOld } from '../lib/base/node-version.ts'
import { suite } from './support/suite.ts'

const it = suite('npm ci', { seconds: 120 })

const run = promisify(execFile)

/** PATH of a shell that knows nothing of ours, and the same with the Node that npm ci brings. */
const SYSTEM = process.env['PATH']!.split(delimiter).filter((path) => !path.includes('node_modules'))
const BROUGHT = [dirname(process.execPath), ...SYSTEM]

/** What `npm ci` warns of, without doing anything. */
const warnings = async (path: readonly string[], ...flags: readonly string[]): Promise<string> => {
  const env = { PATH: path.join(delimiter), HOME: process.env['HOME'] }
  return (await run('npm', ['ci', '--dry-run', '--offline', ...flags], { env })).stderr
}

it('brings a Node that is new enough for every package', async () => {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'))
  assert.is(tooOld(packages['node_modules/node'].version), undefined)
  assert.not.match(await warnings(BROUGHT, '--loglevel=warn'), 'EBADENGINE')
})

it('says nothing of an older Node, under which nothing of ours runs', async () => {
  const { stdout } = await run('node', ['--version'], { env: { PATH: SYSTEM.join(delimiter) } })
  const old = tooOld(stdout.trim().slice(1)) !== undefined
  assert.is((await warnings(SYSTEM, '--loglevel=warn')).includes('EBADENGINE'), old)
  assert.is(await warnings(SYSTEM), '')
})

it.run()
