// Changes what a group may use: in the inventory file, and then in the cluster.
import type { Edit, FlagValues, InventoryInput } from '../lib/playbook.ts'
import { chooseFrom, hardLimits, type Inventory, main, playbook, wrongFlag } from '../lib/playbook.ts'
import setup, { withOwnUsers } from './setup.ts'

type Quota = NonNullable<InventoryInput['groups'][number]['quota']>
type Pods = NonNullable<InventoryInput['groups'][number]['pods']>

/** How quotas are said on a command line. */
export const QUOTA_FLAGS = {
  gpu: { value: '<count>', says: 'GPU cards, or none for no limit' },
  cpu: { value: '<cores>', says: 'CPU cores, such as 8, or none for no limit' },
  memory: { value: '<amount>', says: 'memory, such as 60Gi, or none for no limit' },
  ephemeralStorage: { value: '<amount>', says: 'disks of nodes, such as 200Gi, or none for no limit' },
  hugepages: { value: '<size=amount>', says: 'huge pages of a size, such as 2Mi=1Gi, or =none', many: true },
  device: { value: '<name=count>', says: 'another device, such as amd.com/gpu=4, or =none', many: true },
  deviceClass: {
    value: '<name=count>',
    says: 'devices of a DeviceClass, such as gpu.example.com=2, or =none',
    many: true,
  },
  storage: { value: '<amount>', says: 'what all claims may ask for together, or none for no limit' },
  claims: { value: '<count>', says: 'number of claims, or none for no limit' },
  pods: { value: '<count>', says: 'number of pods, or none for no limit' },
  maxGpu: { value: '<count>', says: 'the most GPU cards of one pod, or none' },
  maxCpu: { value: '<cores>', says: 'the most CPU cores of one pod, or none' },
  maxMemory: { value: '<amount>', says: 'the most memory of one pod, or none' },
} as const

type QuotaFlags = FlagValues<typeof QUOTA_FLAGS>

/** How it is said on a command line what pods of a group may or must in isolation strict. */
export const POD_FLAGS = {
  priorityClass: {
    value: '<name>',
    says: 'a priority class that its pods may name; given again for more, and none for no other than the default',
    many: true,
  },
  imageVolumes: {
    value: '<yes|no>',
    says: 'whether its pods may mount images, such as weights that come as one',
    choices: ['yes', 'no'],
  },
  hostUsers: {
    value: '<yes|no>',
    says: 'no: root in its pods is nobody on the node (volumes on NFS may then not mount); yes: as each pod says',
    choices: ['yes', 'no'],
  },
} as const

type PodFlags = FlagValues<typeof POD_FLAGS>

/** What is said of each option; undefined is what it is when the inventory says nothing. */
const optionsSaid = ({ priorityClass, imageVolumes, hostUsers }: PodFlags): [keyof Pods, unknown][] => {
  const classes = priorityClass.filter((name) => name !== 'none')
  if (classes.length > 0 && classes.length < priorityClass.length)
    throw wrongFlag('--priority-class none', 'is given beside others', 'keep it, or the others')
  const said: [keyof Pods, unknown][] = []
  if (priorityClass.length > 0) said.push(['priorityClasses', classes.length === 0 ? undefined : classes])
  if (imageVolumes !== undefined) said.push(['imageVolumes', imageVolumes === 'yes' || undefined])
  if (hostUsers !== undefined) said.push(['hostUsers', hostUsers === 'yes' ? undefined : false])
  return said
}

/** The options that flags say of a group without any. */
export const podsOf = (flags: PodFlags): Pods =>
  Object.fromEntries(optionsSaid(flags).filter(([, value]) => value !== undefined))

/** What an admin should know of a group that nothing limits. */
export const unlimited = (groups: Inventory['groups'], name: string | undefined): string[] =>
  groups
    .filter((group) => group.name === name && Object.keys(hardLimits(group.quota)).length === 0)
    .map(
      (group) =>
        `no quota limits ${group.name}: its jobs may take all GPUs, CPU and memory that are free; ` +
        `set-quota --group ${group.name} --gpu 1 limits them`,
    )

const setQuota = playbook({
  name: 'set-quota',
  description:
    'Changes what the jobs of a group may use, and what its pods may, in the inventory file and in the cluster.',
  example: 'inventory/prod.ts --group dev1 --gpu 2 --device amd.com/gpu=4',
  manages: setup.manages,
  // `--group` narrows every playbook; here it must be said, and one group.
  flags: { ...QUOTA_FLAGS, ...POD_FLAGS },

  warnings(inventory, { group: [name] = [], gpu }) {
    const { groups, isolation } = inventory
    const nothing = unlimited(groups, name)
    const users = withOwnUsers(inventory, name)
    // In strict a device that no quota names is refused.
    return nothing.length > 0 || gpu !== 'none' || isolation === 'strict'
      ? [...nothing, ...users]
      : [
          ...users,
          `no quota limits the GPUs of ${name}: its jobs may take all that are free; --gpu 0 gives it none`,
        ]
  },

  allOrNothing: true,

  edits({ groups }, { group: names = [], ...flags }) {
    const [name, more] = names
    const known = groups.map((one) => one.name)
    if (name === undefined || more !== undefined)
      throw wrongFlag('--group', 'must name one group', `choose from ${known.join(', ')}`)
    const group = groups.find((one) => one.name === name)
    if (group === undefined)
      throw wrongFlag(`--group ${name}`, 'is not a group of this inventory', chooseFrom(name, known))
    if (saidOf(flags).length + optionsSaid(flags).length === 0)
      throw wrongFlag('--gpu, --cpu, --memory, …', 'none is given', 'say what is to change')
    return changesOf(group, flags).map((change): Edit => ({ do: 'set', list: 'groups', name, ...change }))
  },

  whole: setup,
  resources: (inventory, site) => setup.resources(inventory, site, {}),
})

/** What flags say of a group otherwise than the inventory. */
export const changesOf = (
  { quota, pods }: Inventory['groups'][number],
  flags: QuotaFlags & PodFlags,
): { field: readonly [string, ...string[]]; value: unknown }[] => [
  ...editsOf(quota, saidOf(flags)).map(({ field, value }) => ({
    field: ['quota', ...field] as const,
    value,
  })),
  ...optionsSaid(flags)
    .filter(([word, value]) => JSON.stringify(pods?.[word]) !== JSON.stringify(value))
    .map(([word, value]) => ({ field: ['pods', word] as const, value })),
]

/** An amount that is said for a place below `quota`; undefined is no limit. The inventory's own rules judge it. */
interface Said {
  place: readonly [word: string, name?: string]
  amount: string | number | undefined
}

const saidOf = ({
  hugepages,
  device,
  deviceClass,
  maxGpu,
  maxCpu,
  maxMemory,
  ...plain
}: QuotaFlags): Said[] => [
  ...PLAIN.flatMap((word) => placed([word], plain[word])),
  ...named('hugepages', 'hugepages', hugepages),
  ...named('device', 'devices', device),
  ...named('device-class', 'deviceClasses', deviceClass),
  ...placed(['max', 'gpu'], maxGpu),
  ...placed(['max', 'cpu'], maxCpu),
  ...placed(['max', 'memory'], maxMemory),
]

const PLAIN = ['gpu', 'cpu', 'memory', 'ephemeralStorage', 'storage', 'claims', 'pods'] as const

const placed = (place: Said['place'], amount: string | undefined): Said[] =>
  amount === undefined ? [] : [{ place, amount: amountFrom(amount) }]

const amountFrom = (amount: string): Said['amount'] => {
  if (amount === 'none') return undefined
  return /^-?\d{1,15}$/.test(amount) ? Number(amount) : amount
}

const named = (flag: string, word: string, pairs: readonly string[]): Said[] => {
  const known = new Set<string>()
  return pairs.map((pair) => {
    const [, name, amount] = /^([^=]+)=([^=]+)$/.exec(pair) ?? []
    if (name === undefined || amount === undefined)
      throw wrongFlag(`--${flag} ${pair}`, 'is no name and number', 'write <name>=<count>, or <name>=none')
    if (known.has(name)) throw wrongFlag(`--${flag} ${pair}`, `says ${name} once more`, 'keep one of them')
    known.add(name)
    return { place: [word, name], amount: amountFrom(amount) }
  })
}

/** What changes of a quota, field by field and name by name; what has names in it comes and goes as a whole. */
const editsOf = (quota: Quota, said: readonly Said[]): { field: readonly string[]; value: unknown }[] =>
  [...Map.groupBy(said, ({ place: [word] }) => word)].flatMap(([word, of]) => {
    const before: unknown = quota[word as keyof Quota]
    const after = of.reduce<unknown>(
      (value, { place: [, name], amount }) => (name === undefined ? amount : withEntry(value, name, amount)),
      before,
    )
    if (isSame(before, after)) return []
    if (!hasNames(before) || !hasNames(after)) return [{ field: [word], value: after }]
    return of
      .filter(({ place: [, name], amount }) => !isSame(before[name!], amount))
      .map(({ place, amount }) => ({ field: place.filter((part) => part !== undefined), value: amount }))
  })

const hasNames = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

const withEntry = (of: unknown, name: string, amount: Said['amount']): object | undefined => {
  const { [name]: _, ...others } = (of ?? {}) as Record<string, unknown>
  const entries = amount === undefined ? others : { ...others, [name]: amount }
  return Object.keys(entries).length === 0 ? undefined : entries
}

/** Amounts of a loaded inventory are texts where they may be either. */
const isSame = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other)

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(
        Object.entries(value)
          .map(([key, amount]) => [key, String(amount)])
          .toSorted(),
      )
    : String(value ?? 'none')

/** The quota that flags say of a group without one. */
export const quotaOf = (flags: QuotaFlags): Quota =>
  Object.fromEntries(
    editsOf({}, saidOf(flags))
      .filter(({ value }) => value !== undefined)
      .map(({ field, value }) => [field[0], value]),
  )

export default setQuota

if (import.meta.main) await main(setQuota)
