// The main job on real parts: set up, again, tampered with, put right; the document's table, wanted beside actual; the proof.
import { spawn } from 'node:child_process'
import { asAutomationError } from '../lib/errors.ts'
import { loadInventory } from '../lib/inventory/load.ts'
import { down, up } from './sandbox.ts'
import { CHECKOUT, type SandboxState } from './state.ts'
import { runOn, TAMPERINGS } from './tampering.ts'

const SHOWN = [
  "tom's home is opened to everybody",
  'tom is put into sudo',
  "bob's kubeconfig is made readable for everybody",
  'a foreign key is added to the quota of dev2',
  "tom is added to bob's binding",
  "bob's service account is deleted and made again: its token died",
  'a volume would be deleted with its claim',
]

const heading = (text: string): void => console.log(`\n━━ ${text}\n`)

/** Runs a playbook as a person would and holds it to its exit status. */
const play = async (playbook: string, wanted: number, ...flags: string[]): Promise<void> => {
  const args = ['tsx', `playbooks/${playbook}.ts`, 'inventory/sandbox.ts', ...flags]
  console.log(`$ npx ${args.join(' ')}`)
  const child = spawn('npx', args, { cwd: CHECKOUT, stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  console.log(`exit ${code}`)
  if (code !== wanted) throw new Error(`${playbook} ended with ${code}, the demo expected ${wanted}`)
}

const setup = (wanted: number, ...flags: string[]): Promise<void> => play('setup', wanted, ...flags)

interface Row {
  group: string
  user: string
  gpu: string
  cpu: string
  mem: string
  volumes: string
}

const wantedRows = async (): Promise<Row[]> => {
  const { groups, users, volumes } = await loadInventory('inventory/sandbox.ts')
  return groups.map(({ name, quota: { gpu, cpu, memory } }) => ({
    group: name,
    user: users
      .filter((user) => user.groups.some(({ group }) => group === name))
      .map((user) => user.name)
      .join(' '),
    gpu: `${gpu ?? 'no limit'}`,
    cpu: cpu ?? 'no limit',
    mem: memory ?? 'no limit',
    volumes: volumes
      .filter(({ group }) => group === name)
      .map((volume) => volume.name)
      .sort()
      .join(' '),
  }))
}

/** The table as the machine and the cluster themselves tell it. */
const actualRow = async ({ group }: Row, state: SandboxState): Promise<Row> => {
  const [accounts, quota, claims] = await Promise.all([
    runOn('client01', `getent group ${group}`, state),
    runOn('cluster', `kubectl get resourcequota ${group}-compute-resources -n ${group} -o json`, state),
    runOn('cluster', `kubectl get pvc -n ${group} -o json`, state),
  ])
  const { status } = JSON.parse(quota) as {
    status: { hard: Record<string, string>; used: Record<string, string> }
  }
  const bound = (JSON.parse(claims) as { items: { metadata: { name: string }; status: { phase: string } }[] })
    .items
  const limit = (key: string): string => (key in status.used ? (status.hard[key] ?? 'no limit') : 'no limit')
  return {
    group,
    user: accounts.trim().split(':')[3]!.split(',').join(' '),
    gpu: limit('requests.nvidia.com/gpu'),
    cpu: limit('requests.cpu'),
    mem: limit('requests.memory'),
    volumes: bound
      .filter((one) => one.status.phase === 'Bound')
      .map(({ metadata }) => metadata.name)
      .sort()
      .join(' '),
  }
}

const printTable = async (state: SandboxState): Promise<void> => {
  const wanted = await wantedRows()
  const actual = await Promise.all(wanted.map((row) => actualRow(row, state)))
  const rows = wanted.flatMap((row, index) => [
    ['wanted', ...Object.values(row)],
    ['actual', ...Object.values(actual[index]!)],
  ])
  const table = [['', 'group', 'user', 'GPU', 'CPU', 'MEM', 'volumes'], ...rows] as string[][]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  if (JSON.stringify(wanted) !== JSON.stringify(actual)) throw new Error('the world is not as wanted')
}

const demo = async (): Promise<void> => {
  heading('The sandbox: a real API server, a real sshd, real Arena')
  const state = await up({ clients: 1, onProgress: (line) => console.log(line) })
  heading('Set up: steps one to five of the document')
  await setup(0)
  heading('Again: nothing to do')
  await setup(0)
  heading('Somebody tampers')
  for (const { sentence, on, script } of TAMPERINGS.filter((one) => SHOWN.includes(one.sentence))) {
    console.log(`  ${on.padEnd(8)}  ${sentence}`)
    await runOn(on, script, state)
  }
  heading('Look, and change nothing: every field is named')
  await setup(2, '--check', '--diff')
  heading('Put it right')
  await setup(0)
  heading('Look again')
  await setup(0, '--check')
  heading("The document's table, wanted beside actual")
  await printTable(state)
  heading('Prove it, as the users and with real jobs: step six')
  await play('verify', 0, '--jobs')
}

try {
  await demo()
} catch (error) {
  console.error(asAutomationError(error, 'command').message)
  process.exitCode = 1
} finally {
  heading('Sandbox down')
  await down()
}
