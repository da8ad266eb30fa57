import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { $ } from 'zx'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, runText, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('adoption', { seconds: 120 })

let state: SandboxState
let table: InventoryInput
let inventory: string
let directory: string

/** The document's commands, with the names of this test. */
const ON_THE_CLIENT = `
groupadd -g 37000 hand1
groupadd -g 37001 hand2
useradd -u 37010 -s /bin/bash -G hand1 -m hand-ann
useradd -u 37011 -s /bin/bash -G hand2 -m hand-ben
usermod -aG sudo hand-ben
echo 'hand-ann:chosen-by-the-user' | chpasswd
`

const IN_THE_CLUSTER = `
kubectl create namespace hand1
kubectl create namespace hand2
kubectl create serviceaccount hand-ann -n hand1
kubectl create serviceaccount hand-ben -n hand2
kubectl create role member -n hand1 --verb='*' --resource=pods,secrets
kubectl create rolebinding hand-ann-member -n hand1 --role=member --serviceaccount=hand1:hand-ann
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: ResourceQuota
metadata: { name: hand2-compute-resources, namespace: hand2 }
spec: { hard: { requests.nvidia.com/gpu: 4, pods: 10 } }
---
apiVersion: v1
kind: Secret
metadata:
  name: hand-ann-secret
  namespace: hand1
  annotations: { kubernetes.io/service-account.name: hand-ann }
type: kubernetes.io/service-account-token
EOF
`

/** As Arena's own installer leaves it: a program and a directory where our front and our link go. */
const INSTALLED = `
rm -rf /opt/arena /charts /usr/local/bin/arena*
cp /bin/true /usr/local/bin/arena
mkdir /charts
`

/** As createKubeConfig.sh and the document leave it: made by root, for everybody to read. */
const ROOTS_COPY = `
mkdir -p /home/hand-ann/.kube && cat > /home/hand-ann/.kube/config <<'EOF'
apiVersion: v1
kind: Config
clusters: [{ name: kubernetes, cluster: { server: 'https://127.0.0.1:9' } }]
users: [{ name: hand-ann, user: { token: left-by-hand } }]
contexts: [{ name: hand-ann, context: { cluster: kubernetes, user: hand-ann, namespace: hand1 } }]
current-context: hand-ann
EOF
`

it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'arena-adoption-'))
  table = tenants('hand', 37_000, state)
  inventory = await (await inventoryFile()).write(table)
  await runOn('client01', `${ON_THE_CLIENT}${ROOTS_COPY}${INSTALLED}`, state)
  await runOn('cluster', IN_THE_CLUSTER, state)
})

it.after(() => rm(directory, { recursive: true }))

it('plans to take over what was made by hand, and names every field that it changes', async () => {
  const { code, changes, recap } = await runPlaybook('setup', inventory, '--check')
  assert.is(code, 2)
  assert.equal(recap!.problems, [])
  const op = (id: string, on = 'cluster') => {
    const found = changes.find((one) => one.id === id && one.on === on)
    return [found?.change.op, ...(found?.change.diffs.map(({ field }) => field) ?? [])]
  }
  assert.equal(op('linux-user/hand-ben', 'client01').slice(0, 2), ['adopt', 'groups'])
  assert.is(op('namespace/hand1')[0], 'adopt')
  assert.is(op('service-account/hand1/hand-ann')[0], 'adopt')
  assert.ok(op('role/hand1/member').includes('rules'))
  assert.ok(op('resource-quota/hand2/hand2-compute-resources').includes('spec.hard.pods'))
  assert.is(op('arena-client/arena', 'client01')[0], 'adopt')
  const arena = changes.find(({ id, on }) => id === 'arena-client/arena' && on === 'client01')!
  assert.match(arena.change.warnings!.join(), /\/charts .*\/usr\/local\/bin\/arena /)
  const ben = changes.find(({ id }) => id === 'linux-user/hand-ben')!
  assert.match(ben.change.warnings!.join(), 'sudo')
})

it('takes it over in one run, keeps the password that the user chose, and is then in sync', async () => {
  const before = await runOn('client01', 'getent shadow hand-ann', state)
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  assert.is(await runOn('client01', 'getent shadow hand-ann', state), before)
  assert.not.match(await runOn('client01', 'id -Gn hand-ben', state), 'sudo')
  assert.is(await runOn('client01', 'cmp /bin/true /opt/arena/replaced/usr-local-bin-arena', state), '')
  assert.match(
    await runOn('client01', `ls -l /usr/local/bin/arena; su - hand-ann -c 'arena whoami'`, state),
    /^-rwxr-xr-x 1 root root .*\n\{.*system:serviceaccount:hand1:hand-ann/s,
  )
  assert.match(
    await runOn('client01', 'ls -ld /home/hand-ann /home/hand-ann/.kube /home/hand-ann/.kube/config', state),
    /^drwx------ .* hand-ann hand-ann .*\ndrwx------ .* hand-ann hand-ann .*\n-rw------- .* hand-ann hand-ann/,
  )
  assert.match(
    await runOn('client01', `su - hand-ann -c 'arena-kubectl get pods' 2>&1`, state),
    'No resources found in hand1 namespace',
  )
  const again = await runPlaybook('setup', inventory, '--check')
  assert.equal(again.changes, [])
  assert.is(again.code, 0)
})

it('finds what kubectl edits later, although kubectl applied the object first', async () => {
  await runOn(
    'cluster',
    `kubectl patch resourcequota hand2-compute-resources -n hand2 --type merge -p '{"spec":{"hard":{"pods":"10"}}}'`,
    state,
  )
  const { changes } = await runPlaybook('setup', inventory)
  assert.equal(
    changes.map(({ id }) => id),
    ['resource-quota/hand2/hand2-compute-resources'],
  )
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('puts its front where an earlier set-up left a link, and has nothing to keep', async () => {
  await runOn('client01', 'ln -sf /opt/arena/current/bin/arena /usr/local/bin/arena', state)
  const kept = await runOn('client01', 'ls /opt/arena/replaced', state)
  const { changes } = await runPlaybook('setup', inventory)
  assert.equal(
    changes.map(({ id, on, change }) => [id, on, change.diffs, change.warnings]),
    [
      [
        'arena-client/arena',
        'client01',
        [{ field: '/usr/local/bin/arena', from: '-> /opt/arena/current/bin/arena', to: '0755 root' }],
        undefined,
      ],
    ],
  )
  assert.is(await runOn('client01', 'ls /opt/arena/replaced', state), kept)
  assert.is((await runPlaybook('setup', inventory, '--check')).code, 0)
})

it('works the same for an admin who logs in by name and uses sudo with a password', async () => {
  await runOn(
    'client01',
    "useradd -m -s /bin/bash -G sudo hand-admin; echo 'hand-admin:sudo-canary' | chpasswd; install " +
      '-d -m 700 -o hand-admin /home/hand-admin/.ssh; install -m 600 -o hand-admin ' +
      '/root/.ssh/authorized_keys /home/hand-admin/.ssh/authorized_keys',
    state,
  )
  const [host] = table.hosts
  const hosts = [{ ...host!, user: 'hand-admin', sudo: { password: { command: 'printf sudo-canary' } } }]
  const file = await (await inventoryFile()).write({ ...table, hosts })
  assert.is((await runPlaybook('setup', file, '--check')).code, 0)
  await runOn('client01', 'usermod -s /bin/sh hand-ann', state)
  const told = await runPlaybook('setup', file)
  assert.is(told.code, 0, told.summary)
  assert.match(await runOn('client01', 'getent passwd hand-ann', state), '/bin/bash')
  assert.not.match(told.stdout + told.stderr, 'sudo-canary')

  const wrong = [{ ...hosts[0]!, sudo: { password: { command: 'printf wrong' } } }]
  const refused = await runPlaybook(
    'setup',
    await (await inventoryFile()).write({ ...table, hosts: wrong }),
    '--check',
  )
  assert.is(refused.code, 3)
  assert.match(refused.stdout, 'sudo')
})

const GONE = ['hand-eve', 'hand-fay'] as const

/** The set-up adopted anew from all machines, and what setup plans by that file. */
const adoptedAgain = async (name: string) => {
  const out = join(await mkdtemp(join(directory, name)), 'hand.yaml')
  const hosts = state.clients.flatMap((client) => ['--host', client.name])
  const access = ['--ssh-config', state.sshConfig, ...hosts, '--out', out]
  const told = await runText('adopt', '--kubeconfig', state.kubeconfig, ...access)
  assert.is(told.code, 0, told.stdout)
  const found: InventoryInput = parse(await readFile(out, 'utf8'))
  return { found, check: await runPlaybook('setup', out, '--check') }
}

const four = ({ tokens, jobs, groups, users, retired }: InventoryInput) => ({
  tokens,
  kinds: [jobs, ...groups.map((group) => group.jobs)],
  keys: Object.fromEntries(users.map((user) => [user.name, user.sshKeys])),
  retired: retired?.map(({ name, uid }) => ({ name, uid })),
})

it('adopt writes none of what was not chosen: tokens that end, kinds of jobs, keys, users who left', async () => {
  const { found, check } = await adoptedAgain('plain')
  assert.equal(four(found), {
    tokens: undefined,
    kinds: [undefined, undefined, undefined],
    keys: { 'hand-ann': undefined, 'hand-ben': undefined },
    retired: undefined,
  })
  assert.equal(check.changes, [])
  assert.is(check.code, 0, check.summary)
})

it('adopt writes what was chosen, and setup plans nothing of it', async () => {
  await $({ quiet: true })`ssh-keygen -q -t ed25519 -N ${''} -C ann@laptop -f ${join(directory, 'ann')}`
  const key = (await readFile(join(directory, 'ann.pub'), 'utf8')).trim()
  const [ann, ben] = table.users
  const [first, second] = table.groups
  const chosen: InventoryInput = {
    ...table,
    tokens: 'bound',
    jobs: { kinds: ['tf', 'cron'] },
    groups: [first!, { ...second!, jobs: { kinds: ['pytorch'] } }],
    users: [
      { ...ann!, sshKeys: [key] },
      ben!,
      ...GONE.map((name, index) => ({ ...ben!, name, uid: 37_020 + index })),
    ],
  }
  const files = await inventoryFile()
  const file = await files.write(chosen)
  const done = await runPlaybook('setup', file)
  assert.is(done.code, 0, done.summary)
  const { found: before } = await adoptedAgain('before')
  assert.is(before.retired, undefined)

  const removed = await runPlaybook('remove-user', file, '--name', GONE[0], '--jobs', 'stop')
  assert.is(removed.code, 0, removed.summary)
  const left = GONE.map((name, index) => ({ name, uid: 37_020 + index }))
  const since = '2026-11-01'
  const now = {
    ...chosen,
    users: chosen.users.slice(0, 2),
    retired: left.map((one) => ({ ...one, since })),
  }
  const shut = await runPlaybook('setup', await files.write(now))
  assert.is(shut.code, 0, shut.summary)

  const { found, check } = await adoptedAgain('chosen')
  assert.equal(four(found), {
    tokens: 'bound',
    kinds: [undefined, { kinds: ['tf', 'cron'] }, { kinds: ['pytorch'] }],
    keys: { 'hand-ann': [key], 'hand-ben': undefined },
    retired: left,
  })
  assert.equal(check.recap!.problems, [])
  assert.equal(check.changes, [])
  assert.is(check.code, 0, check.summary)
})

it.run()
