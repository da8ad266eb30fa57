import { shown } from '../base/rules.ts'
import { elements, type Fields, namesIn, type ReportMistake, unique } from './raw.ts'

/** Names that stand for everybody: what is given to them is given to every user of a group. */
const EVERYBODY = /^system:(authenticated|unauthenticated|anonymous|serviceaccounts)$/

/** What nobody can trust by saying so: everybody, the users themselves, whom pods can run as, our volumes. */
export const trustedMistakes = (inventory: Fields, report: ReportMistake): void => {
  const once = unique(report)
  const users = new Set<unknown>(namesIn(inventory['users']))
  const groups = new Set<unknown>(namesIn(inventory['groups']))
  const volumes = new Map(elements(inventory['volumes']).map(([, { name, group }]) => [name, group]))
  for (const [index, { kind, name, namespace }] of elements(inventory['trusted'])) {
    const at = (field: string) => ['trusted', index, field]
    const place = namespace === undefined ? name : `${namespace}/${name ?? ''}`
    once(`${kind} ${place}`, ['trusted', index], `trusted[${index}]`, 'keep one of them')
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
