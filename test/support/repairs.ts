import * as assert from 'uvu/assert'
import type { Finding } from '../../lib/audit/check.ts'
import { isAdvice, type Repair, wordsOfRepair } from '../../lib/audit/repair.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { runPlaybook } from './playbook.ts'

/** Where repairs are run. */
export interface Bench {
  inventory: string
  state: SandboxState
  /** The machine that `there` is. */
  host?: 'client01' | 'client02'
}

/** Runs every command that these findings name, each once, as it is printed; what takes a person is left. */
export const mendAll = async (
  found: readonly Pick<Finding, 'repair'>[],
  { inventory, state, host = 'client01' }: Bench,
): Promise<void> => {
  for (const { on, command } of commandsOf(found.flatMap(({ repair }) => repair ?? []))) {
    if (on === 'machine') await runOn(host, command, state)
    else if (on === 'cluster') await runOn('cluster', command, state)
    else {
      const [, name, flags] = PLAYBOOK.exec(command)!
      const { code, summary } = await runPlaybook(name!, inventory, ...flags!.split(' ').filter(Boolean))
      assert.is(code, 0, summary)
    }
  }
}

const PLAYBOOK = /^npx tsx playbooks\/([\w-]+)\.ts <inventory>(.*)$/

interface Line {
  on: 'machine' | 'cluster' | 'playbook'
  command: string
}

/** The lines of repairs, each once, playbooks last. */
const commandsOf = (repairs: readonly Repair[]): Line[] => {
  const all = repairs.flatMap((repair) => (isAdvice(repair) ? [] : repair.split('\n').flatMap(lineOf)))
  const once = [...new Map(all.map((line) => [`${line.on} ${line.command}`, line])).values()]
  return [...once.filter(({ on }) => on !== 'playbook'), ...once.filter(({ on }) => on === 'playbook')]
}

const lineOf = (line: string): Line[] => {
  const command = line.replace(/^and /, '').replace(/^[a-z ]+: /, '')
  if (/^(and )?(run setup|make new tokens): /.test(line)) return [{ on: 'playbook', command }]
  if (line.startsWith('there: ')) return [{ on: 'machine', command }]
  return line.startsWith('kubectl ') ? [{ on: 'cluster', command: line }] : []
}

/** Fails unless each of these begins a line of the repairs of what was found. */
export const assertPrinted = (
  commands: readonly string[],
  found: readonly Pick<Finding, 'repair'>[],
): void => {
  const lines = [...new Set(found.flatMap(({ repair }) => wordsOfRepair(repair).split('\n')))]
  assert.equal(
    commands.filter((command) => !lines.some((line) => line.startsWith(command))),
    [],
    lines.join('\n'),
  )
}
