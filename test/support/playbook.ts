import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'

export interface ToldDiff {
  field: string
  from?: unknown
  to?: unknown
}

/** An action as the JSON reporter tells it. */
export interface ToldAction {
  id: string
  on: string
  step: string
  change: { op: string; diffs: ToldDiff[]; reason?: string; hint?: string; warnings?: string[] }
  hindrance?: { because: string }
  pruned?: true
}

export interface ToldRecap {
  targets: Record<string, Record<'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable', number>>
  problems: { action: ToldAction; outcome: { state: string; reason?: string } }[]
  leftovers: { id: string; on: string; access?: string; cure: string }[]
  warnings: string[]
  tokens?: { users: number; soonest: { user: string; until: number; days: number } }
  traffic: { execs: number; requests: number }
}

export interface Told {
  code: number
  stdout: string
  stderr: string
  /** Everything in the plan, changes and what is kept. */
  actions: ToldAction[]
  /** What would be or was changed. */
  changes: ToldAction[]
  recap: ToldRecap | undefined
  /** What went wrong, for the message of a failed assertion. */
  summary: string
}

const summaryOf = (code: number, stderr: string, recap: ToldRecap | undefined): string =>
  [
    `exit ${code}`,
    stderr,
    ...(recap?.problems
      .slice(0, 5)
      .map(({ action, outcome }) => `${action.id} on ${action.on}: ${JSON.stringify(outcome)}`) ?? []),
  ].join('\n')

/** Runs a playbook as its own process, as a person does, and reads what it tells as JSON. */
export const runPlaybook = async (name: string, inventory: string, ...flags: string[]): Promise<Told> => {
  const { code, stdout, stderr } = await runText(name, inventory, '--output', 'json', ...flags)
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const recap: ToldRecap | undefined = events.findLast(({ type }) => type === 'recap')?.recap
  const actions: ToldAction[] = events.findLast(({ type }) => type === 'plan')?.plan.actions ?? []
  return {
    code,
    stdout,
    stderr,
    actions,
    changes: actions.filter(
      ({ change: { op }, hindrance }) => !hindrance && op !== 'keep' && op !== 'refuse',
    ),
    recap,
    summary: summaryOf(code, stderr, recap),
  }
}

/** The same by what it prints. It starts from its bundle, the fast way of README; other tests start modules. */
export const runText = async (
  name: string,
  inventory: string,
  ...flags: string[]
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const args = ['--import', 'arena-playbooks/bundled', `playbooks/${name}.ts`, inventory, ...flags]
  const child = spawn(process.execPath, args, { cwd: CHECKOUT })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? -1))
  })
  return { code, stdout, stderr }
}

/** Two groups with a user each on a sandbox, named after the inventory, so that test files do not meet each other. */
export const tenants = (name: string, firstId: number, state: SandboxState): InventoryInput => ({
  name,
  isolation: 'document',
  cluster: { context: state.context, kubeconfig: state.kubeconfig, server: state.server },
  arena: { archive: state.arena.archive, sha256: state.arena.sha256 },
  hosts: state.clients.map((client) => ({
    name: client.name,
    address: client.address,
    port: client.port,
    user: 'root',
    identityFile: state.sshKey,
    sshConfig: state.sshConfig,
    knownHosts: state.knownHosts,
  })),
  nas: { server: 'nas.sandbox.test' },
  groups: [
    { name: `${name}1`, gid: firstId, quota: { gpu: 1 } },
    { name: `${name}2`, gid: firstId + 1, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ],
  users: [
    {
      name: `${name}-ann`,
      uid: firstId + 10,
      groups: [`${name}1`],
      password: { file: state.passwords['bob']! },
    },
    {
      name: `${name}-ben`,
      uid: firstId + 11,
      groups: [`${name}2`],
      password: { file: state.passwords['tom']! },
    },
  ],
  volumes: [
    {
      name: `${name}1-public`,
      group: `${name}1`,
      path: `/${name}/1`,
      description: 'of the group',
      owner: 'admin',
    },
    { name: `${name}-all-1`, group: `${name}1`, path: `/${name}/all`, shared: 'all' },
    { name: `${name}-all-2`, group: `${name}2`, path: `/${name}/all`, shared: 'all' },
  ],
})

let scratch: string | undefined

const scratchDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'arena-test-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Writes an inventory to a file of its own; each call replaces what the last one wrote. */
export const inventoryFile = async (): Promise<{
  file: string
  write(inventory: InventoryInput): Promise<string>
}> => {
  scratch ??= scratchDirectory()
  const file = join(await mkdtemp(join(scratch, 'inventory-')), 'inventory.json')
  return {
    file,
    async write(inventory) {
      await writeFile(file, JSON.stringify(inventory, null, 2))
      return file
    },
  }
}
