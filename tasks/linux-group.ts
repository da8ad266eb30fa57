// A Linux group by name and gid; the group that marks an inventory's accounts takes any free system gid.
import * as z from 'zod'
import {
  ACCOUNT_NAME,
  ACCOUNT_PROGRAMS,
  type Accounts,
  type Change,
  doubtfulLine,
  type FieldDiff,
  groupProbes,
  inOrder,
  KEEP,
  type LinuxGroup,
  readAccounts,
  refuse,
  resourceType,
  sh,
  writable,
} from '../lib/task.ts'

const schema = z.strictObject({
  name: z.string().regex(ACCOUNT_NAME),
  gid: z.int().min(1).optional(),
  /** Who has it: the machine's files, or a directory that it asks. */
  from: z.enum(['local', 'directory']).optional(),
})

export const linuxGroup = resourceType<typeof schema, Accounts>({
  kind: 'linux-group',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants) => ({
    probes: groupProbes(wants),
    programs: ACCOUNT_PROGRAMS,
    read(answers) {
      const accounts = readAccounts(answers, 'groups')
      return { find: () => accounts }
    },
  }),

  plan({ name, gid, from }, accounts) {
    const { groupsNamed, withGid, inDirectory } = accounts!
    const directory = inDirectory(name, gid)
    if (from === 'directory') return inTheDirectory({ name, gid: gid! }, accounts!)
    const doubtful = doubtfulLine(name, accounts!, ['group', 'gshadow'])
    if (doubtful !== undefined) return doubtful
    if (directory !== undefined)
      return refuse(
        `a directory such as LDAP has the group ${directory}`,
        "if it is this one: linuxGroup: 'directory' in the inventory, with its gid; if not, choose another name and " +
          'gid: the local files must not hide the directory',
      )
    const [group] = groupsNamed(name)
    const holder = gid === undefined ? undefined : withGid(gid).find((other) => other.name !== name)
    if (holder !== undefined)
      return refuse(
        `gid ${gid} is held by the group ${holder.name}`,
        'choose another gid in the inventory, or rename that group if it is the same: groupmod -n ' +
          `${name} ${holder.name}`,
        [{ field: 'gid', from: group?.gid, to: gid }],
      )
    if (group === undefined)
      return writable(
        {
          op: 'create',
          diffs: gid === undefined ? [] : [{ field: 'gid', to: gid }],
          steps: inOrder(gid === undefined ? sh`groupadd -r ${name}` : sh`groupadd -g ${gid} ${name}`),
        },
        accounts!,
      )
    if (gid !== undefined && group.gid !== gid)
      return refuse(
        `exists with gid ${group.gid}`,
        `put gid ${group.gid} into the inventory, or change it and the group of its files by hand: ` +
          `groupmod -g ${gid} ${name}`,
        [{ field: 'gid', from: group.gid, to: gid }],
      )
    return writable(closed(group), accounts!)
  },
})

/** A group that is the directory's is there, and nothing of the machine hides it. */
const inTheDirectory = (
  { name, gid }: { name: string; gid: number },
  { groupsNamed, withGid, inDirectory }: Accounts,
): Change => {
  const [own] = [...groupsNamed(name), ...withGid(gid)]
  if (own !== undefined)
    return refuse(
      `the machine itself has the group ${own.name} (${own.gid}), which hides the one of the directory`,
      `if the machine's is meant: linuxGroup: 'local' in the inventory; if nobody needs it: groupdel ${own.name}`,
    )
  const found = inDirectory(name) ?? inDirectory(String(gid))
  if (found === undefined)
    return refuse(
      `there is no group ${name} in the directory`,
      `see what it says there: getent group ${name}; for a group of the machines: linuxGroup: 'local'`,
    )
  return found === `${name} (${gid})`
    ? KEEP
    : refuse(
        `the directory has ${found} in place of ${name} (${gid})`,
        'write name and gid into the inventory as `getent group` shows them',
        [{ field: 'group', from: found, to: `${name} (${gid})` }],
      )
}

/** Nobody gets in but by /etc/group: no password, no administrators, no members that only /etc/gshadow has. */
const closed = ({ name, hasPassword, administrators, hiddenMembers }: LinuxGroup): Change => {
  const diffs: FieldDiff[] = [
    ...(hasPassword ? [{ field: 'password', from: 'set: whoever knows it enters the group' }] : []),
    ...(administrators.length > 0 ? [{ field: 'administrators', from: [...administrators] }] : []),
    ...(hiddenMembers.length > 0 ? [{ field: 'members in gshadow', from: [...hiddenMembers] }] : []),
  ]
  if (diffs.length === 0) return KEEP
  return {
    op: 'update',
    diffs,
    steps: inOrder(
      ...(hasPassword ? [sh`gpasswd -r ${name}`] : []),
      ...(administrators.length > 0 ? [sh`gpasswd -A '' ${name}`] : []),
      ...hiddenMembers.map((member) => sh`gpasswd -d ${member} ${name}`),
    ),
  }
}
