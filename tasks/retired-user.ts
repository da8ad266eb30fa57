// Somebody who left: the account, where it still exists, lets nobody in; no file of theirs is deleted.
import * as z from 'zod'
import {
  type Accounts,
  askAccounts,
  type Change,
  doubtfulLine,
  inOrder,
  isExpired,
  isShut,
  KEEP,
  LOGIN_NAME,
  refuse,
  resourceType,
  sh,
  strangerTo,
  writable,
} from '../lib/task.ts'

const schema = z.strictObject({ name: z.string().regex(LOGIN_NAME), uid: z.int().min(1) })

export const retiredUser = resourceType<typeof schema, Accounts>({
  kind: 'retired-user',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: askAccounts,

  plan({ name, uid }, accounts) {
    const { named, today } = accounts!
    const other = strangerTo(accounts!, { name, uid })
    if (other !== undefined)
      return refuse(
        `the account ${other.name} has uid ${other.uid}`,
        `whoever left had the name ${name} and uid ${uid}: lock ${other.name} by hand if it is theirs ` +
          `(usermod -L -e 1 ${other.name}), otherwise take them out of \`retired\` for this host`,
      )
    const doubtful = doubtfulLine(name, accounts!, ['passwd', 'shadow'])
    if (doubtful !== undefined) return doubtful
    const [account] = named(name)
    if (account === undefined || isShut(account, today)) return KEEP
    const { password, expires } = account
    const change: Change = {
      op: 'remove',
      reason: 'has left',
      diffs: [
        ...(password === 'set' || password === 'empty'
          ? [{ field: 'password', from: password, to: 'locked' }]
          : []),
        ...(isExpired(account, today)
          ? []
          : [{ field: 'expires', from: expires === undefined ? 'never' : dayOf(expires), to: dayOf(1) }]),
      ],
      steps: inOrder(sh`usermod -L -e 1 ${name}`),
      shuts: `linux-user/${name}`,
    }
    return writable(change, accounts!)
  },
})

const dayOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)
