// A Linux account with a private group, exact supplementary groups, a home of its own and a first password.
import * as z from 'zod'
import {
  ACCOUNT_NAME,
  ACCOUNT_PROGRAMS,
  accountChange,
  accountObstacle,
  accountProbes,
  homesProbes,
  markerOf,
  missingGroup,
  newAccount,
  noting,
  PLAIN_PATH,
  placeObstacle,
  readAccounts,
  readHomes,
  readShells,
  resourceType,
  Secret,
  shellObstacle,
  shellsProbe,
  strayAccounts,
} from '../lib/task.ts'

const account = z.string().regex(ACCOUNT_NAME)
const path = z.string().regex(PLAIN_PATH)

const schema = z.strictObject({
  name: account,
  uid: z.int().min(1),
  /** Supplementary groups: these and no others. */
  groups: z.array(account),
  /** Those of them that nothing here makes. */
  foreign: z.array(account).optional(),
  /** The group that marks accounts of this inventory. */
  marker: account,
  gecos: z.optional(z.string().regex(/^[^:\p{Cc}]*$/u)),
  shell: path,
  home: path,
  password: z.instanceof(Secret).optional(),
  /** As crypt(3) writes it. */
  passwordHash: z.union([z.instanceof(Secret), z.string()]).optional(),
  /** Another resource sets a first password, or a key lets the user in: none is missed. */
  passwordFollows: z.boolean().optional(),
})

export const linuxUser = resourceType({
  kind: 'linux-user',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants, owner) => ({
    probes: [...accountProbes(wants), shellsProbe(wants.map(({ shell }) => shell)), ...homesProbes(wants)],
    programs: ACCOUNT_PROGRAMS,
    read(answers) {
      const accounts = readAccounts(answers, 'accounts')
      const faultOf = readShells(answers)
      const homes = readHomes(answers)
      const names = wants.map(({ name }) => name)
      return {
        find: () => ({ accounts, faultOf, homes }),
        strays: strayAccounts(accounts, markerOf(owner), names),
      }
    },
  }),

  plan(want, have) {
    const { accounts, faultOf, homes } = have!
    const [account] = accounts.named(want.name)
    const hasAccount = account !== undefined
    const fault = faultOf(want.shell)
    const change =
      accountObstacle(want, accounts) ??
      missingGroup(want, accounts) ??
      shellObstacle(want.shell, fault) ??
      placeObstacle(want, homes, hasAccount) ??
      (hasAccount ? accountChange(want, account, accounts, homes) : newAccount(want, accounts, homes))
    return fault === 'unlisted'
      ? noting(change, [`${want.shell} is not in /etc/shells there: ${UNLISTED}`])
      : change
  },
})

const UNLISTED = 'services that look there, FTP for instance, let nobody in who has it'
