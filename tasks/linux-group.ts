// A Linux group by name and gid; the group that marks an inventory's accounts takes any free system gid.
import { z } from 'zod'
import {
  ACCOUNT_NAME,
  type Accounts,
  accountProbes,
  KEEP,
  readAccounts,
  refuse,
  resourceType,
} from '../lib/resource.ts'
import { sh } from '../lib/shell.ts'

const schema = z.strictObject({
  name: z.string().regex(ACCOUNT_NAME),
  gid: z.int().min(1).optional(),
})

export const linuxGroup = resourceType<typeof schema, Accounts>({
  kind: 'linux-group',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants) => ({
    probes: accountProbes(
      'group',
      wants.flatMap(({ name, gid }) => [name, gid]),
    ),
    read(answers) {
      const accounts = readAccounts(answers, 'group')
      return { find: () => accounts }
    },
  }),

  plan({ name, gid }, accounts) {
    const { groupsNamed, withGid, inDirectory } = accounts!
    const directory = inDirectory(name, gid)
    if (directory !== undefined)
      return refuse(
        `a directory such as LDAP has the group ${directory}`,
        'choose another name and gid in the inventory: the local files must not hide the directory',
      )
    const [group, twin] = groupsNamed(name)
    if (twin !== undefined)
      return refuse('stands in several lines of /etc/group', 'remove all but one of them with vigr')

    const holder = gid === undefined ? undefined : withGid(gid).find((other) => other.name !== name)
    if (holder !== undefined)
      return refuse(
        `gid ${gid} is held by the group ${holder.name}`,
        `choose another gid in the inventory, or rename that group if it is the same: groupmod -n ${name} ${holder.name}`,
        [{ field: 'gid', from: group?.gid, to: gid }],
      )
    if (group === undefined)
      return {
        op: 'create',
        diffs: gid === undefined ? [] : [{ field: 'gid', to: gid }],
        steps: [
          { do: 'run', script: gid === undefined ? sh`groupadd -r ${name}` : sh`groupadd -g ${gid} ${name}` },
        ],
      }
    if (gid !== undefined && group.gid !== gid)
      return refuse(
        `exists with gid ${group.gid}`,
        `put gid ${group.gid} into the inventory, or change it and the group of its files by hand: groupmod -g ${gid} ${name}`,
        [{ field: 'gid', from: group.gid, to: gid }],
      )
    return KEEP
  },
})
