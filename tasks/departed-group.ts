// The Linux group of a group that is removed is gone; files keep its gid.
import * as z from 'zod'
import { ACCOUNT_NAME, type Accounts, askAccounts, KEEP, refuse, resourceType, sh } from '../lib/task.ts'

/** Groups below are the system's. */
const FIRST = 1000

const schema = z.strictObject({ name: z.string().regex(ACCOUNT_NAME) })

export const departedGroup = resourceType<typeof schema, Accounts>({
  kind: 'departed-group',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: askAccounts,

  plan({ name }, accounts) {
    const [group] = accounts!.groupsNamed(name)
    if (group === undefined) return KEEP
    if (group.gid < FIRST) return refuse(`has gid ${group.gid}: it is the system's`, 'leave it')
    if (group.members.length > 0)
      return refuse(
        `has the members ${group.members.join(', ')}`,
        `take them out first, if they are to leave it: gpasswd -d ${group.members[0]} ${name}`,
      )
    return {
      op: 'remove',
      reason: 'the group is removed',
      diffs: [{ field: 'gid', from: group.gid }],
      steps: [{ do: 'run', script: sh`groupdel ${name}` }],
    }
  },
})
