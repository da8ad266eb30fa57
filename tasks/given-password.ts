// A password that an admin gives: whoever has it sets their own at the first login.
import * as z from 'zod'
import {
  type Accounts,
  askAccounts,
  type Change,
  doubtfulLine,
  givePassword,
  inOrder,
  isHalfGiven,
  KEEP,
  LOGIN_NAME,
  refuse,
  resourceType,
  Secret,
  shadowed,
  writable,
} from '../lib/task.ts'

const schema = z.strictObject({
  user: z.string().regex(LOGIN_NAME),
  password: z.instanceof(Secret),
  /** `missing`: where the user has none of their own yet; `always`: whatever they have. */
  when: z.enum(['missing', 'always']),
})

export const givenPassword = resourceType<typeof schema, Accounts>({
  kind: 'given-password',
  on: 'host',
  schema,
  id: ({ user }) => user,

  observe: askAccounts,

  plan({ user, password, when }, accounts) {
    const doubtful = doubtfulLine(user, accounts!, ['passwd', 'shadow'])
    if (doubtful !== undefined) return doubtful
    const [account] = accounts!.named(user)
    const set = account?.password === 'set'
    if (account?.password === 'locked')
      return refuse(
        `${user} was locked by an administrator`,
        `unlock the account there first, if the user is to log in: usermod -U ${user}`,
      )
    const halfGiven = account !== undefined && isHalfGiven(account)
    if (when === 'missing' && set && !account.mustChange && !halfGiven) return KEEP
    const change: Change = {
      op: set ? 'update' : 'create',
      diffs: [
        {
          field: 'password',
          from: set ? (account.mustChange ? 'given, not changed yet' : 'set') : undefined,
          to: password,
        },
        ...(account?.mustChange ? [] : [{ field: 'to be changed at the first login', to: true }]),
        ...(halfGiven
          ? [{ field: 'login', from: 'shut since a run ended in the middle of this', to: 'open' }]
          : []),
      ],
      steps: inOrder(...shadowed(account), ...givePassword(user, password)),
      once: true,
    }
    return writable(change, accounts!)
  },
})
