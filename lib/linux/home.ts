import { type Change, type FieldDiff, type Probe, refuse } from '../resource-type.ts'
import { type Script, sh } from '../shell.ts'
import { type Paths, parentsOf, statScript, unsafeParent } from './paths.ts'

/** Whose home it is. */
export interface HomeOwner {
  name: string
  /** His private group has the same id. */
  uid: number
  home: string
}

/** Looks at homes and at every directory above them; the answer is for `readPaths`. */
export const homesProbe = (homes: readonly string[]): Probe => {
  const paths = new Set(homes.flatMap((home) => [...parentsOf(home), home]))
  return { id: 'homes', script: statScript(sh`printf '%s\\n' ${[...paths]}`) }
}

/** Refuses to work on a home where somebody else than root could put another thing in its place. */
export const homeObstacle = (
  { uid, home }: HomeOwner,
  at: Paths,
  hasAccount: boolean,
): Change | undefined => {
  const parent = unsafeParent(home, at)
  if (parent !== undefined)
    return refuse(
      `${parent}, above his home, is not a directory that only root can change`,
      `look at it (ls -ld ${parent}): it must belong to root and not be writable for all`,
    )
  const info = at(home)
  if (info === undefined) return undefined
  if (info.type !== 'directory')
    return refuse(`${home} is a ${info.type}`, `look at it (ls -ld ${home}) and move it away`)
  if (info.uid === uid || (info.uid === 0 && hasAccount)) return undefined
  return refuse(
    `${home} belongs to uid ${info.uid}`,
    `move it away, or if it is his: chown -hR ${uid}:${uid} ${home}`,
  )
}

/** What differs from a home that is his alone. */
export const homeDifferences = ({ name, uid, home }: HomeOwner, at: Paths): FieldDiff[] => {
  const info = at(home)
  if (info === undefined) return [{ field: 'home', to: home }]
  return [
    ...(info.uid === uid ? [] : [{ field: 'home owner', from: 'root', to: name }]),
    ...(info.gid === uid ? [] : [{ field: 'home group', from: info.gid || 'root', to: name }]),
    ...(info.mode === '0700' ? [] : [{ field: 'home mode', from: info.mode, to: '0700' }]),
  ]
}

/**
 * Makes a home his alone; a missing one is made where nobody but root can reach it and handed over as a whole.
 * Five digits take a set-group-id bit away too, four leave it.
 */
export const homeScript = ({ uid, home }: HomeOwner, at: Paths): Script => {
  if (at(home) !== undefined) return sh`chown -h ${uid}:${uid} ${home} && chmod 00700 ${home}`
  const parent = parentsOf(home).at(-1) ?? ''
  return sh`made=$(mktemp -d ${`${parent}/.arena-XXXXXX`}) && mkdir "$made/home" &&
{ [ ! -d /etc/skel ] || cp -a /etc/skel/. "$made/home"; } &&
chown -hR ${uid}:${uid} "$made/home" && chmod 00700 "$made/home" &&
mv -T "$made/home" ${home} && rmdir "$made" &&
{ ! command -v restorecon >/dev/null || restorecon -RF ${home}; }`
}
