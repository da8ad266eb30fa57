import * as assert from 'uvu/assert'
import type { AdoptedInventory } from '../../../lib/adopt/remark.ts'
import { asTypeScript } from '../../../lib/adopt/write/typescript.ts'
import { asYaml } from '../../../lib/adopt/write/yaml.ts'
import { ARENA_ISOLATION } from '../../../lib/conventions/arena.ts'
import { OWNER_LABEL } from '../../../lib/conventions/labels.ts'
import { serviceAccountOf } from '../../../lib/conventions/names.ts'
import { checkInventory } from '../../../lib/inventory/load.ts'
import { arenaStart, builtInRoles } from '../../../lib/inventory/roles.ts'
import * as kinds from '../../../lib/kube/object.ts'
import { textWith } from '../../../lib/linux/authorized-keys.ts'
import { renderFound } from '../../../lib/reporters/adopt-text.ts'
import {
  adopted,
  bound,
  type Client,
  keysFile,
  kubeconfig,
  made,
  namespace,
  serviceAccount,
  token,
} from '../../support/by-hand.ts'
import type { Packed } from '../../support/printed.ts'
import { suite } from '../../support/suite.ts'

const it = suite('adopt: what setup has made')

const OURS = { labels: { [OWNER_LABEL]: 'found' } }

const ACCOUNTS = `
  passwd:bob:x:20001:20001::/home/bob:/bin/bash
  passwd:tom:x:20002:20002::/home/tom:/bin/bash
  group:dev1:10001:bob
  group:dev2:10002:tom
  group:bob:20001:
  group:tom:20002:
  shadow:bob:set:
  shadow:tom:set:`

const memberOf = (group: string, ...kindsOf: Parameters<typeof builtInRoles>): kinds.KubeObject =>
  made(kinds.ROLE, `${group}/member`, { rules: builtInRoles(...kindsOf)[0]!.rules }, OURS)

const anchor = (id: string, metadata: object = OURS): kinds.KubeObject =>
  made(kinds.TOKEN_ANCHOR, id, {}, metadata)

const SPACES = [
  ['dev1', 'bob'],
  ['dev2', 'tom'],
].flatMap(([group, user]) => [
  namespace(group!),
  serviceAccount(`${group}/default`),
  serviceAccount(`${group}/${user}`),
  bound(`${group}/${user}-member`, 'Role/member', `${group}/${user}`),
])

const found = (objects: readonly kinds.KubeObject[], ...clients: Client[]): AdoptedInventory => {
  const result = adopted(clients.length > 0 ? clients : [{ accounts: ACCOUNTS }], [...SPACES, ...objects])
  assert.equal(
    checkInventory(result.inventory).found.map(({ path }) => path.join('.')),
    ['arena.sha256'],
  )
  return result
}

/** By whom remarks are about. */
const about = ({ remarks }: AdoptedInventory): string[] => remarks.map(({ part, name }) => `${part}/${name}`)

it('tokens that end are written where setup has bound some, and who has none is told', () => {
  assert.is(found([]).inventory.tokens, undefined)
  const all = found([anchor('dev1/bob-token-1'), anchor('dev2/tom-token-3')])
  assert.is(all.inventory.tokens, 'bound')
  assert.equal(all.remarks, [])
  const one = found([anchor('dev1/bob-token-1'), token('dev2/tom-token-1', 'tom')])
  assert.is(one.inventory.tokens, 'bound')
  assert.equal(
    about(one),
    ['users/tom', 'users/tom'],
    'no token that ends, and one of somebody else’s making',
  )
})

it('priority classes of isolation document are written for all groups, as one role of all has them', () => {
  const start = (classes: readonly string[], more: object = OURS): kinds.KubeObject =>
    made(
      kinds.CLUSTER_ROLE,
      'arena-found-start',
      { rules: arenaStart({ groups: [{ pods: { priorityClasses: classes } }] }) },
      more,
    )
  const classesOf = (...objects: kinds.KubeObject[]) =>
    found(objects).inventory.groups.map(({ pods }) => pods?.priorityClasses)
  assert.equal(classesOf(start(['low', 'urgent'])), [
    ['low', 'urgent'],
    ['low', 'urgent'],
  ])
  assert.equal(about(found([start(['urgent'])])), ['groups/dev1', 'groups/dev2'])
  const none = [undefined, undefined]
  assert.equal(classesOf(start([])), none)
  assert.equal(classesOf(start(['system-node-critical'])), none, 'which no inventory may name')
  assert.equal(classesOf(start(['urgent'], {})), none, 'somebody else’s role')
  const strict = found([
    namespace('arena-found', OURS.labels),
    serviceAccount('arena-found/bob'),
    start(['urgent']),
  ])
  assert.equal(
    strict.inventory.groups.map(({ pods }) => pods),
    none,
    'strict has them on namespaces',
  )
})

it('a token that setup made and will delete is not told, where tokens end', () => {
  const old = { ...token('dev1/bob-token-1', 'bob') }
  old.metadata = { ...old.metadata, ...OURS }
  const { inventory, remarks } = found([old, anchor('dev1/bob-token-2'), anchor('dev2/tom-token-1')])
  assert.is(inventory.tokens, 'bound')
  assert.equal(remarks, [])
})

it('an anchor of another inventory, of nobody, of another name or on its way out binds nothing', () => {
  for (const one of [
    anchor('dev1/bob-token-1', { labels: { [OWNER_LABEL]: 'other' } }),
    anchor('dev1/bob-token-1', {}),
    anchor('dev1/carol-token-1'),
    anchor('dev1/bob'),
    anchor('arena-found/bob-token-1'),
    anchor('dev1/bob-token-1', { ...OURS, deletionTimestamp: '2026-11-01T00:00:00Z' }),
  ])
    assert.is(found([one]).inventory.tokens, undefined, one.metadata.name)
})

/** A kubeconfig with a token that says this of itself. */
const withToken = (user: string, account: string, secret: object): Packed => {
  const claims = {
    sub: `system:serviceaccount:dev1:${account}`,
    iat: 1_790_000_000,
    exp: 1_797_000_000,
    'kubernetes.io': { namespace: 'dev1', serviceaccount: { name: account, uid: 'u' }, secret },
  }
  const told = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const file = kubeconfig(user, { server: 'https://10.9.9.9:6443' })
  return { ...file, content: file.content.replace(/canary-\w+/, `e30.${told}.e30`) }
}

it('a token that ends tells its own account where the API server is, and of others nothing', () => {
  const objects = [
    anchor('dev1/bob-token-1', { ...OURS, uid: 'of-bob' }),
    anchor('dev2/tom-token-1', { ...OURS, uid: 'of-tom' }),
  ]
  const secret = { name: 'bob-token-1', uid: 'of-bob' }
  const serverBy = (config: Packed) => {
    const { inventory, remarks } = found(objects, { accounts: ACCOUNTS, kubeconfigs: [config] })
    assert.equal(remarks, [])
    return inventory.cluster.server
  }
  assert.is(serverBy(withToken('bob', 'bob', secret)), 'https://10.9.9.9:6443')
  assert.is(serverBy(withToken('bob', 'bob', { ...secret, uid: 'of-an-earlier-one' })), undefined)
  assert.is(serverBy(withToken('tom', 'bob', secret)), undefined)
})

const jobsIn = ({ inventory: { jobs, groups } }: AdoptedInventory) => [jobs, ...groups.map((one) => one.jobs)]

it('kinds of jobs are those that the role member makes: of all groups where they are alike', () => {
  const all = ['tf', 'volcano', 'kserve'] as const
  const same = found([memberOf('dev1', all), memberOf('dev2', all)])
  assert.equal(jobsIn(same), [{ kinds: [...all] }, undefined, undefined])
  assert.equal(same.remarks, [])
  const usual = found([memberOf('dev1'), memberOf('dev2')])
  assert.equal(jobsIn(usual), [undefined, undefined, undefined])
  assert.equal(usual.remarks, [])
})

it('kinds of jobs stand in the groups where they differ, beside whose jobs are listed', () => {
  const union = ['tf', 'pytorch', 'mpi', 'ray'] as const
  const objects = [memberOf('dev1', ['tf', 'ray'], union), memberOf('dev2', undefined, union)]
  const some = found(objects)
  assert.equal(jobsIn(some), [undefined, { kinds: ['tf', 'ray'] }, undefined])
  assert.equal(some.remarks, [])
  const own = adopted(
    [{ accounts: ACCOUNTS }],
    [namespace('dev1', { [ARENA_ISOLATION]: 'true' }), ...SPACES.slice(1), ...objects],
  )
  assert.equal(jobsIn(own), [undefined, { list: 'own', kinds: ['tf', 'ray'] }, undefined])
})

it('a role that people made says nothing of kinds, and rules that no kind gives are told', () => {
  const rules = [{ apiGroups: ['ray.io'], resources: ['rayjobs'], verbs: ['create'] }]
  const byHand = found([made(kinds.ROLE, 'dev1/member', { rules })])
  assert.equal(jobsIn(byHand), [undefined, undefined, undefined])
  assert.equal(byHand.remarks, [])

  const more = made(
    kinds.ROLE,
    'dev1/member',
    { rules: [...builtInRoles()[0]!.rules, { apiGroups: [''], resources: ['events'], verbs: ['watch'] }] },
    OURS,
  )
  assert.equal(about(found([more, memberOf('dev2')])), ['groups/dev1'])

  const nothing = made(kinds.ROLE, 'dev1/member', { rules: [] }, OURS)
  assert.equal(about(found([nothing])), ['groups/dev1', 'groups/dev1'])
})

const key = (name: string): string => {
  const string = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const blob = Buffer.concat([string(Buffer.from('ssh-ed25519')), string(Buffer.alloc(32, name))])
  return `ssh-ed25519 ${blob.toString('base64')} ${name}`
}

const block = (...keys: string[]): string[] => textWith([], 'found', keys).trimEnd().split('\n')

const keysOf = ({ inventory: { users } }: AdoptedInventory) => users.map(({ sshKeys }) => sshKeys)

const withKeys = (...keys: NonNullable<Client['keys']>): AdoptedInventory =>
  found([], { accounts: ACCOUNTS, keys })

it('keys are those in the block of setup; a user’s own lines and other blocks are not', () => {
  const own = withKeys(keysFile('bob', 20001, key('own'), ...textWith([], 'other', [key('x')]).split('\n')))
  assert.equal(keysOf(own), [undefined, undefined])
  const kept = withKeys(keysFile('bob', 20001, key('own'), ...block(key('a'), key('b')), key('later')))
  assert.equal(keysOf(kept), [[key('a'), key('b')], undefined])
  assert.equal(kept.remarks, [])
})

it('a line in the block that is no key, or a colleague’s key, goes alone, and is told', () => {
  const odd = withKeys(keysFile('bob', 20001, ...block(`command="x" ${key('a')}`, key('b'))))
  assert.equal(keysOf(odd), [[key('b')], undefined])
  assert.equal(about(odd), ['users/bob'])
  const shared = withKeys(
    keysFile('bob', 20001, ...block(key('a'))),
    keysFile('tom', 20002, ...block(key('a'), key('t'))),
  )
  assert.equal(keysOf(shared), [[key('a')], [key('t')]])
  assert.equal(about(shared), ['users/tom'])
})

it('keys of all machines come together, and the machine that lacks some is told', () => {
  const client = (name: string, ...keys: string[]): Client => ({
    name,
    accounts: ACCOUNTS,
    keys: keys.length === 0 ? [] : [keysFile('bob', 20001, ...block(...keys))],
  })
  const both = found([], client('client01', key('a')), client('client02', key('a'), key('b')))
  assert.equal(keysOf(both)[0], [key('a'), key('b')])
  assert.equal(about(both), ['users/bob'])
  assert.match(both.remarks[0]!.says, 'client01')
})

it('a file that cannot be read is told of users of the inventory alone', () => {
  const stolen = keysFile('bob', 30000, ...block(key('a')))
  assert.equal(about(withKeys(stolen)), [])
  const marked = found([], { accounts: `${ACCOUNTS}\n  group:arena-found:990:bob`, keys: [stolen] })
  assert.equal(keysOf(marked), [undefined, undefined])
  assert.equal(about(marked), ['users/bob'])
})

/** `usermod -L -e 1`, by setup; the day of the machine is 2026-11-24. */
const CAROL = `
  passwd:carol:x:20003:20003::/home/carol:/bin/bash
  group:carol:20003:
  group:arena-found:990:bob,tom,carol`
const SHUT = `${ACCOUNTS}${CAROL}\n  shadow:carol:locked:1`
const OPEN = `${ACCOUNTS}${CAROL}\n  shadow:carol:set:`

const leftIn = (...clients: Client[]): AdoptedInventory => found([], ...clients)

it('an account of the inventory that is shut and nobody in the cluster has left', () => {
  assert.is(leftIn({ accounts: ACCOUNTS }).inventory.retired, undefined)
  const left = leftIn({ accounts: SHUT.replace('dev1:10001:bob', 'dev1:10001:bob,carol') })
  assert.equal(left.inventory.retired, [{ name: 'carol', uid: 20003, since: '2026-11-24' }])
  assert.equal(about(left), ['retired/carol'], 'no word of a group or a new user')
  assert.equal(
    left.inventory.users.map(({ name }) => name),
    ['bob', 'tom'],
  )
})

it('one that is open, on one machine of several too, is told and not shut', () => {
  for (const clients of [
    [{ accounts: OPEN }],
    [{ accounts: SHUT }, { name: 'client02', accounts: OPEN }],
    [{ accounts: SHUT }, { name: 'client02', accounts: SHUT.replaceAll('20003', '20004') }],
  ]) {
    const { inventory, ...rest } = leftIn(...clients)
    assert.is(inventory.retired, undefined)
    assert.equal(about({ inventory, ...rest }), ['retired/carol'])
  }
})

it('accounts of other inventories, and users of isolation strict, are nobody who left', () => {
  assert.is(leftIn({ accounts: SHUT.replace('arena-found', 'arena-other') }).inventory.retired, undefined)
  const strict = found([serviceAccount('arena-found/carol')], { accounts: SHUT })
  assert.is(strict.inventory.retired, undefined)
  assert.equal(strict.remarks, [])
})

const archive = (name: string, seconds = 1_790_000_000): string =>
  `${seconds} /var/backups/arena-playbooks/${name}.tar.gz`

it('an archive tells who left, and when', () => {
  const archived = [
    archive('carol-20003.2', 1_791_000_000),
    archive('carol-20003'),
    archive('Zhang.San@corp-1154601107'),
    archive('no-number'),
    '1790000000 /elsewhere/eve-20009.tar.gz',
  ].join('\n')
  const left = leftIn({ accounts: ACCOUNTS, archived })
  assert.equal(left.inventory.retired, [
    { name: 'carol', uid: 20003, since: '2026-09-21' },
    { name: 'Zhang.San@corp', uid: 1154601107, accounts: 'directory', since: '2026-09-21' },
  ])
  assert.equal(left.remarks, [])
})

it('an archive of a name or uid that somebody has again is told, and takes nothing from them', () => {
  const now = {
    accounts: ACCOUNTS,
    archived: ['bob-20003', 'eve-20002', 'eva-10001'].map((one) => archive(one)).join('\n'),
  }
  const again = leftIn(now)
  assert.is(again.inventory.retired, undefined)
  assert.equal(about(again), ['retired/bob', 'retired/eve', 'retired/eva'])
  assert.is(again.inventory.users.length + again.inventory.groups.length, 4)
  const back = leftIn({ accounts: ACCOUNTS, archived: archive('bob-20001') })
  assert.equal([back.inventory.retired, back.remarks], [undefined, []])
})

/** As setup leaves isolation strict: users' service accounts, and what their tokens are bound to, beside the groups. */
const STRICT = [
  namespace('arena-found', OURS.labels),
  serviceAccount('arena-found/default'),
  ...['bob', 'tom'].flatMap((name) => [
    serviceAccount(`arena-found/${name}`),
    anchor(`arena-found/${name}-token-1`),
    bound(`arena-found-${name}`, 'ClusterRole/arena-found-start', `arena-found/${name}`),
  ]),
  ...[
    ['dev1', 'bob'],
    ['dev2', 'bob'],
    ['dev2', 'tom'],
  ].flatMap(([group, user]) => [bound(`${group}/${user}-member`, 'Role/member', `arena-found/${user}`)]),
  made(
    kinds.NAMESPACE,
    'dev1',
    {},
    {
      ...OURS,
      annotations: {
        'arena-playbooks/priority-classes': 'high low',
        'arena-playbooks/image-volumes': 'true',
        'arena-playbooks/host-users': 'false',
      },
    },
  ),
  namespace('dev2', OURS.labels),
  ...['dev1', 'dev2'].flatMap((group) => [
    made(kinds.RESOURCE_QUOTA, `${group}/${group}-object-counts`, { spec: { hard: { pods: '2000' } } }, OURS),
    made(
      kinds.RESOURCE_QUOTA,
      `${group}/${group}-system-priorities`,
      { spec: { hard: { pods: '0' }, scopeSelector: {} } },
      OURS,
    ),
  ]),
]

it('isolation strict stays strict: its users with their groups, and what pods may', () => {
  const config = kubeconfig('bob', { group: 'dev2', uid: 20001 })
  const client = { accounts: ACCOUNTS.replace('10002:tom', '10002:tom,bob'), kubeconfigs: [config] }
  const { inventory, remarks } = adopted([client], STRICT)
  assert.equal(
    checkInventory(inventory).found.map(({ path }) => path.join('.')),
    ['arena.sha256'],
  )
  assert.equal([inventory.isolation, inventory.tokens], ['strict', undefined])
  assert.equal(
    inventory.users.map(({ name, groups }) => [name, groups]),
    [
      ['bob', ['dev2', 'dev1']],
      ['tom', ['dev2']],
    ],
  )
  assert.equal(
    inventory.groups.map(({ pods }) => pods),
    [{ imageVolumes: true, hostUsers: false, priorityClasses: ['high', 'low'] }, undefined],
  )
  assert.equal(
    remarks.map(({ part, name }) => `${part}/${name}`),
    ['groups/staticManifests and authorizedKeys'],
    'what leaves no trace is told, and nothing else',
  )
  const empty = STRICT.filter(
    ({ kind, metadata }) => kind !== 'ServiceAccount' || metadata.name === 'default',
  )
  assert.is(adopted([client], [...empty, ...SPACES]).inventory.isolation, 'document')
})

it('a user of a directory has the bindings and tokens of their service account, which nobody is told to delete', () => {
  const [name, called] = ['Zhang.San', serviceAccountOf('Zhang.San')]
  const { inventory, remarks } = adopted(
    [
      {
        accounts: `group:dev1:10001:${name}\ndirectory:${name}:hidden:70001:70000::/home/${name}:/bin/bash`,
        directory: `account:${name}:hidden:70001:70000::/home/${name}:/bin/bash\nin:${name}:70000`,
      },
    ],
    [
      namespace('dev1', OURS.labels),
      serviceAccount(`dev1/${called}`),
      bound(`dev1/${called}-member`, 'Role/member', `dev1/${called}`),
      bound(`arena-found-${called}`, 'ClusterRole/arena-found-start', `dev1/${called}`),
      token(`dev1/${called}-token-1`, called),
    ],
  )
  assert.equal(
    inventory.users.map((user) => user.name),
    [name],
  )
  assert.equal(
    remarks.filter(({ next }) => next.includes('kubectl delete')),
    [],
  )
})

it('what is found is written in both forms and shown', () => {
  const all = found(
    [
      memberOf('dev1', ['tf']),
      memberOf('dev2', ['tf']),
      anchor('dev1/bob-token-1'),
      anchor('dev2/tom-token-1'),
    ],
    { accounts: SHUT, keys: [keysFile('bob', 20001, ...block(key('a')))] },
  )
  const yaml = asYaml(all, 'found.yaml')
  const typescript = asTypeScript(all, 'found.ts', '../schema.ts')
  for (const text of [yaml, typescript]) {
    assert.match(text, /tokens: '?bound/)
    assert.match(text, /kinds: ?\[ ?'?tf'? ?\]/)
    assert.ok(text.includes(key('a')))
    assert.match(text, /(?:\/\/|#) [^\n]*2026|has left[\s\S]*name: '?carol/)
  }
  assert.match(renderFound(all, 'found.yaml', 'written').join('\n'), 'carol')
})

it.run()
