// Each playbook by each way to start it: nothing ends with 0 that did not run.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import pLimit from 'p-limit'
import * as assert from 'uvu/assert'
import { tooOld } from '../../lib/base/node-version.ts'
import { CHECKOUT } from '../../sandbox/state.ts'
import { suite } from '../support/suite.ts'

const it = suite('started', { seconds: 600 })

const OWN = `
import { main, playbook } from '${CHECKOUT}/lib/playbook.ts'
const own = playbook({ name: 'own', description: 'of a user', manages: [], *resources() {} })
if (import.meta.main) await main(own)
`

let directory: string

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-started-'))
  await writeFile(join(directory, 'own.mts'), OWN)
  // As `npm ci --ignore-scripts` leaves it: without the Node that npm ci brings.
  await mkdir(join(directory, 'node_modules/.bin'), { recursive: true })
  await symlink(join(CHECKOUT, 'node_modules/tsx'), join(directory, 'node_modules/tsx'))
  await symlink('../tsx/dist/cli.mjs', join(directory, 'node_modules/.bin/tsx'))
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
})
it.after(() => rm(directory, { recursive: true }))

/** PATH of a shell that knows nothing of ours, and the same with the Node that runs the tests. */
const SYSTEM = process.env['PATH']!.split(delimiter).filter((path) => !path.includes('node_modules'))
const PATHS = [SYSTEM, [dirname(process.execPath), ...SYSTEM]].map((path) => path.join(delimiter))

const WAYS: Record<string, string[]> = {
  tsx: [join(CHECKOUT, 'node_modules/.bin/tsx')],
  'npx tsx': ['npx', 'tsx'],
  'node --import tsx': ['node', '--import', 'tsx'],
  node: ['node'],
}

interface Ended {
  code: unknown
  said: string
}

const start = ([command, ...args]: readonly string[], path: string): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: directory, env: { ...process.env, PATH: path } }
    execFile(command!, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr }),
    )
  })

/** Whatever of the folder can be started: playbooks, and their parts, which say that they are none. */
const playbooks = async (): Promise<string[]> => {
  const files = await readdir(join(CHECKOUT, 'playbooks'), { recursive: true })
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(CHECKOUT, 'playbooks', file))
}

for (const path of PATHS)
  it(`by every way under ${path === PATHS[0] ? 'the Node of the machine' : 'the Node of npm ci'}`, async () => {
    const { said } = await start(['node', '--version'], path)
    const version = said.trim().slice(1)
    const old = tooOld(version) !== undefined
    const limit = pLimit(4)
    const every = ['own.mts', ...(await playbooks())]
    const tries = Object.keys(WAYS).flatMap((way) =>
      every.map((playbook) =>
        limit(async () => ({
          playbook,
          way,
          ...(await start([...WAYS[way]!, playbook, 'nosuch.ts'], path)),
        })),
      ),
    )
    for (const { playbook, way, code, said } of await Promise.all(tries)) {
      const told = `${way} ${playbook} under ${version}: ${code}: ${said}`
      if (old && way === 'node') assert.ok(typeof code === 'number' && code > 0 && said !== '', told)
      else if (old) assert.ok(code === 64 && said.includes(version), told)
      else assert.ok(said.includes('nosuch.ts') || code === 64, told)
      assert.is.not(code, 0, told)
    }
  })

it('tells of an own playbook that is taken for CommonJS, where nothing would start it', async () => {
  const elsewhere = join(directory, 'elsewhere')
  await mkdir(elsewhere)
  await writeFile(join(elsewhere, 'package.json'), '{}')
  await writeFile(join(elsewhere, 'own.ts'), OWN.replace('await main', 'void main'))
  const ways: string[][] = [WAYS['tsx']!, WAYS['npx tsx']!, WAYS['node --import tsx']!]
  for (const way of ways) {
    const { code, said } = await start([...way, join(elsewhere, 'own.ts'), 'nosuch.ts'], PATHS[1]!)
    assert.is(code, 64, said)
    assert.match(said, 'own.ts')
    assert.match(said, '"type": "module"')
  }
})

it.run()
