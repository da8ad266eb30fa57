import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { KILLED, LIMITED } from '../../../lib/base/limited.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('limited', { seconds: 60 })

/** With the machine's own `timeout`, and where there is none. */
const MACHINES = ['', 'command() { [ "$2" != timeout ]; }\n']

const run = ([command, ...args]: [string, ...string[]], text: string) =>
  spawnSync(command, [...args, '-c', text], { input: 'from before\n', encoding: 'utf8' })

it('runs a program with what it is given, in every shell', async () => {
  for (const [name, shell] of await shells())
    for (const machine of MACHINES) {
      const program = `sh -c 'cat; echo "$1"; echo oh >&2; exit 3' x 'a b'`
      const { status, stdout, stderr } = run(shell, `${machine}${LIMITED}limited 20 ${program}`)
      assert.equal([status, stdout, stderr], [3, 'from before\na b\n', 'oh\n'], `${name} ${machine}`)
    }
})

it('kills what takes longer, also what does not listen', async () => {
  for (const [name, shell] of await shells())
    for (const machine of MACHINES) {
      const program = `sh -c 'trap "" TERM; echo $$; while :; do :; done'`
      const { stdout } = run(shell, `${machine}${LIMITED}limited 1 ${program}; echo $?`)
      const [pid, status] = stdout.split('\n').map(Number)
      assert.is(status, KILLED, `${name} ${machine}`)
      await ended(pid!)
    }
})

it('leaves nothing that would kill later, where the shell has a trap', async () => {
  const text = `trap 'exit 1' TERM\n${MACHINES[1]}${LIMITED}limited 20 true; kill -0 "$_guard" || echo gone`
  for (const [name, shell] of await shells()) assert.is(run(shell, text).stdout, 'gone\n', name)
})

/** Waits until a process does nothing any more; somebody may still have to be told of its end. */
const ended = async (pid: number): Promise<void> => {
  while (/^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')))
    await sleep(20)
}

it.run()
