import { type Change, refuse } from '../resource-type.ts'
import { type Accounts, markerOf } from './accounts.ts'

/** What must be free, or the account's own, before it is made or changed. */
export interface WantedAccount {
  name: string
  /** Also the gid of his private group. */
  uid: number
  home: string
  /** The group that marks accounts of this inventory. */
  marker: string
}

/** Refuses an account that another one, another inventory or a directory stands in the way of. */
export const accountObstacle = (
  { name, uid, home, marker }: WantedAccount,
  { named, withUid, groupsNamed, withGid, groupsOf, inDirectory }: Accounts,
): Change | undefined => {
  const directory = inDirectory(name, uid)
  if (directory !== undefined)
    return refuse(
      `a directory such as LDAP has the account ${directory}`,
      'choose another name and uid in the inventory: the local files must not hide the directory',
    )
  const [account, twin] = named(name)
  if (twin !== undefined)
    return refuse('stands in several lines of /etc/passwd', 'remove all but one of them with vipw')

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
      `put uid ${account.uid} into the inventory if it is the same person: a uid is never changed, the files would keep the old one`,
      [{ field: 'uid', from: account.uid, to: uid }],
    )
  const foreign = groupsOf(name).find((group) => group.startsWith(markerOf('')) && group !== marker)
  if (foreign !== undefined)
    return refuse(
      `belongs to the inventory ${foreign.slice(markerOf('').length)}`,
      `take ${name} out of one of the inventories; to take the account over: gpasswd -d ${name} ${foreign}`,
    )
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
