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

type Row = [change: (inventory: Loose) => void, place: string, ...names: string[]]

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
  for (const [sentence, [change, place, ...names]] of Object.entries(rows))
    it(`${title}: ${sentence}`, () => {
      const found = mistakes(changed(change))
      assert.is(found.length, 1, found.join('\n'))
      assert.ok(found[0]!.startsWith(`${place}: `), `${found[0]} is not at ${place}`)
      for (const name of names) assert.ok(found[0]!.includes(name), `${found[0]} lacks ${name}`)
      assert.not.match(found[0]!, /undefined|\[object/)
    })
}

it('the table of the document has none', () => {
  assert.equal(mistakes(valid()), [])
})

table('users', {
  'a uid in the system range': [bob({ uid: 999 }), 'users[0] (bob).uid', '999', '1000', '60000'],
  'a uid above UID_MAX': [
    bob({ uid: 60_001 }),
    'users[0] (bob).uid',
    '60000',
    'UID_MAX',
    'login.defs',
    "accounts: 'directory'",
  ],
  'a name that only a directory gives': [
    bob({ name: 'zhang_san' }),
    'users[0] (zhang_san).name',
    "accounts: 'directory'",
  ],
  'the uid of nobody': [bob({ uid: 65_534 }), 'users[0] (bob).uid', 'nobody'],
  'half a uid': [bob({ uid: 20_000.5 }), 'users[0] (bob).uid'],
  'a uid in quotes': [bob({ uid: '20001' }), 'users[0] (bob).uid'],
  'a name that is a number': [bob({ name: 2001 }), 'users[0].name', '2001'],
  'a group that is no list': [bob({ groups: 'dev1' }), 'users[0] (bob).groups'],
  'groups with a Chinese comma': [bob({ groups: ['dev1，dev2'] }), 'users[0] (bob).groups[0]', 'dev1, dev2'],
  'a field with a Chinese colon': [bob({ 'gecos：Bob': null }), 'users[0] (bob)."gecos：Bob"'],
  'a uid twice': [bob({ uid: 20_002 }), 'users[1] (tom).uid', '20002', 'users[0]'],
  'a uid that is the gid of a group': [
    bob({ uid: 10_002 }),
    'users[0] (bob).uid',
    '10002',
    'groups[1]',
    'dev2',
    'private group',
  ],
  'a name twice': [bob({ name: 'tom' }), 'users[1] (tom).name', '"tom"', 'users[0]'],
  'the name of a group': [bob({ name: 'dev2' }), 'users[0] (dev2).name', '"dev2"', 'groups[1]'],
  'a name of 33 characters': [bob({ name: 'b'.repeat(33) }), `users[0] (${'b'.repeat(33)}).name`, '33', '32'],
  'a name for a shell': [bob({ name: 'a;b' }), 'users[0].name', '"a;b"', '";"'],
  'a name that is an option': [bob({ name: '-bob' }), 'users[0] (-bob).name'],
  'a name with a capital': [bob({ name: 'Bob' }), 'users[0] (Bob).name', '"B"'],
  'a name with a dot, which no service account has': [bob({ name: 'b.b' }), 'users[0] (b.b).name', '"."'],
  'a name with a dash at the end': [bob({ name: 'bob-' }), 'users[0] (bob-).name'],
  'a name with a digit first': [bob({ name: '1bob' }), 'users[0] (1bob).name'],
  'an empty name': [bob({ name: '' }), 'users[0].name'],
  'a system account': [bob({ name: 'www-data' }), 'users[0] (www-data).name'],
  'a private group that is root by another name': [bob({ name: 'docker' }), 'users[0] (docker).name'],
  "the namespace's own service account": [bob({ name: 'default' }), 'users[0] (default).name'],
  'a marker group': [bob({ name: 'arena-prod' }), 'users[0] (arena-prod).name'],
  'no group': [bob({ groups: [] }), 'users[0] (bob).groups'],
  'groups left out': [
    (one) => {
      delete one.users[0].groups
    },
    'users[0] (bob).groups',
  ],
  'an unknown group': [
    bob({ groups: ['dev3'] }),
    'users[0] (bob).groups[0]',
    '"dev3"',
    'did you mean dev1? choose from dev1, dev2',
  ],
  'an unknown group with a role': [
    bob({ groups: [{ group: 'ops', role: 'viewer' }] }),
    'users[0] (bob).groups[0].group',
    '"ops"',
    'choose from dev1, dev2',
  ],
  'an unknown role': [
    bob({ groups: [{ group: 'dev1', role: 'admin' }] }),
    'users[0] (bob).groups[0].role',
    '"admin"',
    'member, viewer',
  ],
  'a membership of another shape': [bob({ groups: [['dev1']] }), 'users[0] (bob).groups[0]'],
  'an unknown field of a membership': [
    bob({ groups: [{ group: 'dev1', rule: 'viewer' }] }),
    'users[0] (bob).groups[0].rule',
    'did you mean role?',
  ],
  'the same group twice': [
    bob({ groups: ['dev1', { group: 'dev1', role: 'viewer' }] }),
    'users[0] (bob).groups[1]',
    '"dev1"',
  ],
  'a GECOS with a colon': [bob({ gecos: 'Bob: A' }), 'users[0] (bob).gecos'],
  'a GECOS with a line break': [bob({ gecos: 'Bob\nroot' }), 'users[0] (bob).gecos', 'line break'],
  'a relative shell': [bob({ shell: 'bash' }), 'users[0] (bob).shell'],
  'a home that is the root': [bob({ home: '/' }), 'users[0] (bob).home'],
  'a relative home': [bob({ home: 'home/bob' }), 'users[0] (bob).home'],
  'a home with ..': [bob({ home: '/home/../etc' }), 'users[0] (bob).home'],
  'a home with a / at the end': [bob({ home: '/home/bob/' }), 'users[0] (bob).home'],
  'a home that the system needs': [bob({ home: '/etc/bob' }), 'users[0] (bob).home'],
  'a home directly under the root': [bob({ home: '/srv' }), 'users[0] (bob).home'],
  'the home of another': [bob({ home: '/home/tom' }), 'users[1] (tom).home', 'users[0]'],
  'a home in the home of another': [bob({ home: '/home/tom/bob' }), 'users[0] (bob).home', 'users[1]'],
  'password and passwordHash': [
    bob({ password: { env: 'P' }, passwordHash: HASH }),
    'users[0] (bob).passwordHash',
  ],
  'a plain password': [bob({ password: 'hunter2' }), 'users[0] (bob).password', '{ env: VARIABLE }'],
  'a secret from two places': [bob({ password: { env: 'P', file: 'p' } }), 'users[0] (bob).password'],
  'a variable with its $': [bob({ password: { env: '$P' } }), 'users[0] (bob).password.env'],
  'a plain password as hash': [bob({ passwordHash: 'hunter2' }), 'users[0] (bob).passwordHash', 'mkpasswd'],
  'a lock as hash': [bob({ passwordHash: '!' }), 'users[0] (bob).passwordHash', 'leave it out'],
  'a star as hash': [bob({ passwordHash: '*' }), 'users[0] (bob).passwordHash'],
  'half a hash': [bob({ passwordHash: '$6$salt$abc' }), 'users[0] (bob).passwordHash', 'cut short'],
  'a weak kind of hash': [
    bob({ passwordHash: '$1$salt$aaaaaaaaaaaaaaaaaaaaaa' }),
    'users[0] (bob).passwordHash',
  ],
  'an unknown field': [bob({ gid: 1 }), 'users[0] (bob).gid', 'did you mean uid?'],
})

table('groups', {
  'a gid twice': [dev1({ gid: 10_002 }), 'groups[1] (dev2).gid', '10002', 'groups[0]', 'dev1'],
  'a gid in the system range': [dev1({ gid: 27 }), 'groups[0] (dev1).gid', '1000'],
  'a name twice': [
    (one) => {
      one.groups.push({ name: 'dev1', gid: 10_009 })
    },
    'groups[2] (dev1).name',
    'groups[0]',
  ],
  'GPUs of 1.5': [quota({ gpu: 1.5 }), 'groups[0] (dev1).quota.gpu', '1.5', 'GPUs'],
  'GPUs below 0': [quota({ gpu: -1 }), 'groups[0] (dev1).quota.gpu', '-1', 'GPUs'],
  'GPUs in quotes': [quota({ gpu: '1' }), 'groups[0] (dev1).quota.gpu'],
  'negative memory': [quota({ memory: '-60Gi' }), 'groups[0] (dev1).quota.memory', '"-60Gi"', '0'],
  '60GB': [
    quota({ memory: '60GB' }),
    'groups[0] (dev1).quota.memory',
    '"60GB"',
    '60Gi',
    '1024',
    '60G',
    '1000',
  ],
  '60 without a unit': [quota({ memory: 60 }), 'groups[0] (dev1).quota.memory', '60', '60Gi'],
  'memory that is no amount': [quota({ memory: 'much' }), 'groups[0] (dev1).quota.memory', '60Gi'],
  'memory of another type': [quota({ memory: true }), 'groups[0] (dev1).quota.memory'],
  'cores with a unit of bytes': [quota({ cpu: '8Gi' }), 'groups[0] (dev1).quota.cpu', 'CPU', '500m'],
  'negative cores': [quota({ cpu: -8 }), 'groups[0] (dev1).quota.cpu', '-8', '0'],
  gpus: [quota({ gpus: 1 }), 'groups[0] (dev1).quota.gpus', 'gpu'],
  'requests.nvidia.com/gpu': [
    quota({ 'requests.nvidia.com/gpu': 1 }),
    'groups[0] (dev1).quota."requests.nvidia.com/gpu"',
    'gpu',
  ],
  'nvidia.com/gpu': [quota({ 'nvidia.com/gpu': 1 }), 'groups[0] (dev1).quota."nvidia.com/gpu"', 'gpu'],
  'limits.memory': [quota({ 'limits.memory': '1Gi' }), 'groups[0] (dev1).quota."limits.memory"', 'memory'],
  'an unknown quota': [quota({ nodes: 5 }), 'groups[0] (dev1).quota.nodes', 'choose from gpu, cpu, memory'],
  'a device of another maker': [
    quota({ 'amd.com/gpu': 4 }),
    'groups[0] (dev1).quota."amd.com/gpu"',
    'devices',
    '"amd.com/gpu"',
  ],
  'a slice of a GPU by its key': [
    quota({ 'requests.nvidia.com/mig-1g.10gb': 4 }),
    'groups[0] (dev1).quota."requests.nvidia.com/mig-1g.10gb"',
    'devices',
    '"nvidia.com/mig-1g.10gb"',
  ],
  'the limit of a device': [
    quota({ 'limits.amd.com/gpu': 4 }),
    'groups[0] (dev1).quota."limits.amd.com/gpu"',
    'devices',
    '"amd.com/gpu"',
  ],
  'a device class by its key': [
    quota({ 'mig.example.com.deviceclass.resource.k8s.io/devices': 4 }),
    'groups[0] (dev1).quota."mig.example.com.deviceclass.resource.k8s.io/devices"',
    'deviceClasses',
    '"mig.example.com"',
  ],
  'a device class by the name that pods ask for': [
    quota({ 'deviceclass.resource.kubernetes.io/mig.example.com': 4 }),
    'groups[0] (dev1).quota."deviceclass.resource.kubernetes.io/mig.example.com"',
    'deviceClasses',
    '"mig.example.com"',
  ],
  'a word for memory of GPUs that means nothing here': [
    quota({ gpuMemory: 4 }),
    'groups[0] (dev1).quota.gpuMemory',
  ],
  'claims by their key': [
    quota({ persistentvolumeclaims: 4 }),
    'groups[0] (dev1).quota.persistentvolumeclaims',
    'claims',
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
    'gpu',
  ],
  'a device class among the devices': [
    quota({ devices: { 'deviceclass.resource.kubernetes.io/mig': 1 } }),
    'groups[0] (dev1).quota.devices."deviceclass.resource.kubernetes.io/mig"',
    'deviceClasses',
    '"mig"',
  ],
  'a device without a domain': [quota({ devices: { gpu: 1 } }), 'groups[0] (dev1).quota.devices.gpu'],
  'cards of 1.5': [
    quota({ devices: { 'amd.com/gpu': 1.5 } }),
    'groups[0] (dev1).quota.devices."amd.com/gpu"',
    '1.5',
  ],
  'a device class that no cluster can have': [
    quota({ deviceClasses: { 'A/b': 1 } }),
    'groups[0] (dev1).quota.deviceClasses."A/b"',
  ],
  'a most below what containers get anyway': [
    quota({ max: { cpu: '500m' } }),
    'groups[0] (dev1).quota.max.cpu',
    '500m',
    '1',
  ],
  'a most above the whole quota': [quota({ max: { gpu: 2 } }), 'groups[0] (dev1).quota.max.gpu', '1'],
  'container defaults above the quota': [
    quota({ memory: '1Gi' }),
    'groups[0] (dev1).containerDefaults.memory',
    '2Gi',
  ],
  'an unknown word for jobs': [dev1({ jobs: 'mine' }), 'groups[0] (dev1).jobs'],
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
  'a driver that is none': [volume({ driver: 'smb' }), 'volumes[0] (dev1-public).driver'],
  'attributes without the directory': [
    volume({ driver: { driver: 'nfs.csi.k8s.io', attributes: { server: '{server}' } } }),
    'volumes[0] (dev1-public).driver.attributes',
    '{path}',
  ],
  'attributes with a word that is not filled in': [
    volume({ driver: { driver: 'nfs.csi.k8s.io', attributes: { at: '{server}:{paht}' } } }),
    'volumes[0] (dev1-public).driver.attributes',
    '{paht}',
    '{server}',
    '{path}',
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
  'a name twice': [volume({ name: 'dev2-public' }), 'volumes[1] (dev2-public).name', 'volumes[0]'],
  'a volumeHandle twice': [
    volume({ volumeHandle: 'dev2-public' }),
    'volumes[1] (dev2-public).volumeHandle',
    'volumes[0]',
    'dev1-public',
  ],
  'a name that is no DNS name': [volume({ name: 'dev1_public' }), 'volumes[0] (dev1_public).name', '"_"'],
  'an unknown group': [volume({ group: 'dev9' }), 'volumes[0] (dev1-public).group', '"dev9"'],
  'shared volumes with two paths': [
    (one) => {
      one.volumes[3].path = '/elsewhere'
    },
    'volumes[3] (department1-public-dev2).path',
    'volumes[2]',
  ],
  'shared volumes with two servers': [
    (one) => {
      one.volumes[3].server = 'other.example.com'
    },
    'volumes[3] (department1-public-dev2).server',
    'volumes[2]',
  ],
  'private volumes of two groups in one directory': [
    volume({ path: '/dev2/' }),
    'volumes[1] (dev2-public).path',
    'volumes[0]',
    'dev1-public',
    'shared: <word>',
  ],
  'a private volume in the directory of another group': [
    volume({ path: '/dev2/sub' }),
    'volumes[0] (dev1-public).path',
    'volumes[1]',
    'dev2-public',
  ],
  'a private directory in a shared one': [
    volume({ path: '/department1/dev1' }),
    'volumes[0] (dev1-public).path',
    'volumes[3]',
  ],
  'a relative path': [volume({ path: 'dev1' }), 'volumes[0] (dev1-public).path'],
  'a path with ..': [volume({ path: '/dev1/../dev2' }), 'volumes[0] (dev1-public).path'],
  'a server with its path': [
    volume({ server: 'nas.example.com:/dev1' }),
    'volumes[0] (dev1-public).server',
    'goes into path',
  ],
  'an Extreme NAS outside /share': [
    volume({ server: 'x.extreme.nas.aliyuncs.com' }),
    'volumes[0] (dev1-public).path',
    '"/dev1"',
    '/share',
  ],
  'no size': [volume({ size: '5GB' }), 'volumes[0] (dev1-public).size', '5Gi'],
  'an access mode of its own': [
    volume({ access: 'ReadWriteOnce' }),
    'volumes[0] (dev1-public).access',
    '"ReadWriteOnce"',
  ],
})

table('hosts', {
  none: [
    (one) => {
      one.hosts = []
    },
    'hosts',
  ],
  'a name twice': [
    (one) => {
      one.hosts.push({ name: 'client01', address: '10.0.0.98' })
    },
    'hosts[1] (client01).name',
    'hosts[0]',
  ],
  'an address twice': [
    (one) => {
      one.hosts.push({ name: 'client02', address: '10.0.0.97' })
    },
    'hosts[1] (client02).address',
    'hosts[0]',
    'client01',
  ],
  'the name of the cluster': [host({ name: 'cluster' }), 'hosts[0] (cluster).name'],
  'a name with a comma': [host({ name: 'a,b' }), 'hosts[0].name'],
  'an address that is an option': [host({ address: '-oProxyCommand=x' }), 'hosts[0] (client01).address'],
  'an address with a space': [host({ address: '10.0.0.97 x' }), 'hosts[0] (client01).address'],
  'an address with a user': [host({ address: 'root@10.0.0.97' }), 'hosts[0] (client01).address'],
  'an address with a port': [host({ address: '10.0.0.97:22' }), 'hosts[0] (client01).address'],
  'an IPv6 address in brackets': [host({ address: '[::1]' }), 'hosts[0] (client01).address', '::1'],
  'an IPv6 address in brackets with a port': [
    host({ address: '[2001:db8::1]:2222' }),
    'hosts[0] (client01).address',
    '2001:db8::1',
    '2222',
  ],
  'what is nearly an IPv6 address': [host({ address: '2001:db8::xyz' }), 'hosts[0] (client01).address'],
  'a port beyond 65535': [host({ port: 70_000 }), 'hosts[0] (client01).port', '70000'],
  'a jump host of another form': [
    host({ proxyJump: 'ssh://bastion' }),
    'hosts[0] (client01).proxyJump',
    'user@bastion:22',
  ],
  'a jump host that is an option': [host({ proxyJump: '-oX=y' }), 'hosts[0] (client01).proxyJump'],
  'a fingerprint for a host key': [host({ hostKey: 'SHA256:abc' }), 'hosts[0] (client01).hostKey'],
  'a fingerprint among host keys': [host({ hostKey: ['SHA256:abc'] }), 'hosts[0] (client01).hostKey[0]'],
  'local with a port': [
    host({ connection: 'local', port: 22 }),
    'hosts[0] (client01).port',
    "connection: 'local'",
  ],
  'this machine twice': [
    (one) => {
      one.hosts = ['a', 'b'].map((name) => ({ name, connection: 'local' }))
    },
    'hosts[1] (b).connection',
    'hosts[0]',
  ],
  'a sudo password in the open': [
    host({ sudo: 'hunter2' }),
    'hosts[0] (client01).sudo',
    'neither true nor { password: … }',
  ],
  'a sudo password that is not kept anywhere': [
    host({ sudo: { password: 'hunter2' } }),
    'hosts[0] (client01).sudo.password',
  ],
})

table('the rest', {
  'no name': [
    (one) => {
      delete one.name
    },
    'name',
    'Marks what this inventory owns',
  ],
  'a name of 27 characters': [
    (one) => {
      one.name = 'a'.repeat(27)
    },
    'name',
    '26',
  ],
  'no isolation': [
    (one) => {
      delete one.isolation
    },
    'isolation',
  ],
  'an isolation that there is not': [
    (one) => {
      one.isolation = 'loose'
    },
    'isolation',
    '"document"',
    '"strict"',
  ],
  'no context': [
    (one) => {
      delete one.cluster.context
    },
    'cluster.context',
    'kubectl config get-contexts',
  ],
  'an API server without TLS': [
    (one) => {
      one.cluster.server = 'http://10.0.0.91'
    },
    'cluster.server',
  ],
  'a name in a certificate that is an address with a port': [
    (one) => {
      one.cluster.tlsServerName = 'api.example.com:6443'
    },
    'cluster.tlsServerName',
  ],
  'a proxy with a password that every user would read': [
    (one) => {
      one.cluster.proxyUrl = 'http://ann:hunter2@10.0.0.3:3128'
    },
    'cluster.proxyUrl',
  ],
  'a proxy without its scheme': [
    (one) => {
      one.cluster.proxyUrl = 'ann:hunter2@10.0.0.3:3128'
    },
    'cluster.proxyUrl',
    'URL',
    'http://10.0.0.3:3128',
  ],
  'TLS without checking': [
    (one) => {
      one.cluster['insecure-skip-tls-verify'] = true
    },
    'cluster.insecure-skip-tls-verify',
    'certificate-authority-data',
  ],
  'a checksum cut short': [
    (one) => {
      one.arena.sha256 = 'abc'
    },
    'arena.sha256',
    'SHA-256',
    'sha256sum',
  ],
  'an archive without TLS': [
    (one) => {
      one.arena.archive = 'http://example.com/arena.tar.gz'
    },
    'arena.archive',
    'URL',
  ],
  'a NAS server with a scheme': [
    (one) => {
      one.nas.server = 'nfs://nas'
    },
    'nas.server',
  ],
  'an unknown field': [
    (one) => {
      one.user = []
    },
    'user',
    'did you mean users?',
  ],
  'a list that is none': [
    (one) => {
      one.volumes = {}
    },
    'volumes',
  ],
  'a retired name for a new user': [
    (one) => {
      one.retired = [{ name: 'bob', uid: 20_009, since: '2026-01-31' }]
    },
    'users[0] (bob).name',
    'retired[0]',
  ],
  'a retired uid for a new user': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 20_001, since: '2026-01-31' }]
    },
    'users[0] (bob).uid',
    'retired[0]',
  ],
  'a retired uid for a group': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 10_001, since: '2026-01-31' }]
    },
    'groups[0] (dev1).gid',
    'retired[0]',
  ],
  'a date that is none': [
    (one) => {
      one.retired = [{ name: 'eve', uid: 20_009, since: '31.1.2026' }]
    },
    'retired[0] (eve).since',
    '2026-01-31',
  ],
  'a placeholder': [
    (one) => {
      one.cluster.context = 'CHANGE-ME'
    },
    'cluster.context',
    'CHANGE-ME',
    'kubectl config get-contexts',
  ],
  'a placeholder where a pattern fails too': [
    (one) => {
      one.arena.sha256 = 'CHANGE-ME'
    },
    'arena.sha256',
    'CHANGE-ME',
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
  ],
  'the same for one processor': [
    (one) => {
      one.arena = { archives: { arm64: { sha256: 'a'.repeat(64) } } }
    },
    'arena.archives.arm64.archive',
  ],
  'an archive for all beside one for each': [
    (one) => {
      one.arena = { archive: 'arena.tar.gz', archives: { amd64: installer } }
    },
    'arena.archive',
  ],
  'no archive at all': [
    (one) => {
      one.arena = { archives: {} }
    },
    'arena.archives',
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
  'a group that marks whose an account is': [
    (one) => {
      one.hosts[0].memberships = { bob: ['arena-prod'] }
    },
    'hosts[0] (client01).memberships.bob[0]',
    'kept for us',
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
    'elastic PyTorch',
  ],
  'one of a group that is for isolation document only': [
    (one) => {
      one.isolation = 'strict'
      one.groups[0].jobs = { kinds: ['volcano'] }
    },
    'groups[0] (dev1).jobs.kinds[0]',
  ],
  none: [
    (one) => {
      one.jobs = { kinds: [] }
    },
    'jobs.kinds',
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
    'roles[0]',
  ],
  'a star among verbs': [role({ verbs: ['*'] }), 'roles[0] (annotator).rules[0]'],
  'a star among subresources': [role({ resources: ['pods/*'] }), 'roles[0] (annotator).rules[0]'],
  impersonation: [
    role({ verbs: ['impersonate'] }),
    'roles[0] (annotator).rules[0]',
    'impersonate gives every right',
  ],
  'impersonation of another mode': [
    role({ verbs: ['impersonate-on:serviceaccount:list'] }),
    'roles[0] (annotator).rules[0]',
  ],
  'a verb that no Kubernetes has': [role({ verbs: ['teleport'] }), 'roles[0] (annotator).rules[0]'],
  'a verb in capitals': [role({ verbs: ['LIST'] }), 'roles[0] (annotator).rules[0]'],
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
  'reading secrets': [role({ resources: ['secrets'] }), 'roles[0] (annotator).rules[0]'],
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
  'no verbs': [role({ verbs: [] }), 'roles[0] (annotator).rules[0].verbs'],
  'one binding for two users': [
    (one) => {
      role({})(one)
      one.roles[0].name = 'x-member'
      one.users.push({ name: 'bob-x', uid: 20_003, groups: ['dev1'] })
      one.users[0].groups = [{ group: 'dev1', role: 'x-member' }]
    },
    'users[2] (bob-x).groups[0]',
    '"dev1/bob-x-member"',
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

/** A membership that is meant, on the first machine. */
const docker =
  (of: object = {}) =>
  (inventory: Loose) => {
    inventory.hosts[0].memberships = { bob: ['docker'] }
    inventory.trusted = [{ kind: 'Membership', name: 'bob', group: 'docker', reason: 'builds images', ...of }]
  }

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH'
const sshKeys =
  (...keys: string[]) =>
  (inventory: Loose) =>
    Object.assign(inventory.users[0], { sshKeys: keys })

table('sshKeys', {
  'a key with options': [sshKeys(`from="10.0.0.1" ${KEY}`), 'users[0] (bob).sshKeys[0]'],
  'a key cut short': [sshKeys(KEY, KEY.slice(0, -4)), 'users[0] (bob).sshKeys[1]', 'cut short'],
  'a key twice': [sshKeys(KEY, `${KEY} again`), 'users[0] (bob).sshKeys[1]', 'sshKeys[0]'],
  'a key of two users': [
    (inventory: Loose) => {
      for (const [index, comment] of ['one', 'another'].entries())
        Object.assign(inventory.users[index], { sshKeys: [`${KEY} ${comment}`] })
    },
    'users[1] (tom).sshKeys[0]',
    'users[0]',
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
  ],
  'a claim without a namespace': [
    trusted({ kind: 'PersistentVolumeClaim', name: 'x', reason: 'y' }),
    'trusted[0] (x).namespace',
  ],
  'a kind that is none': [
    trusted({ kind: 'Role', name: 'x', reason: 'y' }),
    'trusted[0] (x).kind',
    'ServiceAccount',
    'PersistentVolume',
    'PersistentVolumeClaim',
  ],
  'no reason': [trusted({ kind: 'User', name: 'root-admin' }), 'trusted[0] (root-admin).reason'],
  'a service account without a namespace': [
    trusted({ kind: 'ServiceAccount', name: 'prometheus', reason: 'metrics' }),
    'trusted[0] (prometheus).namespace',
  ],
  'a field of another kind': [
    trusted({ kind: 'User', namespace: 'x', name: 'alice', reason: 'on call' }),
    'trusted[0] (alice).namespace',
  ],
  'a user of the inventory': [
    trusted({ kind: 'Account', name: 'bob', reason: 'y' }),
    'trusted[0] (bob).name',
  ],
  everybody: [trusted({ kind: 'Group', name: 'system:authenticated', reason: 'y' }), 'trusted[0].name'],
  'what pods of a group can run as': [
    trusted({ kind: 'ServiceAccount', namespace: 'dev1', name: 'operator', reason: 'y' }),
    'trusted[0] (operator).namespace',
  ],
  'a membership of somebody who is not there': [
    trusted({ kind: 'Membership', name: 'bbo', group: 'docker', reason: 'y' }),
    'trusted[0] (bbo).name',
    'did you mean bob?',
  ],
  'a membership that nothing gives': [
    trusted({ kind: 'Membership', name: 'bob', group: 'docker', reason: 'y' }),
    'trusted[0] (bob).group',
    'docker',
  ],
  'a membership on a machine that is not there': [
    docker({ host: 'client09' }),
    'trusted[0] (bob).host',
    'client09',
  ],
  'a membership of another group': [docker({ group: 'sudo' }), 'trusted[0] (bob).group', 'sudo'],
  'one twice': [
    trusted(
      { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'metrics' },
      { kind: 'ServiceAccount', namespace: 'monitoring', reason: 'again' },
    ),
    'trusted[1]',
    'trusted[0]',
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
  for (const one of [docker(), docker({ host: 'client01' })]) assert.equal(mistakes(changed(one)), [])
})

it.run()
