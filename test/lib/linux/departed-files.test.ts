import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { shellFile } from '../../../lib/base/shell-file.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('departed-files', { seconds: 60 })

const FUNCTIONS = shellFile(new URL('../../../lib/linux/scripts/departed-files.sh', import.meta.url))

/** What commands print that are said to be alive, in a shell with the trap that the whole script has. */
const printed = ([command, ...args]: [string, ...string[]], commands: string): string => {
  const { stdout, stderr } = spawnSync(command, args, {
    input: `trap 'exit 1' HUP INT PIPE TERM
home= uid=0 archives= base= new= freeze=
${FUNCTIONS}
${commands}`,
  })
  assert.is(String(stderr), '')
  return String(stdout)
}

it('is said to be alive each second, and no longer once a command ends, however soon', async () => {
  for (const [name, shell] of await shells()) {
    assert.match(printed(shell, 'beating date sleep 2.5; echo $?'), /^\n{1,2}0\n$/, name)
    const soon = 'for number in 1 2 3 4 5 6 7 8 9 10; do beating date false || echo $?; done'
    assert.is(printed(shell, soon), '1\n'.repeat(10), name)
  }
})

it.run()
