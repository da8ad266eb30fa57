// Changes what a group may use: in the inventory file, and then in the cluster.
import type { Edit } from '../lib/playbook.ts'
import { chooseFrom, main, playbook, wrongFlag } from '../lib/playbook.ts'
import setup from './setup.ts'

const KEYS = ['gpu', 'cpu', 'memory'] as const

const setQuota = playbook({
  name: 'set-quota',
  description: 'Changes what the jobs of a group may use together, in the inventory file and in the cluster.',
  manages: setup.manages,
  flags: {
    // `--group` narrows every playbook; here it must be said, and one group.
    gpu: { value: '<count>', says: 'GPU cards, or none for no limit' },
    cpu: { value: '<cores>', says: 'CPU cores, such as 8, or none for no limit' },
    memory: { value: '<amount>', says: 'memory, such as 60Gi, or none for no limit' },
  },

  allOrNothing: true,

  edits({ groups }, { group: names = [], ...amounts }) {
    const [name, more] = names
    const known = groups.map((one) => one.name)
    if (name === undefined || more !== undefined)
      throw wrongFlag('--group', 'must name one group', `choose from ${known.join(', ')}`)
    const group = groups.find((one) => one.name === name)
    if (group === undefined)
      throw wrongFlag(`--group ${name}`, 'is not a group of this inventory', chooseFrom(name, known))
    const given = KEYS.filter((key) => amounts[key] !== undefined)
    if (given.length === 0)
      throw wrongFlag('--gpu, --cpu, --memory', 'none is given', 'say what is to change')
    const quota: Record<string, string | number> = quotaOf(amounts)
    return given
      .filter((key) => String(group.quota[key] ?? 'none') !== String(quota[key] ?? 'none'))
      .map((key): Edit => ({ do: 'set', list: 'groups', name, field: ['quota', key], value: quota[key] }))
  },

  resources: (inventory, site) => setup.resources(inventory, site, {}),
})

/** Amounts as an inventory has them; `none` and what is not given is no limit. The inventory's own rules judge them. */
export const quotaOf = (amounts: { [K in (typeof KEYS)[number]]?: string | undefined }) => ({
  ...(isLimit(amounts.gpu) && { gpu: Number(amounts.gpu) }),
  ...(isLimit(amounts.cpu) && { cpu: /^\d+$/.test(amounts.cpu) ? Number(amounts.cpu) : amounts.cpu }),
  ...(isLimit(amounts.memory) && { memory: amounts.memory }),
})

const isLimit = (amount: string | undefined): amount is string => amount !== undefined && amount !== 'none'

export default setQuota

if (import.meta.main) await main(setQuota)
