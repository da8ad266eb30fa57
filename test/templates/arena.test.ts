import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { render } from '../../lib/base/template.ts'
import { debian } from '../support/debian.ts'
import { shells } from '../support/shells.ts'
import { suite } from '../support/suite.ts'

const it = suite('arena', { seconds: 60 })

/** No shell keeps NUL in what it passes on, so arguments are told with this behind each. */
const MARK = '\x1e'

/** In Arena's place: tells its arguments and what is exported to it, or what it is told to say; ends with $status. */
const ARENA = `#!/bin/sh
[ -z "$stdout" ] || { printf '%s' "$stdout"; printf '%s' "$stderr" >&2; exit \${status-0}; }
for arg do printf '%s\\036' "$arg"; done
printf '%s\\n' $$ "$config" "$namespace" >&2
exit \${status-0}
`

/** In kubectl's place: the context's namespace is what the kubeconfig holds. */
const KUBECTL = `#!/bin/sh
case "$1 $2" in
  'get --raw') printf '%s' "$events"; echo "$3" >> requests; exit ;;
  'describe resourcequota') printf '%s' "$quotas"; exit \${status-0} ;;
  'config view') ;;
  *) exit 1 ;;
esac
file=$HOME/.kube/config
for arg do case $arg in --kubeconfig=*) file=\${arg#*=} ;; esac; done
read -r namespace < "$file" && printf %s "$namespace"
`

let directory: string

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-front-'))
  for (const path of ['bin', 'awk-of-busybox', 'home/.kube', 'other-home/.arena'])
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
  await symlink((await debian()).path('busybox'), join(directory, 'awk-of-busybox/awk'))
})

it.after(() => rm(directory, { recursive: true }))

interface Ran {
  args: string[]
  stdout: string
  stderr: string
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
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        args: Buffer.concat(out).toString().split(MARK).slice(0, -1),
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
  ['logs', 'data', 'list'],
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
        fc.array(fc.string({ unit: 'grapheme' }).map((arg) => arg.replaceAll('\0', '').replaceAll(MARK, ''))),
        async (rest) => assert.equal((await ran(shell, ['logs', ...rest], ALONE)).args, ['logs', ...rest]),
      ),
      { numRuns: 50 },
    )
  })

  it(`${name}: becomes Arena, so signals, exit status and environment are its own`, async () => {
    const env = { PATH, status: '7', config: 'own-config', namespace: 'own' }
    for (const args of [
      ['logs', 'a'],
      ['data', 'list'],
      ['submit', 'tf'],
    ]) {
      const { code, pid, exported } = await ran(shell, args, env)
      assert.is(code, 7)
      assert.equal(exported, [`${pid}`, 'own-config', 'own'])
    }
    const { code, exported } = await ran(shell, ['get', 'a'], env)
    assert.equal([code, ...exported.slice(1)], [7, 'own-config', 'own'])
  })

  it(`${name}: keeps one line of list and get away, and every other as it is`, async () => {
    const nodes =
      'level=error msg="failed to list nodes when query dashboard url,reason: nodes is forbidden: User'
    const others = ['level=error msg="failed to list nodes: no route"', ' \\n  $(x) `y`', 'at the end']
    for (const command of ['list', 'ls', 'get', 'top job']) {
      const stdout = 'NAME  STATUS\na  RUNNING\n\n\n'
      const env = { PATH, stdout, stderr: [nodes, ...others].join('\n') }
      const said = await ran(shell, command.split(' '), env)
      assert.equal([said.stdout, said.stderr], [stdout, `${others.join('\n')}\n`], command)
    }
    const watched = { PATH, stdout: 'x', stderr: nodes }
    assert.is((await ran(shell, ['top', 'job', '-r'], watched)).stderr, nodes)
  })

  it(`${name}: keeps that line away before what attach shows, and hands all else through`, async () => {
    const nodes = 'msg="failed to list nodes when query dashboard url,reason: nodes is forbidden: User'
    const attached = async (stderr: string, status = '0') => {
      const env = { PATH, stdout: 'out', stderr, status }
      return ran(shell, ['attach', 'a', '--', 'sh'], env)
    }
    const whole = await attached(`${nodes}\nfirst\n${nodes}\n\x01\\n no end`, '7')
    assert.equal([whole.stdout, whole.stderr, whole.code], ['out', `first\n${nodes}\n\x01\\n no end`, 7])
    for (const [said, shown] of [
      [`${nodes}\n`, ''],
      ['', ''],
      ['one\n', 'one\n'],
    ] as const)
      assert.equal([(await attached(said)).stderr, (await attached(said)).code], [shown, 0])
    const { args, exported, code } = await ran(shell, ['attach', 'a'], {
      PATH,
      status: '3',
      config: 'own-config',
    })
    assert.equal([args, exported[1], code], [['attach', 'a'], 'own-config', 3])
  })

  it(`${name}: tells below list and get why a job waits, by one request`, async () => {
    const event = (job: string, message: string, lastTimestamp: string) => ({
      metadata: { name: `${job}.1`, namespace: 'dev1' },
      involvedObject: { kind: 'TFJob', namespace: 'dev1', name: job, uid: '1' },
      reason: 'FailedCreatePod',
      message,
      lastTimestamp,
    })
    const over = (used: number) =>
      `Error creating: pods "x" is forbidden: exceeded quota: q, used: gpu=${used},memory=10844792422400m`
    const items = [
      event('b', over(1), '2026-01-01T00:00:02Z'),
      event('b', over(2), '2026-01-01T00:00:01Z'),
      event('c', over(3), '2026-01-01T00:00:01Z'),
      event('d', 'says "involvedObject":{"name":"b"} and exceeded quota: no', '2027-01-01T00:00:01Z'),
    ]
    const events = JSON.stringify({ kind: 'EventList', items })
    const lists = {
      list: 'NAME  STATUS  TRAINER\na  RUNNING  TFJOB\nb  PENDING  TFJOB\n',
      get: 'Name:    b\nStatus:  PENDING\n\nInstances:\n  NAME\n',
    }
    for (const [command, stdout] of Object.entries(lists)) {
      await writeFile(join(directory, 'requests'), '')
      const said = await ran(shell, [command, '-n', 'dev7'], { PATH, stdout, events })
      assert.is(said.stdout, stdout)
      assert.match(
        said.stderr,
        /^b waits: exceeded quota: q, used: gpu=1,memory=10.1Gi \(.*2026-01-01T00:00:02Z.*\)\n$/,
      )
      const requests = (await readFile(join(directory, 'requests'), 'utf8')).trim().split('\n')
      assert.equal(requests, ['/api/v1/namespaces/dev7/events?fieldSelector=type%3DWarning'])
    }
    const idle = { PATH: ALONE.PATH, stdout: 'NAME  STATUS\na  RUNNING\n', events }
    assert.is((await ran(shell, ['list'], idle)).stderr, '')
  })

  it(`${name}: shows the share of the group`, async () => {
    const quotas = `Name:  dev1-compute-resources
Namespace:  dev1
Resource  Used  Hard
--------  ----  ----
requests.nvidia.com/gpu  1  4


Name:  dev1-object-counts
Namespace:  dev1
Resource  Used  Hard
--------  ----  ----
pods  1  2000
`
    const rows = async (text: string, path = PATH) =>
      (await ran(shell, ['quota'], { PATH: path, quotas: text })).stdout
        .trimEnd()
        .split('\n')
        .map((row) => row.split(/ +/))
    assert.equal(await rows(quotas), [
      ['RESOURCE', 'USED', 'LIMIT'],
      ['requests.nvidia.com/gpu', '1', '4'],
    ])
    const kept = [
      '10844792422400m',
      '22906456453940m',
      '1782579200m',
      '11105067440537600m',
      '10737418240001m',
      '500m',
    ]
    const amounts = kept.map((amount, at) => `limits.${at}  0  ${amount}`).join('\n')
    // That of busybox, as Debian builds it, has no powers.
    for (const awk of [PATH, `${join(directory, 'awk-of-busybox')}:${PATH}`])
      assert.equal(
        (await rows(`Name:  dev1-compute-resources\n${amounts}\n`, awk)).map(([, , limit]) => limit),
        ['LIMIT', '10.1Gi', '21.3333Gi', '1.7Mi', '10.1Ti', '10737418240.001', '500m'],
      )
    assert.match((await rows('')).join(), 'nothing,limits')
    assert.is((await ran(shell, ['quota'], { PATH, quotas: '', status: '3' })).code, 3)
    for (const args of [['dev2'], ['-n'], ['-n', 'dev2', 'dev3'], ['--unknown', 'dev2', 'dev3']]) {
      const { stdout, code } = await ran(shell, ['quota', ...args], { PATH, quotas })
      assert.equal([stdout, code], ['', 1], args.join(' '))
    }
    assert.match((await ran(shell, ['quota', '--help'], { PATH })).stdout, /^arena quota/)
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
