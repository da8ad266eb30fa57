// The account and private group of somebody who left are gone; their files keep their uid.
import { z } from 'zod'
import {
  ACCOUNT_NAME,
  type Accounts,
  askAccounts,
  inOrder,
  KEEP,
  killScript,
  refuse,
  resourceType,
  sh,
  strangerTo,
} from '../lib/task.ts'

const schema = z.strictObject({ name: z.string().regex(ACCOUNT_NAME), uid: z.int().min(1) })

export const departedAccount = resourceType<typeof schema, Accounts>({
  kind: 'departed-account',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: askAccounts,

  plan({ name, uid }, accounts) {
    const { named, groupsNamed } = accounts!
    const other = strangerTo(accounts!, { name, uid })
    if (other !== undefined)
      return refuse(
        `the account ${other.name} has uid ${other.uid}`,
        `whoever left had the name ${name} and uid ${uid}: see whose ${other.name} is before anything is deleted`,
      )
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
