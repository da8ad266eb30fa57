// Replaces tokens: a new one beside the old, written, tried as the user, and only then the old one revoked.
import { type Inventory, main, playbook, wrongFlag } from '../lib/playbook.ts'
import { rotation } from '../tasks/checks/rotation.ts'
import setup from './setup.ts'

const UNITS = { m: 60, h: 3600, d: 86_400 } as const

const rotateCredentials = playbook({
  name: 'rotate-credentials',
  description: 'Replaces the tokens of users; the old ones work until the new ones do, on every machine.',
  manages: setup.manages,
  flags: {
    olderThan: {
      value: '<age>',
      says: 'only tokens that are older, such as 30d, 12h or 5m (default: 1h, so that a second run finds nothing to do)',
    },
  },

  peeks: ({ users }, { user, group }) =>
    users
      .filter(
        ({ name, groups }) =>
          (user?.includes(name) ?? true) &&
          (group === undefined || groups.some((one) => group.includes(one.group))),
      )
      .map(({ name }) => name),

  resources: (inventory: Inventory, site, { olderThan = '1h' }) =>
    setup.resources(
      inventory,
      { ...site, rotation: { replace: new Date(Date.now() - msOf(olderThan)).toISOString() } },
      {},
    ),

  proves: (_, __, { tokens }) => rotation(tokens),
})

const msOf = (age: string): number => {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(age) ?? []
  if (count === undefined || Number(count) === 0)
    throw wrongFlag(`--older-than ${age}`, 'is no age', 'write a number with m, h or d, such as 30d')
  return Number(count) * UNITS[unit as keyof typeof UNITS] * 1000
}

export default rotateCredentials

if (import.meta.main) await main(rotateCredentials)
