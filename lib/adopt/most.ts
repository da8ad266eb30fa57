// The most that one container and one pod of a group may ask for.
import { quantity, readableQuantity, sameQuantity } from '../base/quantity.ts'
import { limitRangeName } from '../conventions/names.ts'
import { bytes, cores, gpus } from '../inventory/values.ts'
import { LIMIT_RANGE } from '../kube/object.ts'
import { GPU } from '../kube/quota.ts'
import type { LimitRange, LimitRangeItem } from '../kube/shapes.ts'
import { plainNumber } from './plain-number.ts'
import type { GroupInput, Note } from './remark.ts'
import { inside, type World } from './world.ts'

type Quota = NonNullable<GroupInput['quota']>
type Most = NonNullable<Quota['max']>

/** What a limit range calls each word of an inventory. */
const NAMES = { gpu: GPU, cpu: 'cpu', memory: 'memory' } as const

/** Whether an inventory has a word for a most of this. */
export const isMost = (resource: string): boolean => Object.values<string>(NAMES).includes(resource)

/** What the limit range says that setup makes anew; others stay as they are. */
export const mostOf = (world: World, group: string, quota: Quota, note: Note): Most => {
  const ours = limitRangeName(group)
  const limits = inside(world.items(LIMIT_RANGE), group)
    .filter(({ metadata: { name } }) => name === ours)
    .flatMap(({ spec }: LimitRange) => spec?.limits ?? [])
  const most: Most = {}
  for (const word of ['gpu', 'cpu', 'memory'] as const) {
    const name = NAMES[word]
    const least = leastOf(limits, name)
    if (least === undefined) continue
    const mistake = mistakeIn(word, least, quota)
    if (mistake !== undefined)
      note(
        group,
        `${name} ${least}, the most that the limit range ${ours} says, is left out: ${mistake}`,
        'write under quota.max of the group what was meant: what it does not say is taken out',
      )
    else {
      if (word === 'gpu') most.gpu = Number(least)
      else most[word] = word === 'cpu' ? plainNumber(least) : least
      if (!PARTS.every((part) => limits.some((limit) => says(limit, part, name, least))))
        note(
          group,
          `the limit range ${ours} says ${name} ${least} of only some of containers and pods: setup says it of both`,
          'write more under quota.max of the group where that is too little',
        )
    }
  }
  return most
}

const PARTS = ['Container', 'Pod']

const says = ({ type, max }: LimitRangeItem, part: string, name: string, amount: string): boolean =>
  type === part && sameQuantity(max?.[name], amount)

const leastOf = (limits: readonly LimitRangeItem[], name: string): string | undefined =>
  limits
    .flatMap(({ type = '', max }) => (PARTS.includes(type) ? (max?.[name] ?? []) : []))
    .toSorted((a, b) => ((quantity(a) ?? 0n) < (quantity(b) ?? 0n) ? -1 : 1))
    .map(readableQuantity)[0]

/** Why an inventory cannot say it. */
const mistakeIn = (word: keyof typeof NAMES, amount: string, quota: Quota): string | undefined => {
  const wrong = word === 'gpu' ? gpus(Number(amount)) : (word === 'cpu' ? cores : bytes)(amount)
  if (wrong !== undefined) return wrong.reason
  const whole = quota[word]
  return whole !== undefined && quantity(amount)! > quantity(whole)! ? 'it is more than the quota' : undefined
}
