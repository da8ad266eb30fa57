import { spawn } from 'node:child_process'
import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { $ } from 'zx'
import { together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { down, type SandboxState, status } from '../../sandbox/sandbox.ts'
import { CHECKOUT } from '../../sandbox/state.ts'
import { WORKER_IMAGE } from '../../sandbox/worker.ts'
import { applyIn, kubectlIn } from '../support/kubectl.ts'
import { login } from '../support/login.ts'
import { inventoryFile, runPlaybook, runText } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify } from '../support/verify.ts'

const it = suite('in pods', { seconds: 400 })

/** All that pods tell, and what they tell in place of a person. */
const TOLD = 'E12,F6,F9,G4,G7,G8,G10,H1,H2,H3'

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let before: Machine

interface Machine {
  interfaces: string[]
  groups: string[]
  mounts: string[]
  sysctls: string
}

/** What a worker could leave on this machine, or change there. */
const machine = async (): Promise<Machine> => {
  const hierarchies = await readdir('/sys/fs/cgroup')
  const groups = await Promise.all(
    ['.', ...hierarchies].map((name) => readdir(join('/sys/fs/cgroup', name)).catch(() => [])),
  )
  const sysctls = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops']
  return {
    interfaces: (await readdir('/sys/class/net')).toSorted(),
    groups: groups.flat().filter((name) => name.startsWith('arena-sandbox-')),
    mounts: (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .filter((line) => /\.sandbox-|kubelet|containerd|cni/.test(line)),
    sysctls: (await Promise.all(sysctls.map((name) => readFile(join('/proc/sys', name), 'utf8')))).join(),
  }
}

const nas = (path: string): string => join(state.directory, 'worker/data/nas/nas.sandbox.test', path)

const setUp = async (inventory: InventoryInput): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', await files.write(inventory))
  assert.is(code, 0, summary)
}

const tried = (only = TOLD, image = WORKER_IMAGE): Promise<Verified> =>
  verify(files.file, '--pods', '--image', image, '--only', only)

/** Check and subject of what a verdict was given to. */
const found = ({ report }: Verified, verdict: string): string[] =>
  [
    ...new Set(
      together(report.goals.flatMap((goal) => goal.found))
        .filter((one) => one.verdict === verdict)
        .flatMap(({ check, subjects }) => subjects.map((subject) => `${check.id} ${subject}`)),
    ),
  ].toSorted()

const jobs = (): Promise<string> => kubectlIn(state, 'get tfjobs,pods -A -l verify-trial=pods -o name')

const leftFiles = async (): Promise<string[]> => {
  const names = await Promise.all(['dev1', 'dev2', 'department1'].map((path) => readdir(nas(path))))
  return names.flat().filter((name) => name.startsWith('.arena-verify'))
}

const nothingIsLeft = async (): Promise<void> => {
  assert.is(await jobs(), '')
  assert.equal(await leftFiles(), [])
}

/** Asks until the answer holds the words, however busy the computer is. */
const shows = async (ask: () => Promise<string>, words: string): Promise<void> => {
  while (!(await ask()).includes(words)) await sleep(500)
}

/** A process of the worker whose program is called so. */
const processOf = async (program: string): Promise<number> => {
  const parent = (await status()).find(({ name }) => name === 'worker04')!.pid!
  const first = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim()
  const network = await readlink(`/proc/${first}/ns/net`)
  for (;;) {
    const { stdout } = await $({ quiet: true, nothrow: true })`pgrep -x ${program}`
    for (const pid of stdout.trim().split('\n').filter(Boolean))
      if ((await readlink(`/proc/${pid}/ns/net`).catch(() => '')) === network) return Number(pid)
    await sleep(500)
  }
}

it.before(async () => {
  before = await machine()
  state = await sandbox({ clients: 1, worker: true })
  files = await inventoryFile()
  table = (await import('../../inventory/sandbox.ts')).default
  for (const [path, gid, mode] of [
    ['dev1', 10_001, 0o2770],
    ['dev2', 10_002, 0o2770],
    ['department1', 0, 0o1777],
  ] as const) {
    await mkdir(nas(path), { recursive: true })
    await chown(nas(path), 0, gid)
    await chmod(nas(path), mode)
  }
})

it('need an image, and say how one is named', async () => {
  await setUp(table)
  for (const flags of [
    ['--pods'],
    ['--pods', '--image', 'no image'],
    ['--image', 'busybox'],
    ['--pods', '--check'],
  ]) {
    const { code, stderr } = await runText('verify', files.file, ...flags)
    assert.is(code, 64, stderr)
  }
})

it('show their logs and take input through Arena, for their own users only', async () => {
  const [asBob, asTom] = [login('bob', state), login('tom', state)]
  for (const [as, name, other] of [
    [asBob, 'bob', asTom],
    [asTom, 'tom', asBob],
  ] as const) {
    assert.is.not((await as(`arena logs talk-${name}`)).code, 0)
    const command = 'echo said-by-pod; read line; echo heard-$line; sleep 600'
    const submit = `arena submit tf --name=talk-${name} --image=${WORKER_IMAGE} --chief-cpu=100m --chief-memory=64Mi`
    assert.is((await as(`${submit} '${command}'`)).code, 0)
    await shows(async () => (await as(`arena logs talk-${name}`)).stdout, 'said-by-pod')
    await shows(async () => {
      const { stdout, stderr } = await as(`echo 'echo in-$((40+2))' | arena attach talk-${name}`)
      return stdout + stderr
    }, 'in-42')
    const namespace = name === 'bob' ? 'dev1' : 'dev2'
    for (const verb of ['logs', 'attach']) {
      const refused = await other(`arena ${verb} talk-${name} -n ${namespace} </dev/null`)
      assert.is.not(refused.code, 0, verb)
      assert.not.match(refused.stdout, 'said-by-pod')
    }
    assert.is((await as(`arena delete talk-${name}`)).code, 0)
  }
})

it('are cleared away by the next run when a run is killed, and by itself at Ctrl-C', async () => {
  const begin = async () => {
    const flags = ['--pods', '--image', WORKER_IMAGE, '--only', 'G4', '--output', 'json']
    const child = spawn(process.execPath, ['playbooks/verify.ts', files.file, ...flags], {
      cwd: CHECKOUT,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const submits = Promise.withResolvers<undefined>()
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => {
      told += String(chunk)
      if (told.includes('"stage":"pods"')) submits.resolve(undefined)
    })
    await Promise.race([
      submits.promise,
      ended.then((code) => Promise.reject(new Error(`ended with ${code}`))),
    ])
    return { child, ended }
  }
  await nothingIsLeft()
  const killed = await begin()
  await shows(jobs, 'pod/verify-pods-a-tom')
  killed.child.kill('SIGKILL')
  await killed.ended
  assert.match(await jobs(), 'verify-pods-a-bob')
  const left = await leftFiles()
  const stopped = await begin()
  await shows(async () => (await leftFiles()).filter((name) => !left.includes(name)).join(), '.arena-verify')
  stopped.child.kill('SIGINT')
  assert.is(await stopped.ended, 130)
  await nothingIsLeft()
})

it('find nothing wrong with the document as it is set up, but what only strict closes', async () => {
  const proof = await tried()
  assertClean(proof)
  assert.equal(found(proof, 'gap'), [
    'G7 bob in dev1',
    'G7 tom in dev2',
    'H1 bob in dev1',
    'H1 tom in dev2',
    'H3 bob in dev1',
    'H3 tom in dev2',
  ])
  assert.equal(found(proof, 'untested'), [])
  await nothingIsLeft()
})

it('cannot tell anything of an image that cannot be pulled', async () => {
  const proof = await tried('G4,H1', WORKER_IMAGE.replace('busybox', 'absent'))
  assert.is(proof.code, 3)
  assert.equal(found(proof, 'unknown'), [
    'G4 bob in dev1',
    'G4 tom in dev2',
    'H1 bob in dev1',
    'H1 tom in dev2',
  ])
  assert.equal(found(proof, 'pass'), [])
  assert.match(proof.unknown.map(({ says }) => says).join(), 'not found')
})

it('find directories that are not what the inventory says', async () => {
  await chmod(nas('dev1'), 0o2777)
  await rename(nas('dev2'), nas('dev2-before'))
  await symlink('dev1', nas('dev2'))
  const proof = await tried('G4,G8,G10')
  await rm(nas('dev2'))
  await rename(nas('dev2-before'), nas('dev2'))
  await chmod(nas('dev1'), 0o2770)
  assert.is(proof.code, 1)
  assert.equal(found(proof, 'fail'), [
    'G4 bob in dev1: dev1-public',
    'G4 tom in dev2: dev2-public',
    'G8 bob in dev1: dev1-public',
    'G8 tom in dev2: dev2-public',
  ])
})

it('find nothing wrong with strict as it is set up', async () => {
  await setUp({ ...table, isolation: 'strict' })
  const proof = await tried(`${TOLD},I1`)
  assertClean(proof)
  assert.equal(found(proof, 'gap'), [])
  assert.equal(found(proof, 'untested'), [])
  await nothingIsLeft()
})

it('find a policy that is gone, one that lets a group in, and a token', async () => {
  await kubectlIn(state, 'delete networkpolicy dev1-own-namespace -n dev1')
  await kubectlIn(state, `patch serviceaccount default -n dev1 -p '{"automountServiceAccountToken":true}'`)
  const metadata = { name: 'hole', namespace: 'dev2' }
  const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'dev1' } } }]
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from }] }
  await applyIn(state, [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }])
  const proof = await tried('G7,H1,H3,I1')
  await kubectlIn(state, 'delete networkpolicy hole -n dev2')
  assert.is(proof.code, 1)
  assert.equal(found(proof, 'fail'), [
    'G7 bob in dev1',
    'H1 bob in dev1',
    'H3 bob in dev1',
    'I1 bob in dev1',
    'I1 dev1',
  ])
})

it('find that nothing enforces the policies', async () => {
  await setUp({ ...table, isolation: 'strict' })
  const enforcer = await processOf('kube-router')
  process.kill(enforcer, 'SIGSTOP')
  const proof = await tried('H1,H2,H5')
  process.kill(enforcer, 'SIGCONT')
  assert.equal(found(proof, 'fail'), ['H1 bob in dev1', 'H1 tom in dev2'])
  assert.equal(
    found(proof, 'pass').filter((one) => one.startsWith('H5')),
    ['H5 dev1', 'H5 dev2'],
  )
  assertClean(await tried('H1,H2'))
})

it('leave nothing of the worker on this machine, also when all of it was killed', async () => {
  const during = await machine()
  assert.ok(during.groups.length > before.groups.length)
  assert.equal(during.interfaces, before.interfaces)
  assert.is(during.sysctls, before.sysctls)
  for (const { pid } of await status()) if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await down()
  assert.equal(await machine(), before)
})

it.run()
