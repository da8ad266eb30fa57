import * as assert from 'uvu/assert'
import type { Finding } from '../../lib/audit/check.ts'
import { stepsOf, wordsOfRepair } from '../../lib/audit/repair.ts'
import type { Said } from '../../lib/audit/report.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { runPlaybook } from './playbook.ts'

/** Where repairs are run. */
export interface Bench {
  inventory: string
  state: SandboxState
}

/** Runs every command that these findings show, each once, as it is shown; what takes a person is left. */
export const mendAll = async (
  found: readonly Pick<Said, 'repair' | 'hosts'>[],
  { inventory, state }: Bench,
): Promise<void> => {
  for (const { on, command } of commandsOf(found, inventory)) {
    const [, name, flags] = PLAYBOOK.exec(command) ?? []
    if (name === undefined) await runOn(on, command, state)
    else {
      const [file, ...more] = flags!.split(' ')
      const { code, summary } = await runPlaybook(name, file!, ...more)
      assert.is(code, 0, summary)
    }
  }
}

const PLAYBOOK = /^npx tsx playbooks\/([\w-]+)\.ts (.+)$/

interface Line {
  /** A machine, or the cluster. */
  on: string
  command: string
}

/** The commands of repairs, each once, playbooks last. */
const commandsOf = (found: readonly Pick<Said, 'repair' | 'hosts'>[], inventory: string): Line[] => {
  const all = found.flatMap(({ repair, hosts }) =>
    stepsOf(repair, inventory).flatMap((step): Line[] => {
      if ('words' in step) return []
      const { command, on } = step
      if (on === 'here') return [{ on: 'cluster', command }]
      assert.ok(hosts.length > 0, `on no machine: ${command}`)
      return hosts.map((host) => ({ on: host, command }))
    }),
  )
  const once = [...new Map(all.map((line) => [`${line.on} ${line.command}`, line])).values()]
  const isLast = ({ command }: Line): boolean => PLAYBOOK.test(command)
  return [...once.filter((line) => !isLast(line)), ...once.filter(isLast)]
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
