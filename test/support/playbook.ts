import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InventoryInput } from '../../inventory/schema.ts'
import { CHECKOUT } from '../../sandbox/state.ts'

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
  leftovers: { id: string; on: string; access?: string }[]
  warnings: string[]
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
}

/** Runs a playbook as its own process, as a person does, and reads what it tells as JSON. */
export const runPlaybook = async (name: string, inventory: string, ...flags: string[]): Promise<Told> => {
  const { code, stdout, stderr } = await runText(name, inventory, '--output', 'json', ...flags)
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const actions: ToldAction[] = events.findLast(({ type }) => type === 'plan')?.plan.actions ?? []
  return {
    code,
    stdout,
    stderr,
    actions,
    changes: actions.filter(
      ({ change: { op }, hindrance }) => !hindrance && op !== 'keep' && op !== 'refuse',
    ),
    recap: events.findLast(({ type }) => type === 'recap')?.recap,
  }
}

export const runText = async (
  name: string,
  inventory: string,
  ...flags: string[]
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, [`playbooks/${name}.ts`, inventory, ...flags], { cwd: CHECKOUT })
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

/** The sandbox's inventory with some parts changed, as a file that goes with the test. */
export const inventoryFile = async (
  change: (inventory: InventoryInput) => InventoryInput,
): Promise<{ file: string; remove(): Promise<void> }> => {
  const { default: inventory } = await import('../../inventory/sandbox.ts')
  const directory = await mkdtemp(join(tmpdir(), 'arena-inventory-'))
  const file = join(directory, 'inventory.json')
  await writeFile(file, JSON.stringify(change(structuredClone(inventory)), null, 2))
  return { file, remove: () => rm(directory, { recursive: true, force: true }) }
}
