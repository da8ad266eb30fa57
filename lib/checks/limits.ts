// What one user or one container may take of the group's share, and where no share counts.
import {
  advise,
  type Check,
  containerSizes,
  type Finding,
  fail,
  type Grant,
  gap,
  isCountable,
  isScoped,
  type KubeObject,
  LIMIT_RANGE,
  type LimitRange,
  type LimitRangeItem,
  limitRangeName,
  orPass,
  pass,
  promisedByStrict,
  RESOURCE_QUOTA,
  type Scene,
  sameQuantity,
  sharesOf,
  sourceOf,
} from '../check.ts'
import type { Group } from '../inventory/schema.ts'
import { about, granted } from './access.ts'
import { MATRIX_KINDS, type Peers, peersOf } from './rights/peers.ts'
import { hardOf, limitedKeys, titleOf } from './shares.ts'
import { apiResourceName } from './workloads.ts'

const counts: Check = {
  id: 'F2',
  goal: 4,
  title: 'The number of objects that each group can make is limited',
  kinds: [...MATRIX_KINDS, RESOURCE_QUOTA],
  *trials(scene) {
    const made = madeIn(scene)
    const makeable = makeableBy(scene, made)
    for (const { name } of scene.groups) {
      const limited = limitedKeys(scene, name)
      const open = makeable(name).filter((keys) => !keys.some((key) => limited.has(key)))
      if (open.length === 0) yield pass(name, 'can make so many objects and no more')
      if (makeable(name).some(([kind]) => CLAIMING.includes(kind!)) && !limited.has('requests.storage'))
        yield gap(
          name,
          'can claim as much storage as the storage classes of the cluster give',
          advise('write quota.storage of the group in the inventory; then run setup'),
          'requests.storage',
        )
      for (const [thing] of open) {
        const grant = strayMaker(made.get(name) ?? [], thing!)
        yield {
          ...(isCountable(thing!) ? promisedByStrict(scene) : UNCOUNTED),
          ...(grant !== undefined && { repair: grant.repair }),
          subjects: [name],
          says: 'can make as many as it likes',
          thing: thing!,
        }
      }
    }
  },
}

const UNCOUNTED = {
  verdict: 'gap',
  repair: advise('take the right to create them out of the role: no quota counts them'),
} as const

/** Keys of quotas that count some of the services. */
const OF_SERVICES = ['services.nodeports', 'services.loadbalancers']

/** Kinds that claim storage or make what does. */
const CLAIMING = ['persistentvolumeclaims', 'statefulsets.apps']

/** A right to make things of a kind. */
interface Making {
  kind: string
  namespace: string | undefined
  grant: Grant
  /** Whether the inventory says it. */
  isExpected: boolean
}

/** Every right to make something, by namespace. */
const madeIn = (scene: Scene): Map<string | undefined, Making[]> =>
  Map.groupBy(peersOf(scene).flatMap(makings), ({ namespace }) => namespace)

/** What users can make in a namespace, by themselves or through a job: for each kind the quota keys that count it. */
const makeableBy = (
  scene: Scene,
  made: ReadonlyMap<string | undefined, readonly Making[]>,
): ((namespace: string) => string[][]) => {
  const stored = new Set(
    scene
      .resources()
      .filter(({ verbs, subresource }) => subresource === undefined && verbs.includes('delete'))
      .map(apiResourceName),
  )
  return (namespace) => {
    const kinds = new Set(
      (made.get(namespace) ?? []).map(({ kind }) => kind).filter((kind) => stored.has(kind)),
    )
    if (kinds.size === 0) return []
    const keys = [...kinds.add('pods')].map((kind) => [kind, `count/${kind}`])
    return kinds.has('services') ? [...keys, ...OF_SERVICES.map((key) => [key])] : keys
  }
}

/** What lets somebody make things that a key counts, where nobody makes them by what the inventory says. */
const strayMaker = (made: readonly Making[], key: string): Grant | undefined => {
  const kind = OF_SERVICES.includes(key) ? 'services' : key
  // Whatever somebody makes may make pods.
  const makers = made.filter((one) => kind === 'pods' || one.kind === kind)
  return makers.some(({ isExpected }) => isExpected) ? undefined : makers[0]?.grant
}

const makings = ({ actual, expected }: Peers): Making[] =>
  [...actual].flatMap(([key, { deed, grant }]) => {
    const { verb, subresource, namespace } = deed
    if (verb !== 'create' || subresource !== undefined) return []
    return [{ kind: apiResourceName(deed), namespace, grant, isExpected: expected.has(key) }]
  })

const within: Check = {
  id: 'F7',
  goal: 4,
  title: 'Nobody can make anything where no quota holds',
  kinds: [...MATRIX_KINDS, RESOURCE_QUOTA],
  *trials(scene) {
    const holding = scene
      .items(RESOURCE_QUOTA)
      .filter((quota) => !isScoped(quota) && Object.keys(hardOf(quota)).length > 0)
    const held = new Set(holding.map(({ metadata }) => metadata.namespace!))
    // What the inventory leaves unlimited is told by F1.
    for (const { name } of scene.inventory.groups) held.add(name)
    for (const peers of peersOf(scene)) {
      const free = makings(peers).filter(({ namespace }) => namespace !== undefined && !held.has(namespace))
      if (free.length === 0) yield about(peers, 'pass', 'makes things only where a quota holds')
      for (const { kind, namespace, grant } of free)
        yield granted(
          peers,
          grant,
          `can make things in ${namespace}, which has no quota: ${sourceOf(grant)}`,
          kind,
        )
    }
  },
}

const containers: Check = {
  id: 'F8',
  goal: 4,
  title: 'A container that states nothing gets little, and none can take the whole share',
  kinds: [LIMIT_RANGE],
  *trials(scene) {
    for (const group of scene.groups) {
      const ranges = scene.items(LIMIT_RANGE).filter(({ metadata }) => metadata.namespace === group.name)
      const found = [...undefaulted(scene, group, ranges), ...unbounded(group, ranges)]
      yield* orPass(found, group.name, 'has defaults and a most')
    }
  },
}

const limitsOf = ({ spec }: LimitRange): readonly LimitRangeItem[] => spec?.limits ?? []

function* undefaulted(scene: Scene, group: Group, ranges: readonly KubeObject[]): Generator<Finding> {
  const range = ranges.find(({ metadata }) => metadata.name === limitRangeName(group.name))
  const limits = range === undefined ? [] : limitsOf(range)
  const has = (
    type: string,
    part: 'default' | 'defaultRequest' | 'max',
    name: string,
    amount: string,
  ): boolean => limits.some((limit) => limit.type === type && sameQuantity(limit[part]?.[name], amount))
  const { defaults, max } = containerSizes(group, scene.inventory.isolation === 'strict')
  for (const [name, amount] of Object.entries(defaults))
    if (!has('Container', 'default', name, amount) || !has('Container', 'defaultRequest', name, amount))
      yield fail(
        group.name,
        'has no such default for a container that states nothing, which a quota may refuse',
        `${name} ${amount}`,
      )
  for (const [name, amount] of Object.entries(max))
    if (!has('Container', 'max', name, amount) || !has('Pod', 'max', name, amount))
      yield fail(group.name, 'has no such most for containers and pods', `${name} ${amount}`)
}

/** Resources of a pod as a whole pass a most that is said of containers alone. */
function* unbounded({ name, quota }: Group, ranges: readonly KubeObject[]): Generator<Finding> {
  const limits = ranges.flatMap(limitsOf)
  for (const share of sharesOf(quota)) {
    const { resource, amount } = share
    if (resource === undefined || sameQuantity(amount, 0)) continue
    const bounded = ['Container', 'Pod'].filter((type) =>
      limits.some((limit) => limit.type === type && resource in (limit.max ?? {})),
    )
    if (bounded.length === 2) continue
    yield gap(
      name,
      bounded.length === 1
        ? 'one pod can take the whole share of its group: a LimitRange bounds only its containers, or only the pod'
        : 'one pod can take the whole share of its group',
      advise(
        ['gpu', 'cpu', 'memory'].includes(share.field[0]!)
          ? 'write quota.max of the group in the inventory; then run setup'
          : 'add a LimitRange of your own with max, of type Container and of type Pod; setup leaves it alone',
      ),
      titleOf(share),
    )
  }
}

/** Limits within a share. */
export const limits: readonly Check[] = [counts, within, containers]
