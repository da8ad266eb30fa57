import { quote } from '../base/shell.ts'
import { type Answers, type Change, type Probe, refuse } from '../resource/type.ts'
import { type Archives, archivesProbe, readArchives } from './archive.ts'
import type { Departed } from './departed.ts'
import { type Homes, homeObstacle, homesProbe } from './home.ts'
import { machineProbe } from './machine.ts'
import { mountsProbe, readMounts } from './mounts.ts'
import { type PathInfo, readPaths } from './paths.ts'
import { placesOn } from './place.ts'
import { type Room, readRoom, roomProbe } from './room.ts'
import { SHARED } from './scattered.ts'
import { homesWith, type RealHome, readRealHomes, realHomesProbe } from './shared-home.ts'

/** Somebody who left, and what becomes of their home. */
export interface DepartedHome extends Departed {
  home: string
  fate: 'archive' | 'keep'
}

/** What is known of homes of people who left. */
export interface HomesSeen extends Omit<Homes, 'due'> {
  homes: readonly RealHome[]
  room(home: string): Room | undefined
  archives(departed: Departed): Archives
}

export const departedHomesProbes = (wants: readonly DepartedHome[]): Probe[] => [
  homesProbe(wants.map(({ home }) => home)),
  mountsProbe('mounts', [...wants.map(({ home }) => home), ...SHARED]),
  realHomesProbe,
  roomProbe(wants.filter(({ fate }) => fate === 'archive').map(({ home }) => home)),
  archivesProbe,
  machineProbe,
]

/** The answer to `departedHomesProbes`. */
export const readDepartedHomes = (answers: Answers): HomesSeen => {
  const mounts = readMounts(answers, 'mounts')
  return {
    at: readPaths(answers, 'homes'),
    mounts,
    homes: readRealHomes(answers),
    room: readRoom(answers),
    archives: readArchives(answers),
    placeOf: placesOn(answers, mounts),
  }
}

/** Why a home that is there cannot go, or be left to root, and what to do by hand. */
export const departedHomeObstacle = (want: DepartedHome, seen: HomesSeen): Change | undefined => {
  const info = seen.at(want.home)
  if (info === undefined) return undefined
  const kept = homeObstacle(want, seen.at, true) ?? mountedIn(want, seen) ?? homeOfOthers(want, seen)
  return want.fate === 'keep' ? kept : (kept ?? ofRoot(want, info) ?? tooLarge(want, seen))
}

/** What else the user could do is taken away whatever becomes of the home. */
const ALL_THE_SAME = 'access is taken away all the same; for the rest'

const mountedIn = ({ home, fate }: DepartedHome, { mounts }: HomesSeen): Change | undefined => {
  const mounted = mounts.within(home).filter(({ point }) => fate === 'archive' || point === mounts.real(home))
  if (mounted.length === 0) return undefined
  const commands = mounted.map(({ point }) => `umount ${quote(point)}`)
  const automounter = mounted.some(({ type }) => type === 'autofs') ? ', keep the automounter from it' : ''
  return refuse(
    `something is mounted in ${home}, which would go with it: ${mounted.map(({ point }) => point).join(', ')}`,
    `${ALL_THE_SAME}: ${commands.join('; ')}${automounter}, then run again`,
    mounted.map(({ point, type, source }) => ({ field: 'mount', from: `${point} (${type} ${source})` })),
  )
}

const homeOfOthers = ({ name, home }: DepartedHome, seen: HomesSeen): Change | undefined => {
  const others = homesWith(home, name, seen)
  if (others.length === 0) return undefined
  return refuse(
    `${home} is the home of others too: ${others.map(({ account, path }) => `${account} (${path})`).join(', ')}`,
    `${ALL_THE_SAME}: give the others another home (usermod -d DIRECTORY ${others[0]!.account}), or ` +
      `leave it to them: ${notTheirs(name)}`,
    others.map(({ account, path }) => ({ field: 'home', from: `${account} ${path}` })),
  )
}

const notTheirs = (name: string): string =>
  `usermod -d /nonexistent ${name}, then run again with --home-directory /nonexistent`

/** What is root's is taken for somebody's home only where its name says so: an account may name any directory. */
const ofRoot = ({ name, uid, home }: DepartedHome, info: PathInfo): Change | undefined =>
  info.uid === 0 && !home.endsWith(`/${name}`)
    ? refuse(
        `${home} belongs to root, and its name is not ${name}`,
        `if it is theirs: chown -h ${uid}:${uid} ${quote(home)}; if not: ${notTheirs(name)}`,
      )
    : undefined

const tooLarge = (want: DepartedHome, { room, archives }: HomesSeen): Change | undefined => {
  const known = room(want.home)
  if (known === undefined || known.need <= known.free) return undefined
  return refuse(
    `${want.home} has ${known.need} kB, and there are ${known.free} kB for its archive ${archives(want).next}`,
    `${ALL_THE_SAME}: make room there, or leave the home to root with --home keep; then run again`,
    [{ field: 'kB', from: known.need, to: known.free }],
  )
}
