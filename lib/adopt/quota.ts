import { orUndefined } from '../base/errors.ts'
import { quantity, readableQuantity, sameQuantity } from '../base/quantity.ts'
import { OWNER_LABEL } from '../conventions/labels.ts'
import { quotaName } from '../conventions/names.ts'
import { bytes, bytesOrNone, cores, count, gpus } from '../inventory/values.ts'
import { devicesOffered, isLimited } from '../kube/devices.ts'
import { DEVICE_CLASS, type KubeObject, NODE, RESOURCE_QUOTA } from '../kube/object.ts'
import { hardLimits, isScoped, SHARES, type Share, shareMeantBy, shareName, shareOf } from '../kube/quota.ts'
import type { ResourceQuota } from '../kube/shapes.ts'
import { defaultsOf } from './container-defaults.ts'
import { mostOf } from './most.ts'
import { plainNumber } from './plain-number.ts'
import { command, type GroupInput, type Note, type Say } from './remark.ts'
import { inside, type World } from './world.ts'

type Quota = NonNullable<GroupInput['quota']>

interface Limit {
  quota: string
  key: string
  value: string
}

/** What the quotas and limit ranges of a namespace come to, in the words of an inventory. */
export const limitsOf = (
  world: World,
  group: string,
  note: Note,
): Pick<GroupInput, 'quota' | 'containerDefaults'> => {
  const shares = quotaOf(world, group, note)
  const max = mostOf(world, group, shares, note)
  const quota = { ...shares, ...(Object.keys(max).length > 0 && { max }) }
  const containerDefaults = defaultsOf(world, group, quota, note)
  return {
    ...(Object.keys(quota).length > 0 && { quota }),
    ...(Object.keys(containerDefaults).length > 0 && { containerDefaults }),
  }
}

const quotaOf = (world: World, group: string, note: Note): Quota => {
  const say: Say = (says, next) => note(group, says, next)
  const ours = quotaName(group)
  // Beside the group's own, isolation strict has quotas that no inventory says.
  const there = inside(world.items(RESOURCE_QUOTA), group).filter(
    ({ metadata: { name, labels } }) => name === ours || labels?.[OWNER_LABEL] === undefined,
  )
  for (const quota of there.filter(isScoped)) tellScoped(quota, ours, say)
  const quotas = there.filter((quota) => !isScoped(quota))
  const all = quotas.flatMap(limitsIn).filter((limit) => isSayable(limit, ours))
  const found: Quota = {}
  for (const share of sharesIn(all)) {
    const limit = smallest(share, all, say) ?? promised(share, all, say)
    if (limit !== undefined) put(found, share, limit, say)
  }
  tellOpen(world, found, say)
  if (Object.keys(found).length > 0) for (const quota of quotas) tellRest(quota, group, ours, say)
  return found
}

/** Devices that the cluster offers and no quota of the group limits, where the cluster lets us see them. */
const tellOpen = (world: World, quota: Quota, say: Say): void => {
  const keys = new Set(Object.keys(hardLimits(quota as Parameters<typeof hardLimits>[0])))
  const nodes = orUndefined(() => world.items(NODE)) ?? []
  const deviceClasses = orUndefined(() => world.items(DEVICE_CLASS)) ?? []
  for (const device of devicesOffered(nodes, deviceClasses)) {
    if (isLimited(device, keys, deviceClasses)) continue
    const [word, name] = device.share.field
    const where =
      device.count === undefined
        ? `of the device class ${device.deviceClass}`
        : `${device.count} on the nodes`
    say(
      `no quota limits ${device.resource} (${where}): the group may take all of it`,
      `write quota.${word}${name === undefined ? ': n' : `: { '${name}': n }`}, 0 for none`,
    )
  }
}

const limitsIn = ({ metadata: { name: quota }, spec }: ResourceQuota): Limit[] =>
  Object.entries(spec?.hard ?? {}).map(([key, value]) => ({ quota, key, value: readableQuantity(value) }))

const tellScoped = ({ metadata: { name, namespace = '' } }: KubeObject, ours: string, say: Say): void =>
  say(
    `the quota ${name} counts only some pods (scopes), which an inventory cannot say`,
    name === ours
      ? "it has the name of the group's quota: before setup, " +
          `${command`kubectl delete resourcequota ${name} -n ${namespace}`}`
      : 'it is left alone',
  )

/** What of a quota setup does not leave as it is. */
const tellRest = (quota: KubeObject, group: string, ours: string, say: Say): void => {
  const { name } = quota.metadata
  const limits = limitsIn(quota)
  const foreign = limits.filter((limit) => !isSayable(limit, ours))
  if (name === ours && foreign.length > 0) {
    const hard = foreign.map(({ key, value }) => `${key}=${value}`).join(',')
    say(
      `an inventory cannot say ${words(foreign)} of the quota ${name}: setup takes it out`,
      'to keep it, put it into a quota of its own: ' +
        `${command`kubectl create quota ${`${group}-objects`} -n ${group} ${`--hard=${hard}`}`}`,
    )
  }
  if (name === ours || foreign.length === limits.length) return
  say(
    `the quota ${name} stays beside ${ours}, and of two quotas the smaller holds`,
    foreign.length === 0
      ? `after setup: ${command`kubectl delete resourcequota ${name} -n ${group}`}`
      : `after setup, take all but ${words(foreign)} out of it: ` +
          `${command`kubectl edit resourcequota ${name} -n ${group}`}`,
  )
}

/** Counts of objects in a quota of another name stay where they are: setup leaves it alone. */
const isSayable = ({ quota, key }: Limit, ours: string): boolean => {
  const share = shareMeantBy(key)
  return share !== undefined && (share.resource !== undefined || quota === ours)
}

/** What the keys of quotas limit, each once, in the order of an inventory. */
const sharesIn = (all: readonly Limit[]): readonly Share[] => {
  const found = [...SHARES, ...all.flatMap(({ key }) => shareMeantBy(key) ?? [])]
  return [...new Map(found.map((share) => [shareName(share), share])).values()]
}

const bare = (key: string): string => key.replace(/^limits\./, '')

const valued = (all: readonly Limit[], of: (key: string) => boolean): Limit[] =>
  all.filter(({ key, value }) => of(key) && quantity(value) !== undefined)

/** The limit that holds: of several for one thing, the smallest. */
const smallest = (share: Share, all: readonly Limit[], say: Say): Limit | undefined => {
  const name = shareName(share)
  const limits = valued(all, (key) => {
    const of = shareOf(key)
    return of !== undefined && shareName(of) === name
  })
  const [least, ...others] = limits.toSorted((a, b) => (quantity(a.value)! < quantity(b.value)! ? -1 : 1))
  if (least === undefined) return undefined
  const other = others.find(({ value }) => !sameQuantity(value, least.value))
  if (other !== undefined)
    say(
      `${words([least])} and ${words([other])} differ, and an inventory has one number for ${name}: ` +
        'the smaller is taken',
      'write the larger if that was meant',
    )
  const missing = share.keys.filter(
    (wanted) => !limits.some(({ key }) => key === wanted || `requests.${key}` === wanted),
  )
  if (missing.length > 0 && share.keys.length > 1)
    say(
      `only ${words([least])} is limited: setup limits ${missing.join()} to the same`,
      'containers that state nothing get containerDefaults',
    )
  return least
}

const promised = (share: Share, all: readonly Limit[], say: Say): Limit | undefined => {
  const [empty] = valued(
    all,
    (key) => shareOf(key) === undefined && share.keys.includes(`requests.${bare(key)}`),
  )
  if (empty !== undefined)
    say(
      `${words([empty])} limits nothing: the API server enforces ${share.keys[0]} alone`,
      'the number is taken, and holds after setup',
    )
  return empty
}

/** Rules of the amounts that are no plain numbers of things. */
const RULES = { cpu: cores, memory: bytes, ephemeralStorage: bytes, storage: bytes } as const

/** Writes a limit where the inventory says it; one that an inventory cannot say is told instead. */
const put = (quota: Quota, { field: [word, name] }: Share, limit: Limit, say: Say): void => {
  if (word === 'hugepages') {
    if (allowed(limit, bytesOrNone, say)) quota.hugepages = { ...quota.hugepages, [name!]: limit.value }
    return
  }
  if (word === 'cpu' || word === 'memory' || word === 'ephemeralStorage' || word === 'storage') {
    if (allowed(limit, RULES[word], say))
      quota[word] = word === 'cpu' ? plainNumber(limit.value) : limit.value
    return
  }
  const number = Number(quantity(limit.value)) / 1e9
  if (!allowed(limit, () => (word === 'gpu' ? gpus : count)(number), say)) return
  if (name === undefined) quota[word as 'gpu' | 'claims' | 'pods'] = number
  else quota[word as 'devices' | 'deviceClasses'] = { ...quota[word as 'devices'], [name]: number }
}

const allowed = (
  limit: Limit,
  rule: (value: string) => { reason: string } | undefined,
  say: Say,
): boolean => {
  const mistake = rule(limit.value)
  if (mistake !== undefined)
    say(
      `${words([limit])} of the quota ${limit.quota} is left out: ${mistake.reason}`,
      'write into the inventory what was meant: what it does not say is taken out of the quota',
    )
  return mistake === undefined
}

const words = (limits: readonly Limit[]): string =>
  limits.map(({ key, value }) => `${key} ${value}`).join(', ')
