import * as assert from 'uvu/assert'
import type { AdoptedInventory } from '../../../lib/adopt/remark.ts'
import { asTypeScript } from '../../../lib/adopt/write/typescript.ts'
import { asYaml } from '../../../lib/adopt/write/yaml.ts'
import { checkInventory } from '../../../lib/inventory/load.ts'
import * as kinds from '../../../lib/kube/object.ts'
import { renderFound } from '../../../lib/reporters/adopt-text.ts'
import {
  adopted,
  bound,
  type Client,
  kubeconfig,
  made,
  namespace,
  nas,
  quota,
  role,
  serviceAccount,
  token,
} from '../../support/by-hand.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('adopt: what is found')

const BOB = `
  passwd:bob:x:20001:20001::/home/bob:/bin/bash
  group:dev1:10001:bob
  group:bob:20001:
  shadow:bob:set:`
const TOM = `
  passwd:tom:x:20002:20002::/home/tom:/bin/bash
  group:dev2:10002:tom
  group:tom:20002:
  shadow:tom:set:`
const DEV1 = [
  namespace('dev1'),
  serviceAccount('dev1/default'),
  serviceAccount('dev1/bob'),
  bound('dev1/bob-member', 'Role/member', 'dev1/bob'),
]
const DEV2 = [
  namespace('dev2'),
  serviceAccount('dev2/default'),
  serviceAccount('dev2/tom'),
  bound('dev2/tom-member', 'Role/member', 'dev2/tom'),
]
const A_BOB = { name: 'bob', uid: 20001, groups: ['dev1'] }
const A_DEV1 = { name: 'dev1', gid: 10001 }

interface Row {
  /** By default one machine with bob. */
  clients?: readonly Client[]
  /** Beside bob's group dev1. */
  objects?: readonly kinds.KubeObject[]
  /** Instead of bob's group dev1. */
  all?: readonly kinds.KubeObject[]
  groups?: unknown
  users?: unknown
  /** Linux groups on machines, where they are not those of the user. */
  memberships?: unknown
  volumes?: unknown
  nas?: unknown
  server?: string
  /** Fragments of what is remarked, by whom it is about; nothing else is. */
  remarks?: Readonly<Record<string, readonly (string | RegExp)[]>>
}

const remarksOf = ({ remarks }: AdoptedInventory): Map<string, string> =>
  new Map(
    [...Map.groupBy(remarks, ({ part, name }) => `${part}/${name}`)].map(([about, said]) => [
      about,
      said.map(({ says, next }) => `${says} → ${next}`).join('\n'),
    ]),
  )

const table = (rows: Readonly<Record<string, Row>>): void => {
  for (const [sentence, row] of Object.entries(rows))
    it(sentence, () => {
      const found = adopted(row.clients ?? [{ accounts: BOB }], row.all ?? [...DEV1, ...(row.objects ?? [])])
      const { inventory } = found
      for (const field of ['groups', 'users', 'volumes', 'nas'] as const)
        if (row[field] !== undefined) assert.equal(inventory[field], row[field])
      assert.equal(
        inventory.hosts.flatMap(({ memberships }) => (memberships === undefined ? [] : [memberships])),
        row.memberships ?? [],
      )
      assert.is(inventory.cluster.server, row.server)
      const remarks = remarksOf(found)
      assert.equal(
        [...remarks.keys()].toSorted(),
        Object.keys(row.remarks ?? {}).toSorted(),
        [...remarks.values()].join('\n'),
      )
      for (const [about, fragments] of Object.entries(row.remarks ?? {}))
        for (const fragment of fragments) assert.match(remarks.get(about)!, fragment)
      assert.equal(
        checkInventory(inventory).found.map(({ path }) => path.join('.')),
        ['arena.sha256'],
      )
    })
}

table({
  'the set-up of the document': {
    clients: [
      {
        accounts: BOB + TOM,
        kubeconfigs: [kubeconfig('bob'), kubeconfig('tom', { group: 'dev2' })],
      },
    ],
    all: [
      ...DEV1,
      ...DEV2,
      token('dev1/bob-token-1', 'bob'),
      quota('dev1/dev1-compute-resources', { 'requests.nvidia.com/gpu': '1' }),
      quota('dev2/dev2-compute-resources', {
        'requests.nvidia.com/gpu': '2',
        'requests.cpu': '8',
        'limits.cpu': '8',
        'requests.memory': '60Gi',
        'limits.memory': '64424509440',
      }),
      ...nas('dev1-public', 'dev1', { annotations: { description: '组内', owner: 'admin' } }),
      ...nas('dev2-public', 'dev2'),
      ...nas('department1-public-dev1', 'dev1', { path: '/department1' }),
      ...nas('department1-public-dev2', 'dev2', { path: '/department1' }),
    ],
    groups: [
      { ...A_DEV1, quota: { gpu: 1 } },
      { name: 'dev2', gid: 10002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
    ],
    users: [A_BOB, { name: 'tom', uid: 20002, groups: ['dev2'] }],
    nas: { server: 'nas.test' },
    volumes: [
      { name: 'department1-public-dev1', group: 'dev1', path: '/department1', shared: 'department1' },
      { name: 'department1-public-dev2', group: 'dev2', path: '/department1', shared: 'department1' },
      { name: 'dev1-public', group: 'dev1', path: '/dev1-public', description: '组内', owner: 'admin' },
      { name: 'dev2-public', group: 'dev2', path: '/dev2-public' },
    ],
  },
  'whoever has nothing to do with the cluster is not in it': {
    clients: [{ accounts: `${BOB}${TOM}\npasswd:eve:x:30000:30000::/home/eve:/bin/zsh\ngroup:eve:30000:` }],
    objects: [namespace('default'), namespace('monitoring')],
    groups: [A_DEV1],
    users: [A_BOB],
  },
})

/** Whom and what a directory has: bob's namesake of a domain, and a group of it. */
const ZHANG = 'account:zhang.san:hidden:1154601107:1154600513:Zhang San:/home/zhang.san:/bin/zsh'
const IN_VISION = `${ZHANG}
  in:zhang.san:1154600513 1154600777
  group:vision:1154600777:zhang.san`
const VISION = [
  namespace('vision'),
  serviceAccount('vision/default'),
  serviceAccount('vision/zhang.san'),
  bound('vision/zhang.san-member', 'Role/member', 'vision/zhang.san'),
]
const A_VISION = { name: 'vision', gid: 1154600777, linuxGroup: 'directory' }
const A_ZHANG = { name: 'zhang.san', uid: 1154601107, groups: ['vision'], accounts: 'directory' }

table({
  'a group that a user is in on one machine only → the other one says so': {
    clients: [
      { accounts: BOB },
      { name: 'client02', accounts: BOB.replace('dev1:10001:bob', 'dev1:10001:') },
    ],
    users: [A_BOB],
    memberships: [{ bob: [] }],
    remarks: { 'users/bob': ['client02 (none)', 'memberships'] },
  },
  'a group of the machine beside → kept there, but none that is root in all but name': {
    clients: [
      { accounts: `${BOB}\ngroup:video:44:bob\ngroup:docker:998:bob` },
      { name: 'client02', accounts: BOB },
    ],
    users: [A_BOB],
    memberships: [{ bob: ['dev1', 'video'] }],
    remarks: { 'users/bob': ['client01 (dev1, video)', 'docker'] },
  },
  'a group that Linux gives nowhere and a binding does → as in the inventory, on each machine': {
    clients: [
      { accounts: `${BOB}\ngroup:dev2:10002:` },
      { name: 'client02', accounts: `${BOB.replace('dev1:10001:bob', 'dev1:10001:')}\ngroup:dev2:10002:` },
    ],
    objects: [namespace('dev2'), bound('dev2/bob-member', 'Role/member', 'dev1/bob')],
    users: [{ ...A_BOB, groups: ['dev1', 'dev2'] }],
    memberships: [{ bob: ['dev2'] }],
    remarks: { 'users/bob': ['on client02 (dev2)'] },
  },
  'a machine without the account → as the inventory has it': {
    clients: [{ accounts: BOB }, { name: 'client02', accounts: 'group:dev1:10001:' }],
    users: [A_BOB],
  },
  'somebody who is left out is in no memberships': {
    clients: [
      { accounts: BOB.replace('shadow:bob:set:', 'shadow:bob:locked:1') },
      { name: 'client02', accounts: BOB.replace('dev1:10001:bob', 'dev1:10001:') },
    ],
    users: [],
    remarks: { 'users/bob': ['retired'] },
  },
})

// Accounts of a directory
table({
  'a user and a group of a directory': {
    clients: [{ accounts: BOB, directory: IN_VISION, kubeconfigs: [kubeconfig('bob')] }],
    objects: [...VISION, token('vision/zhang.san-token-1', 'zhang.san')],
    groups: [A_DEV1, A_VISION],
    users: [A_BOB, A_ZHANG],
  },
  'a user of a directory in a group of the machines, whose name Kubernetes does not take': {
    clients: [
      {
        accounts: `${BOB.replace('dev1:10001:bob', 'dev1:10001:bob,Li_Si')}
          directory:Li_Si:hidden:1154601108:1154600513::/home/Li_Si:/bin/bash`,
        directory: 'account:Li_Si:hidden:1154601108:1154600513::/home/Li_Si:/bin/bash\nin:Li_Si:1154600513',
        kubeconfigs: [kubeconfig('Li_Si', { of: 'li' })],
      },
    ],
    objects: [serviceAccount('dev1/li'), token('dev1/li-token', 'li')],
    groups: [A_DEV1],
    users: [A_BOB, { name: 'Li_Si', uid: 1154601108, groups: ['dev1'], accounts: 'directory' }],
    remarks: {
      'groups/dev1': ['li'],
      'users/Li_Si': ['dev1/li', 'dev1/li-token'],
    },
  },
  'somebody whom a directory has in a group, without a service account → left out': {
    clients: [
      {
        accounts: BOB,
        directory: `${IN_VISION.replace(':zhang.san\\n', ':zhang.san,wang\n')}
          account:wang:hidden:1154601109:1154600513::/home/wang:/bin/bash
          in:wang:1154600777`,
      },
    ],
    objects: VISION,
    users: [A_BOB, A_ZHANG],
    remarks: { 'users/wang': ['vision', "uid: 1154601109, accounts: 'directory', groups: ['vision']"] },
  },
  'a user with rights in a group of the directory that does not have them → told that setup waits': {
    clients: [{ accounts: BOB, directory: `${ZHANG}\nin:zhang.san:1154600513\ngroup:vision:1154600777:` }],
    objects: VISION,
    users: [A_BOB, A_ZHANG],
    remarks: { 'users/zhang.san': ['vision'] },
  },
  'a user whom the directory of one machine has and of another has not, or with another uid → left out': {
    clients: [
      { accounts: BOB, directory: IN_VISION },
      { name: 'client02', accounts: BOB, directory: 'group:vision:1154600777:' },
    ],
    objects: VISION,
    groups: [A_DEV1, A_VISION],
    users: [A_BOB],
    remarks: { 'users/zhang.san': ['client02'] },
  },
  'a user who is one of the machine itself elsewhere → left out': {
    clients: [
      { accounts: BOB, directory: IN_VISION },
      {
        name: 'client02',
        accounts: `${BOB}
          passwd:zhang.san:x:20009:20009::/home/zhang.san:/bin/bash`,
        directory: 'group:vision:1154600777:',
      },
    ],
    objects: VISION,
    users: [A_BOB],
    remarks: { 'users/zhang.san': ['client02', 'userdel zhang.san'] },
  },
  "a machine's own user in a group of the directory → left out of it": {
    clients: [{ accounts: BOB, directory: 'group:vision:1154600777:bob' }],
    objects: [namespace('vision'), bound('vision/bob-member', 'Role/member', 'dev1/bob')],
    groups: [A_DEV1, A_VISION],
    users: [A_BOB],
    remarks: { 'users/bob': ["accounts: 'directory'"] },
  },
  'a group of the machines that the directory has too is the machines own': {
    clients: [{ accounts: BOB, directory: 'group:dev1:10001:bob' }],
    groups: [A_DEV1],
    users: [A_BOB],
  },
})

// Groups
table({
  'a namespace of people without a Linux group → left out, with the command that makes it': {
    clients: [{ accounts: BOB + TOM.replace('group:dev2:10002:tom', '') }],
    objects: DEV2,
    groups: [A_DEV1],
    remarks: { 'groups/dev2': ['groupadd -g <gid> dev2', 'tom'] },
  },
  'another gid on another machine → left out, with who lives there': {
    clients: [{ accounts: BOB + TOM }, { name: 'client02', accounts: TOM.replace('10002', '10009') }],
    objects: DEV2,
    groups: [A_DEV1],
    remarks: { 'groups/dev2': [/10002 on client01 .*10009 on client02/, 'groupmod -g'] },
  },
  'a gid that another group has on another machine → left out': {
    clients: [{ accounts: BOB }, { name: 'client02', accounts: 'group:others:10001:' }],
    groups: [],
    remarks: { 'groups/dev1': [/others .*client02/] },
  },
  'of another inventory → left out': {
    clients: [{ accounts: BOB + TOM }],
    objects: [namespace('dev2', { 'arena-playbooks/inventory': 'prod' }), ...DEV2.slice(1)],
    groups: [A_DEV1],
    remarks: { 'groups/dev2': ['prod'] },
  },
  'with the name of an account → left out': {
    clients: [{ accounts: `${BOB}\npasswd:eve:x:30000:30000::/home/eve:/bin/sh\ngroup:eve:30000:` }],
    objects: [namespace('eve'), serviceAccount('eve/bob')],
    groups: [A_DEV1],
    remarks: { 'groups/eve': [] },
  },
  'a name that no inventory takes → left out with the reason of the schema, and its users with it': {
    clients: [{ accounts: `${BOB}${TOM.replace('dev2', 'docker')}` }],
    objects: [namespace('docker'), serviceAccount('docker/tom')],
    groups: [A_DEV1],
    users: [A_BOB],
    remarks: {
      'groups/docker': ['"docker"'],
      'users/tom': ['"docker"'],
    },
  },
  'the label of Arena that shows all users their own jobs → jobs own': {
    all: [namespace('dev1', { 'arena.kubeflow.org/isolate-user': 'true' }), ...DEV1.slice(1)],
    groups: [{ ...A_DEV1, jobs: 'own' }],
  },
  'service accounts that are nobody’s, roles of people and rights of all pods are told': {
    objects: [
      serviceAccount('dev1/ci'),
      role(kinds.ROLE, 'dev1/member', '*'),
      role(kinds.ROLE, 'dev1/dev1-role', '*'),
      made(kinds.ROLE_BINDING, 'dev1/all', {
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'Group', name: 'system:serviceaccounts:dev1' }],
      }),
    ],
    remarks: {
      'groups/dev1': [
        /\bci\b/,
        'dev1-role',
        'kubectl delete role -n dev1 dev1-role',
        'kubectl delete rolebinding all -n dev1',
      ],
    },
  },
})

// Quotas
const mostIs = (max: object, ...types: readonly string[]) =>
  made(kinds.LIMIT_RANGE, 'dev1/dev1-container-defaults', {
    spec: { limits: types.map((type) => ({ type, max })) },
  })

const withQuota = (hard: object, quota_: unknown, ...fragments: readonly (string | RegExp)[]): Row => ({
  objects: [quota('dev1/dev1-compute-resources', hard)],
  groups: [{ ...A_DEV1, ...(quota_ !== undefined && { quota: quota_ }) }],
  ...(fragments.length > 0 && { remarks: { 'groups/dev1': fragments } }),
})

table({
  'requests and limits that differ → the smaller, told': withQuota(
    { 'requests.cpu': '5', 'limits.cpu': '10' },
    { cpu: 5 },
    /requests\.cpu 5 .*limits\.cpu 10/,
  ),
  'requests alone → that limits come is told': withQuota(
    { cpu: '8', 'requests.memory': '4Gi', 'limits.memory': '4096Mi' },
    { cpu: 8, memory: '4Gi' },
    'limits.cpu',
  ),
  'keys that an inventory cannot say → told, with how to keep them': withQuota(
    { 'requests.nvidia.com/gpu': '1', services: '10', 'count/jobs.batch': '5' },
    { gpu: 1 },
    'services 10, count/jobs.batch 5',
    'kubectl create quota dev1-objects -n dev1 --hard=services=10,count/jobs.batch=5',
  ),
  'devices of every name, by class, and counts → as an inventory says them': withQuota(
    {
      'requests.amd.com/gpu': '4',
      'limits.nvidia.com/mig-1g.10gb': '7',
      'mig.example.com.deviceclass.resource.k8s.io/devices': '2',
      'requests.storage': '2Ti',
      'count/persistentvolumeclaims': '3',
      pods: '10',
    },
    {
      devices: { 'amd.com/gpu': 4, 'nvidia.com/mig-1g.10gb': 7 },
      deviceClasses: { 'mig.example.com': 2 },
      storage: '2Ti',
      claims: 3,
      pods: 10,
    },
    'limits.nvidia.com/mig-1g.10gb 7 limits nothing',
    'setup limits requests.deviceclass.resource.kubernetes.io/mig.example.com to the same',
  ),
  'huge pages and the disks of nodes → as an inventory says them': withQuota(
    { 'hugepages-2Mi': '1Gi', 'requests.hugepages-1Gi': '0', 'requests.ephemeral-storage': '200Gi' },
    { hugepages: { '2Mi': '1Gi', '1Gi': '0' }, ephemeralStorage: '200Gi' },
    'limits.ephemeral-storage',
  ),
  'devices that nodes and classes offer and no quota limits → told, with the line to write': {
    objects: [
      quota('dev1/dev1-compute-resources', { 'requests.nvidia.com/gpu': '1' }),
      live(kinds.NODE, 'worker01', {
        status: { allocatable: { cpu: '4', 'nvidia.com/gpu': '1', 'amd.com/gpu': '8' } },
      }),
      live(kinds.DEVICE_CLASS, 'mig.example.com', { spec: {} }),
    ],
    groups: [{ ...A_DEV1, quota: { gpu: 1 } }],
    remarks: {
      'groups/dev1': [
        'amd.com/gpu (8 ',
        "write quota.devices: { 'amd.com/gpu': n }",
        'deviceclass.resource.kubernetes.io/mig.example.com',
        "write quota.deviceClasses: { 'mig.example.com': n }",
      ],
    },
  },
  'only keys that an inventory cannot say → no quota, so that setup leaves them': withQuota(
    { services: '10' },
    undefined,
  ),
  'a GPU key that limits nothing → the number counts from now on, told': withQuota(
    { 'nvidia.com/gpu': '2' },
    { gpu: 2 },
    'nvidia.com/gpu 2',
  ),
  'no whole GPUs, no cores → left out with the reason': withQuota(
    { 'requests.nvidia.com/gpu': '1500m', 'requests.cpu': '0', 'limits.cpu': '0' },
    undefined,
    '1.5',
    'is not more than 0',
  ),
  'amounts that the server keeps in thousandths of a byte are as people write them': withQuota(
    { 'requests.memory': '10844792422400m', 'limits.memory': '10844792422400m' },
    { memory: '10.1Gi' },
  ),
  'defaults for containers are never more than the quota': {
    objects: [quota('dev1/dev1-compute-resources', { 'requests.cpu': '500m', 'limits.cpu': '500m' })],
    groups: [{ ...A_DEV1, quota: { cpu: '500m' }, containerDefaults: { cpu: '500m' } }],
  },
  'a limit range of another name → its defaults, and what to do with it': {
    objects: [
      quota('dev1/dev1-compute-resources', { 'requests.memory': '9Gi', 'limits.memory': '9Gi' }),
      made(kinds.LIMIT_RANGE, 'dev1/limits', {
        spec: { limits: [{ type: 'Container', default: { memory: '3Gi', cpu: '2' } }] },
      }),
    ],
    groups: [{ ...A_DEV1, quota: { memory: '9Gi' }, containerDefaults: { memory: '3Gi' } }],
    remarks: { 'groups/dev1': ['kubectl delete limitrange limits -n dev1'] },
  },
  'the most of containers and pods → quota.max, with nothing to tell': {
    objects: [
      quota('dev1/dev1-compute-resources', { 'requests.nvidia.com/gpu': '4' }),
      mostIs({ cpu: '2667m', memory: '3Gi', 'nvidia.com/gpu': '2' }, 'Container', 'Pod'),
    ],
    groups: [{ ...A_DEV1, quota: { gpu: 4, max: { gpu: 2, cpu: '2667m', memory: '3Gi' } } }],
  },
  'a most of containers alone → for pods too, told': {
    objects: [mostIs({ cpu: '4' }, 'Container')],
    groups: [{ ...A_DEV1, quota: { max: { cpu: 4 } } }],
    remarks: { 'groups/dev1': ['cpu 4'] },
  },
  'a most above the quota, of half a GPU or of what an inventory has no word for → left out, told': {
    objects: [
      quota('dev1/dev1-compute-resources', { 'requests.cpu': '2', 'limits.cpu': '2' }),
      mostIs({ cpu: '3', 'nvidia.com/gpu': '500m', 'amd.com/gpu': '1' }, 'Container', 'Pod'),
    ],
    groups: [{ ...A_DEV1, quota: { cpu: 2 } }],
    remarks: { 'groups/dev1': ['cpu 3', 'nvidia.com/gpu 500m', 'limit range dev1-container-defaults'] },
  },
  'two quotas → the smaller number, and the command that takes the other away after setup': {
    objects: [
      quota('dev1/dev1-compute-resources', { 'requests.nvidia.com/gpu': '4' }),
      quota('dev1/gpus', { 'requests.nvidia.com/gpu': '2' }),
    ],
    groups: [{ ...A_DEV1, quota: { gpu: 2 } }],
    remarks: { 'groups/dev1': ['kubectl delete resourcequota gpus -n dev1'] },
  },
  'a quota with scopes → told': {
    objects: [quota('dev1/dev1-compute-resources', { pods: '1' }, { scopes: ['BestEffort'] })],
    groups: [A_DEV1],
    remarks: { 'groups/dev1': ['scopes', 'kubectl delete resourcequota dev1-compute-resources -n dev1'] },
  },
})

// Users
table({
  'shell, home and name as they are': {
    clients: [{ accounts: BOB.replace('::/home/bob:/bin/bash', ':鲍勃,,,:/data/bob:') }],
    users: [{ ...A_BOB, gecos: '鲍勃,,,', shell: '/bin/sh', home: '/data/bob' }],
  },
  'in the group without a service account → left out, with the line that adds them': {
    clients: [
      {
        accounts: `${BOB.replace('10001:bob', '10001:bob,eve')}\npasswd:eve:x:30000:30000::/home/eve:/bin/sh`,
      },
    ],
    users: [A_BOB],
    remarks: { 'users/eve': ["{ name: 'eve', uid: 30000, groups: ['dev1'] }"] },
  },
  'another uid on another machine → left out': {
    clients: [{ accounts: BOB }, { name: 'client02', accounts: BOB.replaceAll('20001', '20009') }],
    users: [],
    remarks: { 'users/bob': [/20001 on client01 .*20009 on client02/, 'usermod -u'] },
  },
  'a uid that another account has on another machine → left out': {
    clients: [
      { accounts: BOB },
      { name: 'client02', accounts: 'passwd:eve:x:20001:20001::/home/eve:/bin/sh' },
    ],
    users: [],
    remarks: { 'users/bob': [/20001 .*eve .*client02/, 'usermod -u'] },
  },
  'a private group with another gid → left out with the reason of setup': {
    clients: [{ accounts: BOB.replace('group:bob:20001:', 'group:bob:1001:') }],
    users: [],
    remarks: { 'users/bob': [/\b1001\b.*client01/] },
  },
  'a uid of the system → left out with the reason of the schema': {
    clients: [{ accounts: BOB.replaceAll('20001', '501') }],
    users: [],
    remarks: { 'users/bob': ['501'] },
  },
  'a name that no inventory takes → left out': {
    clients: [{ accounts: BOB.replaceAll('bob', 'bob_x') }],
    all: [namespace('dev1'), serviceAccount('dev1/bob_x'), bound('dev1/x', 'Role/member', 'dev1/bob_x')],
    users: [],
    remarks: {
      'users/bob_x': ['usermod -l bob-x -d /home/bob-x -m bob_x && groupmod -n bob-x bob_x'],
    },
  },
  'locked and expired → left out, with the line for those who left': {
    clients: [{ accounts: BOB.replace('shadow:bob:set:', 'shadow:bob:locked:1') }],
    users: [],
    remarks: { 'users/bob': ["retired: [{ name: 'bob', uid: 20001"] },
  },
  'groups of the machine that no inventory holds → told': {
    clients: [{ accounts: `${BOB}\ngroup:sudo:27:bob\ngroup:docker:998:bob` }],
    users: [A_BOB],
    remarks: { 'users/bob': ['docker, sudo'] },
  },
  'another shell on another machine → that of the first, told': {
    clients: [{ accounts: BOB }, { name: 'client02', accounts: BOB.replace('/bin/bash', '/bin/zsh') }],
    users: [A_BOB],
    remarks: { 'users/bob': ['another shell on client02: "/bin/zsh"'] },
  },
  'in two groups by Linux and by a binding → both, the one of the service account first': {
    clients: [{ accounts: BOB + TOM.replace('10002:tom', '10002:tom,bob') }],
    objects: [
      ...DEV2,
      bound('dev2/bob-member', 'Role/member', 'dev1/bob'),
      bound('dev1/tom-member', 'Role/member', 'dev2/tom'),
    ],
    users: [
      { ...A_BOB, groups: ['dev1', 'dev2'] },
      { name: 'tom', uid: 20002, groups: ['dev2', 'dev1'] },
    ],
  },
  'in a Linux group without rights in its namespace → told before the user gets them': {
    clients: [{ accounts: BOB + TOM.replace('10002:tom', '10002:tom,bob') }],
    objects: DEV2,
    remarks: { 'users/bob': [/\bdev2\b/] },
  },
  "two service accounts → the one that the user's kubeconfig leads to, and the command for the other": {
    clients: [{ accounts: BOB + TOM, kubeconfigs: [kubeconfig('bob', { group: 'dev2' })] }],
    objects: [...DEV2, serviceAccount('dev2/bob')],
    users: [
      { ...A_BOB, groups: ['dev2', 'dev1'] },
      { name: 'tom', uid: 20002, groups: ['dev2'] },
    ],
    remarks: {
      'users/bob': [/\bdev2\b/, 'kubectl delete serviceaccount bob -n dev1'],
    },
  },
  'a kubeconfig with the token of a service account of another name → a user, with the command for the other':
    {
      clients: [{ accounts: BOB, kubeconfigs: [kubeconfig('bob', { of: 'bob-sa' })] }],
      all: [
        namespace('dev1'),
        serviceAccount('dev1/bob-sa'),
        token('dev1/bob-sa-token', 'bob-sa'),
        bound('dev1/b', 'Role/member', 'dev1/bob-sa'),
      ],
      users: [A_BOB],
      remarks: {
        'users/bob': [
          'dev1/bob-sa',
          'kubectl delete serviceaccount bob-sa -n dev1',
          'kubectl delete secret bob-sa-token -n dev1',
          'kubectl delete rolebinding b -n dev1',
        ],
        'groups/dev1': ['bob-sa'],
      },
    },
  'accounts that could only be users after a change → the change, and no line that setup refuses': {
    clients: [
      {
        accounts: `${BOB.replace('dev1:10001:bob', 'dev1:10001:bob,zhang.san,Wang,1st,dup1,dup2,ann,li.si,b.b')}
          passwd:zhang.san:x:4101:4101::/home/zhang.san:/bin/bash
          group:zhang.san:4101:
          passwd:li.si:x:4107:10001::/home/li.si:/bin/bash
          passwd:b.b:x:4108:10001::/home/b.b:/bin/bash
          group:b-b:4109:
          passwd:Wang:x:4102:4102::/srv/wang:/bin/bash
          passwd:1st:x:4103:4103::/home/1st:/bin/bash
          passwd:dup1:x:4105:4105::/home/dup1:/bin/bash
          passwd:dup2:x:4105:4105::/home/dup2:/bin/bash
          passwd:ann:x:4106:4106::/home/ann:/bin/bash`,
      },
    ],
    users: [A_BOB],
    remarks: {
      'users/zhang.san': [
        'usermod -l zhang-san -d /home/zhang-san -m zhang.san && groupmod -n zhang-san zhang.san',
      ],
      'users/Wang': ['usermod -l wang Wang'],
      'users/1st': ['usermod -l st -d'],
      'users/li.si': ['usermod -l li-si -d /home/li-si -m li.si;'],
      'users/b.b': ['usermod -l <name> -d /home/<name> -m b.b;'],
      'users/dup1': [/4105 .*dup2/],
      'users/dup2': [/4105 .*dup1/],
      'users/ann': ["{ name: 'ann', uid: 4106, groups: ['dev1'] } in users"],
    },
  },
  "somebody else's token makes nobody a user": {
    clients: [
      {
        accounts: `${BOB}\npasswd:eve:x:30000:30000::/home/eve:/bin/sh\ngroup:eve:30000:`,
        kubeconfigs: [kubeconfig('eve', { of: 'bob', uid: 30000 })],
      },
    ],
    objects: [token('dev1/bob-token-1', 'bob')],
    users: [A_BOB],
    remarks: { 'users/eve': [/\bbob\b/] },
  },
  'a kubeconfig that only says so makes nobody a user': {
    clients: [
      {
        accounts: `${BOB}\npasswd:eve:x:30000:30000::/home/eve:/bin/sh\ngroup:eve:30000:`,
        kubeconfigs: [kubeconfig('eve', { of: 'nothing', uid: 30000, server: 'https://evil' })],
      },
    ],
    users: [A_BOB],
  },
  'the address that kubeconfigs with tokens of this cluster name → the one for users': {
    clients: [{ accounts: BOB, kubeconfigs: [kubeconfig('bob', { server: 'https://api.test:6443' })] }],
    objects: [token('dev1/bob-token-1', 'bob')],
    server: 'https://api.test:6443',
  },
  'a token that setup would not know of → told, and the one that it takes over not': {
    objects: [
      token('dev1/bob-token-1', 'bob'),
      token('dev1/bob-token-x7k2p', 'bob'),
      token('dev1/default-token', 'default'),
    ],
    remarks: { 'users/bob': ['kubectl delete secret bob-token-x7k2p -n dev1'] },
  },
})

// Roles
const withRights = (
  objects: readonly kinds.KubeObject[],
  groups: unknown,
  ...fragments: (string | RegExp)[]
): Row => ({
  all: [namespace('dev1'), serviceAccount('dev1/bob'), ...objects],
  users: [{ ...A_BOB, groups }],
  ...(fragments.length > 0 && { remarks: { 'users/bob': fragments } }),
})

table({
  'cluster-admin in the whole cluster → told with the command, and a member': withRights(
    [
      bound('admins', 'ClusterRole/cluster-admin', 'dev1/bob'),
      bound('dev1/bob-member', 'Role/member', 'dev1/bob'),
    ],
    ['dev1'],
    'ClusterRole cluster-admin',
    'kubectl delete clusterrolebinding admins',
  ),
  'edit → a member, told': withRights(
    [bound('dev1/bob-edit', 'ClusterRole/edit', 'dev1/bob')],
    ['dev1'],
    /ClusterRole edit .*bob-edit/,
    'kubectl delete rolebinding bob-edit -n dev1',
  ),
  'a binding that the user shares → not deleted but edited': withRights(
    [bound('dev1/all', 'ClusterRole/edit', 'dev1/bob', 'dev1/ann')],
    ['dev1'],
    /dev1\/bob .*: kubectl edit rolebinding all -n dev1/,
  ),
  'the binding that setup puts right → no command': withRights(
    [bound('dev1/bob-member', 'ClusterRole/admin', 'dev1/bob')],
    ['dev1'],
    /^(?!.*kubectl)/s,
  ),
  'rights to look at things → a viewer': withRights(
    [role(kinds.CLUSTER_ROLE, 'view', 'get', 'list'), bound('dev1/bob-view', 'ClusterRole/view', 'dev1/bob')],
    [{ group: 'dev1', role: 'viewer' }],
    'ClusterRole view',
  ),
  'a role that is not there gives nothing away': withRights(
    [bound('dev1/bob-lost', 'Role/lost', 'dev1/bob')],
    ['dev1'],
    'Role lost',
  ),
  'a name that is no word for a shell → quoted in the command': withRights(
    [bound('dev1/a;reboot', 'Role/x', 'dev1/bob')],
    ['dev1'],
    "kubectl delete rolebinding 'a;reboot' -n dev1",
  ),
})

// Volumes
const withVolume = (
  objects: readonly kinds.KubeObject[],
  volumes: unknown,
  about?: string,
  ...fragments: string[]
): Row => ({
  objects,
  ...(volumes !== undefined && { volumes }),
  ...(about !== undefined && { remarks: { [`volumes/${about}`]: fragments } }),
})

const BY_HAND = [
  `kubectl patch pv data -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
  'kubectl delete pvc data -n dev1',
  'kubectl delete pv data',
  "{ name: 'data', group: 'dev1', server: 'nas.test', path: '/data' }",
]

table({
  'size, handle, access and mount options as they are': {
    objects: nas('data', 'dev1', {
      pv: {
        mountOptions: ['vers=3'],
        capacity: { storage: '20Gi' },
        csi: {
          driver: 'nasplugin.csi.alibabacloud.com',
          volumeHandle: 'handle',
          volumeAttributes: { server: 'nas.test', path: '/data' },
        },
      },
      pvc: { accessModes: ['ReadOnlyMany'], resources: { requests: { storage: '20Gi' } } },
    }),
    nas: { server: 'nas.test', mountOptions: ['vers=3'] },
    volumes: [
      {
        name: 'data',
        group: 'dev1',
        path: '/data',
        size: '20Gi',
        access: 'ReadOnlyMany',
        volumeHandle: 'handle',
      },
    ],
  },
  'the server of most is the NAS, the others have their own': {
    objects: [...nas('a', 'dev1'), ...nas('b', 'dev1', { server: 'fast.test' }), ...nas('c', 'dev1')],
    nas: { server: 'nas.test' },
    volumes: [
      { name: 'a', group: 'dev1', path: '/a' },
      { name: 'b', group: 'dev1', server: 'fast.test', path: '/b' },
      { name: 'c', group: 'dev1', path: '/c' },
    ],
  },
  'flexVolume → left out with the hand steps': withVolume(
    nas('data', 'dev1', {
      pv: {
        csi: undefined,
        flexVolume: { driver: 'alicloud/nas', options: { server: 'nas.test', path: '/data' } },
      },
    }),
    undefined,
    'data',
    'flexVolume',
    ...BY_HAND,
  ),
  'in-tree NFS and other drivers → as they are, the most used as that of the NAS': {
    objects: [
      ...['a', 'b'].flatMap((name) =>
        nas(name, 'dev1', { pv: { csi: undefined, nfs: { server: 'nas.test', path: `/${name}` } } }),
      ),
      ...nas('c', 'dev1', {
        pv: {
          csi: {
            driver: 'nfs.csi.k8s.io',
            volumeHandle: 'nas.test#c',
            volumeAttributes: { server: 'nas.test', share: '/c' },
          },
        },
      }),
      ...nas('d', 'dev1', {
        pv: {
          csi: {
            driver: 'fs.example.com',
            volumeHandle: 'd',
            volumeAttributes: { server: 'nas.test', path: '/d', vers: '4.1' },
          },
        },
      }),
    ],
    nas: { server: 'nas.test', driver: 'nfs' },
    volumes: [
      { name: 'a', group: 'dev1', path: '/a' },
      { name: 'b', group: 'dev1', path: '/b' },
      { name: 'c', group: 'dev1', path: '/c', volumeHandle: 'nas.test#c', driver: 'csi-nfs' },
      {
        name: 'd',
        group: 'dev1',
        path: '/d',
        driver: { driver: 'fs.example.com', attributes: { server: '{server}', path: '{path}', vers: '4.1' } },
      },
    ],
  },
  'a directory in the share → left out with the hand steps': withVolume(
    nas('data', 'dev1', {
      pv: {
        csi: {
          driver: 'nfs.csi.k8s.io',
          volumeHandle: 'data',
          volumeAttributes: { server: 'nas.test', share: '/data', subDir: 'x' },
        },
      },
    }),
    undefined,
    'data',
    'subDir',
  ),
  'a storage class → left out with the hand steps': withVolume(
    nas('data', 'dev1', { pvc: { storageClassName: 'nas' } }),
    undefined,
    'data',
    'the storage class nas',
    ...BY_HAND,
  ),
  'a mode that an inventory cannot say → left out': withVolume(
    nas('data', 'dev1', { pvc: { accessModes: ['ReadWriteOnce'] } }),
    undefined,
    'data',
    'ReadWriteOnce',
  ),
  'a claim of another name → left out': withVolume(
    nas('data', 'dev1', { claim: 'other' }),
    undefined,
    'data',
    'claimed as dev1/other',
    'kubectl delete pvc other -n dev1',
  ),
  'a volume of another kind → left alone': withVolume(
    nas('disk', 'dev1', { pv: { csi: { driver: 'diskplugin.csi.alibabacloud.com', volumeHandle: 'd-1' } } }),
    undefined,
    'disk',
    'no directory of the NAS',
    "if it is meant: { kind: 'PersistentVolume', name: 'disk', reason: '…' }",
  ),
  'a directory in words of its driver → left out, with the line to fill in': withVolume(
    nas('data', 'dev1', {
      pv: {
        csi: { driver: 'fs.example.com', volumeHandle: 'd-1', volumeAttributes: { id: 'a', root: '/data' } },
      },
    }),
    undefined,
    'data',
    `driver: { driver: 'fs.example.com', attributes: {"id":"a","root":"/data"} } } in volumes, with '{server}'`,
    "{ kind: 'PersistentVolumeClaim', namespace: 'dev1', name: 'data', reason: '…' } in trusted",
  ),
  'claimed and shown with two sizes → that of the claim, told': withVolume(
    nas('data', 'dev1', { pv: { capacity: { storage: '9Gi' } } }),
    [{ name: 'data', group: 'dev1', path: '/data' }],
    'data',
    'shown with 9Gi and claimed with 5Gi',
  ),
  'one handle twice → the second left out': withVolume(
    [
      ...nas('data', 'dev1'),
      ...nas('twin', 'dev1', {
        pv: {
          csi: {
            driver: 'nasplugin.csi.alibabacloud.com',
            volumeHandle: 'data',
            volumeAttributes: { server: 'nas.test', path: '/twin' },
          },
        },
      }),
    ],
    [{ name: 'data', group: 'dev1', path: '/data' }],
    'twin',
    'the volumeHandle of data',
  ),
  'reserved for nobody, with a claim that waits for it → taken, for setup to reserve': withVolume(
    nas('data', 'dev1', { pv: { claimRef: undefined }, pvc: { volumeName: '' } }),
    [{ name: 'data', group: 'dev1', path: '/data' }],
  ),
  'released by a claim that is gone → taken': withVolume(nas('data', 'dev1').slice(0, 1), [
    { name: 'data', group: 'dev1', path: '/data' },
  ]),
  'claimed by nobody → told': withVolume(
    nas('data', 'dev1', { pv: { claimRef: undefined } }).slice(0, 1),
    undefined,
    'data',
    'no claim has',
    "path: '/data'",
  ),
  'of a namespace that is no group → nothing': withVolume(nas('data', 'kube-system'), undefined),
  'a description that no inventory takes → left out, the volume not': withVolume(
    nas('data', 'dev1', { annotations: { description: 'two\nlines', owner: 'CHANGE-ME' } }),
    [{ name: 'data', group: 'dev1', path: '/data' }],
    'data',
    'description is left out',
    'owner is left out',
  ),
  'one directory inside that of another group → shared, because it is, and told': {
    clients: [{ accounts: BOB + TOM }],
    objects: [...DEV2, ...nas('outer', 'dev1', { path: '/a' }), ...nas('inner', 'dev2', { path: '/a/b' })],
    volumes: [
      { name: 'inner', group: 'dev2', path: '/a/b', shared: 'a/b' },
      { name: 'outer', group: 'dev1', path: '/a', shared: 'a' },
    ],
    remarks: {
      'volumes/inner': [/\bouter\b/],
      'volumes/outer': [/\binner\b/],
    },
  },
})

it('the checksum of an Arena that setup installed is known', () => {
  const sha256 = 'a'.repeat(64)
  const { inventory } = adopted([{ accounts: BOB, arena: `${sha256}\n` }], DEV1)
  assert.equal(inventory.arena, { archive: 'arena-installer-0.15.5-linux-amd64.tar.gz', sha256 })
  assert.equal(checkInventory(inventory).found, [])
})

it('machines with different processors get an archive each, with the checksums that are known', () => {
  const sha256 = 'a'.repeat(64)
  const { inventory } = adopted(
    [
      { accounts: BOB, arena: `${sha256}\n` },
      { name: 'client02', accounts: BOB, processor: 'aarch64' },
      { name: 'client03', accounts: BOB, arena: `${sha256}\n` },
    ],
    DEV1,
  )
  assert.equal(inventory.arena, {
    archives: {
      amd64: { archive: 'arena-installer-0.15.5-linux-amd64.tar.gz', sha256 },
      arm64: { archive: 'arena-installer-0.15.5-linux-arm64.tar.gz', sha256: 'CHANGE-ME' },
    },
  })
  const waiting = checkInventory(inventory).found.map(({ path }) => path.join('.'))
  assert.equal(waiting, ['arena.archives.arm64.sha256'])
  const result = { inventory, remarks: [] }
  assert.match(renderFound(result, 'found.ts', 'written').join('\n'), 'fill in arena.archives.arm64.sha256')
  for (const text of [asYaml(result, 'found.yaml'), asTypeScript(result, 'found.ts', '../lib/inventory.ts')])
    assert.match(text, 'arena-installer-0.15.5-linux-arm64.tar.gz')
})

const everything = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }
const adminFor = (name: string, kind: string): kinds.KubeObject =>
  made(kinds.CLUSTER_ROLE_BINDING, `${name}-is-admin`, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind, name }],
  })

it('others who have rights over the groups are listed with what they can do, but no part of the cluster', () => {
  const found = adopted(
    [{ accounts: BOB }],
    [
      ...DEV1,
      made(kinds.CLUSTER_ROLE, 'cluster-admin', everything),
      adminFor('system:masters', 'Group'),
      adminFor('ada', 'User'),
      adminFor('mallory', 'User'),
      bound('argo', 'ClusterRole/cluster-admin', 'argo/controller'),
      role(kinds.ROLE, 'dev1/readers', 'get', 'list'),
      bound('dev1/intruder', 'Role/readers', 'default/intruder'),
    ],
  )
  const { trusted = [] } = found.inventory
  const [intruder, mallory, argo] = trusted
  assert.equal(intruder, {
    kind: 'ServiceAccount',
    namespace: 'default',
    name: 'intruder',
    reason: 'CHANGE-ME',
  })
  assert.equal(mallory, { kind: 'User', name: 'mallory', reason: 'CHANGE-ME' })
  assert.equal({ ...argo, reason: '' }, { kind: 'ServiceAccount', namespace: 'argo', reason: '' })
  assert.is(trusted.length, 3)
  const remarks = remarksOf(found)
  assert.match(remarks.get('trusted/ServiceAccount default/intruder')!, '2 rights in dev1')
  assert.match(remarks.get('trusted/User mallory')!, 'every verb on everything')
  assert.match(remarks.get('trusted/ServiceAccount argo')!, 'controller')
  const waiting = checkInventory(found.inventory).found.map(({ path }) => path.join('.'))
  assert.equal(waiting.toSorted(), ['arena.sha256', 'trusted.0.reason', 'trusted.1.reason'])
  const above = /(?:\/\/|#).* mallory by ClusterRoleBinding [\s\S]*?name: '?mallory/
  assert.match(asTypeScript(found, 'found.ts', '../schema.ts'), above)
  assert.match(asYaml(found, 'found.yaml'), above)
})

it.run()
