// README's table: first run, nothing to do and drift beside the floor taken in the same run, verify, round trips, peak
// memory; then starts, and ways to start.
import '../lib/base/node-version.ts'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { SandboxState } from '../sandbox/sandbox.ts'
import { CHECKOUT } from '../sandbox/state.ts'
import { runOn } from '../sandbox/tampering.ts'
import { against } from './against.ts'
import { foreign } from './foreign.ts'
import { type Measured, measure } from './measure.ts'
import { type BenchPlace, onSandbox } from './on-sandbox.ts'
import { peers } from './peers.ts'
import { BUNDLED, byTurns, eventsOf, repeated, setup, trafficOf, verify, waitedFor } from './runs.ts'

type Isolation = 'document' | 'strict'

/** What is measured: tokens of the cluster's controller, or tokens that end, which strict has always. */
interface Case {
  users: number
  clients: number
  isolation: Isolation
  tokens: 'secret' | 'bound'
}

/** One case, as README's table has it; times in seconds. */
interface Row extends Case {
  first: number
  /** Of those, nothing was going on but the cluster's token controller. */
  waited: number
  noop: number
  floor: number
  /** Of nothing to do to the floor. */
  ratio: number
  drift: number
  execs: number
  requests: number
  /** Peak of a run with nothing to do and of the first one, in MiB. */
  memory: readonly [noop: number, first: number]
  /** Once; only on one machine, where its questions are the same as on ten. */
  verify?: { seconds: number; requests: number; memory: number }
}

/** One bare SSH exec per host that reads the same bytes, side by side, and one bare LIST per kind. */
const floorOf = async (state: SandboxState): Promise<{ hosts: number; cluster: number }> => {
  const read = 'cat /etc/passwd /etc/group /etc/shadow /home/*/.kube/config 2>/dev/null || true'
  const ssh = state.clients
    .map(({ name }) => `ssh -F ${state.sshConfig} ${name} '${read}' >/dev/null &`)
    .join(' ')
  const hosts = await repeated(() => measure('sh', ['-c', `${ssh} wait`], CHECKOUT))
  const cluster = await repeated(() =>
    measure(process.execPath, ['bench/floor.ts', state.kubeconfig], CHECKOUT),
  )
  return { hosts: hosts.seconds, cluster: cluster.seconds }
}

/** Every size in both isolations; other tokens only where they matter most: a first run of many users. */
const casesOf = (users: readonly number[], clients: readonly number[]): Case[] =>
  clients.flatMap((machines) =>
    users.flatMap((count) => {
      const size = { users: count, clients: machines }
      return [
        { ...size, isolation: 'document', tokens: 'secret' } as const,
        ...(count >= 1000 && machines === 1
          ? ([{ ...size, isolation: 'document', tokens: 'bound' }] as const)
          : []),
        { ...size, isolation: 'strict', tokens: 'bound' } as const,
      ]
    }),
  )

/** How often a way to start is measured, after one turn that is not. */
const TURNS = 5

const COLUMNS = [
  'users × machines',
  'first run',
  'of that only waiting',
  'nothing to do',
  '× floor',
  'three things drifted',
  'round trips, nothing to do',
  'memory',
  'verify',
]

const tamper = async (state: SandboxState): Promise<void> => {
  await runOn('client01', 'usermod -s /bin/sh user0001; chmod 0644 /home/user0002/.kube/config', state)
  await runOn(
    'cluster',
    'kubectl patch resourcequota group0001-compute-resources -n group0001 --type merge -p ' +
      `'{"spec":{"hard":{"pods":"5"}}}'`,
    state,
  )
}

const bench = (one: Case, directory: string): Promise<Row> => {
  const { users, clients, isolation, tokens } = one
  const row = async ({ state, inventory }: BenchPlace): Promise<Row> => {
    const first = await setup(CHECKOUT, inventory)
    const floor = await floorOf(state)
    const noop = await repeated(() => setup(CHECKOUT, inventory))
    await tamper(state)
    const drift = await setup(CHECKOUT, inventory)
    const least = Math.max(floor.hosts, floor.cluster)
    const verified = clients === 1 ? await verify(CHECKOUT, inventory) : undefined
    return {
      ...one,
      first: first.seconds,
      waited: waitedFor(eventsOf(first)),
      noop: noop.seconds,
      floor: least,
      ratio: noop.seconds / least,
      drift: drift.seconds,
      ...trafficOf(noop),
      memory: [noop.memory, first.memory],
      ...(verified !== undefined && {
        verify: {
          seconds: verified.seconds,
          requests: trafficOf(verified).requests,
          memory: verified.memory,
        },
      }),
    }
  }
  return onSandbox({ directory, clients, users }, row, { isolation, tokens })
}

const lineOf = ({ users, clients, isolation, tokens, execs, requests, memory, ...of }: Row): string => {
  const told = [
    `${users.toLocaleString('en')} × ${clients}`,
    ...(isolation === 'strict' ? ['strict'] : tokens === 'bound' ? ['tokens: bound'] : []),
  ]
  const cells = [
    told.join(', '),
    of.first.toFixed(1),
    of.waited.toFixed(1),
    of.noop.toFixed(2),
    of.ratio.toFixed(1),
    of.drift.toFixed(2),
    `${execs} exec${execs === 1 ? '' : 's'}, ${requests} requests`,
    `${memory[0]} MiB, first run ${memory[1]}`,
    of.verify === undefined
      ? ''
      : `${of.verify.seconds.toFixed(1)} s, ${of.verify.requests.toLocaleString('en')} requests, ` +
        `${of.verify.memory} MiB`,
  ]
  return `| ${cells.join(' | ')} |`
}

interface Way {
  way: string
  command: string
  args: readonly string[]
  /** What Node compiles is kept between runs. */
  cached?: true
}

const WAYS: readonly Way[] = [
  {
    way: './node_modules/.bin/node --import arena-playbooks/bundled',
    command: process.execPath,
    args: BUNDLED,
  },
  {
    way: './node_modules/.bin/node, with NODE_COMPILE_CACHE',
    command: process.execPath,
    args: [],
    cached: true,
  },
  { way: './node_modules/.bin/node', command: process.execPath, args: [] },
  { way: 'npx tsx', command: 'npx', args: ['tsx'] },
]

const COMPILED = { NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules/.cache/arena-playbooks') }

/** What the ways to start a playbook cost, in turn: its help, which only starts, and nothing to do for 80 users. */
const startsOf = (directory: string): Promise<object[]> =>
  onSandbox({ directory, users: 80 }, async ({ inventory }) => {
    await setup(CHECKOUT, inventory)
    const rows: object[] = []
    for (const [what, flags] of [
      ['start alone (--help)', ['--help']],
      ['80 × 1, nothing to do', [inventory, '--output', 'json']],
    ] as const) {
      const start = ({ command, args, cached }: Way): Promise<Measured> =>
        measure(command, [...args, 'playbooks/setup.ts', ...flags], CHECKOUT, cached && COMPILED)
      // The first turn fills the caches.
      for (const way of WAYS) await start(way)
      const middle = await byTurns(WAYS, start, TURNS)
      for (const [index, { way }] of WAYS.entries()) {
        const { seconds, cpu, memory } = middle[index]!
        rows.push({ what, way, seconds, cpu, memory })
        console.log(`| ${what} | ${way} | ${seconds.toFixed(2)} | ${cpu.toFixed(2)} | ${memory} MiB |`)
      }
    }
    return rows
  })

const numbers = (text: string): number[] => text.split(',').map(Number)

const tell = async (name: string, rows: readonly object[]): Promise<void> => {
  const results = join(CHECKOUT, 'bench/results')
  await mkdir(results, { recursive: true })
  const told = { node: process.version, rows }
  await writeFile(join(results, `${name}.json`), `${JSON.stringify(told, null, 2)}\n`)
}

const { values } = parseArgs({
  options: {
    users: { type: 'string' },
    clients: { type: 'string' },
    /** A commit whose build is measured in turn with this one. */
    against: { type: 'string' },
    /** Other tools, in turn with this one. */
    peers: { type: 'boolean', default: false },
    /** So many objects of others beside ours. */
    foreign: { type: 'string' },
  },
})
const directory = join(CHECKOUT, '.sandbox-bench')
if (values.against !== undefined) {
  const sizes = { users: numbers(values.users ?? '2,80'), clients: numbers(values.clients ?? '1,10') }
  await tell('against', await against(values.against, sizes, directory))
} else if (values.peers) {
  await tell('peers', await peers(numbers(values.users ?? '80')[0]!, directory))
} else if (values.foreign !== undefined) {
  const [users = 80] = numbers(values.users ?? '80')
  await tell('foreign', await foreign(users, Number(values.foreign), directory))
} else {
  const rows: Row[] = []
  console.log(`| ${COLUMNS.join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`)
  for (const one of casesOf(numbers(values.users ?? '2,80,300,1000'), numbers(values.clients ?? '1,10'))) {
    const row = await bench(one, directory)
    rows.push(row)
    console.log(lineOf(row))
  }
  console.log(
    '\nwaiting: for the token controller alone (about ten tokens a second). × floor: nothing to do beside the ' +
      'longer of one bare ssh per machine that reads the same bytes and one bare LIST per kind, same run',
  )
  console.log('\n| what | started by | seconds | processor seconds | memory |\n|---|---|---|---|---|')
  const starts = await startsOf(directory)
  await tell('latest', [...rows, ...starts])
}
