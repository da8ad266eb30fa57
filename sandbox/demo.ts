// The main job on real parts: set up, again, tampered with, put right; the document's table, wanted beside actual;
// the proof.
import '../lib/base/node-version.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { asAutomationError } from '../lib/base/errors.ts'
import { down, up } from './sandbox.ts'
import { CHECKOUT } from './state.ts'
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
  const [code] = await once(child, 'exit')
  console.log(`exit ${code}`)
  if (code !== wanted) throw new Error(`${playbook} ended with ${code}, the demo expected ${wanted}`)
}

const setup = (wanted: number, ...flags: string[]): Promise<void> => play('setup', wanted, ...flags)

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
  await play('report', 0)
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
