import { parentsOf } from '../base/absolute-path.ts'
import { counted } from '../base/counted.ts'
import { quantity } from '../base/quantity.ts'
import { chooseFrom, type Rule, shown } from '../base/rules.ts'
import { isJobKind, jobKind } from '../conventions/job-kinds.ts'
import { CONTAINER_PRESETS, homeOf, VOLUME_SIZE } from '../conventions/presets.ts'
import { accountMistakes, identityMistakes } from './account-rules.ts'
import { archiveMistakes, membershipMistakes } from './machine-rules.ts'
import {
  elements,
  type Fields,
  fieldsOf,
  namesIn,
  type Path,
  type PlacedMistake,
  placeOf,
  type ReportMistake,
  unique,
} from './raw.ts'
import { BUILT_IN_ROLES } from './roles.ts'
import { STATIC_MANIFESTS } from './static-manifests.ts'
import { trustedMistakes } from './trusted-rules.ts'
import { bytes, cores, gpus } from './values.ts'
import { volumeMistakes } from './volume-rules.ts'

/** What is wrong between the fields of an inventory, looked for also where single fields are wrong. */
export const crossMistakes = (raw: unknown): PlacedMistake[] => {
  const found: PlacedMistake[] = []
  const report: ReportMistake = (path, reason, hint) => found.push({ path, reason, hint })
  for (const check of [
    identityMistakes,
    accountMistakes,
    roles,
    machines,
    memberships,
    homes,
    limits,
    largest,
    claims,
    volumeMistakes,
    trustedMistakes,
    tokens,
    staticManifests,
    keys,
    kinds,
    archiveMistakes,
    membershipMistakes,
  ])
    check(fieldsOf(raw), report)
  return found
}

const roles = (inventory: Fields, report: ReportMistake): void => {
  const name = unique(report)
  for (const [index, role] of elements(inventory['roles']))
    name(role['name'], ['roles', index, 'name'], `the name of roles[${index}]`, 'choose another name')
}

/**
 * Users of isolation document may add keys of their own, a key twice is one too many to take away, and one of two users
 * makes each of them the other.
 */
const keys = (inventory: Fields, report: ReportMistake): void => {
  if (inventory['authorizedKeys'] === 'exclusive' && inventory['isolation'] === 'document')
    report(
      ['authorizedKeys'],
      "is 'exclusive' in isolation document",
      "set isolation: 'strict', or leave it out",
    )
  const owners = new Map<string, number>()
  for (const [index, { sshKeys }] of elements(inventory['users'])) {
    const first = new Map<string, number>()
    for (const [at, key] of (Array.isArray(sshKeys) ? sshKeys : []).entries()) {
      const part = `${key}`.trim().split(/ +/, 2).join(' ')
      const other = first.get(part)
      const owner = owners.get(part) ?? index
      if (other !== undefined)
        report(['users', index, 'sshKeys', at], `is the key of sshKeys[${other}]`, 'keep one of them')
      else if (owner !== index)
        report(
          ['users', index, 'sshKeys', at],
          `is a key of ${placeOf(['users', owner], inventory)} too: who has it can be both`,
          'write each user a key of their own; one person with two accounts makes two',
        )
      first.set(part, other ?? at)
      owners.set(part, owner)
    }
  }
}

/** What breaks a promise of strict is refused for all groups and for one. */
const kinds = (inventory: Fields, report: ReportMistake): void => {
  if (inventory['isolation'] !== 'strict') return
  const places: [Path, unknown][] = [
    [['jobs', 'kinds'], fieldsOf(inventory['jobs'])['kinds']],
    ...elements(inventory['groups']).map(([index, { jobs }]): [Path, unknown] => [
      ['groups', index, 'jobs', 'kinds'],
      fieldsOf(jobs)['kinds'],
    ]),
  ]
  for (const [path, list] of places)
    for (const [index, name] of (Array.isArray(list) ? list : []).entries()) {
      const why = isJobKind(name) ? jobKind(name).notStrict : undefined
      if (why !== undefined)
        report(
          [...path, index],
          `${shown(name)} is not for isolation strict: ${why}`,
          "leave it out, or set isolation: 'document'",
        )
    }
}

const SSH_FIELDS = [
  'user',
  'port',
  'identityFile',
  'agent',
  'proxyJump',
  'hostKey',
  'sshConfig',
  'knownHosts',
  'password',
]

const machines = (inventory: Fields, report: ReportMistake): void => {
  const name = unique(report)
  const machine = unique(report)
  name(fieldsOf(inventory['cluster'])['name'] ?? 'cluster', [], 'the name of the cluster', '')
  for (const [index, host] of elements(inventory['hosts'])) {
    const path = ['hosts', index]
    const local = host['connection'] === 'local'
    const field = local ? 'connection' : host['address'] === undefined ? 'name' : 'address'
    const way = local ? ['local'] : [host['address'] ?? host['name'], host['port'], host['proxyJump']]
    const free = name(host['name'], [...path, 'name'], `the name of hosts[${index}]`, 'choose another name')
    if (free || field !== 'name')
      machine(
        way.filter((part) => part !== undefined).join(' '),
        [...path, field],
        `the ${field} of ${placeOf(path, inventory)}`,
        'name each machine once',
      )
    for (const one of local ? SSH_FIELDS.filter((one) => one in host) : [])
      report([...path, one], "has no meaning with connection: 'local'", `leave out ${one} or the connection`)
  }
}

const memberships = (inventory: Fields, report: ReportMistake): void => {
  const groups = namesIn(inventory['groups'])
  const roles = [...BUILT_IN_ROLES.map(({ name }) => name), ...namesIn(inventory['roles'])]
  const known = { group: new Set(groups), role: new Set(roles) }
  const bindings = new Map<string, unknown>()
  const checkGroup = (group: unknown, path: Path): void => {
    if (typeof group === 'string' && !known.group.has(group))
      report(path, `${shown(group)} is not a group of this inventory`, chooseFrom(group, groups))
  }

  for (const [index, { group }] of elements(inventory['volumes']))
    checkGroup(group, ['volumes', index, 'group'])
  for (const [index, user] of elements(inventory['users'])) {
    if ('password' in user && 'passwordHash' in user)
      report(['users', index, 'passwordHash'], 'is given beside password', 'keep one of them')
    const own = new Set<unknown>()
    const memberOf = Array.isArray(user['groups']) ? user['groups'] : []
    for (const [position, member] of memberOf.entries()) {
      const path = ['users', index, 'groups', position]
      const { group, role = 'member' } = typeof member === 'string' ? { group: member } : fieldsOf(member)
      checkGroup(group, typeof member === 'string' ? path : [...path, 'group'])
      if (typeof role === 'string' && !known.role.has(role))
        report([...path, 'role'], `${shown(role)} is not a role`, chooseFrom(role, roles))
      if (own.has(group))
        report(
          path,
          `${shown(group)} is there twice`,
          "keep one of them; what its role lacks can be added: roles: [{ name: 'member', rules: […] }]",
        )
      if (typeof group === 'string') own.add(group)
      const binding = `${group}/${user['name']}-${role}`
      const holder = bindings.get(binding) ?? user['name']
      if (holder !== user['name'])
        report(path, `${shown(binding)} is the role binding of ${holder} too`, 'rename the role')
      bindings.set(binding, holder)
    }
  }
}

/** A home has one owner and mode 0700, so nobody else can have theirs inside it. */
const homes = (inventory: Fields, report: ReportMistake): void => {
  const owners = new Map<string, { index: number; name: unknown }>()
  const placed = elements(inventory['users']).flatMap(([index, { name, home = homeOf(`${name}`) }]) =>
    typeof home === 'string' ? [{ index, name, home }] : [],
  )
  const owner = (home: string): string => placeOf(['users', owners.get(home)!.index], inventory)
  for (const { index, name, home } of placed) {
    if (!owners.has(home)) owners.set(home, { index, name })
    else if (owners.get(home)?.name !== name)
      report(
        ['users', index, 'home'],
        `is the home of ${owner(home)} too`,
        'give each user a home of their own',
      )
  }
  for (const { index, home } of placed) {
    const above = home.startsWith('/') ? parentsOf(home).find((parent) => owners.has(parent)) : undefined
    if (above !== undefined)
      report(['users', index, 'home'], `lies in the home of ${owner(above)}`, 'choose a directory beside it')
  }
}

const limits = (inventory: Fields, report: ReportMistake): void => {
  for (const [index, group] of elements(inventory['groups']))
    for (const [key, rule, preset] of [
      ['cpu', cores, CONTAINER_PRESETS.cpu],
      ['memory', bytes, CONTAINER_PRESETS.memory],
      ['ephemeralStorage', bytes, CONTAINER_PRESETS.ephemeralStorage],
    ] as const) {
      const total = fieldsOf(group['quota'])[key]
      const each = fieldsOf(group['containerDefaults'])[key] ?? preset
      if (!isAmount(total) || !isAmount(each) || rule(total) || rule(each)) continue
      if (quantity(each)! > quantity(total)!)
        report(
          ['groups', index, 'containerDefaults', key],
          `${each} for each container that states nothing is more than the whole quota`,
          `set containerDefaults.${key} to less`,
        )
    }
}

/** A most that is less than a default is refused by the API server, and one above the quota bounds nothing. */
const largest = (inventory: Fields, report: ReportMistake): void => {
  for (const [index, group] of elements(inventory['groups'])) {
    const quota = fieldsOf(group['quota'])
    for (const [key, rule, preset] of [
      ['cpu', cores, CONTAINER_PRESETS.cpu],
      ['memory', bytes, CONTAINER_PRESETS.memory],
      ['gpu', gpus, 0],
    ] as const) {
      const most = fieldsOf(quota['max'])[key]
      const path: Path = ['groups', index, 'quota', 'max', key]
      if (!isAmount(most) || (rule as Rule<string | number>)(most)) continue
      const each = key === 'gpu' ? preset : (fieldsOf(group['containerDefaults'])[key] ?? preset)
      if (isAmount(each) && quantity(each) !== undefined && quantity(each)! > quantity(most)!)
        report(
          path,
          `${most} is less than the ${each} that a container gets that states nothing`,
          `write more, or set containerDefaults.${key} to less`,
        )
      const total = quota[key]
      if (isAmount(total) && quantity(total) !== undefined && quantity(most)! > quantity(total)!)
        report(path, `${most} for one container is more than the whole quota`, `write at most ${total}`)
    }
  }
}

/** Claims that setup makes count, too: with a smaller quota they would be refused. */
const claims = (inventory: Fields, report: ReportMistake): void => {
  const volumes = elements(inventory['volumes']).map(([, volume]) => volume)
  for (const [index, group] of elements(inventory['groups'])) {
    const quota = fieldsOf(group['quota'])
    const own = volumes.filter((volume) => volume['group'] === group['name'])
    if (typeof quota['claims'] === 'number' && quota['claims'] < own.length)
      report(
        ['groups', index, 'quota', 'claims'],
        `${quota['claims']} is less than the ${counted(own.length, 'volume')} of the group`,
        `write at least ${own.length}`,
      )
    const sizes = own.map(({ size = VOLUME_SIZE }) => (isAmount(size) ? (quantity(size) ?? 0n) : 0n))
    const needed = sizes.reduce((sum, size) => sum + size, 0n)
    const storage = quota['storage']
    if (isAmount(storage) && quantity(storage) !== undefined && quantity(storage)! < needed)
      report(
        ['groups', index, 'quota', 'storage'],
        `${storage} is less than the sizes of the group's volumes together`,
        `write at least ${needed / 10n ** 9n / 2n ** 20n}Mi`,
      )
  }
}

/** What strict promises of a stolen kubeconfig rests on tokens that end. */
const tokens = (inventory: Fields, report: ReportMistake): void => {
  if (inventory['tokens'] === 'secret' && inventory['isolation'] === 'strict')
    report(
      ['tokens'],
      "is 'secret' in isolation strict, whose tokens end",
      "leave it out, or set isolation: 'document'",
    )
}

/** Isolation document has no policy to write; a machine of that name could not be told from the place of the files. */
const staticManifests = (inventory: Fields, report: ReportMistake): void => {
  if (inventory['staticManifests'] !== undefined && inventory['isolation'] === 'document')
    report(
      ['staticManifests'],
      'means something in isolation strict only',
      "leave it out, or set isolation: 'strict'; take the files from the API servers before you leave strict",
    )
  for (const [index, { name }] of elements(inventory['hosts']))
    if (name === STATIC_MANIFESTS)
      report(
        ['hosts', index, 'name'],
        `${shown(name)} is what --limit calls that directory`,
        'choose another name',
      )
}

const isAmount = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number'
