// This build beside that of another commit, in turn on the same sandbox: seconds, memory and round trips as ratios.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exists } from '../sandbox/files.ts'
import { down, up } from '../sandbox/sandbox.ts'
import { CHECKOUT } from '../sandbox/state.ts'
import type { Measured } from './measure.ts'
import { byTurns, eventsOf, play, setup, trafficOf, verify, waitedFor } from './runs.ts'
import { tenants } from './tenants.ts'

const run = promisify(execFile)

/** How often what changes nothing is measured, and what takes long. */
const TURNS = { short: 5, long: 3 }

interface Sizes {
  users: readonly number[]
  clients: readonly number[]
}

interface Compared {
  users: number
  clients: number
  what: string
  before: number
  after: number
  ratio: number
  /** Of processor time: of our own processes, not of the machines'. */
  cpu: number
  memory: readonly [before: number, after: number]
  requests: readonly [before: number, after: number]
}

/** Measures both builds and tells each comparison as soon as it is there. */
export const against = async (commit: string, sizes: Sizes, directory: string): Promise<Compared[]> => {
  const before = await buildOf(commit)
  const rows: Compared[] = []
  console.log('| users × machines | what | before, s | after, s | ratio | ratio of CPU | MiB | requests |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const clients of sizes.clients)
    for (const users of sizes.users)
      for await (const row of compared(before, users, clients, directory)) {
        rows.push(row)
        console.log(lineOf(row))
      }
  return rows
}

/** A worktree of a commit with its packages; it lies outside of node_modules, where Node strips no types. */
const buildOf = async (commit: string): Promise<string> => {
  const git = async (...args: string[]) => (await run('git', ['-C', CHECKOUT, ...args])).stdout.trim()
  const id = await git('rev-parse', '--short=12', `${commit}^{commit}`)
  const path = join(CHECKOUT, '.sandbox-builds', id)
  if (await exists(join(path, 'node_modules'))) return path
  if (!(await exists(path))) {
    await mkdir(join(CHECKOUT, '.sandbox-builds'), { recursive: true })
    await git('worktree', 'add', '--force', '--detach', path, id)
  }
  const [theirs, ours] = await Promise.all(
    [path, CHECKOUT].map((checkout) => readFile(join(checkout, 'package-lock.json'), 'utf8')),
  )
  if (theirs === ours) await symlink(join(CHECKOUT, 'node_modules'), join(path, 'node_modules'))
  else await run('npm', ['ci'], { cwd: path })
  return path
}

async function* compared(
  before: string,
  users: number,
  clients: number,
  directory: string,
): AsyncGenerator<Compared> {
  const builds = [before, CHECKOUT] as const
  const scratch = await mkdtemp(join(tmpdir(), 'arena-bench-'))
  const inventory = join(scratch, 'inventory.json')
  const row = (what: string, [was, is]: readonly Measured[], waited = [0, 0]): Compared => {
    const [one, other] = [was!.seconds - waited[0]!, is!.seconds - waited[1]!]
    return {
      users,
      clients,
      what,
      before: one,
      after: other,
      ratio: other / one,
      cpu: is!.cpu / was!.cpu,
      memory: [was!.memory, is!.memory],
      requests: [trafficOf(was!).requests, trafficOf(is!).requests],
    }
  }
  try {
    const first: Measured[] = []
    for (const build of builds) {
      if (first.length > 0) await down({ directory })
      const state = await up({ directory, clients })
      await writeFile(inventory, JSON.stringify(tenants(users, state)))
      first.push(await setup(build, inventory))
    }
    yield row('first apply', first)
    yield row(
      'first apply without waiting for tokens',
      first,
      first.map((one) => waitedFor(eventsOf(one))),
    )
    yield row('nothing to do', await byTurns(builds, (build) => settled(build, inventory), TURNS.short))
    if (clients > 1) return
    yield row('start alone', await byTurns(builds, (build) => play(build, 'setup', ['--help']), TURNS.short))
    yield row('verify', await byTurns(builds, (build) => verify(build, inventory), TURNS.long))
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await down({ directory })
  }
}

/** A run after one of the same build: each has first to put right what the other left otherwise. */
const settled = async (build: string, inventory: string): Promise<Measured> => {
  await setup(build, inventory)
  return setup(build, inventory)
}

const lineOf = ({ users, clients, what, before, after, ratio, cpu, memory, requests }: Compared): string => {
  const cells = [
    `${users} × ${clients}`,
    what,
    before.toFixed(2),
    after.toFixed(2),
    ratio.toFixed(2),
    cpu.toFixed(2),
    memory.join(' → '),
    requests.join(' → '),
  ]
  return `| ${cells.join(' | ')} |`
}
