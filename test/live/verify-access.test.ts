import { readFile, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, assertFails, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify access', { seconds: 180 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('proof', 54_000, state))
})

it('fails for users who cannot work yet, and says what to do', async () => {
  const { code, failures } = await verify(inventory, '--only', 'B1')
  assert.is(code, 1)
  assert.match(failures.map(wordsOf).join('\n'), /B1 proof-ann.*tfjobs.*→ run setup/)
})

it('finds nothing wrong with a clean set-up, and writes nothing but reviews and dry runs', async () => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  let verified: Verified | undefined
  const requests = await audited(state, async () => {
    verified = await verify(inventory)
  })
  assertClean(verified!)
  const stored = writes(requests).filter(({ requestURI }) => !/reviews$|dryRun=All/.test(requestURI))
  assert.equal(stored, [])
  assert.ok(verified!.report.effort.computed > 10_000)
  assert.ok(verified!.report.effort.reviews > 500)
})

/** A hole, made and mended, and the words of the check that finds it. */
const HOLES: readonly (readonly [sentence: string, make: string, mend: string, said: readonly RegExp[]])[] = [
  [
    'an extra ClusterRoleBinding to view',
    'kubectl create clusterrolebinding proof-view --clusterrole=view --serviceaccount=proof1:proof-ann',
    'kubectl delete clusterrolebinding proof-view',
    [
      /^C0 proof-ann: .*ClusterRoleBinding proof-view .*→ kubectl delete clusterrolebinding proof-view/,
      /^C2 proof-ann: ClusterRoleBinding proof-view .*get pods in proof2/,
      /^C3 proof-ann: .*list pods in the whole cluster/,
      /^D5 proof-ann: ClusterRoleBinding proof-view of ClusterRole view/,
    ],
  ],
  [
    "a binding to edit in the user's own group",
    'kubectl create rolebinding proof-edit -n proof1 --clusterrole=edit --serviceaccount=proof1:proof-ann',
    'kubectl delete rolebinding proof-edit -n proof1',
    [
      /^D1 proof-ann: RoleBinding proof1\/proof-edit of ClusterRole edit.*get secrets in proof1/,
      /^D2 proof-ann: /,
      /^D3 proof-ann: .*impersonate serviceaccounts in proof1/,
      /^D5 proof-ann: .*opens secrets/,
    ],
  ],
  [
    'a colleague bound in another group',
    'kubectl create role proof-peep -n proof2 --verb=get,list --resource=pods,pods/log && kubectl ' +
      'create rolebinding proof-peep -n proof2 --role=proof-peep --serviceaccount=proof1:proof-ann',
    'kubectl delete rolebinding,role proof-peep -n proof2',
    [
      /^C2 proof-ann: RoleBinding .*list pods in proof2.*→ kubectl delete rolebinding proof-peep -n proof2/,
      /^C4 proof-ann: .*get pods\/log in proof2/,
    ],
  ],
  [
    'a right for everybody who is logged in',
    'kubectl create clusterrole proof-all --verb=list --resource=secrets && kubectl create ' +
      'clusterrolebinding proof-all --clusterrole=proof-all --group=system:serviceaccounts',
    'kubectl delete clusterrolebinding,clusterrole proof-all',
    [/^D1 proof-ann, proof-ben: ClusterRoleBinding proof-all of ClusterRole proof-all.*list secrets/],
  ],
  [
    'a role of ours that was widened',
    'kubectl patch role member -n proof1 --type json -p ' +
      `'[{"op":"add","path":"/rules/0","value":{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}}]'`,
    `kubectl patch role member -n proof1 --type json -p '[{"op":"remove","path":"/rules/0"}]'`,
    [
      /^D1 proof-ann: RoleBinding proof1\/proof-ann-member of Role member.*get secrets in proof1.*→ run setup/,
    ],
  ],
]

for (const [sentence, make, mend, said] of HOLES)
  it(`names ${sentence}, and the binding that gives it`, async () => {
    await runOn('cluster', make, state)
    try {
      assertFails(await verify(inventory), said)
    } finally {
      await runOn('cluster', mend, state)
    }
    assertClean(await verify(inventory, '--only', 'goal3'))
  })

it("names what Arena's own chart for users grants", async () => {
  const chart = await runOn(
    'client01',
    'arena-helm template proof-ann /charts/user -n proof1 --set quota=null',
    state,
  )
  // Its ServiceAccount and quota would be in the way of ours; the grants are what counts.
  const grants = chart
    .split(/^---$/m)
    .filter((document) => /kind: (Cluster)?Role(Binding)?$/m.test(document))
    .join('---\n')
  await runOn('cluster', `kubectl apply -n proof1 -f - <<'EOF'\n${grants}\nEOF`, state)
  try {
    const { failures } = await verify(inventory, '--only', 'goal3')
    const words = failures.map(wordsOf).join('\n')
    assert.match(
      words,
      /C0 proof-ann: .*ClusterRoleBinding arena:proof1:proof-ann of ClusterRole arena:proof1:proof-ann/,
    )
    assert.match(words, /C2 proof-ann: .*(list|get) (pods|configmaps) in proof2/)
    assert.match(words, /C4 proof-ann: .*get services\/proxy in proof2/)
  } finally {
    await runOn('cluster', `kubectl delete -n proof1 -f - <<'EOF'\n${grants}\nEOF`, state)
  }
  assertClean(await verify(inventory, '--only', 'goal3'))
})

it('narrows to users, groups, goals and checks, and refuses names that mean nothing', async () => {
  const subjects = ({ report }: Verified): string[] => [
    ...new Set(report.goals.flatMap(({ found }) => found.flatMap(({ subjects }) => subjects))),
  ]
  assert.equal(subjects(await verify(inventory, '--only', 'D1', '--user', 'proof-ben')), ['proof-ben'])
  assert.equal(subjects(await verify(inventory, '--only', 'D1', '--group', 'proof1')), ['proof-ann'])
  const { report } = await verify(inventory, '--only', 'goal3')
  assert.equal(
    report.goals.map(({ goal }) => goal),
    [3],
  )
  for (const flags of [
    ['--only', 'goal9'],
    ['--only', 'Z1'],
    ['--user', 'nobody-here'],
    ['--limit', 'client09'],
  ])
    assert.is((await runText('verify', inventory, ...flags)).code, 64, flags.join(' '))
})

it('asks for everything when that is wanted', async () => {
  const some = await verify(inventory, '--only', 'goal3')
  const all = await verify(inventory, '--only', 'goal3', '--exhaustive')
  assertClean(all)
  assert.ok(all.report.effort.reviews > 10 * some.report.effort.reviews)
})

it('cannot tell when the cluster does not answer, with 3', async () => {
  const table = tenants('proof', 54_000, state)
  const kubeconfig = `${inventory}.away`
  const admin = await readFile(state.kubeconfig, 'utf8')
  await writeFile(kubeconfig, admin.replace(/server: .*/, 'server: https://127.0.0.1:1'), { mode: 0o600 })
  const away = await (await inventoryFile()).write({
    ...table,
    cluster: { context: state.context, kubeconfig, server: state.server },
  })
  const { code, stdout } = await runText('verify', away, '--output', 'lines')
  assert.is(code, 3, stdout)
  assert.match(stdout, 'cannot tell')
})

it.run()
