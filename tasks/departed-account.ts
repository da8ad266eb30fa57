// The account and private group of somebody who left are gone; their files keep their uid.
import * as z from 'zod'
import {
  type Accounts,
  askAccounts,
  besideGroups,
  type Change,
  inOrder,
  KEEP,
  killScript,
  LOGIN_NAME,
  refuse,
  resign,
  resourceType,
  sh,
  strangerTo,
} from '../lib/task.ts'

const schema = z.strictObject({
  name: z.string().regex(LOGIN_NAME),
  uid: z.int().min(1),
  /** One of a directory stays there; it leaves the machine's groups. */
  accounts: z.enum(['local', 'directory']).optional(),
})

export const departedAccount = resourceType<typeof schema, Accounts>({
  kind: 'departed-account',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: askAccounts,

  plan({ name, uid, accounts: from }, accounts) {
    const { named, groupsNamed } = accounts!
    const other = strangerTo(accounts!, { name, uid })
    if (other !== undefined)
      return refuse(
        `the account ${other.name} has uid ${other.uid}`,
        `whoever left had the name ${name} and uid ${uid}: see whose ${other.name} is before anything is deleted`,
      )
    if (from === 'directory') return outOfGroups(name, accounts!)
    const [account] = named(name)
    const [group] = groupsNamed(name)
    const own = group !== undefined && group.gid === uid && group.members.length === 0
    if (account === undefined && !own) return KEEP
    return {
      op: 'remove',
      reason: `${name} has left`,
      diffs: [
        ...(account === undefined ? [] : [{ field: 'account', from: `${name} (${uid})` }]),
        ...(own ? [{ field: 'private group', from: `${name} (${group.gid})` }] : []),
      ],
      steps: inOrder(
        ...(account === undefined ? [] : [killScript({ name, uid }), sh`userdel ${name}`]),
        // userdel takes the private group along where login.defs says so.
        ...(own ? [sh`{ ! grep -q ${`^${name}:`} /etc/group || groupdel ${name}; }`] : []),
      ),
    }
  },
})

/** Who may log in with it, the directory says; on the machine it is nobody in particular. */
const outOfGroups = (name: string, accounts: Accounts): Change => {
  const groups = accounts.groupsOf(name)
  const { hidden, administers, diffs } = besideGroups(name, [], accounts)
  const left = [...groups, ...hidden]
  if (left.length + administers.length === 0) return KEEP
  return {
    op: 'remove',
    reason: `${name} has left`,
    diffs: [...(groups.length > 0 ? [{ field: 'groups', from: [...groups] }] : []), ...diffs],
    steps: inOrder(
      ...left.map((group) => sh`gpasswd -d ${name} ${group} >/dev/null`),
      ...(administers.length > 0 ? [resign(name, administers)] : []),
    ),
    warnings: [
      `the account ${name} stays, as it is the directory's: whoever has that locks or deletes it there, and until ` +
        'then it logs in to these machines, without a home or anything of the cluster',
    ],
  }
}
