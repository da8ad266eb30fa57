import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { Event } from '../../lib/reporters/events.ts'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('command line', { seconds: 120 })

let state: SandboxState
let table: InventoryInput
let inventory: string

it.before(async () => {
  state = await sandbox()
  table = tenants('flags', 35_000, state)
  inventory = await (await inventoryFile()).write(table)
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

it('refuses flags and names that mean nothing with 64, before anything is contacted', async () => {
  for (const [flags, said] of [
    [['--wrong'], '--wrong'],
    [['--output', 'xml'], 'pretty'],
    [['--forks', '0'], 'whole number'],
    [['--limit', 'client09'], 'client09'],
    [['--group', 'dev9'], 'dev9'],
    [['--user', 'nobody-here'], 'nobody-here'],
    [['--step', '9'], '9'],
    [['--output', 'json', '--output', 'lines'], '--output'],
    [['--forks', '2', '--forks=2'], '--forks'],
    [['--timeout', '60', '--timeout', '90'], '--timeout'],
    [['--prune', '--prune=9'], '--prune'],
    [['--plan', 'a.json', '--plan', 'b.json'], '--plan'],
  ] as const) {
    const { code, stdout, stderr } = await runText('setup', inventory, ...flags)
    assert.is(code, 64, `${flags}: ${stdout}${stderr}`)
    assert.match(stdout + stderr, said)
  }
  assert.is((await runText('setup', '')).code, 65)
})

it('refuses the inventory of the document until CHANGE-ME is filled in, with 65', async () => {
  const { code, stdout, stderr } = await runText('setup', 'inventory/prod.ts')
  assert.is(code, 65)
  assert.match(stdout + stderr, /inventory\/prod\.ts:\d+.*context.*CHANGE-ME/)
})

it('lists steps, targets and resources and stops', async () => {
  const { code, stdout } = await runText('setup', inventory, '--list')
  assert.is(code, 0)
  for (const part of [
    '1 Accounts and namespaces',
    '5 Volumes',
    'client02',
    'role-binding/flags1/flags-ann-member',
  ])
    assert.match(stdout, part)
})

it('explains itself', async () => {
  const { code, stdout } = await runText('setup', '--help')
  assert.is(code, 0)
  assert.match(stdout, '--check')
})

it('changes only what is selected, by target, user, group and step', async () => {
  const drift = (): Promise<unknown> =>
    Promise.all([
      runOn('client01', 'usermod -s /bin/sh flags-ann; usermod -s /bin/sh flags-ben', state),
      runOn('client02', 'usermod -s /bin/sh flags-ann', state),
      runOn('cluster', `kubectl annotate pvc flags1-public -n flags1 --overwrite description=other`, state),
    ])
  await drift()
  for (const [flags, ids] of [
    [['--limit', 'client02'], ['client02 linux-user/flags-ann']],
    [['--limit', 'cluster'], ['cluster claim/flags1/flags1-public']],
    [['--user', 'flags-ben'], ['client01 linux-user/flags-ben']],
    [
      ['--group', 'flags1'],
      [
        'client01 linux-user/flags-ann',
        'client02 linux-user/flags-ann',
        'cluster claim/flags1/flags1-public',
      ],
    ],
    [['--step', '5'], ['cluster claim/flags1/flags1-public']],
    [
      ['--step', '1', '--limit', 'client01'],
      ['client01 linux-user/flags-ann', 'client01 linux-user/flags-ben'],
    ],
  ] as const) {
    const { code, changes } = await runPlaybook('setup', inventory, '--check', ...flags)
    assert.equal(changes.map(({ id, on }) => `${on} ${id}`).toSorted(), ids)
    assert.is(code, 2)
  }
  assert.is((await runPlaybook('setup', inventory, '--limit', 'client02')).code, 0)
  assert.match(await runOn('client01', 'getent passwd flags-ann', state), '/bin/sh')
  assert.match(await runOn('client02', 'getent passwd flags-ann', state), '/bin/bash')
  assert.is((await runPlaybook('setup', inventory)).code, 0)
})

it('makes a new group work with --group alone, its members included', async () => {
  const groups = [...table.groups, { name: 'flags4', gid: 35_003, quota: { gpu: 1 } }]
  const users = [...table.users, { name: 'flags-dan', uid: 35_013, groups: ['flags4'] }]
  const file = await (await inventoryFile()).write({ ...table, groups, users })
  const { code, summary } = await runPlaybook('setup', file, '--group', 'flags4')
  assert.is(code, 0, summary)
  assert.match(await runOn('client01', "su - flags-dan -c 'arena list' 2>&1", state), /NAME/)
  assert.equal((await runPlaybook('setup', file, '--check')).changes, [])
})

it('names what a selection rests on when that is missing, with 1', async () => {
  const groups = [...table.groups, { name: 'flags3', gid: 35_002, quota: { gpu: 1 } }]
  const users = [...table.users, { name: 'flags-cia', uid: 35_012, groups: ['flags3'] }]
  const { write } = await inventoryFile()
  const told = await runPlaybook('setup', await write({ ...table, groups, users }), '--user', 'flags-cia')
  assert.is(told.code, 1)
  const reasons = told.recap!.problems.map(({ outcome }) => outcome.reason)
  assert.ok(
    reasons.some((reason) =>
      /linux-group\/flags3 on client01, which is absent and outside the selection/.test(reason ?? ''),
    ),
  )
  assert.equal(told.changes, [])
})

it('goes on with the others when a machine is lost, and ends with 3', async () => {
  await runOn('client01', 'usermod -s /bin/sh flags-ann', state)
  const lost = { ...table.hosts[0]!, name: 'client09', address: '127.0.0.1', port: 9 }
  const { write } = await inventoryFile()
  const told = await runPlaybook('setup', await write({ ...table, hosts: [...table.hosts, lost] }))
  assert.is(told.code, 3, told.summary)
  const counts = told.recap!.targets['client09']!
  assert.ok(counts.unreachable > 0)
  assert.is(counts.failed, 0)
  assert.match(await runOn('client01', 'getent passwd flags-ann', state), '/bin/bash')
})

it('ends with 3 when the cluster is lost, and still says so of everything in it', async () => {
  const { write } = await inventoryFile()
  const kubeconfig = `${inventory}.kubeconfig`
  await writeFile(
    kubeconfig,
    (await readFile(state.kubeconfig, 'utf8')).replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9'),
  )
  const cluster = { ...table.cluster, kubeconfig }
  const { code, recap } = await runPlaybook('setup', await write({ ...table, cluster }), '--check')
  assert.is(code, 3)
  assert.is(recap!.targets['cluster']!.ok, 0)
  assert.ok(recap!.targets['cluster']!.unreachable > 0)
  assert.ok(recap!.targets['client01']!.ok > 0)
})

it('a held lock stops a run that would change something with 5 and names the holder, and no other', async () => {
  const now = new Date().toISOString().replace('Z', '000Z')
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'arena-playbooks', namespace: 'kube-system' },
    spec: { holderIdentity: 'eve@elsewhere', leaseDurationSeconds: 3600, acquireTime: now, renewTime: now },
  }
  await runOn(
    'cluster',
    'kubectl delete lease arena-playbooks -n kube-system --ignore-not-found; echo ' +
      `'${JSON.stringify(lease)}' | kubectl create -f -`,
    state,
  )
  try {
    assert.is((await runPlaybook('setup', inventory)).code, 0)
    await runOn('client01', 'usermod -s /bin/sh flags-ann', state)
    const { code, stdout, stderr } = await runText('setup', inventory)
    assert.is(code, 5, stdout + stderr)
    assert.match(stdout + stderr, 'eve@elsewhere')
    assert.match(await runOn('client01', 'getent passwd flags-ann', state), '/bin/sh')
  } finally {
    await runOn('cluster', 'kubectl delete lease arena-playbooks -n kube-system', state)
  }
  assert.is((await runPlaybook('setup', inventory)).code, 0)
})

const ENDED = '"type":"change:end"'

it('after Ctrl-C says at once what it finishes, finishes it, gives the lock back and ends with 130', async () => {
  const users = Array.from({ length: 40 }, (_, index) => ({
    name: `flags-u${String(index).padStart(2, '0')}`,
    uid: 35_100 + index,
    groups: ['flags1'],
  }))
  const file = await (await inventoryFile()).write({ ...table, users: [...table.users, ...users] })
  const child = spawn(process.execPath, ['playbooks/setup.ts', file, '--output', 'json'], { cwd: CHECKOUT })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const before = stdout
    stdout += text
    if (stdout.includes(ENDED) && !before.includes(ENDED)) child.kill('SIGINT')
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.is(code, 130, stdout)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line): Event => JSON.parse(line))
  const [stopping, ...more] = events.filter((event) => event.type === 'stopping')
  assert.ok(stopping!.running > 0, stdout)
  assert.equal(more, [])
  const last = events.findLast((event) => event.type === 'change:end')!
  assert.ok(events.indexOf(last) > events.indexOf(stopping!))
  const { targets } = events.findLast((event) => event.type === 'recap')!.recap
  assert.equal(
    Object.values(targets).map(({ failed }) => failed),
    [0, 0, 0],
  )
  const holder = await runOn(
    'cluster',
    'kubectl get lease arena-playbooks -n kube-system -o jsonpath={.spec.holderIdentity}',
    state,
  )
  assert.is(holder, '')
  const finished = await runPlaybook('setup', file)
  assert.is(finished.code, 0, finished.summary)
  assert.equal((await runPlaybook('setup', file, '--check')).changes, [])
})

it('changes nothing at all when the API server would refuse a part of it', async () => {
  const refusal = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: flags-refusal }
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: [UPDATE], resources: [resourcequotas] }]
  validations: [{ expression: 'object.metadata.namespace != "flags1"', message: 'quotas are frozen until Monday' }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: flags-refusal }
spec: { policyName: flags-refusal, validationActions: [Deny] }
`
  const quota = 'resourcequota/flags1-compute-resources -n flags1'
  const set = (gpu: string): string =>
    `kubectl patch ${quota} --type merge -p '{"spec":{"hard":{"requests.nvidia.com/gpu":"${gpu}"}}}'`
  await runOn('client01', 'usermod -s /bin/sh flags-ann', state)
  await runOn(
    'cluster',
    `${set('3')}\nkubectl apply -f - <<'EOF'${refusal}EOF\nfor i in $(seq 50); do ${set('4')} ` +
      '2>/dev/null || exit 0; sleep 0.2; done; exit 1',
    state,
  )
  try {
    let told: Awaited<ReturnType<typeof runPlaybook>> | undefined
    const requests = await audited(state, async () => {
      told = await runPlaybook('setup', inventory)
    })
    assert.is(told!.code, 1, told!.summary)
    assert.match(told!.stdout, 'quotas are frozen until Monday')
    assert.equal(
      writes(requests).filter(({ requestURI }) => !/dryRun=All|\/leases/.test(requestURI)),
      [],
    )
    assert.match(await runOn('client01', 'getent passwd flags-ann', state), '/bin/sh')
  } finally {
    await runOn(
      'cluster',
      'kubectl delete validatingadmissionpolicy,validatingadmissionpolicybinding flags-refusal',
      state,
    )
  }
})

it('speaks JSON and JUnit, and no secret in any of them', async () => {
  const secrets = await runOn(
    'cluster',
    'for ns in flags1 flags2; do kubectl get secret -n $ns -o jsonpath="{range ' +
      '.items[*]}{.data.token}{\\"\\\\n\\"}{end}"; done',
    state,
  )
  const tokens = secrets
    .trim()
    .split('\n')
    .map((one) => Buffer.from(one, 'base64').toString('utf8'))
  assert.ok(tokens.length >= 2)
  await runOn('client01', 'rm /home/flags-ann/.kube/config; userdel -r flags-ben', state)
  for (const output of ['lines', 'json', 'junit'])
    for (const flags of [
      ['--check', '--diff', '--verbose'],
      ['--diff', '--verbose'],
    ]) {
      const { stdout, stderr } = await runText('setup', inventory, '--output', output, ...flags)
      for (const token of tokens) assert.not.ok((stdout + stderr).includes(token))
      if (output === 'junit') assert.match(stdout, /^<\?xml/)
    }
})

it.run()
