import { sh } from '../base/shell.ts'
import { type Change, KEEP, refuse } from '../resource/type.ts'
import { differs, membership, noting } from './account-change.ts'
import { ofAnotherInventory, type WantedAccount, writable } from './account-obstacle.ts'
import { type Accounts, type DirectoryAccount, inOrder } from './accounts.ts'
import type { NameService } from './directory.ts'
import { besideGroups, resign } from './gshadow.ts'
import { type Homes, homeDifferences, homeScript, placeObstacle } from './home.ts'

/** A user whose account a directory has, and what of it is the machine's own. */
export interface DirectoryUser extends WantedAccount {
  /** Groups of the machine's files: these and no others. */
  groups: readonly string[]
  /** Groups of the directory, by name and gid: it must have the user in them. */
  directoryGroups: readonly { name: string; gid: number }[]
}

/** What a machine says of the accounts in its files, of those of its directory, and of homes. */
export interface DirectorySeen {
  accounts: Accounts
  directory: NameService
  homes: Homes
}

/** Why what the directory and the machine have is not the user's account, with what to do about it. */
export const directoryObstacle = (
  { name, uid, home, marker }: WantedAccount,
  { accounts, directory }: Pick<DirectorySeen, 'accounts' | 'directory'>,
): Change | undefined => {
  const { named, withUid } = accounts
  const [own] = named(name)
  if (own !== undefined)
    return refuse(
      `is an account of the machine itself, with uid ${own.uid}, which hides the one of the directory`,
      `if the machine's is meant: accounts: 'local' in the inventory; if it is nobody's any more: userdel ${name}`,
    )
  const account = directory.account(name)
  if (account === undefined) return missing(name, directory)
  if (account.uid !== uid)
    return refuse(
      `has uid ${account.uid} in the directory`,
      `put uid ${account.uid} into the inventory if it is the same person`,
      [{ field: 'uid', from: account.uid, to: uid }],
    )
  const [holder] = withUid(uid)
  if (holder !== undefined)
    return refuse(
      `uid ${uid} is held by the account ${holder.name} of the machine itself`,
      `each can do what the other can: take ${holder.name} away there, or give it another uid`,
    )
  const foreign = ofAnotherInventory(name, marker, accounts)
  if (foreign !== undefined) return foreign
  if (account.home !== home)
    return refuse(
      `has the home ${account.home} in the directory`,
      `put it into the inventory, home: '${account.home}'`,
      [{ field: 'home', from: account.home, to: home }],
    )
  return undefined
}

const missing = (name: string, { spelled }: NameService): Change => {
  const other = spelled(name)
  return other === undefined
    ? refuse(
        `there is no ${name} in the directory`,
        `see what it says there: getent passwd ${name}; the machine must ask it (passwd: in /etc/nsswitch.conf), and ` +
          "it must have the account; for an account of the machines: accounts: 'local'",
      )
    : refuse(
        `the directory calls this account ${other}`,
        `write it so in the inventory: name: '${other}', as programs of the machine do`,
      )
}

/** What the user lacks of the groups that the directory gives. */
const notIn = (
  { name, directoryGroups }: DirectoryUser,
  account: DirectoryAccount,
  { groupsOf }: NameService,
): Change | undefined => {
  const gids = new Set([account.gid, ...groupsOf(name)])
  const absent = directoryGroups.filter(({ gid }) => !gids.has(gid)).map((group) => group.name)
  return absent.length === 0
    ? undefined
    : refuse(
        `is not in ${absent.join(', ')} in the directory`,
        `have the directory put ${name} in there, and see that the machine knows: id ${name} (a cache may be behind: ` +
          'sss_cache -E, or nscd -i group)',
        absent.map((group) => ({ field: 'groups', to: group })),
      )
}

/** What it takes for a directory's account to be a user's: the machine's own groups, and a home. */
export const directoryUserChange = (want: DirectoryUser, seen: DirectorySeen): Change => {
  const { accounts, directory, homes } = seen
  const obstacle = directoryObstacle(want, seen)
  if (obstacle !== undefined) return obstacle
  const account = directory.account(want.name)!
  return (
    notIn(want, account, directory) ??
    placeObstacle(want, homes, true) ??
    ownPart(want, account.gid, accounts, homes)
  )
}

const ownPart = (want: DirectoryUser, gid: number, accounts: Accounts, { at, placeOf }: Homes): Change => {
  const { name, uid, home, groups, marker } = want
  const wanted = [...groups, marker]
  const has = accounts.groupsOf(name)
  const member = membership(want, has)
  const beside = besideGroups(name, wanted, accounts)
  const owner = { name, uid, gid, home }
  const atHome = homeDifferences(owner, at)
  const differing = member.compared.filter(differs)
  const diffs = [...differing, ...beside.diffs, ...atHome]
  if (diffs.length === 0) return KEEP
  const joined = wanted.filter((group) => !has.includes(group))
  const left = [...has.filter((group) => !wanted.includes(group)), ...beside.hidden]
  const change: Change = {
    op: member.op,
    diffs,
    steps: inOrder(
      ...joined.map((group) => sh`gpasswd -a ${name} ${group} >/dev/null`),
      ...left.map((group) => sh`gpasswd -d ${name} ${group} >/dev/null`),
      ...(beside.administers.length > 0 ? [resign(name, beside.administers)] : []),
      ...(atHome.length > 0 ? [homeScript(owner, at)] : []),
    ),
    ...(atHome.length > 0 && { place: placeOf(home) }),
  }
  const isOfFiles = differing.length + beside.diffs.length > 0
  return noting(isOfFiles ? writable(change, accounts) : change, member.warnings)
}
