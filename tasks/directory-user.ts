// A user's account that a directory (LDAP, AD) has: looked at, not made; the home and the machine's groups are made.
import * as z from 'zod'
import {
  ACCOUNT_NAME,
  ACCOUNT_PROGRAMS,
  accountsProbe,
  type DirectorySeen,
  directoryMembersBesides,
  directoryProbe,
  directoryUserChange,
  homesProbes,
  KEEP,
  LOGIN_NAME,
  markerOf,
  missingGroup,
  PLAIN_PATH,
  readAccounts,
  readDirectory,
  readHomes,
  resourceType,
} from '../lib/task.ts'

/** Users whose accounts are the machine's have homes, too, and are asked about at once. */
const HOMES = 'homes of the directory'

const group = z.string().regex(ACCOUNT_NAME)

const schema = z.strictObject({
  name: z.string().regex(LOGIN_NAME),
  uid: z.int().min(1),
  /** Supplementary groups in the machine's files: these and no others. */
  groups: z.array(group),
  /** Those of them that nothing here makes. */
  foreign: z.array(group).optional(),
  /** Groups of the directory that it must have the user in. */
  directoryGroups: z.array(z.strictObject({ name: group, gid: z.int().min(1) })),
  /** The group that marks accounts of this inventory. */
  marker: group,
  home: z.string().regex(PLAIN_PATH),
})

export const directoryUser = resourceType<typeof schema, DirectorySeen>({
  kind: 'directory-user',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants, owner) => ({
    probes: [
      accountsProbe,
      directoryProbe({ users: wants.map(({ name }) => name), groups: [] }),
      ...homesProbes(wants, HOMES),
    ],
    programs: [...ACCOUNT_PROGRAMS, ...(wants.length > 0 ? ['getent'] : [])],
    read(answers) {
      const accounts = readAccounts(answers)
      const seen = { accounts, directory: readDirectory(answers), homes: readHomes(answers, HOMES) }
      const names = wants.map(({ name }) => name)
      return {
        find: () => seen,
        strays: directoryMembersBesides(accounts, markerOf(owner), names).map(({ name }) => ({
          id: name,
          belongs: { user: name },
          access: 'can log in, as far as the directory lets them',
          change: KEEP,
        })),
      }
    },
  }),

  plan: (want, seen) => missingGroup(want, seen!.accounts) ?? directoryUserChange(want, seen!),
})
