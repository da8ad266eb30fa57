// Adds a group with its quota and volumes: to the inventory file, and then everywhere, as setup would.
import type { Inventory, InventoryInput } from '../inventory/schema.ts'
import { defined, type Edit, main, nextId, type Peek, playbook, wrongFlag } from '../lib/playbook.ts'
import { changesOf, POD_FLAGS, podsOf, QUOTA_FLAGS, quotaOf, unlimited } from './set-quota.ts'
import setup, { withOwnUsers } from './setup.ts'

const addGroup = playbook({
  name: 'add-group',
  description: 'Adds a group with its quota and volumes to the inventory file, and makes it.',
  example: 'inventory/prod.ts --name dev3 --gpu 2 --volume dev3-public=/dev3',
  manages: setup.manages,
  flags: {
    name: { value: '<name>', says: 'name of the Linux group and the namespace', required: true },
    gid: { value: '<gid>', says: 'gid of the Linux group (default: the next free one)', number: true },
    ...QUOTA_FLAGS,
    ...POD_FLAGS,
    volume: {
      value: '<name=path[,shared]>',
      says: 'a volume of the NAS; with a word after the comma it is shared with those of the same word',
      many: true,
    },
  },
  peeks: () => [],
  allOrNothing: true,

  edits(inventory, { name, gid, volume: words, ...flags }, { accounts }) {
    const quota = quotaOf(flags)
    const pods = podsOf(flags)
    const volumes = words
      .map((word) => volumeOf(word, name))
      .filter((volume) => !inventory.volumes.some((one) => one.name === volume.name))
      .map((entry): Edit => ({ do: 'add', list: 'volumes', entry }))
    const group = inventory.groups.find((one) => one.name === name)
    if (group !== undefined) {
      refuseOther(group, gid, changesOf(group, flags))
      return volumes
    }
    refuseTaken(inventory, name, gid, accounts)
    const entry = {
      name,
      gid: gid ?? nextId('gid', inventory, accounts),
      ...(Object.keys(quota).length > 0 && { quota }),
      ...(Object.keys(pods).length > 0 && { pods }),
    }
    return [{ do: 'add', list: 'groups', entry }, ...volumes]
  },

  narrow: ({ name }) => ({ groups: [name] }),
  warnings: (inventory, { name }) => [...unlimited(inventory.groups, name), ...withOwnUsers(inventory, name)],
  whole: setup,
  resources: (inventory, site) => setup.resources(inventory, site, {}),
})

const volumeOf = (word: string, group: string): NonNullable<InventoryInput['volumes']>[number] => {
  const [, name, path, shared] = /^([^=,]+)=([^,]+)(?:,(.+))?$/.exec(word) ?? []
  if (name === undefined || path === undefined)
    throw wrongFlag(`--volume ${word}`, 'is no volume', 'write <name>=<path>, such as dev3-public=/dev3')
  return { name, group, path, ...defined({ shared }) }
}

/** What the inventory says otherwise of a group that is there is the admin's to decide. */
const refuseOther = (
  { name, gid }: Inventory['groups'][number],
  asked: number | undefined,
  changes: ReturnType<typeof changesOf>,
): void => {
  if (asked !== undefined && asked !== gid)
    throw wrongFlag(`--name ${name}`, `is a group already, with gid ${gid}`, 'choose another name')
  if (changes.length > 0)
    throw wrongFlag(
      `--name ${name}`,
      `is a group already, with another ${changes.map(({ field }) => field.join('.')).join(', ')}`,
      'choose another name; to change the group, run set-quota with these flags',
    )
}

const refuseTaken = (
  { groups }: Inventory,
  name: string,
  gid: number | undefined,
  accounts: Peek['accounts'],
): void => {
  const own = groups.find((one) => one.gid === gid)
  if (own !== undefined)
    throw wrongFlag(`--gid ${gid}`, `is held by the group ${own.name} in the inventory`, 'choose another')
  for (const [host, { groupsNamed, withGid }] of accounts) {
    const [there] = groupsNamed(name)
    if (there !== undefined && there.gid !== gid)
      throw wrongFlag(
        `--name ${name}`,
        `is a group on ${host} already, with gid ${there.gid}`,
        `choose another name; to take the group over, say --gid ${there.gid}`,
      )
    const holder = gid === undefined ? undefined : withGid(gid).find((one) => one.name !== name)
    if (holder !== undefined)
      throw wrongFlag(`--gid ${gid}`, `is held by the group ${holder.name} on ${host}`, 'choose another')
  }
}

export default addGroup

if (import.meta.main) await main(addGroup)
