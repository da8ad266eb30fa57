import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
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

/** What the objects of the cluster tell; what pods would tell is tried elsewhere. */
const ONLY = ['--only', 'A6,F1,F2,F3,F7,F8,G1,G2,G4,G5,G6,G7,G8,H1,H2,H3,H5,H6,I,J']

const setup = async (): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
}

const idsOf = (of: readonly { check: { id: string } }[]): string[] =>
  [...new Set(of.map(({ check }) => check.id))].toSorted()

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
  const { effort, goals } = verified!.report
  assert.ok(effort.attempts > 20, `${effort.attempts} attempts`)
  const untested = goals.flatMap(({ found }) => found.filter(({ verdict }) => verdict === 'untested'))
  assert.equal(idsOf(untested), ['G4', 'G5', 'G7', 'G8', 'H1', 'H2', 'H3'])
  assert.equal(idsOf(verified!.gaps), ['F1', 'F2', 'F8', 'H5', 'I1', 'J5', 'J6'])
})

it('sets the shares against what the worker nodes have', async () => {
  const { report } = await verify(inventory, '--only', 'F1')
  const gpus = report.goals[0]!.found.find(({ subjects }) => subjects.includes('GPUs'))!
  assert.equal([gpus.verdict, gpus.says], ['pass', '3 of the 3 on worker nodes are given to groups'])
})

interface Hole {
  sentence: string
  make: string
  /** Every failure that tells of it. */
  said: readonly RegExp[]
  /** Where its repair is more than a command. */
  mend?: string
  /** Awaits that the cluster has taken note of the repair. */
  noted?: string
  /** Takes away what the repair leaves. */
  clear?: string
}

const volume = (name: string, path: string, claim?: string): string =>
  `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec:
  capacity: { storage: 5Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  ${claim === undefined ? '' : `claimRef: { namespace: ${claim.split('/')[0]}, name: ${claim.split('/')[1]} }`}
  csi:
    driver: nasplugin.csi.alibabacloud.com
    volumeHandle: ${name}
    volumeAttributes: { server: nas.sandbox.test, path: ${path} }
EOF
`

/** The quota controller needs a moment to write what it counts; before that nothing counts. */
const counted = (key: string): string =>
  `kubectl wait quota/mine -n hold2 --for=jsonpath='{.status.used.${key}}' --timeout=60s`

const HOLES: readonly Hole[] = [
  {
    sentence: "a second volume for another group's directory, which any claim can take",
    make: volume('hold-spy', '/hold/1'),
    said: [
      /^G2 hold1\/hold1-public: another volume .* can be taken by any claim: PersistentVolume hold-spy, nas\.sandbox\.test:\/hold\/1, \w+ → kubectl delete pv hold-spy$/,
    ],
  },
  {
    sentence: 'a volume of all directories, bound in the other group',
    make: `${volume('hold-spy', '/hold', 'hold2/spy')}
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: spy, namespace: hold2 }
spec: { accessModes: [ReadWriteMany], storageClassName: "", volumeName: hold-spy, resources: { requests: { storage: 5Gi } } }
EOF
kubectl wait pvc/spy -n hold2 --for=jsonpath='{.status.phase}'=Bound --timeout=60s`,
    said: [
      /^G2 .*hold1\/hold1-public.*: another volume .* is for the namespace hold2: .* → kubectl delete pvc spy -n hold2 && kubectl delete pv hold-spy$/,
    ],
  },
  {
    sentence: 'a volume whose data goes with its claim',
    make: `kubectl patch pv hold1-public -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'`,
    said: [
      /^G6 hold1\/hold1-public: may be deleted with the claim: PersistentVolume hold1-public → kubectl patch pv/,
    ],
  },
  {
    sentence: 'a volume that is reserved for another claim of that name',
    make:
      'kubectl patch pv hold1-public --type json -p ' +
      `'[{"op":"replace","path":"/spec/claimRef/uid","value":"other"}]'`,
    said: [
      /^G1 hold1\/hold1-public: is not as the inventory says: .*claimRef\.uid is other, not .* → run setup/,
    ],
    mend: `uid=$(kubectl get pvc hold1-public -n hold1 -o jsonpath='{.metadata.uid}')
kubectl patch pv hold1-public --type json -p '[{"op":"replace","path":"/spec/claimRef/uid","value":"'$uid'"}]'
kubectl wait pvc/hold1-public -n hold1 --for=jsonpath='{.status.phase}'=Bound --timeout=60s`,
  },
  {
    sentence: 'a quota key that is not enforced',
    make: 'kubectl create quota mine -n hold2 --hard=nvidia.com/gpu=2',
    said: [
      /^F3 hold2: the quota mine does not limit what it names: nvidia\.com\/gpu → kubectl patch resourcequota mine .*requests\.nvidia\.com/,
    ],
    noted: counted('requests\\.nvidia\\.com/gpu'),
    clear: 'kubectl delete quota mine -n hold2',
  },
  {
    sentence: 'a foreign quota that leaves a group less',
    make: `kubectl create quota mine -n hold2 --hard=requests.cpu=500m
${counted('requests\\.cpu')}`,
    said: [
      /^F1 hold2: gets less than its share, because the quota mine is smaller: requests\.cpu 500m → kubectl delete resourcequota mine -n hold2$/,
    ],
  },
  {
    sentence: 'a quota raised by hand',
    make: `kubectl patch quota hold1-compute-resources -n hold1 -p '{"spec":{"hard":{"requests.nvidia.com/gpu":"4"}}}'`,
    said: [
      /^F1 hold1: has a quota other than the inventory says: requests\.nvidia\.com\/gpu is 4, not 1 → run setup/,
    ],
  },
  {
    sentence: 'a LimitRange that was removed',
    make: 'kubectl delete limitrange hold2-container-defaults -n hold2',
    said: [/^F8 hold2: has no such default .*: cpu 1, memory 2Gi → run setup/],
  },
  {
    sentence: 'a user who may work where no quota holds',
    make: `kubectl create namespace hold-attic
kubectl create role maker -n hold-attic --verb=create --resource=pods
kubectl create rolebinding maker -n hold-attic --role=maker --serviceaccount=hold1:hold-ann`,
    said: [
      /^F7 hold-ann: can make things in hold-attic, which has no quota: RoleBinding hold-attic\/maker of Role maker: pods → kubectl delete rolebinding maker -n hold-attic$/,
    ],
    clear: 'kubectl delete namespace hold-attic',
  },
  {
    sentence: "a binding to the group's default service account",
    make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --serviceaccount=hold1:default',
    said: [
      /^I1 hold1: gives every pod rights: ClusterRoleBinding hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
    ],
  },
  {
    sentence: 'a binding for everybody who is logged in',
    make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --group=system:authenticated',
    said: [
      /^I2 system:authenticated: is given ClusterRoleBinding hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
    ],
  },
  {
    sentence: 'a right that was added to what everybody has',
    make:
      'kubectl patch clusterrole system:basic-user --type json -p ' +
      `'[{"op":"add","path":"/rules/-","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}}]'`,
    said: [
      /^I2 system:authenticated: may do more than Kubernetes gives it: .*: list secrets → kubectl edit clusterrole system:basic-user/,
    ],
    mend: `kubectl patch clusterrole system:basic-user --type json -p '[{"op":"remove","path":"/rules/2"}]'`,
  },
  {
    sentence: 'a right for those who are not logged in',
    make: 'kubectl create clusterrolebinding hold-oops --clusterrole=view --user=system:anonymous',
    said: [
      /^I3 system:anonymous: is given ClusterRoleBinding hold-oops of ClusterRole view: {2}→ kubectl delete clusterrolebinding hold-oops$/,
      /^I3 system:anonymous: may do it without logging in: .*hold-oops.*: list namespaces in the whole cluster, /,
    ],
  },
  {
    sentence: "an operator with rights of its own among a group's service accounts",
    make: `kubectl create serviceaccount operator -n hold1
kubectl create clusterrolebinding hold-oops --clusterrole=edit --serviceaccount=hold1:operator`,
    said: [
      /^I4 hold1: whoever runs a pod here can run it as operator with ClusterRoleBinding hold-oops of ClusterRole edit: /,
    ],
    mend: 'kubectl delete clusterrolebinding hold-oops && kubectl delete serviceaccount operator -n hold1',
  },
  {
    sentence: 'a token that was made by hand',
    make: `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Secret
metadata: { name: hold-old, namespace: hold1, annotations: { kubernetes.io/service-account.name: hold-ann } }
type: kubernetes.io/service-account-token
EOF
`,
    said: [
      /^A6 hold-ann: has another token, .*: Secret hold1\/hold-old → kubectl delete secret hold-old -n hold1$/,
    ],
  },
  {
    sentence: 'a user who could raise his own quota',
    make: `kubectl create role raiser -n hold1 --verb=patch --resource=resourcequotas
kubectl create rolebinding raiser -n hold1 --role=raiser --serviceaccount=hold1:hold-ann`,
    said: [
      /^J1 hold-ann: can do it: RoleBinding hold1\/raiser of Role raiser: patch ResourceQuota hold1\/hold1-compute-resources → kubectl delete rolebinding raiser -n hold1$/,
    ],
    clear: 'kubectl delete role raiser -n hold1',
  },
  {
    sentence: 'a user who could open the network',
    make: `kubectl create role opener -n hold1 --verb=create --resource=networkpolicies.networking.k8s.io
kubectl create rolebinding opener -n hold1 --role=opener --serviceaccount=hold1:hold-ann`,
    said: [
      /^H6 hold-ann: RoleBinding hold1\/opener of Role opener lets them: create networkpolicies\.networking\.k8s\.io in hold1 → kubectl delete rolebinding opener -n hold1$/,
    ],
    clear: 'kubectl delete role opener -n hold1',
  },
]

for (const { sentence, make, said, mend, noted, clear } of HOLES)
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
    const repair = mend ?? failures[0]!.repair!
    if (repair.startsWith('run setup')) await setup()
    else await runOn('cluster', repair, state)
    if (noted !== undefined) await runOn('cluster', noted, state)
    assertClean(await verify(inventory, ...ONLY))
    if (clear !== undefined) await runOn('cluster', clear, state)
  })

it('has fewer gaps where isolation is strict, and still nothing wrong', async () => {
  await files.write({ ...table, isolation: 'strict' })
  await setup()
  const strict = await verify(inventory, ...ONLY)
  assertClean(strict)
  assert.equal(idsOf(strict.gaps), ['F1', 'F8'])
  await files.write(table)
  await setup()
  assertClean(await verify(inventory, ...ONLY))
})

it.run()
