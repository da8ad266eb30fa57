// Removes a group that has no members any more: rights and quotas go, data stays.
import { chooseFrom, type Edit, main, playbook, step, wrongFlag } from '../lib/playbook.ts'
import { departedGroup } from '../tasks/departed-group.ts'
import { departedNamespace } from '../tasks/departed-namespace.ts'
import setup from './setup.ts'

const removeGroup = playbook({
  name: 'remove-group',
  description: 'Removes a group without members: roles and quotas go; its namespace, volumes and data stay.',
  example: 'inventory/prod.ts --name dev3 --check',
  manages: setup.manages,
  flags: {
    name: { value: '<name>', says: 'name of the group', required: true },
    deleteNamespace: {
      value: '<name>',
      says: 'also delete its namespace, with its claims and jobs; the same name once more',
    },
  },

  edits({ groups, users, volumes, hosts, trusted }, { name, deleteNamespace }): readonly Edit[] {
    if (deleteNamespace !== undefined && deleteNamespace !== name)
      throw wrongFlag(
        `--delete-namespace ${deleteNamespace}`,
        `is not the group ${name}`,
        `write --delete-namespace ${name}, or leave it out`,
      )
    const members = users.filter((user) => user.groups.some(({ group }) => group === name))
    if (members.length > 0)
      throw wrongFlag(
        `--name ${name}`,
        `has members: ${members.map((user) => user.name).join(', ')}`,
        'remove them or move them to another group first',
      )
    const there = hosts.filter(({ memberships = {} }) =>
      Object.values(memberships).some((list) => list.includes(name)),
    )
    if (there.length > 0)
      throw wrongFlag(
        `--name ${name}`,
        `is in the memberships of ${there.map((host) => host.name).join(', ')}`,
        'take it out there first, in hosts',
      )
    const claims = trusted.filter((one) => one.kind === 'PersistentVolumeClaim' && one.namespace === name)
    if (claims.length > 0)
      throw wrongFlag(
        `--name ${name}`,
        `has claims in trusted: ${claims.map((claim) => claim.name).join(', ')}`,
        'take them out there first; the claims themselves stay as they are',
      )
    if (!groups.some((group) => group.name === name)) return []
    return [
      ...volumes
        .filter(({ group }) => group === name)
        .map((volume): Edit => ({ do: 'remove', list: 'volumes', name: volume.name })),
      { do: 'remove', list: 'groups', name },
    ]
  },

  nowhere({ groups }, { name, deleteNamespace }) {
    const found = 'is not in the inventory, and nothing of it is on the machines or in the cluster'
    // Without that flag its namespace would be there, however often it was removed.
    if (deleteNamespace === undefined)
      throw wrongFlag(
        `--name ${name}`,
        found,
        chooseFrom(
          name,
          groups.map((group) => group.name),
        ),
      )
    return `The group ${name} ${found}: it was removed before, or never was there`
  },

  narrow: ({ name }) => ({ groups: [name] }),

  whole: setup,

  *resources(inventory, site, { name, deleteNamespace }) {
    yield* setup.resources(inventory, site, {})
    const belongs = { groups: [name] }
    yield* step('6 The namespace and the Linux group', function* () {
      for (const host of site.hosts) yield departedGroup(host, { name }, { belongs })
      yield departedNamespace(site.cluster, { name, delete: deleteNamespace !== undefined }, { belongs })
    })
  },
})

export default removeGroup

if (import.meta.main) await main(removeGroup)
