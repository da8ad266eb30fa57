import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited, writes } from '../support/audit.ts'
import { runPlaybook, runText, type ToldAction } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('adopt', { seconds: 180 })

let state: SandboxState
let directory: string
let out: string

/** Step one of the document, on the client machine. `adduser` there is `useradd` here. */
const ACCOUNTS = `
groupadd -g 40001 lab1
groupadd -g 40002 lab2
useradd -u 41001 -s /bin/bash -G lab1 -m lab-bob
useradd -u 41002 -s /bin/bash -G lab2 -m -c 'Tom 汤姆' lab-tom
chmod 0755 /home/lab-bob /home/lab-tom
printf 'lab-bob:chosen-by-bob\\nlab-tom:chosen-by-tom\\n' | chpasswd
`

const IDENTITIES = `
kubectl create namespace lab1
kubectl create namespace lab2
kubectl create serviceaccount lab-bob -n lab1
kubectl create serviceaccount lab-tom -n lab2
`

/**
 * What the document's createKubeConfig.sh prints into a file, as its successor in Arena does it since Kubernetes
 * 1.24.
 */
const createKubeConfig = (user: string, group: string): string => `
kubectl apply -f - >&2 <<'EOF'
apiVersion: v1
kind: Secret
metadata:
  name: ${user}-secret
  namespace: ${group}
  annotations: { kubernetes.io/service-account.name: ${user} }
type: kubernetes.io/service-account-token
EOF
token=
while [ -z "$token" ]
do token=$(kubectl get secret ${user}-secret -n ${group} -o jsonpath={.data.token} | base64 -d); done
ca=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}')
server=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
cat <<EOF
apiVersion: v1
kind: Config
clusters: [{ name: kubernetes, cluster: { certificate-authority-data: $ca, server: "$server" } }]
contexts: [{ name: ${user}, context: { cluster: kubernetes, namespace: ${group}, user: ${user} } }]
current-context: ${user}
users: [{ name: ${user}, user: { token: $token } }]
EOF
`

const role = (namespace: string, name: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: ${name}, namespace: ${namespace} }
rules:
- { apiGroups: [''], resources: [configmaps, pods, pods/log, services], verbs: ['*'] }
- { apiGroups: [''], resources: [services/proxy, persistentvolumeclaims, events], verbs: [get, list] }
- { apiGroups: ['', apps, extensions], resources: [deployments, replicasets, statefulsets], verbs: ['*'] }
- { apiGroups: [kubeflow.org], resources: ['*'], verbs: ['*'] }
- { apiGroups: [batch], resources: [jobs], verbs: ['*'] }
---`

const binding = (namespace: string, name: string, of: string, user: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ${name}, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${of} }
subjects: [{ kind: ServiceAccount, name: ${user}, namespace: ${namespace} }]
---`

const quota = (namespace: string, hard: string): string => `
apiVersion: v1
kind: ResourceQuota
metadata: { name: ${namespace}-compute-resources, namespace: ${namespace} }
spec: { hard: { ${hard} } }
---`

const LAB2_QUOTA =
  'requests.nvidia.com/gpu: 2, requests.cpu: 8, limits.cpu: 8, requests.memory: 60Gi, limits.memory: 60Gi'

/** A volume and its claim as the page on static NAS volumes has them. */
const nas = (name: string, namespace: string, path: string, policy: string): string => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name}, labels: { alicloud-pvname: ${name} } }
spec:
  capacity: { storage: 5Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: ${policy}
  csi:
    driver: nasplugin.csi.alibabacloud.com
    volumeHandle: ${name}
    volumeAttributes: { server: lab.nas.sandbox.test, path: ${path} }
  mountOptions: ['nolock,tcp,noresvport', vers=3]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name}, namespace: ${namespace}, annotations: { description: ${name} 的数据, owner: admin } }
spec:
  accessModes: [ReadWriteMany]
  resources: { requests: { storage: 5Gi } }
  selector: { matchLabels: { alicloud-pvname: ${name} } }
---`

/** Made so that a pod could not have started with it: nobody has reserved the volume, and the claim waits. */
const UNRESERVED = nas('lab-models', 'lab1', '/models', 'Retain').replace(
  '  mountOptions',
  '  storageClassName: nas\n  mountOptions',
)

const SPARE = nas('lab-spare', 'lab1', '/spare', 'Retain').split('\n---')[0]!

const LAB1_QUOTA = quota('lab1', "requests.nvidia.com/gpu: '1', services: '20'")

const MANIFESTS = [
  role('lab1', 'lab1-role'),
  role('lab2', 'member'),
  binding('lab1', 'lab-bob-rolebinding', 'lab1-role', 'lab-bob'),
  binding('lab2', 'lab-tom-member', 'member', 'lab-tom'),
  quota('lab2', LAB2_QUOTA),
  nas('lab1-public', 'lab1', '/lab1', 'Retain'),
  nas('lab2-public', 'lab2', '/lab2', 'Delete'),
  nas('lab-department1-lab1', 'lab1', '/department1', 'Retain'),
  nas('lab-department1-lab2', 'lab2', '/department1', 'Retain'),
  UNRESERVED,
  SPARE,
].join('\n')

const apply = (manifests: string, how = ''): string =>
  `kubectl apply ${how} -f - >&2 <<'EOF'\n${manifests}\nEOF\n`

const adopt = (...flags: string[]) =>
  runText('adopt', '--kubeconfig', state.kubeconfig, '--ssh-config', state.sshConfig, ...flags)

const fieldsOf = ({ change }: ToldAction): string[] => [...new Set(change.diffs.map(({ field }) => field))]

const OWNER = 'metadata.labels.arena-playbooks/inventory'
const LAST_APPLIED = 'metadata.annotations.kubectl.kubernetes.io/last-applied-configuration'

const CLAIM_REF = ['apiVersion', 'kind', 'namespace', 'name'].map((field) => `spec.claimRef.${field}`)

/** Everything that setup is to change of what people made, by what is missing or unsafe. */
const PLANNED: Record<string, string[]> = {
  // Not there: the document makes none of it.
  'arena-client/arena': ['create'],
  'cluster-role/arena-lab-start': ['create'],
  'cluster-role-binding/arena-lab-lab-bob': ['create'],
  'cluster-role-binding/arena-lab-lab-tom': ['create'],
  'limit-range/lab2/lab2-container-defaults': ['create'],
  'linux-group/arena-lab': ['create'],
  'role-binding/lab1/lab-bob-member': ['create'],
  'role/lab1/member': ['create'],
  'service-account-token/lab1/lab-bob': ['create'],
  'service-account-token/lab2/lab-tom': ['create'],
  // Open to others, or root's.
  'linux-user/lab-bob': ['marker', 'home mode'],
  'linux-user/lab-tom': ['marker', 'home mode'],
  'kubeconfig/lab-bob': [
    ...['cluster', 'contexts.lab1', 'current-context', 'token'],
    ...['.kube owner', '.kube mode', 'owner', 'mode'],
  ],
  'kubeconfig/lab-tom': [
    ...['cluster', 'contexts.lab2', 'current-context', 'token'],
    ...['.kube owner', '.kube mode', 'owner', 'mode'],
  ],
  'role/lab2/member': [OWNER, LAST_APPLIED, 'rules'],
  'volume/lab2-public': [OWNER, LAST_APPLIED, 'spec.persistentVolumeReclaimPolicy'],
  'volume/lab-models': [OWNER, LAST_APPLIED, 'spec.storageClassName', ...CLAIM_REF],
  'claim/lab1/lab-models': [OWNER, LAST_APPLIED, 'spec.volumeName'],
  // What an inventory cannot say, as a remark tells.
  'resource-quota/lab1/lab1-compute-resources': [OWNER, 'spec.hard.services'],
  // As wanted but for whose it is.
  'claim/lab1/lab-department1-lab1': [OWNER, LAST_APPLIED],
  'claim/lab1/lab1-public': [OWNER, LAST_APPLIED],
  'claim/lab2/lab-department1-lab2': [OWNER, LAST_APPLIED],
  'claim/lab2/lab2-public': [OWNER, LAST_APPLIED],
  'namespace/lab1': [OWNER],
  'namespace/lab2': [OWNER],
  'resource-quota/lab2/lab2-compute-resources': [OWNER, LAST_APPLIED],
  'role-binding/lab2/lab-tom-member': [OWNER, LAST_APPLIED],
  'service-account/lab1/lab-bob': [OWNER],
  'service-account/lab2/lab-tom': [OWNER],
  'volume/lab-department1-lab1': [OWNER, LAST_APPLIED],
  'volume/lab-department1-lab2': [OWNER, LAST_APPLIED],
  'volume/lab1-public': [OWNER, LAST_APPLIED],
}

it.before(async () => {
  state = await sandbox()
  directory = await mkdtemp(join(tmpdir(), 'arena-adopt-'))
  out = join(directory, 'lab.ts')
  await runOn('client01', ACCOUNTS, state)
  await runOn('cluster', IDENTITIES + apply(MANIFESTS) + apply(LAB1_QUOTA, '--server-side'), state)
  for (const [user, group] of [
    ['lab-bob', 'lab1'],
    ['lab-tom', 'lab2'],
  ] as const) {
    const config = await runOn('cluster', createKubeConfig(user, group), state)
    await runOn(
      'client01',
      `mkdir -p /home/${user}/.kube/ && cat > /home/${user}/.kube/config <<'EOF'\n${config}EOF\n`,
      state,
    )
  }
  const bound = (claim: string, group: string): string =>
    `kubectl wait --for=jsonpath={.status.phase}=Bound pvc/${claim} -n ${group} --timeout=300s\n`
  await runOn(
    'cluster',
    bound('lab1-public', 'lab1') +
      bound('lab2-public', 'lab2') +
      bound('lab-department1-lab1', 'lab1') +
      bound('lab-department1-lab2', 'lab2'),
    state,
  )
})

// Other tests look at all that is in the cluster.
it.after(async () => {
  await runOn(
    'cluster',
    `kubectl delete namespace lab1 lab2
     kubectl delete pv lab1-public lab2-public lab-department1-lab1 lab-department1-lab2 lab-models lab-spare
     kubectl delete clusterrole,clusterrolebinding -l arena-playbooks/inventory=lab`,
    state,
  )
  await runOn(
    'client01',
    'for name in lab-bob lab-tom lab-one lab-two wang zhang-san; do userdel -r $name; done; groupdel ' +
      'lab1; groupdel lab2; groupdel arena-lab',
    state,
  )
  await rm(directory, { recursive: true })
})

it('refuses what cannot be meant with 64, before anything is contacted, and says the next step', async () => {
  const two = join(directory, 'two.kubeconfig')
  const admin = await readFile(state.kubeconfig, 'utf8')
  const context = 'context: { cluster: sandbox, user: sandbox }'
  await writeFile(
    two,
    admin.replace(
      /^contexts:.*?(?=^\w)/ms,
      `contexts: [{ name: one, ${context} }, { name: two, ${context} }]\n`,
    ),
  )
  const host = ['--host', 'client01']
  for (const [flags, ...said] of [
    [['--verbose'], '--kubeconfig, --host, --out', 'npx tsx playbooks/adopt.ts --kubeconfig'],
    [['--kubeconfig', two, ...host], '--out', 'is missing'],
    [['--kubeconfig', two, ...host, '--out', out], 'has 2 contexts', 'say which: one, two'],
    [['--kubeconfig', two, ...host, '--out', join(directory, 'lab.txt')], 'let it end in .ts or .yaml'],
    [
      ['--kubeconfig', two, ...host, '--out', join(directory, 'Lab_1.ts')],
      'cannot give the inventory its name',
    ],
    [['--kubeconfig', two, ...host, ...host, '--out', out], 'is there twice'],
    [['--kubeconfig', two, '--host', 'client01=root@', '--out', out], 'write --host client01=root@10.0.0.97'],
    [['inventory/prod.ts'], 'too many arguments'],
    [['--user', 'bob'], '--user'],
  ] as [string[], ...string[]][]) {
    const [first, ...others] = flags
    const { code, stdout, stderr } = await runText('adopt', first!, ...others)
    assert.is(code, 64, `${flags}: ${stdout}${stderr}`)
    for (const part of said) assert.match(stdout + stderr, part)
  }
})

it('ends as other commands do when the context is another, or a machine is away, and writes nothing', async () => {
  const wrong = await adopt('--context', 'production', '--host', 'client01', '--out', out)
  assert.is(wrong.code, 65)
  assert.match(wrong.stdout, /"production".*\n.*sandbox/)
  const lost = await adopt('--host', 'client01', '--host', 'client09=root@127.0.0.1:9', '--out', out)
  assert.is(lost.code, 3)
  assert.match(lost.stdout, 'client09')
  assert.is(await readFile(out).catch(({ code }) => code), 'ENOENT')
})

/** Names, owners, modes, sizes and times of everything that a person could have changed on a machine. */
const snapshot = (): Promise<string> =>
  runOn(
    'client01',
    "find /etc /home /opt /root /srv /tmp /usr/local -xdev -printf '%p %U:%G %m %s %T@\\n' | sort",
    state,
  )

it('writes the inventory of it and changes nothing, on the machine or in the cluster', async () => {
  const before = await snapshot()
  const told: Awaited<ReturnType<typeof adopt>>[] = []
  const requests = await audited(state, async () => {
    told.push(await adopt('--host', 'client01', '--out', out, '--check'))
    told.push(await adopt('--host', 'client01', '--out', out))
  })
  const [check, done] = told
  assert.is(check!.code, 2, check!.stdout)
  assert.is(done!.code, 0, done!.stdout)
  assert.equal(writes(requests), [])
  assert.is(requests.length, 2 * (14 + 3), 'one LIST per kind, and what is served and who asks')
  assert.is(await snapshot(), before)

  const { default: inventory } = await import(out)
  assert.equal(inventory.groups, [
    { name: 'lab1', gid: 40001, quota: { gpu: 1 } },
    { name: 'lab2', gid: 40002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ])
  assert.equal(inventory.users, [
    { name: 'lab-bob', uid: 41001, groups: ['lab1'] },
    { name: 'lab-tom', uid: 41002, groups: ['lab2'], gecos: 'Tom 汤姆' },
  ])
  assert.equal(inventory.nas, {
    server: 'lab.nas.sandbox.test',
    mountOptions: ['nolock,tcp,noresvport', 'vers=3'],
  })
  const [department, , models] = inventory.volumes
  assert.equal(department, {
    name: 'lab-department1-lab1',
    group: 'lab1',
    path: '/department1',
    shared: 'department1',
    description: 'lab-department1-lab1 的数据',
    owner: 'admin',
  })
  assert.is(models.name, 'lab-models')
  const text = await readFile(out, 'utf8')
  for (const remark of [
    'had Role lab1-role in lab1 (lab-bob-rolebinding)',
    'after setup: kubectl delete rolebinding lab-bob-rolebinding -n lab1',
    'after setup: kubectl delete secret lab-bob-secret -n lab1',
    'kubectl create quota lab1-objects -n lab1 --hard=services=20',
    'lab-spare',
  ]) {
    assert.ok(done!.stdout.includes(remark), `${remark} in\n${done!.stdout}`)
    assert.ok(text.includes(remark), `${remark} in\n${text}`)
  }
})

it('has nothing more to say the second time, and never writes over what a person has written', async () => {
  const again = await adopt('--host', 'client01', '--out', out)
  assert.is(again.code, 0)
  assert.match(again.stdout, 'Nothing new')
  await appendFile(out, '// mine\n')
  const refused = await adopt('--host', 'client01', '--out', out)
  assert.is(refused.code, 64)
  assert.match(refused.stdout, 'is there already')
  assert.match(await readFile(out, 'utf8'), '// mine')
})

it('writes the same as YAML', async () => {
  const file = join(directory, 'lab.yaml')
  const told = await adopt('--host', 'client01', '--out', file)
  assert.is(told.code, 0, told.stdout)
  assert.equal(parse(await readFile(file, 'utf8')), (await import(out)).default)
})

it('setup refuses it only for the installer, then plans what is missing or unsafe, and nothing else', async () => {
  const unfilled = await runText('setup', out, '--check')
  assert.is(unfilled.code, 65)
  assert.equal((unfilled.stdout + unfilled.stderr).match(/lab\.ts:\d+ \S+/g)!.length, 1)
  assert.match(unfilled.stdout + unfilled.stderr, 'arena.sha256: still says CHANGE-ME')

  const text = await readFile(out, 'utf8')
  const filled = text
    .replace("'CHANGE-ME'", `'${state.arena.sha256}'`)
    .replace(/archive: '[^']*'/, `archive: '${state.arena.archive}'`)
  await writeFile(out, filled)
  const { code, changes, recap, summary } = await runPlaybook('setup', out, '--check')
  assert.is(code, 2, summary)
  assert.equal(recap!.problems, [])
  assert.equal(
    Object.fromEntries(
      changes
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map((action) => [action.id, action.change.op === 'create' ? ['create'] : fieldsOf(action)]),
    ),
    Object.fromEntries(Object.entries(PLANNED).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  )
})

it('is in sync after one run of setup, with everybody at work and their passwords as they were', async () => {
  const before = await runOn('client01', 'getent shadow lab-bob lab-tom', state)
  const { code, summary } = await runPlaybook('setup', out)
  assert.is(code, 0, summary)
  const again = await runPlaybook('setup', out, '--check')
  assert.equal(again.changes, [])
  assert.is(again.code, 0, again.summary)
  assert.is(await runOn('client01', 'getent shadow lab-bob lab-tom', state), before)
  for (const [user, group] of [
    ['lab-bob', 'lab1'],
    ['lab-tom', 'lab2'],
  ])
    assert.match(
      await runOn('client01', `su - ${user} -c 'arena-kubectl get pods' 2>&1`, state),
      `No resources found in ${group} namespace`,
    )
})

it('lists whoever else has rights over the groups, and leaves the reason to the admin', async () => {
  const listed = async (name: string): Promise<object[] | undefined> => {
    const file = join(directory, name, 'lab.yaml')
    await mkdir(join(directory, name))
    const told = await adopt('--host', 'client01', '--out', file)
    assert.is(told.code, 0, told.stdout)
    return parse(await readFile(file, 'utf8')).trusted
  }
  assert.is(await listed('none'), undefined)
  await runOn(
    'cluster',
    'kubectl create clusterrolebinding lab-oops --clusterrole=view --user=mallory',
    state,
  )
  try {
    assert.equal(await listed('mallory'), [{ kind: 'User', name: 'mallory', reason: 'CHANGE-ME' }])
    assert.match(await readFile(join(directory, 'mallory/lab.yaml'), 'utf8'), /# .*lab-oops/)
    const refused = await runText('setup', join(directory, 'mallory/lab.yaml'), '--check')
    assert.is(refused.code, 65)
    assert.match(refused.stdout + refused.stderr, /trusted.*reason/)
  } finally {
    await runOn('cluster', 'kubectl delete clusterrolebinding lab-oops', state)
  }
})

it('finds in what setup has made an inventory that is in sync, the checksum of Arena with it', async () => {
  const again = join(directory, 'again/lab.ts')
  await mkdir(dirname(again))
  const { code, stdout } = await adopt('--host', 'client01', '--out', again)
  assert.is(code, 0, stdout)
  const { changes, summary, ...check } = await runPlaybook('setup', again, '--check')
  assert.equal(changes, [])
  assert.is(check.code, 0, summary)
})

/** What setup finds once somebody has gone on with kubectl, and that it puts right. */
const findsAfter = async (script: string, expected: Record<string, string[]>): Promise<void> => {
  await runOn('cluster', script, state)
  const found = await runPlaybook('setup', out)
  assert.is(found.code, 0, found.summary)
  assert.equal(Object.fromEntries(found.changes.map((action) => [action.id, fieldsOf(action)])), expected)
  assert.is((await runPlaybook('setup', out, '--check')).code, 0)
}

it('finds a hand edit of what kubectl had applied', () =>
  findsAfter(
    `kubectl patch quota lab2-compute-resources -n lab2 --type merge -p '{"spec":{"hard":{"pods":"9"}}}'`,
    { 'resource-quota/lab2/lab2-compute-resources': ['spec.hard.pods'] },
  ))

it('finds what kubectl applies again from the old files, in either way', () =>
  findsAfter(
    apply(role('lab2', 'member') + quota('lab2', LAB2_QUOTA.replace('gpu: 2', 'gpu: 4'))) +
      apply(LAB1_QUOTA, '--server-side'),
    {
      'role/lab2/member': ['rules'],
      'resource-quota/lab1/lab1-compute-resources': ['spec.hard.services'],
      'resource-quota/lab2/lab2-compute-resources': ['spec.hard.requests.nvidia.com/gpu'],
    },
  ))

it('loses nothing to a kubectl apply of a file that says less: it has nothing left to compare with', () =>
  findsAfter(
    apply(nas('lab1-public', 'lab1', '/lab1', 'Retain').replace(/, annotations: \{.*?\} \}/, ' }')),
    {},
  ))

/** Accounts that no inventory can hold as they are: by their name, or as two have one uid. */
const UNFIT = `
add() { useradd --badname "$@" 2>/dev/null || useradd --badnames "$@"; }
add -u 41010 -s /bin/bash -G lab1 -m zhang.san
add -u 41011 -s /bin/bash -G lab2 -m Wang
useradd -u 41012 -s /bin/bash -G lab1 -m lab-one
useradd -o -u 41012 -g 41012 -s /bin/bash -G lab1 -m lab-two
`

it('writes of two machines in which groups each has a user, and setup leaves it so', async () => {
  await runOn(
    'client02',
    'groupadd -g 40001 lab1; groupadd -g 40002 lab2; useradd -u 41001 -s /bin/bash -G lab2,video,sudo -m lab-bob',
    state,
  )
  const file = join(directory, 'two/lab.yaml')
  await mkdir(dirname(file))
  const { code, stdout } = await adopt('--host', 'client01', '--host', 'client02', '--out', file)
  assert.is(code, 0, stdout)
  const { hosts, users } = parse(await readFile(file, 'utf8'))
  assert.equal(users.find(({ name }: { name: string }) => name === 'lab-bob').groups, ['lab1', 'lab2'])
  assert.equal(
    hosts.map(({ memberships }: { memberships?: object }) => memberships),
    [{ 'lab-bob': ['lab1'] }, { 'lab-bob': ['lab2', 'video'] }],
  )
  const { archive, sha256 } = state.arena
  const filled = (await readFile(file, 'utf8')).replace(
    /^arena: .*$/m,
    `arena: { archive: ${archive}, sha256: ${sha256} }`,
  )
  await writeFile(file, filled)
  const { actions, ...told } = await runPlaybook('setup', file, '--check')
  assert.is(told.code, 2, told.summary)
  const groupsOf = (on: string) =>
    actions
      .find(({ id, ...action }) => id === 'linux-user/lab-bob' && action.on === on)
      ?.change.diffs.find(({ field }) => field === 'groups')
  assert.is(groupsOf('client01'), undefined)
  assert.equal(groupsOf('client02'), {
    field: 'groups',
    from: ['lab2', 'sudo', 'video'],
    to: ['lab2', 'video'],
  })
  await runOn('client02', 'userdel -r lab-bob; groupdel lab1; groupdel lab2', state)
})

it('names a next step for accounts that no inventory can hold, and setup takes what comes of it', async () => {
  await runOn('client01', UNFIT, state)
  let round = 0
  const look = async (): Promise<{ file: string; stdout: string }> => {
    const file = join(directory, `unfit-${round++}/lab.ts`)
    await mkdir(dirname(file))
    const { code, stdout } = await adopt('--host', 'client01', '--out', file)
    assert.is(code, 0, stdout)
    return { file, stdout }
  }
  const accepted = async (file: string, code: number): Promise<ToldAction[]> => {
    const told = await runPlaybook('setup', file, '--check')
    assert.is(told.code, code, told.summary)
    assert.equal(told.recap!.problems, [])
    return told.changes
  }
  const entries = (text: string): string[] =>
    text.match(/\{ name: '[^']+', uid: 410\d+, groups: \['\w+'\] \}/g) ?? []

  const first = await look()
  assert.equal(await accepted(first.file, 0), [])
  assert.equal(entries(first.stdout), [], 'none of them can be a user yet')
  const commands = first.stdout.match(/usermod -l \S+ -d \S+ -m \S+ && groupmod -n \S+ \S+(?=;)/g) ?? []
  assert.is(commands.length, 2, first.stdout)
  for (const command of commands) await runOn('client01', command, state)
  assert.match(first.stdout, 'usermod -u <uid>')
  await runOn('client01', 'groupadd -g 41013 lab-two && usermod -u 41013 -g 41013 lab-two', state)

  const second = await look()
  const wanted = entries(second.stdout)
  assert.equal(wanted.toSorted(), [
    "{ name: 'lab-one', uid: 41012, groups: ['lab1'] }",
    "{ name: 'lab-two', uid: 41013, groups: ['lab1'] }",
    "{ name: 'wang', uid: 41011, groups: ['lab2'] }",
    "{ name: 'zhang-san', uid: 41010, groups: ['lab1'] }",
  ])
  const text = await readFile(second.file, 'utf8')
  await writeFile(
    second.file,
    text.replace(/^ {2}users: \[$/m, `  users: [\n${wanted.map((line) => `    ${line},\n`).join('')}`),
  )
  const changes = await accepted(second.file, 2)
  for (const name of ['lab-one', 'lab-two', 'wang', 'zhang-san'])
    assert.ok(
      changes.some(({ id, change }) => id === `linux-user/${name}` && change.op === 'adopt'),
      name,
    )
})

it.run()
