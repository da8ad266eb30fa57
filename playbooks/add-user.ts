// Adds a user: to the inventory file, and then everywhere, as setup would.
import type { Inventory, InventoryInput } from '../inventory/schema.ts'
import {
  chooseFrom,
  defined,
  type FlagValues,
  main,
  markerOf,
  nextId,
  type Peek,
  playbook,
  step,
  wrongFlag,
} from '../lib/playbook.ts'
import { givenPassword } from '../tasks/given-password.ts'
import { notMade, PASSWORD_FILE, passwordSource } from './set-password.ts'
import setup from './setup.ts'

const FLAGS = {
  name: { value: '<name>', says: 'name of the account', required: true },
  group: {
    value: '<group>',
    says: 'a group that the user is in; the first decides where their jobs run',
    many: true,
  },
  uid: { value: '<uid>', says: 'uid of the account (default: the next free one)', number: true },
  gecos: { value: '<text>', says: 'the full name' },
  passwordFrom: {
    value: '<source>',
    says: 'where the first password is kept: env:VARIABLE, file:path or command:line (default: a new one)',
  },
  sshKey: {
    value: '<file>',
    says: 'a file of public keys to log in with, such as id_ed25519.pub; then no password is made',
    many: true,
    keys: true,
  },
  passwordFile: PASSWORD_FILE,
} as const

type Flags = FlagValues<typeof FLAGS>

const addUser = playbook({
  name: 'add-user',
  description: 'Adds a user to the inventory file and makes all that they need.',
  example: 'inventory/prod.ts --name carol --group dev1 --password-file carol.password',
  manages: setup.manages,
  flags: FLAGS,
  peeks: (_, { name }) => [name],
  allOrNothing: true,

  edits(inventory, flags, { accounts }) {
    const { name, group: groups, uid, gecos, passwordFrom, sshKey } = flags
    const known = inventory.groups.map((group) => group.name)
    const odd = groups.find((group) => !known.includes(group))
    if (odd !== undefined)
      throw wrongFlag(`--group ${odd}`, 'is not a group of this inventory', chooseFrom(odd, known))
    refuseUnused(inventory, flags)
    if (isThere(inventory, flags)) return []
    if (groups.length === 0)
      throw wrongFlag('--group', 'is missing', 'name at least one: the first decides where their jobs run')
    refuseTaken(inventory, name, uid, accounts)
    const entry: InventoryInput['users'][number] = {
      name,
      uid:
        uid ?? (inventory.accounts === 'directory' ? uidOfDirectory() : nextId('uid', inventory, accounts)),
      groups: [...groups],
      ...defined({ gecos }),
      ...(passwordFrom !== undefined && { password: passwordSource(passwordFrom) }),
      ...(sshKey.length > 0 && { sshKeys: [...sshKey] }),
    }
    return [{ do: 'add', list: 'users', entry }]
  },

  narrow: ({ name }) => ({ users: [name] }),

  whole: setup,

  *resources(inventory, site, { name }) {
    const user = inventory.users.find((one) => one.name === name)!
    const { password: own, passwordHash, sshKeys = [] } = user
    const isLocal = user.accounts === 'local'
    const isGiven = isLocal && own === undefined && passwordHash === undefined && sshKeys.length === 0
    const all = [...setup.resources(inventory, { ...site, ...(isGiven && { passwordFollows: name }) }, {})]
    yield* all
    if (!isGiven) return
    const password = site.newPassword(name)
    yield* step('1 Accounts and namespaces', function* () {
      for (const host of site.hosts) {
        const account = all.find(({ id, on }) => id === `linux-user/${name}` && on === host)!
        yield givenPassword(
          host,
          { user: name, password, when: 'missing' },
          { needs: [account], belongs: account.belongs },
        )
      }
    })
  },
})

/** A file for a password that nobody makes would never be there. */
const refuseUnused = ({ accounts }: Inventory, { passwordFile, passwordFrom, sshKey }: Flags): void => {
  if (passwordFile === undefined) return
  if (passwordFrom !== undefined) throw notMade(passwordFile, '--password-from says where it is kept')
  if (sshKey.length > 0) throw notMade(passwordFile, 'the user logs in with --ssh-key')
  if (accounts === 'directory') throw notMade(passwordFile, 'the directory has the passwords')
}

/** Whether the inventory says all that already; what it says otherwise is the admin's to decide. */
const isThere = (
  { users }: Inventory,
  { name, group: groups, uid, gecos, sshKey, passwordFrom }: Flags,
): boolean => {
  const user = users.find((one) => one.name === name)
  if (user === undefined) return false
  const has = user.groups.map(({ group }) => group)
  const differs = [
    ...(groups.length > 0 && has.join() !== groups.join() ? [`the groups ${has.join(', ')}`] : []),
    ...(uid !== undefined && uid !== user.uid ? [`uid ${user.uid}`] : []),
    ...(gecos !== undefined && gecos !== user.gecos ? [`the name ${JSON.stringify(user.gecos ?? '')}`] : []),
  ]
  if (sshKey.some((key) => !user.sshKeys?.includes(key))) differs.push('other sshKeys')
  if (passwordFrom !== undefined && user.password === undefined) differs.push('no password')
  if (differs.length === 0) return true
  throw wrongFlag(
    `--name ${name}`,
    `is a user already, with ${differs.join(' and ')}`,
    'choose another name; to change the user, edit the inventory and run setup',
  )
}

const refuseTaken = (
  { name: inventory, users, retired }: Inventory,
  name: string,
  uid: number | undefined,
  accounts: Peek['accounts'],
): void => {
  const left = retired.find((one) => one.name === name || one.uid === uid)
  if (left !== undefined)
    throw wrongFlag(
      left.name === name ? `--name ${name}` : `--uid ${uid}`,
      `belonged to ${left.name}, who left on ${left.since}`,
      left.name === name && (uid === undefined || left.uid === uid)
        ? 'choose another: files may still carry it; for the same person, who is back: ' +
            `take the entry out of retired and run again with --uid ${left.uid}`
        : 'choose another: files may still carry it',
    )
  const own = users.find((one) => one.uid === uid)
  if (own !== undefined)
    throw wrongFlag(
      `--uid ${uid}`,
      `is held by ${own.name} in the inventory`,
      'choose another, or leave it out',
    )
  for (const [host, { named, withUid, groupsOf }] of accounts) {
    if (named(name).length > 0 && !groupsOf(name).includes(markerOf(inventory)))
      throw wrongFlag(
        `--name ${name}`,
        `is an account on ${host} already, which is not of this inventory`,
        'choose another name; to take the account over, write it into the inventory with its uid and run setup',
      )
    const holder = uid === undefined ? undefined : withUid(uid).find((one) => one.name !== name)
    if (holder !== undefined)
      throw wrongFlag(
        `--uid ${uid}`,
        `is held by ${holder.name} on ${host}`,
        'choose another, or leave it out',
      )
  }
}

/** Which it is, only the directory says. */
const uidOfDirectory = (): never => {
  throw wrongFlag(
    '--uid',
    'is missing, and accounts come from a directory',
    'say the one that the user has there: id -u <name> on a client machine',
  )
}

export default addUser

if (import.meta.main) await main(addUser)
