import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('storage', { seconds: 240 })

const ONLY = ['--only', 'B4,G1,G2,G6,G9']
const SITE = { driver: 'fs.example.com', attributes: { source: '{server}:{path}', protocol: 'nfs4' } }

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let inventory: string

const sh = (script: string): Promise<string> => runOn('cluster', script, state)

const specOf = async (name: string): Promise<Record<string, Record<string, unknown>>> =>
  JSON.parse(await sh(`kubectl get pv ${name} -o json`)).spec

const setup = async () => {
  const told = await runPlaybook('setup', inventory)
  assert.is(told.code, 0, told.summary)
  return told
}

const applied = (objects: readonly object[]): string =>
  `kubectl apply -f - <<'END'\n${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })}\nEND\n`

const register = (name: string): Promise<string> =>
  sh(
    applied([
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name },
        spec: { attachRequired: false },
      },
    ]),
  )

it.before(async () => {
  state = await sandbox()
  table = {
    ...tenants('sto', 48_000, state),
    nas: { server: 'nas.sandbox.test', driver: 'nfs' },
    volumes: [
      { name: 'sto-nfs', group: 'sto1', path: '/sto/nfs', access: 'ReadOnlyMany' },
      { name: 'sto-csi', group: 'sto1', path: '/sto/csi', driver: 'csi-nfs' },
      { name: 'sto-site', group: 'sto1', path: '/sto/site', driver: SITE },
      { name: 'sto-ali', group: 'sto2', path: '/sto/ali', driver: 'alibaba' },
    ],
  }
  files = await inventoryFile()
  inventory = await files.write(table)
})

it('makes a volume of each driver, and a second run has nothing to do', async () => {
  assert.is(await sh('kubectl get pv -o name | grep -c /sto- || true'), '0\n')
  await setup()
  const nfs = await specOf('sto-nfs')
  assert.equal(nfs['nfs'], { server: 'nas.sandbox.test', path: '/sto/nfs' })
  assert.equal([nfs['csi'], nfs['mountOptions']], [undefined, ['ro']])
  assert.equal((await specOf('sto-csi'))['csi'], {
    driver: 'nfs.csi.k8s.io',
    volumeHandle: 'sto-csi',
    volumeAttributes: { server: 'nas.sandbox.test', share: '/sto/csi' },
  })
  assert.equal((await specOf('sto-site'))['csi']!['volumeAttributes'], {
    source: 'nas.sandbox.test:/sto/site',
    protocol: 'nfs4',
  })
  assert.is((await specOf('sto-ali'))['csi']!['driver'], 'nasplugin.csi.alibabacloud.com')
  assert.equal((await setup()).changes, [])
})

it('setup warns of each driver that is not registered, verify fails for it, until it is there', async () => {
  const missing = ['fs.example.com', 'nfs.csi.k8s.io']
  const warned = async () => (await setup()).actions.flatMap(({ change }) => change.warnings ?? [])
  const told = await warned()
  for (const name of missing)
    assert.ok(
      told.some((warning) => warning.includes(name)),
      told.join('\n'),
    )
  assert.not.ok(told.some((warning) => warning.includes('nasplugin.csi.alibabacloud.com')))
  const before = await verify(inventory, ...ONLY)
  const named = before.failures.flatMap(({ check, subjects }) => subjects.map((one) => `${check.id} ${one}`))
  assert.equal(
    named.toSorted(),
    missing.map((name) => `G9 ${name}`),
  )
  for (const name of missing) await register(name)
  const after = await warned()
  assert.not.ok(after.some((warning) => missing.some((name) => warning.includes(name))))
  assertClean(await verify(inventory, ...ONLY))
})

it('whoever takes another driver for a volume is told the hand steps, and those make it so', async () => {
  await files.write({ ...table, volumes: table.volumes!.map((one) => ({ ...one, driver: 'nfs' as const })) })
  const told = await runPlaybook('setup', inventory)
  assert.is(told.code, 1, told.summary)
  const refused = told.actions.filter(({ change }) => change.op === 'refuse')
  assert.equal(refused.map(({ id }) => id).toSorted(), [
    'volume/sto-ali',
    'volume/sto-csi',
    'volume/sto-site',
  ])
  const { hint } = refused.find(({ id }) => id === 'volume/sto-ali')!.change
  const lines = hint!.match(/kubectl (?:'[^']*'|[^,'])*/g)!
  assert.is(lines.length, 3, hint)
  assert.is((await specOf('sto-ali'))['csi']!['driver'], 'nasplugin.csi.alibabacloud.com')
  for (const line of lines) await sh(line)
  await files.write({
    ...table,
    volumes: table.volumes!.map((one) => (one.name === 'sto-ali' ? { ...one, driver: 'nfs' as const } : one)),
  })
  await setup()
  assert.equal((await specOf('sto-ali'))['nfs'], { server: 'nas.sandbox.test', path: '/sto/ali' })
  assertClean(await verify(inventory, ...ONLY))
})

const spy = (source: object): string => {
  const metadata = { name: 'sto-spy', namespace: 'sto2' }
  const common = { accessModes: ['ReadWriteMany'], storageClassName: '' }
  const made = applied([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'sto-spy' },
      spec: {
        ...common,
        ...source,
        capacity: { storage: '5Gi' },
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { ...metadata, kind: 'PersistentVolumeClaim', apiVersion: 'v1' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: { ...common, volumeName: 'sto-spy', resources: { requests: { storage: '5Gi' } } },
    },
  ])
  return `${made}kubectl wait pvc/sto-spy -n sto2 --for=jsonpath='{.status.phase}'=Bound --timeout=300s`
}

const csi = (driver: string, volumeAttributes: object) => ({
  csi: { driver, volumeHandle: 'sto-spy', volumeAttributes },
})

const SPIES: Readonly<Record<string, readonly [victim: string, source: object]>> = {
  'NFS of Kubernetes reaches the directory of a CSI driver': [
    'sto1/sto-csi',
    { nfs: { server: 'nas.sandbox.test', path: '/sto/csi' } },
  ],
  'nfs.csi.k8s.io reaches, by a directory in the share, what NFS mounts': [
    'sto1/sto-nfs',
    csi('nfs.csi.k8s.io', { server: 'nas.sandbox.test', share: '/sto', subDir: 'nfs' }),
  ],
  "the site's own driver reaches what another mounts": [
    'sto1/sto-csi',
    csi('fs.example.com', { source: 'nas.sandbox.test:/sto/csi/in', protocol: 'nfs4' }),
  ],
}

for (const [sentence, [victim, source]] of Object.entries(SPIES))
  it(`${sentence}: verify says so, and what it tells to do mends it`, async () => {
    await sh(spy(source))
    const { failures } = await verify(inventory, '--only', 'G2')
    assert.equal(
      failures.map(({ check, subjects }) => [check.id, ...subjects]),
      [['G2', victim]],
    )
    await mendAll(failures, { inventory, state })
    assertClean(await verify(inventory, ...ONLY))
  })

it('a volume made by hand that the inventory trusts is passed over, and its claim in arena data list too', async () => {
  await sh(spy({ nfs: { server: 'nas.sandbox.test', path: '/sto/nfs/backup' } }))
  const failing = async () =>
    (await verify(inventory, ...ONLY)).failures.map(({ check }) => check.id).toSorted()
  assert.equal(await failing(), ['B4', 'G2'])
  const now: InventoryInput = JSON.parse(await readFile(inventory, 'utf8'))
  const reason = 'read by the backup'
  await files.write({ ...now, trusted: [{ kind: 'PersistentVolume', name: 'sto-spy', reason }] })
  assertClean(await verify(inventory, ...ONLY))
  const claim = { kind: 'PersistentVolumeClaim' as const, namespace: 'sto2', name: 'sto-spy', reason }
  await files.write({ ...now, trusted: [claim] })
  assert.equal(await failing(), ['G2'])
  await files.write(now)
  await sh('kubectl delete pvc sto-spy -n sto2 && kubectl delete pv sto-spy')
})

it.run()
