import { parentsOf } from '../base/absolute-path.ts'
import { type Script, sh } from '../base/shell.ts'
import { type Answers, type Change, type FieldDiff, type Probe, refuse } from '../resource/type.ts'
import { type DueMount, dueMountsProbe, missingMount, readDueMounts } from './due-mounts.ts'
import { machineProbe } from './machine.ts'
import { type Mounts, mountsProbe, readMounts } from './mounts.ts'
import { type Paths, readPaths, statScript, unsafeParent } from './paths.ts'
import { placesOn } from './place.ts'

/** Whose home it is. */
export interface HomeOwner {
  name: string
  uid: number
  /** That of the private group, which has the same id, if not given. */
  gid?: number
  home: string
}

/** Homes and all that is above them, as they were seen on a machine. */
export interface Homes {
  at: Paths
  mounts: Mounts
  due: readonly DueMount[]
  /** Where a home is kept, also one that is still to be made: equal on all machines that have it. */
  placeOf(home: string): string | undefined
}

/** Of two kinds of resources on one machine each has a word of its own, as each asks about homes of its own. */
export type HomesOf = 'homes' | 'homes of the directory'

const mountsAt = (of: HomesOf): string => `mounts at ${of}`

/** Looks at homes, at what is mounted there or should be, and at every directory above them. */
export const homesProbes = (owners: readonly { home: string }[], of: HomesOf = 'homes'): Probe[] => {
  const homes = owners.map(({ home }) => home)
  return [homesProbe(homes, of), mountsProbe(mountsAt(of), homes), dueMountsProbe, machineProbe]
}

/** The answers to `homesProbes`. */
export const readHomes = (answers: Answers, of: HomesOf = 'homes'): Homes => {
  const mounts = readMounts(answers, mountsAt(of))
  return {
    at: readPaths(answers, of),
    mounts,
    due: readDueMounts(answers),
    placeOf: placesOn(answers, mounts),
  }
}

/** Looks at homes and at every directory above them, also above where a link leads; the answer is for `readPaths`. */
export const homesProbe = (homes: readonly string[], of: HomesOf = 'homes'): Probe => {
  const parents = [...new Set(homes.flatMap((home) => parentsOf(home)))]
  return {
    id: of,
    script: statScript(sh`{
printf '%s\n' ${[...new Set([...parents, ...homes])]}
for parent in ${parents}; do
  [ ! -L "$parent" ] || (cd -P "$parent" && while [ -n "\${PWD#/}" ]; do echo "$PWD"; cd ..; done) 2>/dev/null
done
}`),
  }
}

/** Refuses to work on a home where somebody else than root could put another thing in its place. */
export const homeObstacle = (
  { uid, home }: HomeOwner,
  at: Paths,
  hasAccount: boolean,
): Change | undefined => {
  const parent = unsafeParent(home, at)
  if (parent !== undefined) return exchangeable(parent)
  const info = at(home)
  if (info === undefined) return undefined
  if (info.type !== 'directory')
    return refuse(`${home} is a ${info.type}`, `look at it (ls -ld ${home}) and move it away`)
  if (info.uid === uid || (info.uid === 0 && hasAccount)) return undefined
  return refuse(
    `${home} belongs to uid ${info.uid}`,
    `move it away, or if it is the user's: chown -hR ${uid}:${uid} ${home}`,
  )
}

const exchangeable = (parent: string): Change =>
  refuse(
    `${parent}, above the home, is not a directory that only root can change`,
    `look at it (ls -ld ${parent}): it must belong to root, and no other group nor everybody may write to it`,
  )

/** The same, and where a home would not lie where it should, or is not known to be the user's because it is mounted. */
export const placeObstacle = (owner: HomeOwner, homes: Homes, hasAccount: boolean): Change | undefined =>
  homeObstacle(owner, homes.at, hasAccount) ?? mountObstacle(owner, homes, hasAccount)

const mountObstacle = ({ uid, home }: HomeOwner, homes: Homes, hasAccount: boolean): Change | undefined => {
  const { at, mounts } = homes
  const real = mounts.real(home)
  const parent = unsafeParent(real, at)
  if (parent !== undefined) return exchangeable(parent)
  const info = at(home)
  if (info === undefined) return missingObstacle(home, homes, hasAccount)
  if (mounts.of(home)?.point !== real || info.uid !== 0) return undefined
  return refuse(
    `${home} is a mount point and belongs to root`,
    `see what is mounted there (findmnt ${home}); if it is the user's: chown ${uid}:${uid} ${home}`,
  )
}

/** A new home below a mount point on which nothing is mounted would be hidden by what is mounted later. */
const missingObstacle = (
  home: string,
  { at, mounts, due }: Homes,
  hasAccount: boolean,
): Change | undefined => {
  const missing = missingMount(home, mounts, due)
  if (missing !== undefined)
    return refuse(
      `${missing.point} is in ${missing.file} and not mounted`,
      `mount it, and run again: mount ${missing.point}`,
    )
  const mount = mounts.of(home)
  if (mount?.type === 'autofs')
    return refuse(
      `${mount.point} is the automounter's, which knows no ${home}`,
      'make the home on its server and enter it in the map, then run again',
    )
  const parent = parentsOf(home).at(-1)
  if (!hasAccount || parent === undefined || at(parent) !== undefined) return undefined
  return refuse(
    `${parent} is not there, and the account is`,
    `see whether it is to be mounted; if it is not: mkdir -p -m 755 ${parent}`,
  )
}

/** What differs from a home that is the user's alone. */
export const homeDifferences = ({ name, uid, gid = uid, home }: HomeOwner, at: Paths): FieldDiff[] => {
  const info = at(home)
  if (info === undefined) return [{ field: 'home', to: home }]
  return [
    ...(info.uid === uid ? [] : [{ field: 'home owner', from: 'root', to: name }]),
    ...(info.gid === gid
      ? []
      : [{ field: 'home group', from: info.gid || 'root', to: gid === uid ? name : gid }]),
    ...(info.mode === '0700' ? [] : [{ field: 'home mode', from: info.mode, to: '0700' }]),
  ]
}

/**
 * Makes a home its user's alone. A missing one is made where nobody but root can reach it and handed over as a whole;
 * one that another machine made meanwhile will do. Five digits take a set-group-id bit away too, four leave it.
 */
export const homeScript = ({ uid, gid = uid, home }: HomeOwner, at: Paths): Script => {
  if (at(home) !== undefined) return sh`chown -h ${uid}:${gid} ${home} && chmod 00700 ${home}`
  const parent = parentsOf(home).at(-1) ?? ''
  // The temporary name comes first: making it has a network file system look again at what is there.
  return sh`(
trap '[ -z "$made" ] || rm -rf -- "$made"' EXIT
trap 'exit 1' HUP INT PIPE TERM
made= error=
${parent === '' ? sh`` : sh`(umask 022 && mkdir -p ${parent}) || exit`}
made=$(mktemp -d ${`${parent}/.arena-XXXXXX`}) || exit
if [ ! -e ${home} ] && [ ! -L ${home} ]; then
  skel=$(useradd -D | sed -n 's/^SKEL=//p')
  mkdir "$made/home" && { [ ! -d "$skel" ] || cp -a "$skel/." "$made/home"; } &&
  chown -hR ${uid}:${gid} "$made/home" && chmod 00700 "$made/home" || exit
  if error=$(mv -T "$made/home" ${home} 2>&1); then ! command -v restorecon >/dev/null || restorecon -RF ${home}; fi
fi
[ -d ${home} ] && [ ! -L ${home} ] && [ "$(stat -c %u:%g:%a ${home})" = ${`${uid}:${gid}:700`} ] ||
{ echo ${`${home} was put there meanwhile, and is not the user's alone`} "$error" >&2; exit 1; }
)`
}
