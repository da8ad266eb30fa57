import { parentsOf } from '../base/absolute-path.ts'
import { shown } from '../base/rules.ts'
import { elements, type Fields, fieldsOf, type Path, placeOf, type ReportMistake, unique } from './raw.ts'

interface Directory {
  index: number
  place: string
  group: string
  shared: unknown
  server: string
  /** Empty for the root of the NAS. */
  path: string
}

/** What is wrong between volumes: names and handles given twice, directories that more people see than was said. */
export const volumeMistakes = (inventory: Fields, report: ReportMistake): void => {
  const name = unique(report)
  const handle = unique(report)
  const directories: Directory[] = []
  for (const [index, volume] of elements(inventory['volumes'])) {
    const at = (field: string): Path => ['volumes', index, field]
    const place = placeOf(['volumes', index], inventory)
    const free = name(volume['name'], at('name'), `the name of volumes[${index}]`, 'choose another name')
    if (free || 'volumeHandle' in volume)
      handle(
        volume['volumeHandle'] ?? volume['name'],
        at('volumeHandle'),
        `the volumeHandle of ${place}`,
        'leave it out: then it is the name',
      )
    const nas = fieldsOf(inventory['nas'])
    const { group, shared, path, server = nas['server'], driver = nas['driver'] } = volume
    if (server === undefined)
      report(at('server'), 'is missing', 'give nas.server, or each volume a server of its own')
    if (driver === 'nfs' && 'volumeHandle' in volume)
      report(at('volumeHandle'), 'is for CSI drivers, and the driver is nfs', 'leave it out')
    if (typeof server !== 'string' || typeof path !== 'string' || typeof group !== 'string') continue
    if (server.includes('extreme.nas.aliyuncs.com') && !/^\/share(\/|$)/.test(path))
      report(at('path'), `${shown(path)} is not in /share`, 'an Extreme NAS has its directories in /share')
    directories.push({
      index,
      place,
      group,
      shared,
      server: server.toLowerCase(),
      path: path.replace(/\/$/, ''),
    })
  }
  sharedAlike(directories, report)
  privateAlone(directories, report)
}

const sharedAlike = (directories: readonly Directory[], report: ReportMistake): void => {
  const first = new Map<unknown, Directory>()
  for (const one of directories) {
    if (one.shared === undefined) continue
    const other = first.get(one.shared) ?? one
    first.set(one.shared, other)
    for (const field of ['server', 'path'] as const)
      if (one[field] !== other[field])
        report(
          ['volumes', one.index, field],
          `differs from that of ${other.place}, and both are shared as ${shown(one.shared)}`,
          'shared volumes are one directory: give them the same server and path',
        )
  }
}

/** The first volume of a directory and the first of another group: enough to find a stranger for any group. */
type Holders = Directory[]

const hold = (holders: Holders, one: Directory): void => {
  if (holders.length < 2 && holders[0]?.group !== one.group) holders.push(one)
}

/** A directory without `shared` is its group's own: no other group may have it, what holds it, or what is in it. */
const privateAlone = (directories: readonly Directory[], report: ReportMistake): void => {
  const at = new Map<string, { all: Holders; own: Holders }>()
  for (const one of directories) {
    const key = `${one.server}:${one.path}`
    const holders = at.get(key) ?? { all: [], own: [] }
    at.set(key, holders)
    hold(holders.all, one)
    if (one.shared === undefined) hold(holders.own, one)
  }
  for (const one of directories) {
    const above = one.path.startsWith('/') ? ['', ...parentsOf(one.path), one.path] : [one.path]
    const stranger = above
      .flatMap((path) => at.get(`${one.server}:${path}`)?.[one.shared === undefined ? 'all' : 'own'] ?? [])
      .find((other) => other.group !== one.group && (other.path !== one.path || other.index < one.index))
    if (stranger === undefined) continue
    const relation = stranger.path === one.path ? 'is' : 'lies in'
    report(
      ['volumes', one.index, 'path'],
      `${relation} the directory of ${stranger.place}, which is of another group`,
      'choose another directory, or write on both what they share: shared: <word>',
    )
  }
}
