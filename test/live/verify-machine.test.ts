import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stepsOf } from '../../lib/audit/repair.ts'
import { MASTERY } from '../../lib/checks/rights/decisive.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { requests, writes } from '../support/audit.ts'
import { ADMIN_COPY, MACHINE_ROUNDS, ROBOT_TOKEN, sentencesOf } from '../support/holes.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { assertPrinted, mendAll } from '../support/repairs.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { assertClean, assertFailsOnly, type Verified, verify, wordsOf } from '../support/verify.ts'

const it = suite('verify machine', { seconds: 600 })

let state: SandboxState
let inventory: string

/** What is asked on machines. */
const ONLY = ['--only', 'A,B4,C6,K']

const HOMES = "find /home/hole-ann /home/hole-ben -printf '%p %m %u %s %T@\\n' | sort"

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('hole', 51_000, state))
  const certificate = await readFile(join(state.directory, 'pki/admin.crt'), 'base64')
  const user = `{client-certificate-data: ${certificate}, client-key-data: "${'A'.repeat(80)}"}`
  await runOn('client01', `umask 077; echo 'users: [{name: a, user: ${user}}]' > ${ADMIN_COPY}`, state)
  const robot = 'create token clusterrole-aggregation-controller -n kube-system'
  const token = await runOn('cluster', `kubectl ${robot}`, state)
  await runOn('client01', `umask 077; echo 'token: ${token.trim()}' > ${ROBOT_TOKEN}`, state)
})

it('tells of accounts and kubeconfigs that are not there yet', async () => {
  const { code, failures } = await verify(inventory, '--only', 'A1,K2')
  assert.is(code, 1)
  const words = failures.map(wordsOf).join('\n')
  assert.match(words, /A1 .*hole-ben on client02: .*→ run setup/)
  assert.match(words, /K2 .*hole-ben on client02: .*→ run setup/)
})

it('finds nothing wrong with a clean set-up, as each user, and leaves nothing behind', async () => {
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  const before = await runOn('client01', HOMES, state)
  let verified: Verified | undefined
  const asked = await requests(state, async () => {
    verified = await verify(inventory)
  })
  assertClean(verified!)
  assert.is(verified!.report.effort.traffic.execs, 2)
  const theirs = asked.filter(({ user }) => user.username.startsWith('system:serviceaccount:hole'))
  const count = (name: string, review: string): number =>
    theirs.filter(
      ({ user, requestURI }) =>
        user.username.endsWith(`:${name}`) && requestURI.includes(`/v1/${review}?fieldManager=kubectl`),
    ).length
  for (const name of ['hole-ann', 'hole-ben']) {
    assert.is(count(name, 'selfsubjectreviews'), 2, `${name} asks on each machine who they are`)
    assert.is(count(name, 'selfsubjectaccessreviews'), MASTERY.length, name)
    assert.ok(count(name, 'selfsubjectrulesreviews') > 2, name)
  }
  assert.equal(
    writes(theirs).filter(({ requestURI }) => !/reviews(\?|$)|dryRun=All/.test(requestURI)),
    [],
  )
  assert.is(await runOn('client01', HOMES, state), before)
  assert.is(await runOn('client01', 'ls -A /tmp', state), '')
})

const ANN = '/home/hole-ann/.kube/config'

for (const round of MACHINE_ROUNDS)
  it(`names ${sentencesOf(round)}, and nothing else; what it tells to do mends it`, async () => {
    for (const { make } of round) await runOn('client01', make, state)
    const verified = await verify(inventory, ...ONLY)
    const { stdout, failures } = verified
    await mendAll(failures, { inventory, state })
    for (const { mend } of round) if (mend !== undefined) await runOn('client01', mend, state)
    const mended = await verify(inventory, ...ONLY)
    for (const { clear } of round) if (clear !== undefined) await runOn('client01', clear, state)
    assertFailsOnly(
      verified,
      round.flatMap(({ said }) => said),
    )
    assert.not.match(stdout, 'eyJ')
    assertPrinted(
      round.flatMap(({ prints = [] }) => prints),
      failures,
    )
    assertClean(mended)
  })

it('shows commands by hand that work for a user whose first password waits to be changed', async () => {
  const { report } = await verify(inventory, '--only', 'G5')
  const [untested] = report.goals
    .flatMap(({ found }) => found)
    .filter(({ subjects }) => subjects[0] === 'hole1')
  const [step] = stepsOf(untested!.repair, inventory)
  assert.ok(step !== undefined && 'command' in step && step.on === 'machine')
  const on = (command: string): Promise<string> =>
    runOn('client01', `${command} 2>&1 || echo "ended $?"`, state)
  await on('chage -d 0 hole-ann')
  try {
    assert.match(await on('su - hole-ann -c "arena list" </dev/null'), /password.*ended [1-9]/is)
    const said = await on(step.command)
    assert.match(said, 'verify-g5 has been submitted')
    assert.not.match(said, 'ended')
    assert.not.match(await on("runuser -l hole-ann -c 'arena list'"), 'verify-g5')
  } finally {
    await on('chage -d "$(date +%F)" hole-ann')
  }
})

it('names what the API server decides otherwise for a user than the inventory says', async () => {
  const hole = 'role,rolebinding hole-peep -n hole2'
  await runOn(
    'cluster',
    `kubectl create role hole-peep -n hole2 --verb=list --resource=pods
     kubectl create rolebinding hole-peep -n hole2 --role=hole-peep --serviceaccount=hole1:hole-ann`,
    state,
  )
  try {
    const { failures } = await verify(inventory, '--only', 'C6')
    assert.match(
      failures.map(wordsOf).join('\n'),
      /^C6 hole-ann on client01: .*: list pods in hole2 → kubectl delete rolebinding hole-peep -n hole2$/,
    )
  } finally {
    await runOn('cluster', `kubectl delete ${hole}`, state)
  }
})

it('names a volume that Arena shows otherwise than it is described', async () => {
  await runOn('cluster', 'kubectl annotate pvc hole1-public -n hole1 description=others --overwrite', state)
  const { failures } = await verify(inventory, '--only', 'B4')
  const words = failures.map(wordsOf).join('\n')
  assert.match(words, /: hole1-public \(of the group, admin\) → run setup/)
  assert.match(words, /: hole1-public \(others, admin\)/)
  assert.is((await runPlaybook('setup', inventory)).code, 0)
  assertClean(await verify(inventory, '--only', 'B4'))
})

it('cannot tell on a machine from which the API server is not reached, and says so', async () => {
  await runOn(
    'client01',
    `cp -p ${ANN} /run/hole && sed -i 's,server: .*,server: "https://127.0.0.1:1",' ${ANN} && chown hole-ann: ${ANN}`,
    state,
  )
  try {
    const { failures, unknown } = await verify(inventory, '--only', 'A')
    assert.match(unknown.map(wordsOf).join('\n'), /^A3 hole-ann on client01: .*refused/)
    assert.match(
      failures.map(wordsOf).join('\n'),
      /A1 hole-ann on client01: .*cluster\.server https:\/\/127\.0\.0\.1:1 rather than/,
    )
  } finally {
    await runOn('client01', `cp -p /run/hole ${ANN} && rm /run/hole`, state)
  }
})

it.run()
