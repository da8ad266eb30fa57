// Makes groups, users, Arena, permissions, quotas and volumes as the inventory says: steps one to five of the document.
import type { Group, Inventory, User } from '../inventory/schema.ts'
import {
  arenaStart,
  clusterWideName,
  containerSizes,
  csiDriver,
  defined,
  devicesIn,
  hardLimits,
  identityNamespace,
  isPlainPath,
  type JobKindName,
  jobKind,
  main,
  markerOf,
  playbook,
  READ_UP_TO,
  type Resource,
  resourceOfKind,
  roleBindingName,
  rolesIn,
  type Site,
  serviceAccountOf,
  step,
  type Target,
  unknownResources,
  wrongFlag,
} from '../lib/playbook.ts'
import { admissionPolicy } from '../tasks/admission-policy.ts'
import { admissionPolicyBinding } from '../tasks/admission-policy-binding.ts'
import { arenaClient } from '../tasks/arena-client.ts'
import { authorizedKeys } from '../tasks/authorized-keys.ts'
import { boundToken } from '../tasks/bound-token.ts'
import { claim } from '../tasks/claim.ts'
import { clusterRole } from '../tasks/cluster-role.ts'
import { clusterRoleBinding } from '../tasks/cluster-role-binding.ts'
import { defaultServiceAccount } from '../tasks/default-service-account.ts'
import { directoryUser } from '../tasks/directory-user.ts'
import { foreignGrants } from '../tasks/foreign-grants.ts'
import { kubeconfig } from '../tasks/kubeconfig.ts'
import { limitRange } from '../tasks/limit-range.ts'
import { linuxGroup } from '../tasks/linux-group.ts'
import { linuxUser } from '../tasks/linux-user.ts'
import { missingCsiDrivers } from '../tasks/missing-csi-drivers.ts'
import { missingJobKinds } from '../tasks/missing-job-kinds.ts'
import { missingPriorityClasses } from '../tasks/missing-priority-classes.ts'
import { mutatingPolicy } from '../tasks/mutating-policy.ts'
import { mutatingPolicyBinding } from '../tasks/mutating-policy-binding.ts'
import { namespace } from '../tasks/namespace.ts'
import { networkPolicy } from '../tasks/network-policy.ts'
import { resourceQuota } from '../tasks/resource-quota.ts'
import { retiredUser } from '../tasks/retired-user.ts'
import { role } from '../tasks/role.ts'
import { roleBinding } from '../tasks/role-binding.ts'
import { serviceAccount } from '../tasks/service-account.ts'
import { serviceAccountToken } from '../tasks/service-account-token.ts'
import { unlimitedDevices } from '../tasks/unlimited-devices.ts'
import { volume } from '../tasks/volume.ts'
import { guardsOf, objectCountsOf, type Strict, strictIn } from './strict/index.ts'

/**
 * 90 days: a token is renewed in its last fifth, 18 days, so that setup every two weeks keeps all alive, and one that
 * was copied unseen dies within a season.
 */
const TOKEN_SECONDS = 90 * 86_400

const setup = playbook({
  name: 'setup',
  description: 'Makes groups, users, Arena, permissions, quotas and volumes as the inventory says.',
  manages: [
    linuxUser,
    directoryUser,
    authorizedKeys,
    kubeconfig,
    namespace,
    serviceAccount,
    serviceAccountToken,
    boundToken,
    defaultServiceAccount,
    role,
    roleBinding,
    clusterRole,
    clusterRoleBinding,
    resourceQuota,
    limitRange,
    networkPolicy,
    admissionPolicyBinding,
    admissionPolicy,
    mutatingPolicyBinding,
    mutatingPolicy,
    volume,
    claim,
  ],

  flags: {
    staticManifests: {
      value: '<dir>',
      says:
        'isolation strict, on your own control plane (Kubernetes from 1.37): its policies as files in this ' +
        'directory, which kube-apiserver reads (staticManifests in the inventory says the same to every playbook)',
    },
  },

  judges: (inventory, flags) => void directoryOf(inventory, flags),

  warnings: (inventory, flags) => [
    ...untoldToOthers(inventory, flags),
    ...inSeveralGroups(inventory),
    ...withOwnUsers(inventory),
    ...unknownRights(inventory),
  ],

  *resources(inventory, { hosts, cluster, here, endpoint, rotation, passwordFollows }, flags) {
    const directory = directoryOf(inventory, flags)
    const files = directory === undefined ? undefined : { directory, here }
    const strict = inventory.isolation === 'strict' ? strictIn(cluster, inventory, files) : undefined
    const bound = inventory.tokens === 'bound'
    const spaces = new Map(
      inventory.groups.map((group) => [group.name, spaceOf(group, inventory, cluster, strict)]),
    )
    const accounts = new Map(hosts.map((host) => [host, accountsOn(host, inventory, passwordFollows)]))
    const identities = new Map(
      inventory.users.map((user) => {
        const home = spaces.get(user.groups[0]!.group)!.namespace
        const needs = [...accounts.values()].flatMap(({ users }) => inDirectory(users.get(user.name)!))
        return [user.name, identityOf(user, { cluster, home, strict, bound, rotation, needs })]
      }),
    )

    yield* step('1 Accounts and namespaces', function* () {
      for (const { groups, users, retired } of accounts.values())
        yield* [...groups.values(), ...users.values(), ...keysFor(users, inventory), ...retired]
      if (strict) yield strict.namespace
      for (const space of spaces.values()) yield space.namespace
      for (const { account } of identities.values()) yield account
    })

    yield* step('2 Arena and kubeconfigs', function* () {
      for (const host of hosts) yield arenaClient(host, inventory.arena)
      for (const { token } of identities.values()) yield token
      const configs = inventory.users.map(({ name, uid, home, groups, accounts: from }) => {
        const { account, token } = identities.get(name)!
        const want = {
          user: name,
          uid,
          ...(from === 'directory' && { accounts: from }),
          home,
          cluster: { name: inventory.name, ...endpoint },
          contexts: groups.map(({ group }) => ({ name: group, namespace: group })),
          current: groups[0]!.group,
          token: token.key,
          ...(bound && { account: account.key }),
          ...(rotation && { tried: true }),
        }
        const belongs = { user: name, groups: groups.map(({ group }) => group) }
        return { want, needs: [...(bound ? [account] : []), token], belongs }
      })
      for (const [host, { users }] of accounts)
        for (const { want, needs, belongs } of configs)
          yield kubeconfig(host, want, { needs: [users.get(want.user)!, ...needs], belongs })
    })

    yield* step('3 Permissions', function* () {
      const start = clusterRole(cluster, {
        name: clusterWideName(inventory.name, 'start'),
        rules: arenaStart(inventory),
      })
      yield start
      if (inventory.kinds) yield missingJobKinds(cluster, { kinds: inventory.kinds.map(submittedAs) })
      if (strict) yield* strict.policies
      for (const { roles, guards } of spaces.values()) yield* [...roles.values(), ...guards]
      for (const { name, groups } of inventory.users) {
        const { account } = identities.get(name)!
        yield clusterRoleBinding(
          cluster,
          {
            name: clusterWideName(inventory.name, serviceAccountOf(name)),
            role: start.want.name,
            serviceAccount: account.want,
          },
          { needs: [account, start], belongs: account.belongs },
        )
        for (const { group, role } of groups) {
          const { namespace, roles, limits, guards } = spaces.get(group)!
          const before = [...limits, ...guards, ...(strict?.policies ?? [])]
          yield roleBinding(
            cluster,
            {
              namespace: namespace.want.name,
              user: serviceAccountOf(name),
              role,
              serviceAccount: account.want,
            },
            { needs: [account, roles.get(role)!, ...before], belongs: { user: name, groups: [group] } },
          )
        }
      }
      yield foreignGrants(cluster, {
        inventory: inventory.name,
        own: bindingsOf(inventory),
        namespaces: [...inventory.groups.map(({ name }) => name), identityNamespace(inventory)],
        trusted: inventory.trusted.filter(isHolder).map(({ reason: _, ...holder }) => holder),
      })
    })

    yield* step('4 Quotas', function* () {
      if (strict) yield strict.quota
      for (const { limits } of spaces.values()) yield* limits
      if (!strict) yield unlimitedDevices(cluster, { groups: inventory.groups.map(limitedIn) })
      const named = inventory.groups.flatMap(({ name, pods: { priorityClasses = [] } = {} }) =>
        priorityClasses.map((priorityClass) => ({ group: name, priorityClass })),
      )
      if (named.length > 0) yield missingPriorityClasses(cluster, { named })
    })

    yield* step('5 Volumes', function* () {
      const drivers = driversIn(inventory)
      if (drivers.length > 0) yield missingCsiDrivers(cluster, { drivers })
      for (const { group, description, owner, ...mounted } of inventory.volumes) {
        const { name, size, access } = mounted
        const belongs = { groups: [group] }
        const pv = volume(cluster, { ...mounted, claim: { namespace: group, name } }, { belongs })
        yield pv
        yield claim(
          cluster,
          { namespace: group, name, volume: name, size, access, ...defined({ description, owner }) },
          { needs: [pv, spaces.get(group)!.namespace], belongs },
        )
      }
    })
  },
})

const submittedAs = (name: JobKindName) => {
  const { command, operator } = jobKind(name)
  return { name, resource: resourceOfKind(jobKind(name)), command, operator }
}

/** The CSI drivers that volumes need, with those volumes. */
const driversIn = ({ volumes }: Inventory) => {
  const byDriver = Map.groupBy(volumes, ({ driver }) => csiDriver(driver)?.driver)
  return [...byDriver].flatMap(([driver, of]) =>
    driver === undefined ? [] : [{ driver, volumes: of.map(({ name }) => name) }],
  )
}

interface StaticFlag {
  staticManifests?: string | undefined
}

/** Where policies are files, if they are. */
const directoryOf = (inventory: Inventory, { staticManifests }: StaticFlag): string | undefined => {
  if (staticManifests === undefined) return inventory.staticManifests
  const flag = `--static-manifests ${staticManifests}`
  if (inventory.isolation === 'document')
    throw wrongFlag(
      flag,
      'means something in isolation strict only',
      "leave it out, or set isolation: 'strict'",
    )
  if (!isPlainPath(staticManifests))
    throw wrongFlag(
      flag,
      'is not a plain absolute path',
      'write one as API servers will have it, such as /etc/kubernetes/arena',
    )
  return staticManifests
}

/** Another playbook would put the policies into the API again. */
const untoldToOthers = (inventory: Inventory, { staticManifests }: StaticFlag): string[] =>
  staticManifests === undefined || staticManifests === inventory.staticManifests
    ? []
    : [
        `write staticManifests: '${staticManifests}' into the inventory: without it add-user and the others ` +
          'keep the policies in the API, and this flag must be given each time',
      ]

const inSeveralGroups = ({ isolation, users }: Inventory): string[] =>
  users
    .filter(({ groups }) => isolation === 'document' && groups.length > 1)
    .map(({ name, groups }) => {
      const [first, ...others] = groups.map(({ group }) => group)
      return (
        `${name} is in ${first} and ${others.join(', ')}: whoever submits jobs in ${first} can run ` +
        `pods as ${name} and so use their rights there too. Give the user one group where that matters, or ` +
        "set isolation: 'strict'"
      )
    })

/** What roles of the inventory will give one day. */
const unknownRights = ({ roles }: Inventory): string[] =>
  unknownResources(roles).map(
    ({ role, resource }) =>
      `the role ${role} gives rights on ${resource}, which Kubernetes up to ${READ_UP_TO} has not: ` +
      'correct it under roles, or leave it out; what it will give is not known',
  )

/** User namespaces are strict's, and what is on NFS cannot be mapped into them; of one group, or of all. */
export const withOwnUsers = ({ isolation, groups, volumes }: Inventory, only?: string): string[] =>
  groups
    .filter(({ name, pods }) => pods?.hostUsers === false && (only ?? name) === name)
    .flatMap(({ name }) => {
      if (isolation === 'document')
        return [`${name}: pods.hostUsers has no effect in isolation document: set isolation: 'strict'`]
      const mounted = volumes.find(({ group }) => group === name)
      return mounted === undefined
        ? []
        : [
            `${name}: its pods run in user namespaces (pods.hostUsers: false), and NFS cannot map ` +
              `users into them, so a pod with a volume such as ${mounted.name} may not start. Try one ` +
              `first (arena submit … --data ${mounted.name}:/data); where it stays ContainerCreating, ` +
              'leave hostUsers out',
          ]
    })

/** A group in the cluster. Rights in it rest on its limits and guards: what does not hold gives nobody any. */
const spaceOf = (group: Group, inventory: Inventory, cluster: Target, strict: Strict | undefined) => {
  const { users } = inventory
  const { name, jobs, quota, pods = {} } = group
  const belongs = { groups: [name] }
  const level = strict && { podSecurity: 'baseline' as const, devices: devicesIn(quota), pods }
  const space = namespace(cluster, { name, jobs, ...level }, { belongs })
  const needs = [space]
  const limits: Resource[] = []
  const { max: _, ...shares } = quota
  if (Object.keys(shares).length > 0)
    limits.push(resourceQuota(cluster, { namespace: name, ...shares }, { needs, belongs }))
  const sizes = containerSizes(group, strict !== undefined)
  if (Object.keys(sizes.defaults).length > 0)
    limits.push(limitRange(cluster, { namespace: name, ...sizes }, { needs, belongs }))
  const given = users.flatMap((user) =>
    user.groups.filter((one) => one.group === name).map((one) => one.role),
  )
  const names = new Set(['member', ...given])
  const used = rolesIn(inventory, name).filter((one) => names.has(one.name))
  if (strict) limits.push(...objectCountsOf(cluster, space, used, Object.keys(hardLimits(shares))))
  const made = used.map(
    (one) => [one.name, role(cluster, { namespace: name, ...one }, { needs, belongs })] as const,
  )
  return {
    namespace: space,
    limits,
    guards: strict ? guardsOf(cluster, space) : [],
    roles: new Map(made),
  }
}

/** The bindings that setup makes, or takes over. */
const bindingsOf = ({ name: inventory, users }: Inventory): string[] => [
  ...users.map(({ name }) => clusterWideName(inventory, serviceAccountOf(name))),
  ...users.flatMap(({ name, groups }) =>
    groups.map(({ group, role }) => `${group}/${roleBindingName(serviceAccountOf(name), role)}`),
  ),
]

/** Whether what is trusted is somebody who has rights. */
const isHolder = (one: Inventory['trusted'][number]) =>
  one.kind === 'User' || one.kind === 'Group' || one.kind === 'ServiceAccount'

/** A group with the keys that its quota limits. */
const limitedIn = ({ name, quota }: Group) => ({ name, keys: Object.keys(hardLimits(quota)) })

/** Whoever is not in the directory gets nothing in the cluster either: a name may be misspelt. */
const inDirectory = (account: Account): Account[] => (account.type === directoryUser.type ? [account] : [])

/** Where a user is to be somebody, and how. */
interface Around {
  cluster: Target
  home: Space
  strict: Strict | undefined
  /** Whether the user's token ends. */
  bound: boolean
  rotation: Site['rotation']
  needs: readonly Resource[]
}

/**
 * Who a user is in the cluster: outside all groups where isolation is strict, otherwise their first group decides
 * where.
 */
const identityOf = ({ name, groups }: User, { cluster, home, strict, bound, rotation, needs }: Around) => {
  const names = groups.map(({ group }) => group)
  const belongs = { user: name, groups: strict ? names : names.slice(0, 1) }
  const place = strict?.namespace ?? home
  const namespace = place.want.name
  const account = serviceAccount(
    cluster,
    { namespace, name: serviceAccountOf(name) },
    { needs: [place, ...needs], belongs },
  )
  const options = { needs: [account], belongs }
  const wanted = {
    namespace,
    serviceAccount: account.want.name,
    ...(rotation && { replace: [...(rotation.replace.get(`${namespace}/${account.want.name}`) ?? [])] }),
  }
  const token = bound
    ? boundToken(cluster, { ...wanted, seconds: TOKEN_SECONDS }, options)
    : serviceAccountToken(cluster, wanted, options)
  return { account, token }
}

type Space = ReturnType<typeof spaceOf>['namespace']

/** Groups and accounts of one machine; every account is also in the group that marks it as this inventory's. */
const accountsOn = (
  host: Target,
  { name: inventory, groups, users, retired, hosts }: Inventory,
  passwordFollows: Site['passwordFollows'],
) => {
  const marker = linuxGroup(host, { name: markerOf(inventory) })
  const own = groups.map(({ name, gid, linuxGroup: from }) =>
    linuxGroup(host, { name, gid, ...(from === 'directory' && { from }) }, { belongs: { groups: [name] } }),
  )
  const byName = new Map([marker, ...own].map((group) => [group.want.name, group]))
  const groupsOfDirectory = groups.filter((group) => group.linuxGroup === 'directory')
  const here = hosts.find((one) => one.name === host.name)?.memberships ?? {}
  const made = users.map((user) => {
    const { name, uid, groups, gecos, shell, home, password, passwordHash, sshKeys = [] } = user
    const names = groups.map(({ group }) => group)
    const memberOf = Object.hasOwn(here, name) ? here[name]! : names
    const foreign = memberOf.filter((group) => !byName.has(group))
    const want = { name, uid, ...(foreign.length > 0 && { foreign }), marker: marker.want.name, home }
    const options = {
      needs: [marker, ...memberOf.flatMap((group) => byName.get(group) ?? [])],
      belongs: { user: name, groups: names },
    }
    if (user.accounts === 'directory') {
      const theirs = groupsOfDirectory.filter((group) => memberOf.includes(group.name))
      return directoryUser(
        host,
        {
          ...want,
          groups: memberOf.filter((group) => !theirs.some((one) => one.name === group)),
          directoryGroups: theirs.map(({ name, gid }) => ({ name, gid })),
        },
        options,
      )
    }
    return linuxUser(
      host,
      {
        ...want,
        groups: memberOf,
        shell,
        ...defined({ gecos, password, passwordHash }),
        ...((name === passwordFollows || sshKeys.length > 0) && { passwordFollows: true }),
      },
      options,
    )
  })
  return {
    groups: byName,
    users: new Map<string, Account>(made.map((user) => [user.want.name, user])),
    retired: retired.map(({ name, uid }) => retiredUser(host, { name, uid }, { belongs: { user: name } })),
  }
}

/** Keys of whoever has some, or had; of everybody where the inventory's are the only ones. */
const keysFor = (accounts: ReadonlyMap<string, Account>, { users, authorizedKeys: whose }: Inventory) =>
  users
    .filter(({ sshKeys }) => sshKeys !== undefined || whose === 'exclusive')
    .map(({ name, sshKeys = [], accounts: from }) => {
      const account = accounts.get(name)!
      const { uid, home } = account.want
      return authorizedKeys(
        account.on,
        {
          user: name,
          uid,
          ...(from === 'directory' && { accounts: from }),
          home,
          keys: sshKeys,
          ...(whose === 'exclusive' && { exclusive: true }),
        },
        { needs: [account], belongs: account.belongs },
      )
    })

type Account = ReturnType<typeof linuxUser> | ReturnType<typeof directoryUser>

export default setup

if (import.meta.main) await main(setup)
