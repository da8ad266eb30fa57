import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { render } from '../../lib/base/template.ts'
import { shells } from '../support/shells.ts'
import { suite } from '../support/suite.ts'

const it = suite('arena', { seconds: 60 })

/** In Arena's place: tells its arguments, each with a NUL behind it, and what is exported to it; ends with $status. */
const ARENA = `#!/bin/sh
for arg do printf '%s\\0' "$arg"; done
printf '%s\\n' $$ "$config" "$namespace" >&2
exit \${status-0}
`

/** In kubectl's place: the context's namespace is what the kubeconfig holds. */
const KUBECTL = `#!/bin/sh
[ "$1 $2 $3" = 'config view --minify' ] || exit 1
file=$HOME/.kube/config
for arg do case $arg in --kubeconfig=*) file=\${arg#*=} ;; esac; done
read -r namespace < "$file" && printf %s "$namespace"
`

let directory: string

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-front-'))
  for (const path of ['bin', 'home/.kube', 'other-home/.arena'])
    await mkdir(join(directory, path), { recursive: true })
  const files: Record<string, string> = {
    'bin/arena': ARENA,
    'bin/kubectl': KUBECTL,
    front: render('arena', { bin: join(directory, 'bin') }),
    'home/.kube/config': 'dev1\n',
    'home/other kubeconfig': 'dev2\n',
    'home/no-namespace': '\n',
    'other-home/.arena/config': 'namespace=dev5\nnamespace=dev4\n',
    'home/arena-config': '# namespace=commented\nnamespaces=more\n namespace = dev3 \r\nmy-namespace=dev4\n',
    'home/arena-config-of-others': 'imagePullSecrets=a,b\nno line of it\n',
  }
  for (const [path, text] of Object.entries(files))
    await writeFile(join(directory, path), text, { mode: 0o755 })
})

it.after(() => rm(directory, { recursive: true }))

interface Ran {
  args: string[]
  exported: string[]
  code: number | null
  pid: number
}

const ran = (shell: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const [command, ...before] = [...shell, join(directory, 'front'), ...args]
    const child = spawn(command!, before, { cwd: directory, env: { HOME: join(directory, 'home'), ...env } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({
        args: Buffer.concat(out).toString().split('\0').slice(0, -1),
        exported: Buffer.concat(err).toString().split('\n').slice(0, -1),
        code,
        pid: child.pid!,
      }),
    )
  })

/** With no program to be found but a shell's own, so that a front that starts any fails. */
const ALONE = { PATH: '/nonexistent' }
const { PATH } = process.env

const UNCHANGED: string[][] = [
  [],
  ['list'],
  ['--help'],
  ['whoami', ''],
  ['get', 'a b', '"c"', "d'e", '$(f)', '`g`', '*', '\\', 'h\ni', '\n', '', '-n', 'dev2'],
  ['data'],
  ['data', 'list', '-n', 'dev2'],
  ['data', 'list', '-n=dev2'],
  ['data', 'list', '-ndev2'],
  ['data', 'list', '--namespace', 'dev2'],
  ['-n', 'dev2', 'data', 'list'],
  ['data', '--namespace=dev2', 'list'],
  ['data', 'list', '--allNamespaces'],
  ['data', 'list', '--help'],
  ['data', 'list', '-h'],
  ['data', '--', 'list'],
  ['--', 'data', 'list'],
  ['--config', 'data', 'list'],
  ['list', 'data', 'list'],
  ['submit'],
  ['submit', 'tf', '--help'],
  ['submit', '--', 'tf'],
  ['submit', '--name', 'tf'],
  ['submit', 'mpi', '--name=m', 'python train.py'],
  ['submit', 'pytorchjob', 'tf'],
  ['get', 'submit', 'tf'],
  ['submit tf'],
  ['serve', 'tf', '--name=s'],
  ['completion', 'bash'],
  ['__complete', 'submit', 'tf', '--'],
  ['help', 'submit', 'tf'],
]

/** What the user says beside `arena data list`, and the namespace that is added to it. */
const NAMESPACES: { args?: string[]; env?: NodeJS.ProcessEnv; adds: string[] }[] = [
  { adds: ['--namespace=dev1'] },
  { args: ['--config', 'home/other kubeconfig'], adds: ['--namespace=dev2'] },
  { args: ['--config=~/other kubeconfig'], adds: ['--namespace=dev2'] },
  { args: ['--loglevel', 'debug', '--trace', '--arena-namespace=x', '-'], adds: ['--namespace=dev1'] },
  { args: ['--allNamespaces=false'], adds: ['--namespace=dev1'] },
  { env: { KUBECONFIG: 'home/other kubeconfig' }, adds: ['--namespace=dev2'] },
  {
    args: ['--config', 'home/.kube/config'],
    env: { KUBECONFIG: 'home/x' },
    adds: ['--namespace=dev1'],
  },
  { env: { HOME: 'other-home' }, adds: ['--namespace=dev4'] },
  { env: { ARENA_CONFIG: 'home/arena-config' }, adds: ['--namespace=dev3'] },
  {
    args: ['--config', 'home/other kubeconfig'],
    env: { ARENA_CONFIG: 'home/arena-config' },
    adds: ['--namespace=dev3'],
  },
  { env: { ARENA_CONFIG: 'home/absent' }, adds: ['--namespace=dev1'] },
  { env: { ARENA_CONFIG: 'home/arena-config-of-others' }, adds: ['--namespace=dev1'] },
  { env: { KUBECONFIG: 'home/no-namespace' }, adds: [] },
  { env: { KUBECONFIG: 'home/absent' }, adds: [] },
]

const TF = ['chief', 'worker', 'ps']

const PORTS: { said: string[]; roles: string[] }[] = [
  { said: ['submit', 'tf'], roles: TF },
  { said: ['submit', 'tfjob', '--name=a', '--chief-port=22222', 'python "a b.py"'], roles: TF },
  { said: ['-n', 'dev1', 'submit', '--trace', '--loglevel', 'debug', 'tf', '--', 'python', '-h'], roles: TF },
  { said: ['cron', 'tf', '--schedule=* * * * *'], roles: TF },
  { said: ['', '--name=a', 'cron', '-', '-ab', 'tfjob'], roles: TF },
  { said: ['submit', 'horovod', '--name=h', 'horovodrun'], roles: ['ssh'] },
  { said: ['submit', 'horovodjob'], roles: ['ssh'] },
  { said: ['submit', 'hj'], roles: ['ssh'] },
]

for (const [name, shell] of await shells()) {
  it(`${name}: leaves every other command as it is, and starts nothing for it`, async () => {
    for (const args of UNCHANGED) assert.equal((await ran(shell, args, ALONE)).args, args)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((arg) => arg.replaceAll('\0', ''))),
        async (rest) => assert.equal((await ran(shell, ['get', ...rest], ALONE)).args, ['get', ...rest]),
      ),
      { numRuns: 50 },
    )
  })

  it(`${name}: becomes Arena, so signals, exit status and environment are its own`, async () => {
    for (const args of [
      ['get', 'a'],
      ['data', 'list'],
      ['submit', 'tf'],
    ]) {
      const env = { PATH, status: '7', config: 'his', namespace: 'own' }
      const { code, pid, exported } = await ran(shell, args, env)
      assert.is(code, 7)
      assert.equal(exported, [`${pid}`, 'his', 'own'])
    }
  })

  it(`${name}: gives data list the namespace that every other command would take`, async () => {
    for (const { args = [], env, adds } of NAMESPACES) {
      const said = ['data', 'list', ...args]
      assert.equal((await ran(shell, said, { PATH, ...env })).args, [...adds, ...said])
    }
  })

  it(`${name}: gives a job the ports that Arena would look for in the whole cluster first`, async () => {
    const chosen = new Set<number>()
    for (const { said, roles } of PORTS) {
      const { args } = await ran(shell, said, { PATH })
      const added = args.slice(0, -said.length).map((arg) => arg.split('='))
      assert.equal(args.slice(-said.length), said)
      assert.equal(
        added.map(([flag]) => flag),
        roles.map((role) => `--${role}-port`),
      )
      const ports = added.map(([, port]) => Number(port))
      assert.is(new Set(ports).size, ports.length)
      assert.ok(
        ports.every((port) => port >= 20_000 && port < 30_000),
        `${ports}`,
      )
      chosen.add(ports[0]!)
    }
    assert.ok(chosen.size > 1, 'every job is given the same port')
  })
}

it.run()
