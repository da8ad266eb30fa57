import { chooseFrom, shown } from '../base/rules.ts'
import { elements, type Fields, fieldsOf, namesIn, type ReportMistake, unique } from './raw.ts'

/** Names that stand for everybody: what is given to them is given to every user of a group. */
const EVERYBODY = /^system:(authenticated|unauthenticated|anonymous|serviceaccounts)$/

/** What nobody can trust by saying so: everybody, the users themselves, whom pods can run as, our volumes. */
export const trustedMistakes = (inventory: Fields, report: ReportMistake): void => {
  const once = unique(report)
  const users = new Set<unknown>(namesIn(inventory['users']))
  const groups = new Set<unknown>(namesIn(inventory['groups']))
  const volumes = new Map(elements(inventory['volumes']).map(([, { name, group }]) => [name, group]))
  for (const [index, { kind, name, namespace, group, host }] of elements(inventory['trusted'])) {
    const at = (field: string) => ['trusted', index, field]
    const place = [namespace, name, group, host].filter((part) => part !== undefined).join('/')
    once(`${kind} ${place}`, ['trusted', index], `trusted[${index}]`, 'keep one of them')
    const mistake = kind === 'Membership' ? membershipMistake(inventory, { name, group, host }) : undefined
    if (mistake !== undefined) report(at(mistake[0]), mistake[1], mistake[2])
    if (kind === 'Account' && users.has(name))
      report(
        at('name'),
        `${shown(name)} is a user of this inventory`,
        'leave it out: users are judged by their groups',
      )
    if (kind === 'PersistentVolumeClaim' && namespace !== undefined && !groups.has(namespace))
      report(at('namespace'), `${shown(namespace)} is no group`, 'name the group whose claim it is')
    const ours =
      kind === 'PersistentVolume'
        ? volumes.has(name)
        : namespace !== undefined && volumes.get(name) === namespace
    if (ours && `${kind}`.startsWith('PersistentVolume'))
      report(at('name'), `${shown(name)} is in volumes`, 'leave it out: setup makes it')
    if ((kind === 'User' || kind === 'Group') && typeof name === 'string' && EVERYBODY.test(name))
      report(at('name'), `${shown(name)} is everybody`, 'take the binding away, or name who needs it')
    if (kind === 'ServiceAccount' && groups.has(namespace))
      report(
        at('namespace'),
        `${shown(namespace)} is a group: whoever runs jobs in it can run them as its service accounts`,
        'move the service account to a namespace of its own',
      )
  }
}

/** Only what the inventory itself says is accepted: whatever else somebody is in, setup takes away. */
const membershipMistake = (
  inventory: Fields,
  { name, group, host }: { name: unknown; group: unknown; host: unknown },
): [field: string, says: string, hint: string] | undefined => {
  if (typeof name !== 'string' || typeof group !== 'string') return undefined
  const people = ['users', 'retired'].flatMap((list) => namesIn(inventory[list]))
  if (!people.includes(name))
    return ['name', `${shown(name)} is not a user of this inventory`, chooseFrom(name, people)]
  const hosts = elements(inventory['hosts']).map(([, one]) => one)
  const names = namesIn(inventory['hosts'])
  if (typeof host === 'string' && !names.includes(host))
    return ['host', `${shown(host)} is not a machine of this inventory`, chooseFrom(host, names)]
  const isNamed = hosts
    .filter((one) => host === undefined || one['name'] === host)
    .map(({ memberships }) => fieldsOf(memberships)[name])
    .some((list) => Array.isArray(list) && list.includes(group))
  if (isNamed) return undefined
  const where = host === undefined ? '' : ` on ${shown(host)}`
  return [
    'group',
    `no memberships of ${shown(name)}${where} name ${shown(group)}`,
    'write it there, or leave this out: setup takes users out of groups that memberships do not name',
  ]
}
