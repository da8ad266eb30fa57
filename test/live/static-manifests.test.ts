import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { ensurePart } from '../../sandbox/control-plane.ts'
import { findRunning, stop } from '../../sandbox/process.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { prepareTools } from '../../sandbox/tools.ts'
import { STATIC_COPIES } from '../support/holes.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { assertPrinted, mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { verify } from '../support/verify.ts'

const it = suite('static manifests', { seconds: 300 })

const NAME = 'stat'
const FORBIDDEN = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'gated' },
  spec: {
    selector: { matchLabels: { app: 'gated' } },
    template: {
      metadata: { labels: { app: 'gated' } },
      spec: { schedulerName: 'another', containers: [{ name: 'gated', image: 'busybox' }] },
    },
  },
}

let state: SandboxState
let directory: string
let file: string

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const policies = (): Promise<string> =>
  kubectl(
    `get validatingadmissionpolicies,mutatingadmissionpolicies -o name | grep -E 'arena-${NAME}-[^p]|-pods'`,
  )

/** What the API server says to a member of a group who makes what no member may. */
const forbidden = (): Promise<string> =>
  runOn(
    'client01',
    `su - ${NAME}-ann -s /bin/sh -c 'arena-kubectl create --dry-run=server -f -' 2>&1 <<'EOF' || true
${JSON.stringify(FORBIDDEN)}
EOF`,
    state,
  )

const setup = (...flags: string[]) => runPlaybook('setup', file, ...flags)

const restart = async (): Promise<void> => {
  const { directory: place } = state
  await stop(place, (part) => part === 'kube-apiserver')
  const started = { ...state, variant: { ...state.variant, staticManifests: directory } }
  await ensurePart(
    started,
    await prepareTools(console.log, state.variant),
    'kube-apiserver',
    await findRunning(place),
  )
}

it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'arena-static-'))
  const table: InventoryInput = { ...tenants(NAME, 58_000, state), isolation: 'strict' }
  const hosts = table.hosts.slice(0, 1)
  const files = await inventoryFile()
  file = await files.write({ ...table, hosts })
})

it.after(() => rm(directory, { recursive: true, force: true }))

it('are shown under --check, which writes none', async () => {
  const { code, changes } = await setup('--static-manifests', directory, '--check')
  assert.is(code, 2)
  assert.equal(
    changes.filter(({ on }) => on === 'static-manifests').map(({ id, change }) => [id, change.op]),
    ['validating/arena-stat.yaml', 'mutating/arena-stat.yaml', 'admission.yaml'].map((name) => [
      `static-manifest/${directory}/${name}`,
      'create',
    ]),
  )
  assert.is(await readFile(join(directory, 'admission.yaml')).catch(() => undefined), undefined)
})

it('are written alone where a run is limited to them, whoever says where they are', async () => {
  const { code, changes } = await setup(
    '--static-manifests',
    directory,
    '--limit',
    'static-manifests',
    '--check',
  )
  assert.is(code, 2)
  assert.equal([...new Set(changes.map(({ on }) => on))], ['static-manifests'])
  assert.is((await setup('--limit', 'static-manifests', '--check')).code, 64)
})

it('are refused where they mean nothing, and where no API server could find them', async () => {
  for (const place of ['manifests', '/etc/../etc/arena'])
    assert.is((await setup('--static-manifests', place, '--check')).code, 64)
})

it('are written with the same policies in the API, as long as no API server reads them', async () => {
  const { code, recap, summary } = await setup('--static-manifests', directory)
  assert.is(code, 0, summary)
  assert.ok(recap!.warnings.some((line) => line.includes(`staticManifests: '${directory}'`)))
  const { items } = parse(await readFile(join(directory, 'validating', `arena-${NAME}.yaml`), 'utf8'))
  const kinds = new Set(items.map(({ kind }: { kind: string }) => kind))
  assert.equal([...kinds].toSorted(), ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
  assert.match(await forbidden(), `'arena-${NAME}-pods'`)
  assert.match(await policies(), 'arena-stat-pods')
})

it('are found missing by verify until the API server is started with them, and the copies then may go', async () => {
  file = await (await inventoryFile()).write({
    ...(parse(await readFile(file, 'utf8')) as InventoryInput),
    staticManifests: directory,
  })
  const before = await verify(file, '--only', 'J7')
  assert.equal(
    before.failures.map(({ check, subjects }) => [check.id, subjects]),
    [['J7', ['stat1', 'stat2']]],
  )
  await restart()
  const after = await verify(file, '--only', 'J7')
  assert.equal([...after.failures, ...after.unknown], [])
  const notices = after.report.goals
    .flatMap(({ found }) => found)
    .filter(({ verdict }) => verdict === 'notice')
  assert.equal(
    notices.map(({ check }) => check.id),
    ['J7'],
  )
  assertPrinted(STATIC_COPIES.prints, notices)
  await mendAll(together(notices), { inventory: file, state })
  assert.is(await policies(), '')
})

it('refuse what no member may make, and no cluster-admin takes them away', async () => {
  await until(forbidden, `'arena-${NAME}-pods.static.k8s.io'`)
  for (const name of [`arena-${NAME}-pods`, `arena-${NAME}-pods.static.k8s.io`])
    for (const kind of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'])
      assert.match(await kubectl(`delete ${kind} ${name}`), 'NotFound')
  assert.match(await forbidden(), `'arena-${NAME}-pods.static.k8s.io'`)
})

it('are compared by setup from then on, which puts nothing into the API again', async () => {
  const { code, changes } = await setup('--check')
  assert.equal(
    changes.map(({ id }) => id),
    [],
  )
  assert.is(code, 0)
  const whole = await verify(file)
  assert.equal([...whole.failures, ...whole.unknown], [])
})

it('are told apart from those of another inventory; what verify prints mends that', async () => {
  const table = parse(await readFile(file, 'utf8')) as InventoryInput
  const [first, ...others] = table.groups
  const { write } = await inventoryFile()
  file = await write({ ...table, groups: [{ ...first!, pods: { hostUsers: false } }, ...others] })
  const { failures } = await verify(file, '--only', 'J7')
  assert.equal(
    failures.map(({ check, subjects }) => [check.id, subjects]),
    [['J7', ['stat1', 'stat2']]],
  )
  await mendAll(failures, { inventory: file, state })
  const left = async () => `${(await verify(file, '--only', 'J7')).failures.length} failures`
  await until(left, '0 failures')
})

it('mark what a user makes, too', async () => {
  const made = await runOn(
    'client01',
    `su - ${NAME}-ann -s /bin/sh -c 'arena-kubectl create configmap mine --dry-run=server -o yaml'`,
    state,
  )
  assert.match(made, `arena-playbooks/made-by: ${NAME}-ann`)
})

it('are put right where somebody changed a file, which --check --diff shows', async () => {
  const changed = join(directory, 'mutating', `arena-${NAME}.yaml`)
  const wanted = await readFile(changed, 'utf8')
  await appendFile(changed, '# changed by hand\n')
  const { changes } = await setup('--check', '--diff')
  const [first] = changes
  assert.is(first!.id, `static-manifest/${changed}`)
  assert.equal(
    first!.change.diffs.map(({ field }) => field),
    ['content'],
  )
  assert.is((await setup()).code, 0)
  assert.is(await readFile(changed, 'utf8'), wanted)
  assert.equal((await setup('--check')).changes, [])
})

it.run()
