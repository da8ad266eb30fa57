// Times of first apply, no-op and drift beside the floor taken in the same run; counts of round trips; peak memory.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { down, type SandboxState, up } from '../sandbox/sandbox.ts'
import { CHECKOUT } from '../sandbox/state.ts'
import { runOn } from '../sandbox/tampering.ts'
import { type Measured, measure, median } from './measure.ts'
import { groupsFor, tenants } from './tenants.ts'

const REPEATS = 3

interface Row {
  users: number
  groups: number
  clients: number
  what: 'first apply' | 'no-op' | 'drift'
  seconds: number
  /** Of those, nothing was going on but the cluster's token controller. */
  waited: number
  floor: number
  ratio: number
  execs: number
  requests: number
  memory: number
}

interface Told {
  at: number
  type: string
  action?: { id: string }
  recap?: { traffic: { execs: number; requests: number } }
}

const eventsOf = ({ stdout }: Measured): Told[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

/** Seconds in which the only changes under way were tokens that the cluster's controller had still to fill. */
const waitedFor = (events: readonly Told[]): number => {
  const open = new Set<string>()
  let waited = 0
  let since: number | undefined
  for (const { at, type, action } of events) {
    if (since !== undefined) waited += at - since
    if (type === 'change:start') open.add(action!.id)
    if (type === 'change:end') open.delete(action!.id)
    const waiting = open.size > 0 && [...open].every((id) => id.startsWith('service-account-token/'))
    since = waiting ? at : undefined
  }
  return waited
}

const setup = async (inventory: string, wanted: number): Promise<Measured> => {
  const args = ['playbooks/setup.ts', inventory, '--output', 'json', '--timeout', '600']
  const measured = await measure(process.execPath, args, CHECKOUT)
  if (measured.code !== wanted)
    throw new Error(`setup ended with ${measured.code}:\n${measured.stdout.slice(-2000)}`)
  return measured
}

const repeated = async (once: () => Promise<Measured>): Promise<Measured> => {
  const all: Measured[] = []
  for (let count = 0; count < REPEATS; count++) all.push(await once())
  return median(all)
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

const tamper = async (state: SandboxState): Promise<void> => {
  await runOn('client01', 'usermod -s /bin/sh user0001; chmod 0644 /home/user0002/.kube/config', state)
  await runOn(
    'cluster',
    'kubectl patch resourcequota group0001-compute-resources -n group0001 --type merge -p ' +
      `'{"spec":{"hard":{"pods":"5"}}}'`,
    state,
  )
}

const bench = async (users: number, clients: number, directory: string): Promise<Row[]> => {
  const state = await up({ directory, clients })
  const scratch = await mkdtemp(join(tmpdir(), 'arena-bench-'))
  try {
    const inventory = join(scratch, 'inventory.json')
    await writeFile(inventory, JSON.stringify(tenants(users, state)))
    const first = await setup(inventory, 0)
    const floor = await floorOf(state)
    const noop = await repeated(() => setup(inventory, 0))
    await tamper(state)
    const drift = await setup(inventory, 0)
    const row = (what: Row['what'], measured: Measured): Row => {
      const events = eventsOf(measured)
      const waited = what === 'first apply' ? waitedFor(events) : 0
      const least = Math.max(floor.hosts, floor.cluster)
      return {
        users,
        groups: groupsFor(users),
        clients,
        what,
        seconds: measured.seconds,
        waited,
        floor: least,
        ratio: (measured.seconds - waited) / least,
        ...events.findLast(({ type }) => type === 'recap')!.recap!.traffic,
        memory: measured.memory,
      }
    }
    return [row('first apply', first), row('no-op', noop), row('drift', drift)]
  } finally {
    await rm(scratch, { recursive: true, force: true })
    await down({ directory })
  }
}

const COLUMNS = [
  'users',
  'clients',
  'what',
  'seconds',
  'waited',
  'floor',
  'ratio',
  'execs',
  'requests',
  'memory MiB',
]

const cells = ({
  users,
  clients,
  what,
  seconds,
  waited,
  floor,
  ratio,
  execs,
  requests,
  memory,
}: Row): string[] => [
  `${users}`,
  `${clients}`,
  what,
  seconds.toFixed(2),
  waited.toFixed(1),
  floor.toFixed(2),
  `${ratio.toFixed(1)}×`,
  `${execs}`,
  `${requests}`,
  `${memory}`,
]

const print = (row: readonly string[]): void =>
  console.log(row.map((cell, column) => cell.padStart(Math.max(COLUMNS[column]!.length, 11))).join('  '))

const numbers = (text: string): number[] => text.split(',').map(Number)

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '2,80,300,1000' },
    clients: { type: 'string', default: '1,10' },
  },
})
const rows: Row[] = []
const directory = join(CHECKOUT, '.sandbox-bench')
print(COLUMNS)
for (const clients of numbers(values.clients))
  for (const users of numbers(values.users))
    for (const row of await bench(users, clients, directory)) {
      rows.push(row)
      print(cells(row))
    }
const results = join(CHECKOUT, 'bench/results')
await mkdir(results, { recursive: true })
await writeFile(join(results, 'latest.json'), `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`)
console.log(
  '\nseconds: whole process; waited: for the token controller alone (about ten tokens a second), not in the ratio',
)
console.log(
  'floor: the longer of one bare ssh per client that reads the same bytes and one bare LIST per kind, same run',
)
