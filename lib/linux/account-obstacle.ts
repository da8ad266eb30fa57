import { markerOf } from '../conventions/names.ts'
import { type Change, refuse } from '../resource/type.ts'
import type { AccountFile, Accounts } from './accounts.ts'
import type { HomeOwner } from './home.ts'

/** What must be free, or the account's own, before it is made or changed. */
export interface WantedAccount extends Pick<HomeOwner, 'name' | 'uid' | 'home'> {
  /** The group that marks accounts of this inventory. */
  marker: string
}

const EDITORS: Record<AccountFile, string> = {
  passwd: 'vipw',
  shadow: 'vipw -s',
  group: 'vigr',
  gshadow: 'vigr -s',
}

/**
 * Refuses a name of which programs read different lines of a file: it stands in several, of which PAM takes the first,
 * or behind blanks.
 */
export const doubtfulLine = (
  name: string,
  { linesOf, blanksBefore }: Pick<Accounts, 'linesOf' | 'blanksBefore'>,
  files: readonly AccountFile[],
): Change | undefined => {
  for (const file of files) {
    const lines = linesOf(file, name)
    if (lines.length > 0)
      return refuse(
        `stands in several lines of /etc/${file}: ${name} in ${lines.join(', ')}; the first counts`,
        `remove all but the right one there, with ${EDITORS[file]}`,
      )
    const behind = blanksBefore(file, name)
    if (behind.length > 0)
      return refuse(
        `stands behind blanks in /etc/${file}: ${name} in ${behind.join(', ')}; it counts at a login, and no program ` +
          'can change it',
        `take the blanks out there, or the name, with ${EDITORS[file]}`,
      )
  }
  return undefined
}

/** A change that writes the files of accounts; refused where they cannot be written. */
export const writable = (change: Change, { readOnly }: Pick<Accounts, 'readOnly'>): Change => {
  const [path] = readOnly
  if (path === undefined || change.steps.length === 0) return change
  return refuse(
    `${path} cannot be written there`,
    `see whether it is mounted read-only (findmnt -T ${path}; mount -o remount,rw …) or immutable ` +
      `(lsattr -d ${path}; chattr -i ${path}), and run again`,
    change.diffs,
  )
}

/** Refuses an account that bears the mark of another inventory. */
export const ofAnotherInventory = (
  name: string,
  marker: string,
  { groupsOf }: Pick<Accounts, 'groupsOf'>,
): Change | undefined => {
  const foreign = groupsOf(name).find((group) => group.startsWith(markerOf('')) && group !== marker)
  return foreign === undefined
    ? undefined
    : refuse(
        `belongs to the inventory ${foreign.slice(markerOf('').length)}`,
        `take ${name} out of one of the inventories; to take the account over: gpasswd -d ${name} ${foreign}`,
      )
}

/** Refuses an account that another one, another inventory or a directory stands in the way of. */
export const accountObstacle = (
  { name, uid, home, marker }: WantedAccount,
  accounts: Accounts,
): Change | undefined => {
  const { named, withUid, groupsNamed, withGid, inDirectory, groupInDirectory } = accounts
  // First: what is behind blanks looks as if a directory had it.
  const doubtful = doubtfulLine(name, accounts, ['passwd', 'shadow', 'group', 'gshadow'])
  if (doubtful !== undefined) return doubtful
  const [what, directory] =
    [
      ['account', inDirectory(name, uid)],
      ['group', groupInDirectory(name, uid)],
    ].find(([, answer]) => answer !== undefined) ?? []
  if (directory !== undefined)
    return refuse(
      `a directory such as LDAP has the ${what} ${directory}`,
      "if it is the same person: accounts: 'directory' for the user in the inventory, with the uid it has there; " +
        'if not, choose another name and uid: the local files must not hide the directory',
    )
  const [account] = named(name)
  const holder = withUid(uid).find((other) => other.name !== name)
  if (holder !== undefined)
    return refuse(
      `uid ${uid} is held by the account ${holder.name}`,
      `choose another uid in the inventory, or the name ${holder.name} if it is the same person`,
      [{ field: 'uid', from: account?.uid, to: uid }],
    )
  if (account !== undefined && account.uid !== uid)
    return refuse(
      `exists with uid ${account.uid}`,
      `put uid ${account.uid} into the inventory if it is the same person: a uid is never changed, ` +
        'the files would keep the old one',
      [{ field: 'uid', from: account.uid, to: uid }],
    )
  const foreign = ofAnotherInventory(name, marker, accounts)
  if (foreign !== undefined) return foreign
  const group = [...groupsNamed(name), ...withGid(uid)].find((one) => one.name !== name || one.gid !== uid)
  if (group !== undefined)
    return refuse(
      `the group ${group.name} has gid ${group.gid}`,
      `the private group must be ${name} with gid ${uid}: change that group by hand, or choose another name and uid`,
    )
  if (account !== undefined && account.home !== home)
    return refuse(
      `has the home ${account.home}`,
      `put it into the inventory, or move it while ${name} is logged out: usermod -d ${home} -m ${name}`,
      [{ field: 'home', from: account.home, to: home }],
    )
  return undefined
}

/** Refuses a group that is to be there already and is not: usermod would refuse the whole list. */
export const missingGroup = (
  { foreign = [], name }: { foreign?: readonly string[] | undefined; name: string },
  { groupsNamed }: Pick<Accounts, 'groupsNamed'>,
): Change | undefined => {
  const absent = foreign.find((group) => groupsNamed(group).length === 0)
  return absent === undefined
    ? undefined
    : refuse(
        `there is no group ${absent} on this machine`,
        `make it there (groupadd ${absent}), or take it out of memberships of ${name} in the inventory`,
      )
}
