import { quantity, readableQuantity, sameQuantity } from '../base/quantity.ts'
import { limitRangeName } from '../conventions/names.ts'
import { CONTAINER_PRESETS } from '../conventions/presets.ts'
import { LIMIT_RANGE } from '../kube/object.ts'
import { EPHEMERAL_STORAGE } from '../kube/quota.ts'
import type { LimitRange, LimitRangeItem } from '../kube/shapes.ts'
import { isMost } from './most.ts'
import { plainNumber } from './plain-number.ts'
import { command, type GroupInput, type Note } from './remark.ts'
import { inside, type World } from './world.ts'

type Quota = NonNullable<GroupInput['quota']>
type Defaults = NonNullable<GroupInput['containerDefaults']>

/** What containers get that state nothing, where it is not what an inventory gives them anyway. */
export const defaultsOf = (world: World, group: string, quota: Quota, note: Note): Defaults => {
  const { max = {} } = quota
  const limited = (['cpu', 'memory', 'ephemeralStorage'] as const).filter(
    (word) => quota[word] !== undefined || (word !== 'ephemeralStorage' && max[word] !== undefined),
  )
  if (limited.length === 0 && max.gpu === undefined) return {}
  const given = rangesOf(world, group, note)
  const defaults: Defaults = {}
  for (const word of limited) {
    const name = word === 'ephemeralStorage' ? EPHEMERAL_STORAGE : word
    const each = given?.default?.[name] ?? given?.defaultRequest?.[name] ?? CONTAINER_PRESETS[word]
    const total = String((word !== 'ephemeralStorage' && max[word]) || quota[word])
    const amount = quantity(each) ?? 0n
    const value = amount > 0n && amount <= quantity(total)! ? each : total
    if (!sameQuantity(value, CONTAINER_PRESETS[word]))
      defaults[word] = word === 'cpu' ? plainNumber(value) : readableQuantity(value)
  }
  return defaults
}

/** What containers get that state nothing; a limit range that says more, or the same twice, is told. */
const rangesOf = (world: World, group: string, note: Note): LimitRangeItem | undefined => {
  const ours = limitRangeName(group)
  const ranges = inside(world.items(LIMIT_RANGE), group)
    .map(({ metadata, spec }: LimitRange) => ({ name: metadata.name, limits: spec?.limits ?? [] }))
    .toSorted((a, b) => Number(b.name === ours) - Number(a.name === ours))
  for (const { name, limits } of ranges) {
    const isPlain = limits.every(
      (limit) =>
        limit.type === 'Container' &&
        Object.keys(limit).every((key) => ['type', 'default', 'defaultRequest'].includes(key)),
    )
    if (name === ours && !limits.every(isSayable))
      note(
        group,
        `the limit range ${name} says more than an inventory can say: setup takes the rest out`,
        'to keep the rest, put it into a limit range of another name before setup',
      )
    if (name !== ours && limits.some(isDefault))
      note(
        group,
        `the limit range ${name} stays beside ${ours}, and which of two defaults counts is up to chance`,
        isPlain
          ? `after setup: ${command`kubectl delete limitrange ${name} -n ${group}`}`
          : 'after setup, take default and defaultRequest out of it: ' +
              `${command`kubectl edit limitrange ${name} -n ${group}`}`,
      )
  }
  return ranges.flatMap(({ limits }) => limits).find(isDefault)
}

/** What containers get that state nothing, and the most of what an inventory has a word for. */
const isSayable = ({ type = '', ...limit }: LimitRangeItem): boolean =>
  (type === 'Container' || type === 'Pod') &&
  Object.keys(limit).every(
    (key) => key === 'max' || (type === 'Container' && ['default', 'defaultRequest'].includes(key)),
  ) &&
  Object.keys(limit.max ?? {}).every(isMost)

const isDefault = ({ type, ...limit }: LimitRangeItem): boolean =>
  type === 'Container' && (limit.default !== undefined || limit.defaultRequest !== undefined)
