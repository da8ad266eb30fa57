// What users may act as by /etc/subuid and /etc/subgid: nobody who is there already, and nobody else's containers.

import { quote } from '../base/shell.ts'
import {
  type Accounts,
  accountsProbe,
  type Check,
  type Command,
  type Finding,
  fail,
  onEachHost,
  orPass,
  readAccounts,
  readSubordinateIds,
  type Scene,
  type SubordinateRange,
  subordinateIdsProbe,
  untrusted,
} from '../check.ts'
import { trustedAccounts } from './ours.ts'

/** Somebody's range, by the name of the account that it belongs to, and whether that is in the files of the machine. */
interface Range extends SubordinateRange {
  name: string
  isLocal: boolean
}

/** A uid or gid that is somebody's. */
interface Holder {
  id: number
  name: string
}

const subordinate: Check = {
  id: 'K12',
  goal: 2,
  title: 'Nobody may act as somebody else by a range of subordinate ids',
  probes: () => [accountsProbe, subordinateIdsProbe],
  trials: (scene) =>
    onEachHost(scene, function* (host) {
      const accounts = readAccounts(scene.on(host))
      const ranges = readSubordinateIds(scene.on(host)).flatMap((range) => ownedBy(scene, accounts, range))
      const trusted = trustedAccounts(scene)
      const found = (['subuid', 'subgid'] as const).flatMap((database) => {
        const own = ranges.filter((range) => range.database === database && !trusted.includes(range.name))
        return [
          ...own.flatMap((range) => taken(range, holdersIn(scene, accounts, database), host)),
          ...shared(own, host),
        ]
      })
      yield* orPass(found, host, "no range of subordinate ids is somebody else's")
    }),
}

/** Root may act as everybody; a line whose owner has no account, of a directory neither, gives nobody anything. */
const ownedBy = (
  { inventory: { users } }: Scene,
  { all, named, fromDirectory }: Accounts,
  range: SubordinateRange,
): Range[] => {
  const { owner } = range
  const known = [...all, ...fromDirectory, ...users]
  const account = known.find(({ name }) => name === owner) ?? known.find(({ uid }) => String(uid) === owner)
  if (account === undefined || account.uid === 0) return []
  return [{ ...range, name: account.name, isLocal: named(account.name).length > 0 }]
}

/** Whom an id is, or will be once setup has run. */
const holdersIn = (
  { inventory: { users, groups } }: Scene,
  { all, groupsHere }: Accounts,
  database: SubordinateRange['database'],
): Holder[] => {
  const holders =
    database === 'subuid'
      ? [...all, ...users].map(({ name, uid }) => ({ name, id: uid }))
      : [...groupsHere, ...groups, ...users.map(({ name, uid }) => ({ name, gid: uid }))].map(
          ({ name, gid }) => ({ name, id: gid }),
        )
  return [...new Map(holders.map((holder) => [`${holder.id} ${holder.name}`, holder])).values()]
}

const MOST_NAMED = 3

const taken = (range: Range, holders: readonly Holder[], host: string): Finding[] => {
  const inside = holders.filter(
    ({ id, name }) => id >= range.first && id <= range.last && name !== range.name,
  )
  if (inside.length === 0) return []
  const named = inside.slice(0, MOST_NAMED).map(({ name, id }) => `${untrusted(name)} (${id})`)
  const more = inside.length > MOST_NAMED ? ` and ${inside.length - MOST_NAMED} more` : ''
  return [
    fail(
      `${untrusted(range.name)} on ${host}`,
      `may act as others, by a range of /etc/${range.database}`,
      `${named.join(', ')}${more}`,
      undo(range),
    ),
  ]
}

/** Ranges of several people that have ids in common: one may do all to the containers of the other. */
const shared = (ranges: readonly Range[], host: string): Finding[] => {
  const sorted = ranges.toSorted((a, b) => a.first - b.first || a.last - b.last)
  const found: Finding[] = []
  let widest: Range | undefined
  for (const range of sorted) {
    if (widest !== undefined && widest.last >= range.first && widest.name !== range.name)
      found.push(
        fail(
          `${untrusted(range.name)} on ${host}`,
          `shares a range of /etc/${range.database}, and so what runs in containers, with somebody else`,
          untrusted(widest.name),
          undo(range),
        ),
      )
    if (widest === undefined || range.last > widest.last) widest = range
  }
  return found
}

const undo = ({ database, owner, first, last, name, isLocal }: Range): Command =>
  owner === name && isLocal
    ? `there: usermod --del-${database}s ${first}-${last} ${quote(name)}`
    : `there: sed -i ${quote(`/^${owner}:${first}:${last - first + 1}$/d`)} /etc/${database}`

/** Ranges of ids that users may act as. */
export const subordinateIds: readonly Check[] = [subordinate]
