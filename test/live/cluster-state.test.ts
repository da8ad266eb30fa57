import { readFile, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { verify, wordsOf } from '../support/verify.ts'

const it = suite('cluster state', { seconds: 240 })

let state: SandboxState
let file: string

const setup = (...flags: string[]): Promise<Told> => runPlaybook('setup', file, ...flags)

const done = (told: Told): Told => {
  assert.is(told.code, 0, told.summary)
  return told
}

const inSync = async (): Promise<void> => assert.equal((await setup('--check')).changes, [])

const kubectl = (line: string): Promise<string> => runOn('cluster', `kubectl ${line}`, state)

const asAnn = (): Promise<string> =>
  runOn('client01', "su - clus-ann -c 'arena-kubectl get pods' 2>&1 || true", state)
const WORKS = 'No resources found in clus1 namespace'

/** Two users in two groups on one machine, with shares that are no whole thousandths. */
const inventory = (): InventoryInput => {
  const table = tenants('clus', 24_400, state)
  const [clus1, clus2] = table.groups as [InventoryInput['groups'][number], InventoryInput['groups'][number]]
  return {
    ...table,
    hosts: table.hosts.slice(0, 1),
    groups: [
      clus1,
      {
        ...clus2,
        quota: { gpu: 2, cpu: 2.6667, memory: '21.3333Gi' },
        containerDefaults: { cpu: 0.0005, memory: '1.7Mi' },
      },
      { name: 'clus3', gid: 24_402, quota: { gpu: 1 } },
    ],
  }
}

it.before(async () => {
  state = await sandbox()
  file = await (await inventoryFile()).write(inventory())
  done(await setup())
})
it.after(() => kubectl('delete namespace clus1 clus2 clus3 --ignore-not-found --wait=false'))

it('is in sync with shares finer than the API server keeps', async () => {
  const stored = await kubectl(
    `get resourcequota clus2-compute-resources -n clus2 -o jsonpath='{.spec.hard}'`,
  )
  assert.match(stored, '2667m')
  await inSync()
  done(await runPlaybook('set-quota', file, '--group', 'clus2', '--cpu', '1.2345'))
  await inSync()
  const { failures, unknown } = await verify(file, '--limit', 'cluster', '--group', 'clus2', '--only', 'F1')
  assert.equal([...failures, ...unknown].map(wordsOf), [])
})

it('makes a new token where the API server has invalidated the old one', async () => {
  assert.match(await asAnn(), WORKS)
  await inSync()
  await kubectl('label secret clus-ann-token-1 -n clus1 kubernetes.io/legacy-token-invalid-since=2026-01-01')
  while (!(await asAnn()).includes('Unauthorized')) {}
  const { code, stdout } = await runText('report', file, '--output', 'json', '--user', 'clus-ann')
  const line = stdout.split('\n').find((one) => one.includes('"type":"tenants"'))!
  const [ann] = JSON.parse(line).report.users
  assert.equal([code, ann.token], [2, 'dead'])
  assert.match(ann.drift.fields.join(), 'service-account-token/clus1/clus-ann')
  const rotation = await runPlaybook('rotate-credentials', file, '--user', 'clus-ann', '--check')
  const planned = rotation.changes.map(({ id, change }) => `${change.op} ${id}`).toSorted()
  assert.ok(planned.includes('create service-account-token/clus1/clus-ann'), planned.join())
  const told = done(await setup())
  assert.equal(told.changes.map(({ id, change }) => `${change.op} ${id}`).toSorted(), [
    'create service-account-token/clus1/clus-ann',
    'remove service-account-token/clus1/clus-ann-token-1',
    'update kubeconfig/clus-ann',
  ])
  assert.match(await asAnn(), WORKS)
  assert.is(await kubectl('get secrets -n clus1 -o name'), 'secret/clus-ann-token-2\n')
  await inSync()
})

it('tells of limits of others under which no job fits', async () => {
  const failures = async (): Promise<string[]> => {
    const found = await verify(file, '--limit', 'cluster', '--group', 'clus2', '--only', 'F5')
    return found.failures.flatMap(({ check, things }) => [check.id, ...things])
  }
  assert.equal(await failures(), [])
  await runOn(
    'cluster',
    `kubectl apply -f - <<'YAML'
apiVersion: v1
kind: LimitRange
metadata: { name: narrow, namespace: clus2 }
spec: { limits: [{ type: Container, min: { memory: 64Mi }, max: { cpu: 500m, memory: 1Gi } }] }
YAML`,
    state,
  )
  assert.equal([...new Set(await failures())], ['F5', 'LimitRange narrow'])
  await kubectl('delete limitrange narrow -n clus2')
  assert.equal(await failures(), [])
})

it('says what holds a volume that somebody deletes, and makes it anew once that is gone', async () => {
  const failures = async (): Promise<string[]> => {
    const found = await verify(file, '--limit', 'cluster', '--only', 'G1')
    return found.failures.flatMap(({ check, subjects, things }) => [check.id, ...subjects, ...things])
  }
  assert.equal(await failures(), [])
  await kubectl('delete pv clus1-public --wait=false')
  assert.equal(await failures(), ['G1', 'clus1/clus1-public', 'PersistentVolume'])
  const told = await setup('--check')
  const { change } = told.actions.find(({ id }) => id === 'volume/clus1-public')!
  assert.is(change.op, 'refuse')
  assert.match(change.reason!, 'clus1/clus1-public')
  const [command] = /kubectl delete pvc \S+ -n \S+(?=,)/.exec(change.hint!)!
  await runOn('cluster', `${command} && kubectl wait --for=delete pv/clus1-public --timeout=300s`, state)
  done(await setup())
  await inSync()
  assert.equal(await failures(), [])
})

it('is not in sync while a group may mount a volume that the inventory no longer names, until that goes', async () => {
  const whole: InventoryInput = JSON.parse(await readFile(file, 'utf8'))
  const reduced = { ...whole, volumes: whole.volumes!.filter(({ name }) => name !== 'clus1-public') }
  const left = async (code: number): Promise<Told> => {
    const told = await setup('--check')
    assert.is(told.code, code, told.summary)
    assert.equal(told.changes, [])
    return told
  }
  assert.equal((await left(0)).recap!.leftovers, [])
  await writeFile(file, JSON.stringify(reduced))
  const { recap } = await left(2)
  assert.equal(recap!.leftovers.map(({ id }) => id).toSorted(), [
    'claim/clus1/clus1-public',
    'volume/clus1-public',
  ])
  assert.is((await runText('report', file)).code, 2)
  const meant = [
    { kind: 'PersistentVolumeClaim', namespace: 'clus1', name: 'clus1-public' },
    { kind: 'PersistentVolume', name: 'clus1-public' },
  ].map((one) => ({ ...one, reason: 'still read' }))
  await writeFile(file, JSON.stringify({ ...reduced, trusted: meant }))
  assert.equal((await left(0)).recap!.leftovers, [])
  await writeFile(file, JSON.stringify(reduced))
  const claim = recap!.leftovers.find(({ id }) => id.startsWith('claim/'))!
  const [command] = /kubectl delete pvc \S+ -n [\w-]+/.exec(claim.cure)!
  await runOn('cluster', command, state)
  await left(0)
  assert.match(await kubectl('get pv clus1-public'), 'Released')
  await writeFile(file, JSON.stringify(whole))
  done(await setup())
  await inSync()
})

it('does not call a namespace gone that cannot be emptied, and says why', async () => {
  const broken = `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1.clu.example.com }
spec:
  group: clu.example.com
  version: v1
  service: { name: gone, namespace: default }
  groupPriorityMinimum: 100
  versionPriority: 100
`
  await runOn('cluster', `kubectl apply -f - <<'YAML'\n${broken}YAML`, state)
  const remove = (...flags: string[]): Promise<Told> =>
    runPlaybook('remove-group', file, '--name', 'clus3', '--delete-namespace', 'clus3', ...flags)
  try {
    for (const attempt of ['the first time', 'again']) {
      const told = await remove('--timeout', '15')
      assert.is(told.code, 1, `${attempt}: ${told.summary}`)
      const [problem] = told.recap!.problems
      assert.is(problem!.action.id, 'departed-namespace/clus3')
      const { error } = problem!.outcome as unknown as { error: { code: string; hint: string } }
      assert.is(error.code, 'timeout')
      assert.match(error.hint, 'kubectl get apiservices')
    }
    assert.not.match(await readFile(file, 'utf8'), 'clus3')
  } finally {
    await kubectl('delete apiservice v1.clu.example.com')
  }
  done(await remove())
  assert.is(await kubectl('get namespace clus3 --ignore-not-found -o name'), '')
  done(await remove())
})

it.run()
