import * as assert from 'uvu/assert'
import { checkInventory } from '../../../lib/inventory/load.ts'
import { placeOf } from '../../../lib/inventory/raw.ts'
import { suite } from '../../support/suite.ts'

const it = suite('inventory: mistakes')

// biome-ignore lint/suspicious/noExplicitAny: a mistake may have any shape
type Loose = any

const HASH = `$6$salt$${'a'.repeat(86)}`

const valid = (): Loose => ({
  name: 'prod',
  isolation: 'document',
  cluster: { context: 'admin' },
  arena: { archive: 'arena.tar.gz', sha256: 'a'.repeat(64) },
  hosts: [{ name: 'client01', address: '10.0.0.97' }],
  nas: { server: 'nas.example.com' },
  groups: [
    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },
    { name: 'dev2', gid: 10002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ],
  users: [
    { name: 'bob', uid: 20001, groups: ['dev1'] },
    { name: 'tom', uid: 20002, groups: ['dev2'] },
  ],
  volumes: [
    { name: 'dev1-public', group: 'dev1', path: '/dev1' },
    { name: 'dev2-public', group: 'dev2', path: '/dev2' },
    { name: 'department1-public-dev1', group: 'dev1', path: '/department1', shared: 'department1' },
    { name: 'department1-public-dev2', group: 'dev2', path: '/department1', shared: 'department1' },
  ],
})

const changed = (change: (inventory: Loose) => void): Loose => {
  const inventory = valid()
  change(inventory)
  return inventory
}

const mistakes = (raw: unknown): string[] =>
  checkInventory(raw).found.map(({ path, reason, hint }) => `${placeOf(path, raw)}: ${reason} → ${hint}`)

type Row = [change: (inventory: Loose) => void, place: string, ...fragments: string[]]

const bob = (fields: object) => (inventory: Loose) => Object.assign(inventory.users[0], fields)
const dev1 = (fields: object) => (inventory: Loose) => Object.assign(inventory.groups[0], fields)
const quota = (fields: object) => (inventory: Loose) => Object.assign(inventory.groups[0].quota, fields)
const pods = (fields: object) => (inventory: Loose) => Object.assign(inventory.groups[0], { pods: fields })
const host = (fields: object) => (inventory: Loose) => Object.assign(inventory.hosts[0], fields)
const volume = (fields: object) => (inventory: Loose) => Object.assign(inventory.volumes[0], fields)
const role = (rule: object) => (inventory: Loose) => {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }]
  inventory.roles = [{ name: 'annotator', rules }]
}

const table = (title: string, rows: Record<string, Row>): void => {
  for (const [name, [change, place, ...fragments]] of Object.entries(rows))
    it(`${title}: ${name}`, () => {
      const found = mistakes(changed(change))
      assert.is(found.length, 1, found.join('\n'))
      assert.ok(found[0]!.startsWith(`${place}: `), `${found[0]} is not at ${place}`)
      for (const fragment of fragments)
        assert.ok(found[0]!.includes(fragment), `${found[0]} lacks ${fragment}`)
      assert.not.match(found[0]!, /undefined|\[object/)
    })
}

it('the table of the document has none', () => {
  assert.equal(mistakes(valid()), [])
})

table('users', {
  'a uid in the system range': [
    bob({ uid: 999 }),
    'users[0] (bob).uid',
    '999 is in the system range (below 1000)',
    '1000 to 60000',
  ],
  'a uid above UID_MAX': [
    bob({ uid: 60_001 }),
    'users[0] (bob).uid',
    'above 60000, UID_MAX of login.defs',
    "accounts: 'directory'",
  ],
  'a name that only a directory gives': [
    bob({ name: 'zhang_san' }),
    'users[0] (zhang_san).name',
    "accounts: 'directory'",
  ],
  'the uid of nobody': [bob({ uid: 65_534 }), 'users[0] (bob).uid', 'nobody'],
  'half a uid': [bob({ uid: 20_000.5 }), 'users[0] (bob).uid', 'not a whole number'],
  'a uid in quotes': [
    bob({ uid: '20001' }),
    'users[0] (bob).uid',
    'is a text, not a number',
    'without quotes',
  ],
  'a name that is a number': [bob({ name: 2001 }), 'users[0].name', 'is 2001, not a text', 'in quotes'],
  'a group that is no list': [bob({ groups: 'dev1' }), 'users[0] (bob).groups', 'not a list', '[ and ]'],
  'groups with a Chinese comma': [
    bob({ groups: ['dev1，dev2'] }),
    'users[0] (bob).groups[0]',
    'is not a group of this inventory',
    'write , in place of the Chinese ，',
    'dev1, dev2',
  ],
  'a field with a Chinese colon': [
    bob({ 'gecos：Bob': null }),
    'users[0] (bob)."gecos：Bob"',
    'is not a field here',
    'write : in place of the Chinese ：',
  ],
  'a uid twice': [bob({ uid: 20_002 }), 'users[1] (tom).uid', '20002 is already the uid of users[0] (bob)'],
  'a uid that is the gid of a group': [
    bob({ uid: 10_002 }),
    'users[0] (bob).uid',
    '10002 is already the gid of groups[1] (dev2)',
    'private group',
  ],
  'a name twice': [bob({ name: 'tom' }), 'users[1] (tom).name', '"tom" is already the name of users[0]'],
  'the name of a group': [
    bob({ name: 'dev2' }),
    'users[0] (dev2).name',
    '"dev2" is already the name of groups[1]',
  ],
  'a name of 33 characters': [
    bob({ name: 'b'.repeat(33) }),
    `users[0] (${'b'.repeat(33)}).name`,
    '33 characters long, at most 32',
  ],
  'a name for a shell': [bob({ name: 'a;b' }), 'users[0].name', '"a;b" holds ";"'],
  'a name that is an option': [bob({ name: '-bob' }), 'users[0] (-bob).name', 'begins with -'],
  'a name with a capital': [bob({ name: 'Bob' }), 'users[0] (Bob).name', 'holds "B"'],
  'a name with a dot, which no service account has': [
    bob({ name: 'b.b' }),
    'users[0] (b.b).name',
    'holds "."',
  ],
  'a name with a dash at the end': [bob({ name: 'bob-' }), 'users[0] (bob-).name', 'ends with -'],
  'a name with a digit first': [bob({ name: '1bob' }), 'users[0] (1bob).name', 'begins with a digit'],
  'an empty name': [bob({ name: '' }), 'users[0].name', 'is empty'],
  'a system account': [
    bob({ name: 'www-data' }),
    'users[0] (www-data).name',
    'account or group of the system',
  ],
  'a private group that is root by another name': [
    bob({ name: 'docker' }),
    'users[0] (docker).name',
    'of the system',
  ],
  "the namespace's own service account": [
    bob({ name: 'default' }),
    'users[0] (default).name',
    'service account of the cluster',
  ],
  'a marker group': [bob({ name: 'arena-prod' }), 'users[0] (arena-prod).name', 'kept for us'],
  'no group': [bob({ groups: [] }), 'users[0] (bob).groups', 'is empty', 'at least one group'],
  'groups left out': [
    (one) => {
      delete one.users[0].groups
    },
    'users[0] (bob).groups',
    'is missing',
    'first is where their jobs run',
  ],
  'an unknown group': [
    bob({ groups: ['dev3'] }),
    'users[0] (bob).groups[0]',
    '"dev3" is not a group',
    'did you mean dev1? choose from dev1, dev2',
  ],
  'an unknown group with a role': [
    bob({ groups: [{ group: 'ops', role: 'viewer' }] }),
    'users[0] (bob).groups[0].group',
    '"ops" is not a group',
    'choose from dev1, dev2',
  ],
  'an unknown role': [
    bob({ groups: [{ group: 'dev1', role: 'admin' }] }),
    'users[0] (bob).groups[0].role',
    '"admin" is not a role',
    'member, viewer',
  ],
  'a membership of another shape': [
    bob({ groups: [['dev1']] }),
    'users[0] (bob).groups[0]',
    'neither the name of a group nor { group, role }',
  ],
  'an unknown field of a membership': [
    bob({ groups: [{ group: 'dev1', rule: 'viewer' }] }),
    'users[0] (bob).groups[0].rule',
    'did you mean role?',
  ],
  'the same group twice': [
    bob({ groups: ['dev1', { group: 'dev1', role: 'viewer' }] }),
    'users[0] (bob).groups[1]',
    '"dev1" is there twice',
  ],
  'a GECOS with a colon': [bob({ gecos: 'Bob: A' }), 'users[0] (bob).gecos', 'holds a colon'],
  'a GECOS with a line break': [bob({ gecos: 'Bob\nroot' }), 'users[0] (bob).gecos', 'line break'],
  'a relative shell': [bob({ shell: 'bash' }), 'users[0] (bob).shell', 'not a plain absolute path'],
  'a home that is the root': [bob({ home: '/' }), 'users[0] (bob).home', 'root of the machine'],
  'a relative home': [bob({ home: 'home/bob' }), 'users[0] (bob).home', 'not a plain absolute path'],
  'a home with ..': [bob({ home: '/home/../etc' }), 'users[0] (bob).home', 'not a plain absolute path'],
  'a home with a / at the end': [
    bob({ home: '/home/bob/' }),
    'users[0] (bob).home',
    'not a plain absolute path',
  ],
  'a home that the system needs': [bob({ home: '/etc/bob' }), 'users[0] (bob).home', 'belongs to the system'],
  'a home directly under the root': [bob({ home: '/srv' }), 'users[0] (bob).home', 'belongs to the system'],
  'the home of another': [
    bob({ home: '/home/tom' }),
    'users[1] (tom).home',
    'is the home of users[0] (bob) too',
  ],
  'a home in the home of another': [
    bob({ home: '/home/tom/bob' }),
    'users[0] (bob).home',
    'lies in the home of users[1] (tom)',
  ],
  'password and passwordHash': [
    bob({ password: { env: 'P' }, passwordHash: HASH }),
    'users[0] (bob).passwordHash',
    'beside password',
  ],
  'a plain password': [
    bob({ password: 'hunter2' }),
    'users[0] (bob).password',
    'does not say where the secret is kept',
    '{ env: VARIABLE }',
  ],
  'a secret from two places': [
    bob({ password: { env: 'P', file: 'p' } }),
    'users[0] (bob).password',
    'does not say where',
  ],
  'a variable with its $': [
    bob({ password: { env: '$P' } }),
    'users[0] (bob).password.env',
    'not the name of a variable',
  ],
  'a plain password as hash': [
    bob({ passwordHash: 'hunter2' }),
    'users[0] (bob).passwordHash',
    'is not a password hash',
    'mkpasswd',
  ],
  'a lock as hash': [
    bob({ passwordHash: '!' }),
    'users[0] (bob).passwordHash',
    'lets nobody in',
    'leave it out',
  ],
  'a star as hash': [bob({ passwordHash: '*' }), 'users[0] (bob).passwordHash', 'lets nobody in'],
  'half a hash': [bob({ passwordHash: '$6$salt$abc' }), 'users[0] (bob).passwordHash', 'cut short'],
  'a weak kind of hash': [
    bob({ passwordHash: '$1$salt$aaaaaaaaaaaaaaaaaaaaaa' }),
    'users[0] (bob).passwordHash',
    'a kind of hash other than',
  ],
  'an unknown field': [bob({ gid: 1 }), 'users[0] (bob).gid', 'is not a field here', 'did you mean uid?'],
})

table('groups', {
  'a gid twice': [
    dev1({ gid: 10_002 }),
    'groups[1] (dev2).gid',
    '10002 is already the gid of groups[0] (dev1)',
  ],
  'a gid in the system range': [dev1({ gid: 27 }), 'groups[0] (dev1).gid', 'system range (below 1000)'],
  'a name twice': [
    (one) => {
      one.groups.push({ name: 'dev1', gid: 10_009 })
    },
    'groups[2] (dev1).name',
    'already the name of groups[0]',
  ],
  'GPUs of 1.5': [
    quota({ gpu: 1.5 }),
    'groups[0] (dev1).quota.gpu',
    '1.5 is not a number of GPUs',
    'whole number',
  ],
  'GPUs below 0': [quota({ gpu: -1 }), 'groups[0] (dev1).quota.gpu', '-1 is not a number of GPUs'],
  'GPUs in quotes': [quota({ gpu: '1' }), 'groups[0] (dev1).quota.gpu', 'is a text, not a number'],
  'negative memory': [
    quota({ memory: '-60Gi' }),
    'groups[0] (dev1).quota.memory',
    '"-60Gi" is not more than 0',
  ],
  '60GB': [
    quota({ memory: '60GB' }),
    'groups[0] (dev1).quota.memory',
    '"60GB" is not a Kubernetes quantity',
    'write 60Gi (powers of 1024) or 60G (powers of 1000)',
  ],
  '60 without a unit': [
    quota({ memory: 60 }),
    'groups[0] (dev1).quota.memory',
    '60 is less than a mebibyte',
    'write 60Gi',
  ],
  'memory that is no amount': [
    quota({ memory: 'much' }),
    'groups[0] (dev1).quota.memory',
    'not a Kubernetes quantity',
    'such as 60Gi',
  ],
  'memory of another type': [
    quota({ memory: true }),
    'groups[0] (dev1).quota.memory',
    'is not a text or a number',
  ],
  'cores with a unit of bytes': [
    quota({ cpu: '8Gi' }),
    'groups[0] (dev1).quota.cpu',
    'not a number of CPU cores',
    '500m',
  ],
  'negative cores': [quota({ cpu: -8 }), 'groups[0] (dev1).quota.cpu', '-8 is not more than 0'],
  gpus: [quota({ gpus: 1 }), 'groups[0] (dev1).quota.gpus', 'write gpu:'],
  'requests.nvidia.com/gpu': [
    quota({ 'requests.nvidia.com/gpu': 1 }),
    'groups[0] (dev1).quota."requests.nvidia.com/gpu"',
    'write gpu:',
  ],
  'nvidia.com/gpu': [quota({ 'nvidia.com/gpu': 1 }), 'groups[0] (dev1).quota."nvidia.com/gpu"', 'write gpu:'],
  'limits.memory': [
    quota({ 'limits.memory': '1Gi' }),
    'groups[0] (dev1).quota."limits.memory"',
    'write memory:',
  ],
  'an unknown quota': [
    quota({ nodes: 5 }),
    'groups[0] (dev1).quota.nodes',
    'not a field here',
    'choose from gpu, cpu, memory',
  ],
  'a device of another maker': [
    quota({ 'amd.com/gpu': 4 }),
    'groups[0] (dev1).quota."amd.com/gpu"',
    'not a quota that can be set here',
    'write devices: { "amd.com/gpu": … }',
  ],
  'a slice of a GPU by its key': [
    quota({ 'requests.nvidia.com/mig-1g.10gb': 4 }),
    'groups[0] (dev1).quota."requests.nvidia.com/mig-1g.10gb"',
    'write devices: { "nvidia.com/mig-1g.10gb": … }',
  ],
  'the limit of a device': [
    quota({ 'limits.amd.com/gpu': 4 }),
    'groups[0] (dev1).quota."limits.amd.com/gpu"',
    'write devices: { "amd.com/gpu": … }',
  ],
  'a device class by its key': [
    quota({ 'mig.example.com.deviceclass.resource.k8s.io/devices': 4 }),
    'groups[0] (dev1).quota."mig.example.com.deviceclass.resource.k8s.io/devices"',
    'write deviceClasses: { "mig.example.com": … }',
  ],
  'a word for memory of GPUs that means nothing here': [
    quota({ gpuMemory: 4 }),
    'groups[0] (dev1).quota.gpuMemory',
    'not a field here',
  ],
  'claims by their key': [
    quota({ persistentvolumeclaims: 4 }),
    'groups[0] (dev1).quota.persistentvolumeclaims',
    'write claims:',
  ],
  "a priority class of the cluster's own": [
    pods({ priorityClasses: ['system-node-critical'] }),
    'groups[0] (dev1).pods.priorityClasses[0]',
    'kubectl create priorityclass',
  ],
  'what is no name of a priority class': [
    pods({ priorityClasses: ['low high'] }),
    'groups[0] (dev1).pods.priorityClasses[0]',
    'kubectl get priorityclasses',
  ],
  'a misspelt option of pods': [
    pods({ imageVolume: true }),
    'groups[0] (dev1).pods.imageVolume',
    'imageVolumes',
  ],
  'a GPU among the other devices': [
    quota({ devices: { 'nvidia.com/gpu': 1 } }),
    'groups[0] (dev1).quota.devices."nvidia.com/gpu"',
    'has a field of its own',
    'write gpu:',
  ],
  'a device class among the devices': [
    quota({ devices: { 'deviceclass.resource.kubernetes.io/mig': 1 } }),
    'groups[0] (dev1).quota.devices."deviceclass.resource.kubernetes.io/mig"',
    'is the name of a device class',
    'write deviceClasses: { "mig": … }',
  ],
  'a device without a domain': [
    quota({ devices: { gpu: 1 } }),
    'groups[0] (dev1).quota.devices.gpu',
    'is not the name of a device',
  ],
  'cards of 1.5': [
    quota({ devices: { 'amd.com/gpu': 1.5 } }),
    'groups[0] (dev1).quota.devices."amd.com/gpu"',
    '1.5 is not a number of things',
  ],
  'a device class that no cluster can have': [
    quota({ deviceClasses: { 'A/b': 1 } }),
    'groups[0] (dev1).quota.deviceClasses."A/b"',
    'is not the name of a device class',
  ],
  'a most below what containers get anyway': [
    quota({ max: { cpu: '500m' } }),
    'groups[0] (dev1).quota.max.cpu',
    '500m is less than the 1',
  ],
  'a most above the whole quota': [
    quota({ max: { gpu: 2 } }),
    'groups[0] (dev1).quota.max.gpu',
    'more than the whole quota',
    'write at most 1',
  ],
  'container defaults above the quota': [
    quota({ memory: '1Gi' }),
    'groups[0] (dev1).containerDefaults.memory',
    '2Gi for each container',
    'more than the whole quota',
  ],
  'an unknown word for jobs': [dev1({ jobs: 'mine' }), 'groups[0] (dev1).jobs', 'none of'],
})

const NAMES: Record<string, string> = {
  Dev1: 'holds "D"',
  dev_1: 'holds "_"',
  default: 'of the cluster itself',
  'kube-system': "the cluster's own services",
  'kube-public': "the cluster's own services",
  kubeflow: "the cluster's own services",
  'arena-system': 'kept for us',
  sudo: 'of the system',
  wheel: 'of the system',
  docker: 'of the system',
  shadow: 'of the system',
  users: 'of the system',
}
for (const [name, fragment] of Object.entries(NAMES))
  it(`groups: ${name} is no name for a group`, () => {
    const [found, ...others] = mistakes(changed((one) => one.groups.push({ name, gid: 10_009 })))
    assert.equal(others, [])
    assert.ok(found?.startsWith(`groups[2] (${name}).name: `), found)
    assert.ok(found?.includes(fragment), found)
  })

table('volumes', {
  'a driver that is none': [
    volume({ driver: 'smb' }),
    'volumes[0] (dev1-public).driver',
    'is none of alibaba, nfs, csi-nfs and { driver, attributes }',
  ],
  'attributes without the directory': [
    volume({ driver: { driver: 'nfs.csi.k8s.io', attributes: { server: '{server}' } } }),
    'volumes[0] (dev1-public).driver.attributes',
    'has {path} nowhere',
  ],
  'attributes with a word that is not filled in': [
    volume({ driver: { driver: 'nfs.csi.k8s.io', attributes: { at: '{server}:{paht}' } } }),
    'volumes[0] (dev1-public).driver.attributes',
    '{paht} is neither {server} nor {path}',
  ],
  'a driver by no name of a driver': [
    volume({ driver: { driver: 'NFS driver', attributes: { at: '{server}:{path}' } } }),
    'volumes[0] (dev1-public).driver.driver',
    'kubectl get csidrivers',
  ],
  'a handle where there is no driver': [
    volume({ driver: 'nfs', volumeHandle: 'x' }),
    'volumes[0] (dev1-public).volumeHandle',
    'leave it out',
  ],
  'a name twice': [
    volume({ name: 'dev2-public' }),
    'volumes[1] (dev2-public).name',
    'already the name of volumes[0]',
  ],
  'a volumeHandle twice': [
    volume({ volumeHandle: 'dev2-public' }),
    'volumes[1] (dev2-public).volumeHandle',
    'already the volumeHandle of volumes[0] (dev1-public)',
  ],
  'a name that is no DNS name': [
    volume({ name: 'dev1_public' }),
    'volumes[0] (dev1_public).name',
    'holds "_"',
  ],
  'an unknown group': [volume({ group: 'dev9' }), 'volumes[0] (dev1-public).group', '"dev9" is not a group'],
  'shared volumes with two paths': [
    (one) => {
      one.volumes[3].path = '/elsewhere'
    },
    'volumes[3] (department1-public-dev2).path',
    'differs from that of volumes[2]',
    'same server and path',
  ],
  'shared volumes with two servers': [
    (one) => {
      one.volumes[3].server = 'other.example.com'
    },
    'volumes[3] (department1-public-dev2).server',
    'differs from that of volumes[2]',
  ],
  'private volumes of two groups in one directory': [
    volume({ path: '/dev2/' }),
    'volumes[1] (dev2-public).path',
    'is the directory of volumes[0] (dev1-public)',
    'shared: <word>',
  ],
  'a private volume in the directory of another group': [
    volume({ path: '/dev2/sub' }),
    'volumes[0] (dev1-public).path',
    'lies in the directory of volumes[1] (dev2-public)',
  ],
  'a private directory in a shared one': [
    volume({ path: '/department1/dev1' }),
    'volumes[0] (dev1-public).path',
    'lies in the directory of volumes[3]',
  ],
  'a relative path': [volume({ path: 'dev1' }), 'volumes[0] (dev1-public).path', 'not a plain absolute path'],
  'a path with ..': [
    volume({ path: '/dev1/../dev2' }),
    'volumes[0] (dev1-public).path',
    'not a plain absolute path',
  ],
  'a server with its path': [
    volume({ server: 'nas.example.com:/dev1' }),
    'volumes[0] (dev1-public).server',
    'holds a colon',
    'goes into path',
  ],
  'an Extreme NAS outside /share': [
    volume({ server: 'x.extreme.nas.aliyuncs.com' }),
    'volumes[0] (dev1-public).path',
    '"/dev1" is not in /share',
  ],
  'no size': [volume({ size: '5GB' }), 'volumes[0] (dev1-public).size', 'write 5Gi'],
  'an access mode of its own': [
    volume({ access: 'ReadWriteOnce' }),
    'volumes[0] (dev1-public).access',
    '"ReadWriteOnce" is not one of',
  ],
})

table('hosts', {
  none: [
    (one) => {
      one.hosts = []
    },
    'hosts',
    'is empty',
    'at least one client machine',
  ],
  'a name twice': [
    (one) => {
      one.hosts.push({ name: 'client01', address: '10.0.0.98' })
    },
    'hosts[1] (client01).name',
    'already the name of hosts[0]',
  ],
  'an address twice': [
    (one) => {
      one.hosts.push({ name: 'client02', address: '10.0.0.97' })
    },
    'hosts[1] (client02).address',
    'already the address of hosts[0] (client01)',
  ],
  'the name of the cluster': [
    host({ name: 'cluster' }),
    'hosts[0] (cluster).name',
    'already the name of the cluster',
  ],
  'a name with a comma': [host({ name: 'a,b' }), 'hosts[0].name', 'not a name for a machine'],
  'an address that is an option': [
    host({ address: '-oProxyCommand=x' }),
    'hosts[0] (client01).address',
    'not an address',
  ],
  'an address with a space': [
    host({ address: '10.0.0.97 x' }),
    'hosts[0] (client01).address',
    'not an address',
  ],
  'an address with a user': [
    host({ address: 'root@10.0.0.97' }),
    'hosts[0] (client01).address',
    'holds a user',
  ],
  'an address with a port': [
    host({ address: '10.0.0.97:22' }),
    'hosts[0] (client01).address',
    'holds a port',
  ],
  'an IPv6 address in brackets': [
    host({ address: '[::1]' }),
    'hosts[0] (client01).address',
    'in brackets',
    'write ::1',
  ],
  'an IPv6 address in brackets with a port': [
    host({ address: '[2001:db8::1]:2222' }),
    'hosts[0] (client01).address',
    'write 2001:db8::1, and port: 2222',
  ],
  'what is nearly an IPv6 address': [
    host({ address: '2001:db8::xyz' }),
    'hosts[0] (client01).address',
    'is not an address',
  ],
  'a port beyond 65535': [host({ port: 70_000 }), 'hosts[0] (client01).port', '70000 is not a port'],
  'a jump host of another form': [
    host({ proxyJump: 'ssh://bastion' }),
    'hosts[0] (client01).proxyJump',
    'user@bastion:22',
  ],
  'a jump host that is an option': [
    host({ proxyJump: '-oX=y' }),
    'hosts[0] (client01).proxyJump',
    'not a machine to jump through',
  ],
  'a fingerprint for a host key': [
    host({ hostKey: 'SHA256:abc' }),
    'hosts[0] (client01).hostKey',
    'not a public host key',
  ],
  'a fingerprint among host keys': [
    host({ hostKey: ['SHA256:abc'] }),
    'hosts[0] (client01).hostKey[0]',
    'not a public host key',
  ],
  'local with a port': [
    host({ connection: 'local', port: 22 }),
    'hosts[0] (client01).port',
    "no meaning with connection: 'local'",
  ],
  'this machine twice': [
    (one) => {
      one.hosts = ['a', 'b'].map((name) => ({ name, connection: 'local' }))
    },
    'hosts[1] (b).connection',
    'already the connection of hosts[0] (a)',
  ],
  'a sudo password in the open': [
    host({ sudo: 'hunter2' }),
    'hosts[0] (client01).sudo',
    'neither true nor { password: … }',
  ],
  'a sudo password that is not kept anywhere': [
    host({ sudo: { password: 'hunter2' } }),
    'hosts[0] (client01).sudo.password',
    'does not say where the secret is kept',
  ],
})

table('the rest', {
  'no name': [
    (one) => {
      delete one.name
    },
    'name',
    'is missing',
    'Marks what this inventory owns',
  ],
  'a name of 27 characters': [
    (one) => {
      one.name = 'a'.repeat(27)
    },
    'name',
    'at most 26',
  ],
  'no isolation': [
    (one) => {
      delete one.isolation
    },
    'isolation',
    'is missing',
    'How far users are kept apart',
  ],
  'an isolation that there is not': [
    (one) => {
      one.isolation = 'loose'
    },
    'isolation',
    'is not one of "document", "strict"',
    'How far users are kept apart',
  ],
  'no context': [
    (one) => {
      delete one.cluster.context
    },
    'cluster.context',
    'is missing',
    'kubectl config get-contexts',
  ],
  'an API server without TLS': [
    (one) => {
      one.cluster.server = 'http://10.0.0.91'
    },
    'cluster.server',
    'not https',
  ],
  'a name in a certificate that is an address with a port': [
    (one) => {
      one.cluster.tlsServerName = 'api.example.com:6443'
    },
    'cluster.tlsServerName',
    'not a name in a certificate',
  ],
  'a proxy with a password that every user would read': [
    (one) => {
      one.cluster.proxyUrl = 'http://ann:hunter2@10.0.0.3:3128'
    },
    'cluster.proxyUrl',
    'holds more than an address',
  ],
  'a proxy without its scheme': [
    (one) => {
      one.cluster.proxyUrl = 'ann:hunter2@10.0.0.3:3128'
    },
    'cluster.proxyUrl',
    'is not the URL of a proxy',
    'http://10.0.0.3:3128',
  ],
  'TLS without checking': [
    (one) => {
      one.cluster['insecure-skip-tls-verify'] = true
    },
    'cluster.insecure-skip-tls-verify',
    'is refused',
    'certificate-authority-data',
  ],
  'a checksum cut short': [
    (one) => {
      one.arena.sha256 = 'abc'
    },
    'arena.sha256',
    'not a SHA-256 sum',
    'sha256sum',
  ],
  'an archive without TLS': [
    (one) => {
      one.arena.archive = 'http://example.com/arena.tar.gz'
    },
    'arena.archive',
    'not an https URL',
  ],
  'a NAS server with a scheme': [
    (one) => {
      one.nas.server = 'nfs://nas'
    },
    'nas.server',
    'holds a colon',
  ],
  'an unknown field': [
    (one) => {
      one.user = []
    },
    'user',
    'not a field here',
    'did you mean users?',
  ],
  'a list that is none': [
    (one) => {
      one.volumes = {}
    },
    'volumes',
    'is an object with fields, not a list',
  ],
  'a retired name for a new user': [
    (one) => {
      one.retired = [{ name: 'bob', uid: 20_009, since: '2026-01-31' }]
    },
    'users[0] (bob).name',
    'already the name of retired[0]',
    'not given away',
  ],
  'a retired uid for a new user': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 20_001, since: '2026-01-31' }]
    },
    'users[0] (bob).uid',
    'already the uid of retired[0] (eve)',
  ],
  'a retired uid for a group': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 10_001, since: '2026-01-31' }]
    },
    'groups[0] (dev1).gid',
    'already the uid of retired[0] (eve)',
  ],
  'a date that is none': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 20_009, since: '31.1.2026' }]
    },
    'retired[0] (eve).since',
    'not a date such as 2026-01-31',
  ],
  'a placeholder': [
    (one) => {
      one.cluster.context = 'CHANGE-ME'
    },
    'cluster.context',
    'still says CHANGE-ME',
    'kubectl config get-contexts',
  ],
  'a placeholder where a pattern fails too': [
    (one) => {
      one.arena.sha256 = 'CHANGE-ME'
    },
    'arena.sha256',
    'still says CHANGE-ME',
  ],
})

it('a NAS that nobody names is missed at every volume that needs it', () => {
  const found = mistakes(
    changed((one) => {
      delete one.nas
      one.volumes[0].server = 'nas.example.com'
    }),
  )
  assert.is(found.length, 3)
  assert.ok(found[0]?.startsWith('volumes[1] (dev2-public).server: is missing → give nas.server'), found[0])
})

const installer = { archive: 'arena.tar.gz', sha256: 'a'.repeat(64) }

table('what differs between machines', {
  'an archive without its checksum': [
    (one) => {
      one.arena = { archive: 'arena.tar.gz' }
    },
    'arena.sha256',
    'is missing',
  ],
  'the same for one processor': [
    (one) => {
      one.arena = { archives: { arm64: { sha256: 'a'.repeat(64) } } }
    },
    'arena.archives.arm64.archive',
    'is missing',
  ],
  'an archive for all beside one for each': [
    (one) => {
      one.arena = { archive: 'arena.tar.gz', archives: { amd64: installer } }
    },
    'arena.archive',
    'beside archives',
  ],
  'no archive at all': [
    (one) => {
      one.arena = { archives: {} }
    },
    'arena.archives',
    'names no archive',
  ],
  'a processor that Arena has no archive for': [
    (one) => {
      one.arena = { archives: { amd64: installer, riscv64: installer } }
    },
    'arena.archives.riscv64',
  ],
  'groups of somebody who is not there': [
    (one) => {
      one.hosts[0].memberships = { bbo: ['video'] }
    },
    'hosts[0] (client01).memberships.bbo',
    'did you mean bob?',
  ],
  'what is no group': [
    (one) => {
      one.hosts[0].memberships = { bob: ['a:b'] }
    },
    'hosts[0] (client01).memberships.bob[0]',
    'Linux group',
  ],
})

table('kinds of jobs', {
  'one that nobody knows': [
    (one) => {
      one.jobs = { kinds: ['tf', 'pytorh'] }
    },
    'jobs.kinds[1]',
    'did you mean pytorch?',
  ],
  'one that would make Secrets, and what to do instead': [
    (one) => {
      one.jobs = { kinds: ['et'] }
    },
    'jobs.kinds[0]',
    'not offered',
    'elastic PyTorch',
  ],
  'one of a group that is for isolation document only': [
    (one) => {
      one.isolation = 'strict'
      one.groups[0].jobs = { kinds: ['volcano'] }
    },
    'groups[0] (dev1).jobs.kinds[0]',
    'not for isolation strict',
  ],
  none: [
    (one) => {
      one.jobs = { kinds: [] }
    },
    'jobs.kinds',
    'is empty',
  ],
})

table('own roles', {
  'what a built-in role gets besides, twice': [
    (one) => {
      role({})(one)
      one.roles[0].name = 'viewer'
      one.roles.push(one.roles[0])
    },
    'roles[1] (viewer).name',
    'already the name of roles[0]',
  ],
  'a star among verbs': [
    role({ verbs: ['*'] }),
    'roles[0] (annotator).rules[0]',
    'nobody has thought of yet',
  ],
  'a star among subresources': [
    role({ resources: ['pods/*'] }),
    'roles[0] (annotator).rules[0]',
    'nobody has thought of yet',
  ],
  impersonation: [
    role({ verbs: ['impersonate'] }),
    'roles[0] (annotator).rules[0]',
    'impersonate gives every right',
  ],
  'impersonation of another mode': [
    role({ verbs: ['impersonate-on:serviceaccount:list'] }),
    'roles[0] (annotator).rules[0]',
    'impersonate-on:serviceaccount:list gives every right',
  ],
  'a verb that no Kubernetes has': [
    role({ verbs: ['teleport'] }),
    'roles[0] (annotator).rules[0]',
    'none that Kubernetes up to',
  ],
  'a verb in capitals': [role({ verbs: ['LIST'] }), 'roles[0] (annotator).rules[0]', 'in lower case'],
  'what counts devices': [
    role({ apiGroups: ['resource.k8s.io'], resources: ['resourceclaims/status'], verbs: ['patch'] }),
    'roles[0] (annotator).rules[0]',
    'writing resourceclaims/status',
  ],
  'what quotas count': [
    role({ resources: ['pods/status'], verbs: ['patch'] }),
    'roles[0] (annotator).rules[0]',
    'writing pods/status takes pods',
  ],
  'addresses of load balancers': [
    role({ resources: ['services/status'], verbs: ['update'] }),
    'roles[0] (annotator).rules[0]',
    'writing services/status',
  ],
  'reading secrets': [
    role({ resources: ['secrets'] }),
    'roles[0] (annotator).rules[0]',
    'tokens of everybody',
  ],
  'tokens of service accounts': [
    role({ resources: ['serviceaccounts/token'], verbs: ['create'] }),
    'roles[0] (annotator).rules[0]',
    'writing serviceaccounts',
  ],
  'writing role bindings': [
    role({ resources: ['rolebindings'], verbs: ['patch'] }),
    'roles[0] (annotator).rules[0]',
    'writing rolebindings',
  ],
  "lifting the group's quota": [
    role({ resources: ['resourcequotas'], verbs: ['delete'] }),
    'roles[0] (annotator).rules[0]',
    'writing resourcequotas',
  ],
  'changing what holds in the namespace': [
    role({ resources: ['namespaces'], verbs: ['patch'] }),
    'roles[0] (annotator).rules[0]',
    'writing namespaces',
  ],
  'opening the network': [
    role({ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['create'] }),
    'roles[0] (annotator).rules[0]',
    'writing networkpolicies',
  ],
  'no verbs': [role({ verbs: [] }), 'roles[0] (annotator).rules[0].verbs', 'is empty'],
  'one binding for two users': [
    (one) => {
      role({})(one)
      one.roles[0].name = 'x-member'
      one.users.push({ name: 'bob-x', uid: 20_003, groups: ['dev1'] })
      one.users[0].groups = [{ group: 'dev1', role: 'x-member' }]
    },
    'users[2] (bob-x).groups[0]',
    '"dev1/bob-x-member" is the role binding of bob too',
  ],
})

it('what is unusual but right has no mistake', () => {
  const rare = changed((one) => {
    Object.assign(one.users[0], {
      gecos: '鲍勃, "Bob"',
      home: '/data/home/bob',
      groups: ['dev1', { group: 'dev2', role: 'viewer' }],
      passwordHash: HASH,
    })
    Object.assign(one.groups[1].quota, { cpu: '7500m', memory: 64_424_509_440 })
    one.groups.push({ name: 'ops', gid: 60_000 })
    one.hosts = [
      {
        name: 'client01',
        address: 'fd00::97',
        proxyJump: 'admin@[fd00::1]:2222',
        hostKey: `ssh-ed25519 ${'AAAA'.repeat(17)}`,
      },
      { name: 'client02', connection: 'local', sudo: true },
      { name: 'client05', address: '10.0.0.98', proxyJump: 'none' },
      { name: 'client03', address: '10.0.0.97', proxyJump: 'bastion-a' },
      { name: 'client04', address: '10.0.0.97', proxyJump: 'bastion-b:22, me@bastion-c' },
    ]
    one.volumes.push({ name: '2nd', group: 'dev1', server: '[fd00::5]', path: '/' })
    one.volumes.push({
      name: 'fast',
      group: 'dev1',
      server: 'x.extreme.nas.aliyuncs.com',
      path: '/share/dev1',
    })
    one.volumes.push({ name: 'dev1-again', group: 'dev1', path: '/dev1/more' })
    one.roles = [
      {
        name: 'annotator',
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'update'] }],
      },
    ]
    one.retired = [{ name: 'eve', uid: 20_009, since: '2026-01-31' }]
  })
  assert.equal(mistakes(rare), [])
})

it('mistakes of fields do not hide mistakes between fields', () => {
  const found = mistakes(
    changed((one) => {
      one.name = 3
      one.users[0].uid = 'x'
      one.users[1].groups = ['dev9']
      one.groups[0].gid = 10_002
      one.volumes[3].path = '/other'
      one.extra = true
    }),
  )
  const places = found.map((text) => text.slice(0, text.indexOf(': '))).toSorted()
  assert.equal(places, [
    'extra',
    'groups[1] (dev2).gid',
    'name',
    'users[0] (bob).uid',
    'users[1] (tom).groups[0]',
    'volumes[3] (department1-public-dev2).path',
  ])
})

it('values of any shape are judged, not stumbled over', () => {
  for (const odd of [null, 3, 'text', [], [null], [[3]], {}, { name: null }])
    for (const field of [
      'cluster',
      'arena',
      'hosts',
      'nas',
      'groups',
      'users',
      'volumes',
      'roles',
      'retired',
    ])
      checkInventory(
        changed((one) => {
          one[field] = odd
        }),
      )
  assert.ok(mistakes({}).length > 0)
})

it('no message repeats what may be a secret', () => {
  const texts = [
    bob({ password: 'hunter2' }),
    bob({ password: ['hunter2'] }),
    bob({ passwordHash: 'hunter2' }),
    bob({ passwordHash: '$6$hunter2' }),
    host({ sudo: 'hunter2' }),
    host({ password: 'hunter2' }),
    host({ sudo: { password: 'hunter2' } }),
  ].flatMap((change) => mistakes(changed(change)))
  assert.is(texts.length, 7)
  for (const text of texts) assert.not.match(text, /hunter2/)
})

it('a thousand users are checked in a moment', () => {
  const users = Array.from({ length: 1000 }, (_, index) => ({
    name: `user${index}`,
    uid: 20_000 + index,
    groups: [`dev${index % 50}`],
  }))
  const groups = Array.from({ length: 50 }, (_, index) => ({ name: `dev${index}`, gid: 10_000 + index }))
  const volumes = groups.map(({ name }) => ({
    name: `all-${name}`,
    group: name,
    path: '/all',
    shared: 'all',
  }))
  const inventory = { ...valid(), users, groups, volumes }
  checkInventory(inventory)
  const begun = process.cpuUsage()
  const { found } = checkInventory(inventory)
  const { user, system } = process.cpuUsage(begun)
  assert.equal(found, [])
  // Processor time, which other programs on the machine do not add to; a rule that grows with the square takes far
  // more.
  assert.ok(user + system < 2e6, `${user + system} µs`)
})

const trusted =
  (...entries: object[]) =>
  (inventory: Loose) => {
    inventory.trusted = entries
  }

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH'
const sshKeys =
  (...keys: string[]) =>
  (inventory: Loose) =>
    Object.assign(inventory.users[0], { sshKeys: keys })

table('sshKeys', {
  'a key with options': [
    sshKeys(`from="10.0.0.1" ${KEY}`),
    'users[0] (bob).sshKeys[0]',
    'begins with options',
  ],
  'a key cut short': [sshKeys(KEY, KEY.slice(0, -4)), 'users[0] (bob).sshKeys[1]', 'cut short'],
  'a key twice': [sshKeys(KEY, `${KEY} again`), 'users[0] (bob).sshKeys[1]', 'is the key of sshKeys[0]'],
  'a key of two users': [
    (inventory: Loose) => {
      for (const [index, comment] of ['one', 'another'].entries())
        Object.assign(inventory.users[index], { sshKeys: [`${KEY} ${comment}`] })
    },
    'users[1] (tom).sshKeys[0]',
    'is a key of users[0] (bob) too',
  ],
  'the only keys in isolation document': [
    (inventory: Loose) => Object.assign(inventory, { authorizedKeys: 'exclusive' }),
    'authorizedKeys',
    "set isolation: 'strict'",
  ],
})

table('tokens', {
  'that never end in isolation strict': [
    (inventory: Loose) => Object.assign(inventory, { isolation: 'strict', tokens: 'secret' }),
    'tokens',
    "set isolation: 'document'",
  ],
  'of another kind': [(inventory: Loose) => Object.assign(inventory, { tokens: 'none' }), 'tokens', 'bound'],
})

table('trusted', {
  'a volume of the inventory itself': [
    trusted({ kind: 'PersistentVolume', name: 'dev1-public', reason: 'y' }),
    'trusted[0] (dev1-public).name',
    'setup makes it',
  ],
  'a claim where no group is': [
    trusted({ kind: 'PersistentVolumeClaim', namespace: 'kube-system', name: 'x', reason: 'y' }),
    'trusted[0] (x).namespace',
    'is no group',
  ],
  'a claim without a namespace': [
    trusted({ kind: 'PersistentVolumeClaim', name: 'x', reason: 'y' }),
    'trusted[0] (x).namespace',
    'is missing',
  ],
  'a kind that is none': [
    trusted({ kind: 'Role', name: 'x', reason: 'y' }),
    'trusted[0] (x).kind',
    'is none of User, Group, ServiceAccount, Account, PersistentVolume and PersistentVolumeClaim',
  ],
  'no reason': [
    trusted({ kind: 'User', name: 'root-admin' }),
    'trusted[0] (root-admin).reason',
    'is missing',
  ],
  'a service account without a namespace': [
    trusted({ kind: 'ServiceAccount', name: 'prometheus', reason: 'metrics' }),
    'trusted[0] (prometheus).namespace',
    'is missing',
  ],
  'a field of another kind': [
    trusted({ kind: 'User', namespace: 'x', name: 'alice', reason: 'on call' }),
    'trusted[0] (alice).namespace',
    'is not a field here',
  ],
  'a user of the inventory': [
    trusted({ kind: 'Account', name: 'bob', reason: 'y' }),
    'trusted[0] (bob).name',
    'is a user of this inventory',
  ],
  everybody: [
    trusted({ kind: 'Group', name: 'system:authenticated', reason: 'y' }),
    'trusted[0].name',
    'is everybody',
  ],
  'what pods of a group can run as': [
    trusted({ kind: 'ServiceAccount', namespace: 'dev1', name: 'operator', reason: 'y' }),
    'trusted[0] (operator).namespace',
    'is a group',
    'move the service account',
  ],
  'one twice': [
    trusted(
      { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'metrics' },
      { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'again' },
    ),
    'trusted[1]',
    'is already trusted[0]',
  ],
})

it('takes everybody whom an inventory can trust', () => {
  const entries = [
    { kind: 'User', name: 'alice@example.com', reason: 'on call' },
    { kind: 'Group', name: 'oidc:platform', reason: 'the platform team' },
    { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'metrics' },
    { kind: 'ServiceAccount', namespace: 'kubeflow', name: 'training-operator', reason: 'runs the jobs' },
    { kind: 'Account', name: 'ops', reason: 'patches the machines' },
  ]
  assert.equal(mistakes(changed(trusted(...entries))), [])
})

it.run()
