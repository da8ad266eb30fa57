// Records what every command says and ends with, on a fresh sandbox: npx tsx test/corpus/record.ts <directory>.
// Two records of the same program are equal; compare those of two programs with diff -r.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { down, type SandboxState, up } from '../../sandbox/sandbox.ts'
import { CHECKOUT } from '../../sandbox/state.ts'
import { runOn, TAMPERINGS } from '../../sandbox/tampering.ts'
import { inventoryOf } from './inventory.ts'
import { inOneOrder, masker } from './mask.ts'
import { SCENES, type Scene } from './scenes.ts'

type Play = Extract<Scene, { play: string }>

interface Place {
  state: SandboxState
  /** Where the record is written. */
  out: string
  /** Where inventories and what the commands write are. */
  scratch: string
  mask(text: string): string
}

const played = async (
  { play, flags = [], inventory = 'inventory.yaml' }: Play,
  { state, scratch }: Place,
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const before =
    inventory === null
      ? ['--kubeconfig', state.kubeconfig, '--ssh-config', state.sshConfig, '--host', 'client01']
      : [join(scratch, inventory)]
  const args = [`playbooks/${play}.ts`, ...before, ...flags.map((flag) => flag.replace('<out>', scratch))]
  const env = { ...process.env, LANG: 'C.UTF-8', TZ: 'UTC' }
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: CHECKOUT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const status = new Promise<number>((end) => child.once('close', (code) => end(code ?? -1)))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), status])
  return { code, stdout, stderr }
}

/** What is in the directory where commands write. */
const filesIn = async (directory: string): Promise<Map<string, string>> => {
  const names = await readdir(directory)
  const read = async (name: string) => [name, await readFile(join(directory, name), 'utf8')] as const
  return new Map(await Promise.all(names.map(read)))
}

const record = async (scene: Play, number: number, place: Place): Promise<void> => {
  const before = await filesIn(place.scratch)
  const { code, stdout, stderr } = await played(scene, place)
  const directory = join(place.out, `${String(number).padStart(2, '0')}-${scene.name.replaceAll(' ', '-')}`)
  await mkdir(directory, { recursive: true })
  const keep = (name: string, content: string): Promise<void> =>
    writeFile(join(directory, name), inOneOrder(place.mask(content)))
  await keep('command', `${[scene.play, ...(scene.flags ?? [])].join(' ')}\nexit ${code}\n`)
  await keep('stdout', stdout)
  await keep('stderr', stderr)
  for (const [name, content] of await filesIn(place.scratch))
    if (before.get(name) !== content) await keep(name, name === 'password' ? '<password>\n' : content)
  console.log(`${directory.slice(place.out.length + 1).padEnd(32)} exit ${code}`)
}

const tampered = async (sentences: readonly string[], state: SandboxState): Promise<void> => {
  for (const { sentence, on, script } of TAMPERINGS)
    if (sentences.includes(sentence)) await runOn(on, script, state)
}

const edited = async (scratch: string, [from, to]: readonly [string, string]): Promise<void> => {
  const file = join(scratch, 'inventory.yaml')
  const content = await readFile(file, 'utf8')
  if (!content.includes(from)) throw new Error(`the inventory does not say ${from}`)
  await writeFile(file, content.replace(from, to))
}

const recordAll = async (place: Place): Promise<void> => {
  for (const [number, scene] of SCENES.entries())
    if ('play' in scene) await record(scene, number, place)
    else if ('tamper' in scene) await tampered(scene.tamper, place.state)
    else if ('edit' in scene) await edited(place.scratch, scene.edit)
    else await runOn(scene.on, scene.script, place.state)
}

/** The inventory of the record, one that is wrong, and one of which a machine is away. */
const writeInventories = async (scratch: string, state: SandboxState): Promise<void> => {
  const text = stringify(inventoryOf(state))
  const away = {
    ...state,
    clients: state.clients.with(1, { name: 'client02', address: '127.0.0.1', port: 9 }),
  }
  await writeFile(join(scratch, 'inventory.yaml'), text)
  await writeFile(join(scratch, 'bad.yaml'), text.replace('gid: 10001', 'gid: 1').replace('users:', 'user:'))
  await writeFile(join(scratch, 'away.yaml'), stringify(inventoryOf(away)))
}

const main = async (out: string): Promise<void> => {
  process.env['ARENA_SANDBOX_STATE'] = join(CHECKOUT, '.sandbox-corpus')
  const scratch = await mkdtemp(join(tmpdir(), 'arena-corpus-'))
  try {
    const state = await up({ clients: 2, onProgress: console.log })
    await writeInventories(scratch, state)
    await rm(out, { recursive: true, force: true })
    await recordAll({ state, out, scratch, mask: masker(state, { scratch, checkout: CHECKOUT }) })
  } finally {
    await down()
    await rm(scratch, { recursive: true, force: true })
  }
}

const [out] = process.argv.slice(2)
if (out === undefined) {
  console.error('usage: npx tsx test/corpus/record.ts <directory>')
  process.exitCode = 64
} else await main(resolve(out))
