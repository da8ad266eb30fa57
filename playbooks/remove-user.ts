// Removes a user: access first, then what they run and what they have; name and uid are never given away.

import { departedWork } from '../lib/checks/departed-work.ts'
import { departure } from '../lib/checks/departure.ts'
import {
  chooseFrom,
  type Edit,
  homeOf,
  type Inventory,
  leavingOf,
  main,
  makeable,
  playbook,
  step,
  wrongFlag,
} from '../lib/playbook.ts'
import { authorizedKeys } from '../tasks/authorized-keys.ts'
import { departedAccount } from '../tasks/departed-account.ts'
import { departedHome } from '../tasks/departed-home.ts'
import { departedJobs } from '../tasks/departed-jobs.ts'
import { departedSessions } from '../tasks/departed-sessions.ts'
import { directoryUser } from '../tasks/directory-user.ts'
import { kubeconfig } from '../tasks/kubeconfig.ts'
import { linuxUser } from '../tasks/linux-user.ts'
import setup from './setup.ts'

/** Other users' accounts, keys and kubeconfigs are left alone; the user's own go with the home. */
const OWN: readonly unknown[] = [linuxUser, directoryUser, authorizedKeys, kubeconfig]
const manages = setup.manages.filter((type) => !OWN.includes(type))

const removeUser = playbook({
  name: 'remove-user',
  description:
    'Removes a user: access first, then jobs, sessions, home and account; the uid is not given away.',
  example: 'inventory/prod.ts --name bob --jobs stop --check',
  manages,
  flags: {
    name: { value: '<name>', says: 'name of the user', required: true },
    jobs: {
      value: '<stop|keep>',
      says: 'what becomes of what they run in the cluster: stopped, or left to their group',
      choices: ['stop', 'keep'],
    },
    home: {
      value: '<archive|keep>',
      says: 'what becomes of the home: archived for root and deleted (the default), or left for root',
      choices: ['archive', 'keep'],
    },
    homeDirectory: { value: '<path>', says: 'where the home is, when it is not where the inventory says' },
  },
  peeks: (_, { name }) => [name],

  edits(inventory, { name }): readonly Edit[] {
    const user = inventory.users.find((one) => one.name === name)
    if (user === undefined) {
      leaver(inventory, name)
      return []
    }
    const since = new Date().toISOString().slice(0, 10)
    const groups = makersGroups(inventory, user)
    return [
      {
        do: 'add',
        list: 'retired',
        entry: { name, uid: user.uid, ...placeOf(user), ...fromOf(inventory, user), since, groups },
      },
      { do: 'remove', list: 'users', name },
    ]
  },

  narrow: ({ name }) => ({ users: [name] }),

  whole: setup,

  *resources(inventory, site, { name, jobs, home = 'archive', homeDirectory }) {
    const all = [...setup.resources(inventory, site, {})]
    yield* all
    const belongs = { user: name }
    const { uid, home: directory, groups, accounts } = leaver(inventory, name)
    yield* step('6 Jobs, sessions, home and account', function* () {
      yield departedJobs(
        site.cluster,
        { ...leavingOf(inventory, { name, groups }), ...(jobs && { fate: jobs }) },
        { belongs },
      )
      for (const host of site.hosts) {
        const lock = all.find(({ id, on }) => id === `retired-user/${name}` && on === host)!
        const sessions = departedSessions(host, { name, uid }, { needs: [lock], belongs })
        yield sessions
        const files = departedHome(
          host,
          { name, uid, home: homeDirectory ?? directory, fate: home },
          { needs: [sessions], belongs },
        )
        yield files
        yield departedAccount(
          host,
          { name, uid, ...(accounts === 'directory' && { accounts }) },
          { needs: [sessions, files], belongs },
        )
      }
    })
  },

  proves: (inventory, { name, jobs, home: fate, homeDirectory }, { tokens }) => {
    const { uid, home, groups, accounts } = leaver(inventory, name)
    return [
      ...departure({
        ...{ name, uid, accounts, tokens },
        home: homeDirectory ?? home,
        keepsHome: fate === 'keep',
      }),
      departedWork(leavingOf(inventory, { name, groups }), { kept: jobs === 'keep' }),
    ]
  },
})

/** Those in which the user could make something. */
const makersGroups = ({ roles }: Inventory, { groups }: Inventory['users'][number]): string[] => {
  const making = new Set(
    roles.filter((role) => Object.keys(makeable([role], ['create'])).length > 0).map(({ name }) => name),
  )
  return groups.filter(({ role }) => making.has(role)).map(({ group }) => group)
}

/** Where the home is, if not where most are. */
const placeOf = ({ name, home }: Inventory['users'][number]) => (home === homeOf(name) ? {} : { home })

/** Where the account comes from, if not where most of the inventory do. */
const fromOf = ({ accounts: usual }: Inventory, { accounts }: Inventory['users'][number]) =>
  accounts === usual ? {} : { accounts }

const leaver = ({ users, retired }: Inventory, name: string) => {
  const found = retired.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = [...users, ...retired].map((one) => one.name)
  const today = new Date().toISOString().slice(0, 10)
  const line = `retired: [{ name: ${JSON.stringify(name)}, uid: …, since: "${today}" }]`
  throw wrongFlag(
    `--name ${name}`,
    'is not in the inventory',
    `when only the line was deleted, write the user down as somebody who left, then run again: ${line}; ` +
      `otherwise ${chooseFrom(name, names)}`,
  )
}

export default removeUser

if (import.meta.main) await main(removeUser)
