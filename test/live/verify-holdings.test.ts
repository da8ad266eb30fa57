import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify holdings', { seconds: 180 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
let inventory: string

const ONLY = ['--only', 'A6,F,G,H,I,J']

const setup = async (): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
}

it.before(async () => {
  state = await sandbox()
  table = tenants('hold', 47_000, state)
  files = await inventoryFile()
  inventory = await files.write(table)
})

it('fails for shares and volumes that are not there yet', async () => {
  const { code, failures } = await verify(inventory, '--only', 'F1,F8,G1')
  assert.is(code, 1)
  const words = failures.map(wordsOf).join('\n')
  assert.match(words, /F1 hold1, hold2: has no quota.*→ run setup/)
  assert.match(words, /F8 hold2: has no such default/)
  assert.match(words, /G1 .*hold1\/hold1-public.*: there is no such PersistentVolume, there is no such claim/)
})

it('finds nothing wrong with a clean set-up, and stores nothing', async () => {
  await setup()
  let verified: Verified | undefined
  const requests = await audited(state, async () => {
    verified = await verify(inventory, ...ONLY)
  })
  assertClean(verified!)
  assert.equal(
    writes(requests).filter(({ requestURI }) => !/reviews$|dryRun=All/.test(requestURI)),
    [],
  )
  assert.ok(verified!.report.effort.attempts > 20)
})

it('sets the shares against what the worker nodes have', async () => {
  const { report } = await verify(inventory, '--only', 'F1')
  const gpus = report.goals[0]!.found.find(({ subject }) => subject === 'GPUs')!
  assert.equal([gpus.verdict, gpus.says], ['pass', '3 of the 3 on worker nodes are given to groups'])
})

/** A hole, made by root of the cluster; the failures that tell it, all of them; and whether setup mends it rather than the repair that is told. */
const HOLES: readonly (readonly [
  sentence: string,
  make: string,
  said: readonly RegExp[],
  bySetup?: 'setup',
])[] = [
  [
    "a second volume for another group's directory",
    `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolume
metadata: { name: hold-spare }
spec:
  capacity: { storage: 5Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  csi:
    driver: nasplugin.csi.alibabacloud.com
    volumeHandle: hold-spare
    volumeAttributes: { server: nas.sandbox.test, path: /hold/1 }
EOF`,
    [
      /^G2 hold1\/hold1-public: another volume that reaches its directory.*PersistentVolume hold-spare, nas.sandbox.test:\/hold\/1/,
    ],
  ],
  [
    'a quota key that is not enforced',
    // The quota controller needs a moment to write what it counts; before that nothing counts.
    `kubectl create quota hold-extra -n hold1 --hard=nvidia.com/gpu=1,pods=100
for _ in $(seq 50); do kubectl get quota hold-extra -n hold1 -o jsonpath='{.status.used.pods}' | grep -q . && break; sleep 0.2; done`,
    [
      /^F3 hold1: the quota hold-extra does not limit what it names: nvidia.com\/gpu → kubectl patch resourcequota hold-extra -n hold1/,
    ],
  ],
  [
    'a LimitRange that was removed',
    'kubectl delete limitrange hold2-container-defaults -n hold2',
    [/^F5 hold2: a container that states nothing is refused/, /^F8 hold2: has no such default/],
    'setup',
  ],
  [
    'a quota that was raised',
    `kubectl patch quota hold1-compute-resources -n hold1 --type merge -p '{"spec":{"hard":{"requests.nvidia.com/gpu":"9"}}}'`,
    [/^F1 hold1: has a quota other than the inventory says: requests.nvidia.com\/gpu is 9, not 1/],
    'setup',
  ],
  [
    'rights of the default service account, which every pod has',
    'kubectl create rolebinding hold-default -n hold1 --role=member --serviceaccount=hold1:default',
    [/^I1 hold1: gives every pod rights: RoleBinding hold1\/hold-default of Role member/],
  ],
  [
    'rights of everybody who is logged in',
    'kubectl create clusterrole hold-all --verb=get --resource=configmaps && kubectl create clusterrolebinding hold-all --clusterrole=hold-all --group=system:authenticated',
    [/^I2 system:authenticated: is given ClusterRoleBinding hold-all of ClusterRole hold-all/],
  ],
]

for (const [sentence, make, said, bySetup] of HOLES)
  it(`names ${sentence}, and nothing else; what it tells to do mends it`, async () => {
    await runOn('cluster', make, state)
    const { code, failures, unknown } = await verify(inventory, ...ONLY)
    const words = failures.map(wordsOf)
    for (const pattern of said)
      assert.ok(
        words.some((one) => pattern.test(one)),
        `${pattern} in\n${words.join('\n')}`,
      )
    assert.is(words.length, said.length, words.join('\n'))
    assert.equal(unknown.map(wordsOf), [])
    assert.is(code, 1)
    if (bySetup) await setup()
    else for (const { repair } of failures) await runOn('cluster', repair!, state)
    assertClean(await verify(inventory, ...ONLY))
  })

it.after(() =>
  runOn(
    'cluster',
    'kubectl delete clusterrole hold-all; kubectl delete quota hold-extra -n hold1; true',
    state,
  ),
)

it.run()
