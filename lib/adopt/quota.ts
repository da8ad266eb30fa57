import { bytes, cores, gpus } from '../inventory/values.ts'
import { type KubeObject, RESOURCE_QUOTA } from '../kube-object.ts'
import { quantity, sameQuantity } from '../quantity.ts'
import { defaultsOf, plain } from './container-defaults.ts'
import { command, type GroupInput, type Note, type Say } from './remark.ts'
import { inside, type World } from './world.ts'

type Quota = NonNullable<GroupInput['quota']>
type Word = keyof Quota

/** What an inventory can say, and the keys of a quota that say it. */
const KEYS: Record<Word, readonly string[]> = {
  gpu: ['requests.nvidia.com/gpu'],
  cpu: ['requests.cpu', 'limits.cpu', 'cpu'],
  memory: ['requests.memory', 'limits.memory', 'memory'],
}

/** Keys that the API server takes and does not enforce: only requests count for what is no resource of its own. */
const EMPTY_GPU_KEYS = ['nvidia.com/gpu', 'limits.nvidia.com/gpu']

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
  const quota = quotaOf(world, group, note)
  const containerDefaults = defaultsOf(world, group, quota, note)
  return {
    ...(Object.keys(quota).length > 0 && { quota }),
    ...(Object.keys(containerDefaults).length > 0 && { containerDefaults }),
  }
}

const quotaOf = (world: World, group: string, note: Note): Quota => {
  const say: Say = (says, next) => note(group, says, next)
  const ours = `${group}-compute-resources`
  const quotas = inside(world.items(RESOURCE_QUOTA), group).filter((quota) => !isScoped(quota, ours, say))
  const all = quotas.flatMap(limitsIn)
  const gpu = smallest('gpu', all, say) ?? promised(all, say)
  const cpu = smallest('cpu', all, say)
  const memory = smallest('memory', all, say)
  const found: Quota = {
    ...wholeGpus(gpu, say),
    ...(allowed(cpu, cores, say) && { cpu: plain(cpu.value) }),
    ...(allowed(memory, bytes, say) && { memory: memory.value }),
  }
  if (Object.keys(found).length > 0) for (const quota of quotas) tellRest(quota, group, ours, say)
  return found
}

const limitsIn = ({ metadata: { name: quota }, spec }: KubeObject): Limit[] =>
  Object.entries((spec as { hard?: Record<string, string> } | undefined)?.hard ?? {}).map(([key, value]) => ({
    quota,
    key,
    value,
  }))

const isScoped = (
  { metadata: { name, namespace = '' }, spec }: KubeObject,
  ours: string,
  say: Say,
): boolean => {
  const { scopes, scopeSelector } = (spec ?? {}) as { scopes?: unknown; scopeSelector?: unknown }
  if (scopes === undefined && scopeSelector === undefined) return false
  say(
    `the quota ${name} counts only some pods (scopes), which an inventory cannot say`,
    name === ours
      ? `it has the name of the group's quota: before setup, ${command`kubectl delete resourcequota ${name} -n ${namespace}`}`
      : 'it is left alone',
  )
  return true
}

/** What of a quota setup does not leave as it is. */
const tellRest = (quota: KubeObject, group: string, ours: string, say: Say): void => {
  const { name } = quota.metadata
  const limits = limitsIn(quota)
  const known = [...Object.values(KEYS).flat(), ...EMPTY_GPU_KEYS]
  const foreign = limits.filter(({ key }) => !known.includes(key))
  if (name === ours && foreign.length > 0) {
    const hard = foreign.map(({ key, value }) => `${key}=${value}`).join(',')
    say(
      `an inventory cannot say ${words(foreign)} of the quota ${name}: setup takes it out`,
      `to keep it, put it into a quota of its own: ${command`kubectl create quota ${`${group}-objects`} -n ${group} ${`--hard=${hard}`}`}`,
    )
  }
  if (name === ours || foreign.length === limits.length) return
  say(
    `the quota ${name} stays beside ${ours}, and of two quotas the smaller holds`,
    foreign.length === 0
      ? `after setup: ${command`kubectl delete resourcequota ${name} -n ${group}`}`
      : `after setup, take all but ${words(foreign)} out of it: ${command`kubectl edit resourcequota ${name} -n ${group}`}`,
  )
}

/** The limit that holds: of several for one thing, the smallest. */
const smallest = (word: Word, all: readonly Limit[], say: Say): Limit | undefined => {
  const limits = all.filter(({ key, value }) => KEYS[word].includes(key) && quantity(value) !== undefined)
  const [least, ...others] = limits.toSorted((a, b) => (quantity(a.value)! < quantity(b.value)! ? -1 : 1))
  if (least === undefined) return undefined
  const other = others.find(({ value }) => !sameQuantity(value, least.value))
  if (other !== undefined)
    say(
      `${words([least])} and ${words([other])} differ, and an inventory has one number for ${word}: the smaller is taken`,
      'write the larger if that was meant',
    )
  const missing = ['requests', 'limits'].filter(
    (kind) =>
      word !== 'gpu' &&
      !limits.some(({ key }) => key === `${kind}.${word}` || (kind === 'requests' && key === word)),
  )
  if (missing.length > 0)
    say(
      `only ${words([least])} is limited: setup limits ${missing.map((kind) => `${kind}.${word}`).join()} to the same`,
      'containers that state nothing get containerDefaults',
    )
  return least
}

const promised = (all: readonly Limit[], say: Say): Limit | undefined => {
  const empty = all.find(({ key, value }) => EMPTY_GPU_KEYS.includes(key) && quantity(value) !== undefined)
  if (empty !== undefined)
    say(
      `${words([empty])} limits nothing: the API server enforces requests.nvidia.com/gpu alone`,
      'the number is taken, and holds after setup',
    )
  return empty
}

const wholeGpus = (limit: Limit | undefined, say: Say): Pick<Quota, 'gpu'> => {
  if (limit === undefined) return {}
  const number = Number(quantity(limit.value)) / 1e9
  return allowed(limit, () => gpus(number), say) ? { gpu: number } : {}
}

const allowed = (
  limit: Limit | undefined,
  rule: (value: string) => { reason: string } | undefined,
  say: Say,
): limit is Limit => {
  if (limit === undefined) return false
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
