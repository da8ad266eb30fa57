// Replaces tokens: a new one beside the old, written, tried as the user, and only then the old one revoked.

import { rotation } from '../lib/checks/rotation.ts'
import {
  type Chosen,
  type FlagValues,
  type Inventory,
  identityOf,
  main,
  type Peek,
  playbook,
  type Rotation,
  rotationOf,
  serviceAccountOf,
  wrongFlag,
} from '../lib/playbook.ts'
import setup from './setup.ts'

const UNITS = { m: 60, h: 3600, d: 86_400 } as const

const FLAGS = {
  now: { says: 'every token, however young, also one that was made a moment ago' },
  olderThan: {
    value: '<age>',
    says:
      'only tokens that are older, such as 30d, 12h or 5m (default: 1h, so that a second run finds ' +
      'nothing to do)',
  },
} as const

type Ages = FlagValues<typeof FLAGS>

const rotateCredentials = playbook({
  name: 'rotate-credentials',
  description: 'Replaces the tokens of users; the old ones work until the new ones do, on every machine.',
  example: 'inventory/prod.ts --older-than 30d',
  manages: setup.manages,
  flags: FLAGS,

  judges: (_, flags) => void secondsOf(flags),
  peeks: (inventory, flags) => chosenOf(inventory, flags).map(({ name }) => name),
  peeksAtIssued: true,

  warnings(inventory, flags, before) {
    const { kept } = choose(flags, before)
    const young = chosenOf(inventory, flags).flatMap((user) => {
      const age = kept.get(`${identityOf(inventory, user).namespace}/${serviceAccountOf(user.name)}`)
      return age === undefined ? [] : [{ name: user.name, age }]
    })
    return young.length === 0 ? [] : [tooYoung(young, flags)]
  },

  resources: (inventory, site, flags) =>
    setup.resources(inventory, { ...site, rotation: choose(flags, site.before) }, {}),

  proves: (_, __, { tokens }) => rotation(tokens),
})

const chosenOf = ({ users }: Inventory, { user, group }: Chosen): Inventory['users'] =>
  users.filter(
    ({ name, groups }) =>
      (user?.includes(name) ?? true) &&
      (group === undefined || groups.some((one) => group.includes(one.group))),
  )

const choose = (ages: Ages, { issued }: Peek): Rotation => {
  const seconds = secondsOf(ages)
  return rotationOf(issued ?? { objects: [], at: new Date() }, seconds === 0 ? 'now' : seconds)
}

/** How old a token must be; 0 for all. */
const secondsOf = ({ olderThan, now }: Ages): number => {
  if (now && olderThan !== undefined)
    throw wrongFlag(`--older-than ${olderThan}`, 'says less than --now beside it', 'give one of the two')
  if (now) return 0
  const age = olderThan ?? '1h'
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(age) ?? []
  if (count === undefined)
    throw wrongFlag(
      `--older-than ${age}`,
      'is no age',
      'write a number with m, h or d, such as 30d; --now replaces every token',
    )
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}

/** How many are named, the youngest first. */
const NAMED = 3

const tooYoung = (young: readonly { name: string; age: number }[], { olderThan = '1h' }: Ages): string => {
  const named = young
    .toSorted((a, b) => a.age - b.age)
    .slice(0, NAMED)
    .map(({ name, age }) => `${name} (${inWords(age)} old)`)
  const others = young.length > NAMED ? ` and ${young.length - NAMED} more` : ''
  return `no older than ${olderThan}, so kept: the token of ${named.join(', ')}${others}; --now replaces these too`
}

const LENGTHS = [
  ['day', UNITS.d],
  ['hour', UNITS.h],
  ['minute', UNITS.m],
] as const

const inWords = (seconds: number): string => {
  const [unit, length] = LENGTHS.find(([, length]) => seconds >= length) ?? ['second', 1]
  const count = Math.floor(seconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

export default rotateCredentials

if (import.meta.main) await main(rotateCredentials)
