import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { asAutomationError } from '../../../lib/base/errors.ts'
import { auditCommand } from '../../../lib/cli/audit-command.ts'
import { type Program, parserOf } from '../../../lib/cli/command.ts'
import { playbookCommand } from '../../../lib/cli/playbook-command.ts'
import { surveyCommand } from '../../../lib/cli/survey-command.ts'
import { writePlan } from '../../../lib/engine/plan-file.ts'
import { scopeOf } from '../../../lib/engine/plan-scope.ts'
import { loadInventory } from '../../../lib/inventory/load.ts'
import type { Playbook } from '../../../lib/program/playbook.ts'
import { plain } from '../../../lib/reporters/json.ts'
import addGroup from '../../../playbooks/add-group.ts'
import addUser from '../../../playbooks/add-user.ts'
import removeGroup from '../../../playbooks/remove-group.ts'
import removeUser from '../../../playbooks/remove-user.ts'
import report from '../../../playbooks/report.ts'
import rotateCredentials from '../../../playbooks/rotate-credentials.ts'
import setPassword from '../../../playbooks/set-password.ts'
import setQuota from '../../../playbooks/set-quota.ts'
import setup from '../../../playbooks/setup.ts'
import verify from '../../../playbooks/verify.ts'
import { suite } from '../../support/suite.ts'

const it = suite('mistakes first', { seconds: 60 })

let directory: string
let file: string
let server: Server
let calls = 0

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-mistakes-'))
  server = createServer((socket) => {
    calls++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kubeconfig = join(directory, 'config')
  const named = { cluster: 'one', user: 'one' }
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'one', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'one', user: { token: 'none' } }],
      contexts: [{ name: 'one', context: named }],
    }),
  )
  await writeFile(join(directory, 'known_hosts'), '')
  file = join(directory, 'inventory.json')
  await writeFile(
    file,
    JSON.stringify({
      name: 'first',
      isolation: 'document',
      cluster: { context: 'one', kubeconfig },
      arena: { archive: './arena.tar.gz', sha256: 'a'.repeat(64) },
      hosts: [
        {
          name: 'client01',
          address: '127.0.0.1',
          port,
          user: 'root',
          knownHosts: join(directory, 'known_hosts'),
          memberships: { bob: ['dev1', 'dev3'] },
        },
      ],
      groups: [
        { name: 'dev1', gid: 20_001 },
        { name: 'dev2', gid: 20_002 },
        { name: 'dev3', gid: 20_003 },
      ],
      users: [{ name: 'bob', uid: 20_011, groups: ['dev1'] }],
      trusted: [{ kind: 'PersistentVolumeClaim', namespace: 'dev2', name: 'old', reason: 'by hand' }],
    }),
  )
})

it.after(async () => {
  server.close()
  await rm(directory, { recursive: true })
})

const PLAYBOOKS = [
  addUser,
  addGroup,
  removeUser,
  removeGroup,
  rotateCredentials,
  setPassword,
  setQuota,
  setup,
] as unknown as Playbook[]
const PROGRAMS = [
  ...PLAYBOOKS.map(playbookCommand),
  surveyCommand(report),
  auditCommand(verify),
] as Program<object>[]

const run = async (
  name: string,
  ...flags: string[]
): Promise<{ code: number; calls: number; said: string }> => {
  calls = 0
  const program = PROGRAMS.find((one) => one.name === name)!
  const parser = parserOf(program).parse([file, '--timeout', '5', ...flags], { from: 'user' })
  const { signal } = new AbortController()
  const told: string[] = []
  try {
    const code = await program.run({
      file,
      inventory: await loadInventory(file),
      flags: parser.opts(),
      reporter: { on: (event) => void told.push(JSON.stringify(event, plain)) },
      interrupts: { stop: signal, abort: signal },
    })
    return { code, calls, said: told.join('\n') }
  } catch (error) {
    const { exitCode, message } = asAutomationError(error)
    return { code: exitCode, calls, said: message }
  }
}

it('what is wrong with what was asked is told before anything is contacted', async () => {
  const add = ['add-user', '--group', 'dev1', '--name'] as const
  for (const [expected, subject, ...words] of [
    [64, '--name Carol:', ...add, 'Carol'],
    [64, '--name root:', ...add, 'root'],
    [64, '--uid 5:', ...add, 'carol', '--uid', '5'],
    [64, '--group dev9', 'add-user', '--name', 'carol', '--group', 'dev9'],
    [64, '--uid 20011', ...add, 'carol', '--uid', '20011'],
    [64, '--limit client09', ...add, 'carol', '--limit', 'client09'],
    [64, '--password-from', ...add, 'carol', '--password-from', 'nowhere'],
    [64, '--name Dev3:', 'add-group', '--name', 'Dev3'],
    [64, '--gid 20002', 'add-group', '--name', 'dev4', '--gid', '20002'],
    [64, '--gpu many:', 'add-group', '--name', 'dev4', '--gpu', 'many'],
    [64, '--gpu -1:', 'add-group', '--name', 'dev4', '--gpu', '-1'],
    [64, '--volume x=rel:', 'add-group', '--name', 'dev4', '--volume', 'x=rel'],
    [64, '--volume Bad_x=/a:', 'add-group', '--name', 'dev4', '--volume', 'Bad_x=/a'],
    [64, '--volume dev4', 'add-group', '--name', 'dev4', '--volume', 'dev4'],
    [64, '--name fay', 'remove-user', '--name', 'fay'],
    [64, '--name dev1', 'remove-group', '--name', 'dev1'],
    [64, '--name dev3: is in the memberships of client01', 'remove-group', '--name', 'dev3'],
    [64, '--name dev2: has claims in trusted: old', 'remove-group', '--name', 'dev2'],
    [64, '--group dev9', 'set-quota', '--group', 'dev9', '--gpu', '1'],
    ...(
      [
        ['--gpu', 'many'],
        ['--cpu', 'x'],
        ['--memory', '1ZZ'],
        ['--device', 'amd.com/gpu=x'],
        ['--device', 'bad/name/x=1'],
        ['--device-class', 'A_b=2'],
        ['--hugepages', '5Xi=1Gi'],
        ['--priority-class', 'Up'],
      ] as const
    ).map(([flag, value]) => [64, `${flag} ${value}:`, 'set-quota', '--group', 'dev1', flag, value] as const),
    ...['--device a.com/x=1 --device a.com/x=2', '--priority-class none --priority-class high'].map(
      (words) => [64, words.split(' ')[0]!, 'set-quota', '--group', 'dev1', ...words.split(' ')] as const,
    ),
    [64, '--max-gpu x:', 'set-quota', '--group', 'dev1', '--gpu', '2', '--max-gpu', 'x'],
    [64, '--max-gpu 3:', 'set-quota', '--group', 'dev1', '--gpu', '2', '--max-gpu', '3'],
    [64, '--user fay', 'rotate-credentials', '--user', 'fay'],
    [64, '--group dev9', 'rotate-credentials', '--group', 'dev9'],
    [64, '--older-than 3w', 'rotate-credentials', '--older-than', '3w'],
    [64, '--user fay', 'setup', '--user', 'fay'],
    [64, '--step 9', 'setup', '--step', '9'],
    [64, '--step 9', ...add, 'carol', '--step', '9'],
    [64, '--user bob --group dev2', 'setup', '--user', 'bob', '--group', 'dev2'],
    [64, '--static-manifests', 'setup', '--static-manifests', '/etc/arena'],
    [64, '--name fay', 'set-password', '--name', 'fay'],
    [64, '--password-from', 'set-password', '--name', 'bob', '--password-from', 'nowhere'],
    ...['set-password --name bob', 'add-user --name carol --group dev1'].map(
      (words) =>
        [
          64,
          '--password-file made',
          ...words.split(' '),
          '--password-file',
          'made',
          '--password-from',
          'env:OWN',
        ] as const,
    ),
    [64, '--name bob', ...add, 'bob', '--password-from', 'env:OWN'],
    [64, '--user fay', 'report', '--user', 'fay'],
    [64, '--html /nosuch/page.html', 'report', '--html', '/nosuch/page.html'],
    [64, `--html ${file}`, 'report', '--html', file],
    [64, `--report ${file}`, 'verify', '--report', file],
    [64, '--only Z9', 'verify', '--only', 'E,Z9'],
    [64, '--only S1', 'verify', '--only', 'S1'],
    [64, '--only F9', 'verify', '--only', 'F9'],
    [64, '--image', 'verify', '--image', 'busybox'],
    [64, '--pods', 'verify', '--pods'],
    [64, '--pods --only A1,E4', 'verify', '--pods', '--image', 'busybox', '--only', 'A1,E4'],
    [64, `--out ${file}`, 'setup', '--check', '--out', file],
  ] as const) {
    const [playbook, ...flags] = words
    const { code, calls, said } = await run(playbook!, ...flags)
    assert.equal({ code, calls }, { code: expected, calls: 0 }, `${words.join(' ')}: ${said}`)
    assert.match(said, subject)
  }
})

it('a saved plan of another selection is refused before anything is contacted', async () => {
  const plan = join(directory, 'plan.json')
  const { cluster } = JSON.parse(await readFile(file, 'utf8'))
  const config = JSON.parse(await readFile(cluster.kubeconfig, 'utf8'))
  const scope = scopeOf({
    playbook: 'setup',
    inventory: await loadInventory(file),
    server: config.clusters[0].cluster.server,
    selection: {},
    prune: false,
  })
  await writePlan(plan, {
    format: 'arena-playbooks plan 1',
    at: new Date().toISOString(),
    scope,
    edit: [],
    changes: [],
  })
  const { code, calls, said } = await run('setup', '--plan', plan, '--user', 'bob')
  assert.equal({ code, calls }, { code: 4, calls: 0 }, said)
  assert.match(said, '--user')
})

it('a list is of what is chosen', async () => {
  const listed = async (...flags: string[]): Promise<number> => {
    const { code, said } = await run('setup', '--list', ...flags)
    assert.is(code, 0, said)
    return JSON.parse(said.split('\n').at(-1)!).resources.length
  }
  const all = await listed()
  for (const flags of [
    ['--user', 'bob'],
    ['--step', '1'],
    ['--limit', 'client01'],
  ]) {
    const some = await listed(...flags)
    assert.ok(some > 0 && some < all, flags.join(' '))
  }
})

it('with nothing wrong in it, the machine that is down is told', async () => {
  const { code, calls, said } = await run('add-user', '--name', 'carol', '--group', 'dev1')
  assert.is(code, 3, said)
  assert.ok(calls > 0)
  assert.match(said, 'client01')
})

it.run()
