import { parentsOf } from '../base/absolute-path.ts'
import { AutomationError } from '../base/errors.ts'
import { onceFor } from '../base/once-for.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { Answers } from '../resource/type.ts'

/** What is at a path, links not followed. */
export interface PathInfo {
  type: 'directory' | 'file' | 'symbolic link' | 'named pipe' | 'socket' | 'device'
  /** Permission bits as four octal digits. */
  mode: string
  uid: number
  gid: number
  links: number
  /** Bytes. */
  size: number
}

/** What is at a path, links not followed; undefined is certainly absent, and what root could not see throws. */
export type Paths = (path: string) => PathInfo | undefined

const STAT_PATHS = shellFile(new URL('./scripts/stat-paths.sh', import.meta.url))

/**
 * Looks at the paths that `list` prints, one a line, in one process. No message is read: what has no line of stat is
 * absent if what is above it is no directory, or one that root can enter and that does not list it. Ends the shell
 * where there are none; otherwise `found` keeps the lines of stat.
 */
export const statScript = (list: Script): Script => sh`paths=$(${list})\n${STAT_PATHS}`

const TYPES: Record<number, PathInfo['type']> = {
  1: 'named pipe',
  4: 'directory',
  8: 'file',
  10: 'symbolic link',
  12: 'socket',
}

/** The answer to a probe made with `statScript`. */
export const readPaths = (answers: Answers, probe: string): Paths => {
  const bytes = answers.bytes(probe)
  return readOnce(bytes, () => pathsIn(bytes.toString('utf8'), probe))
}

const readOnce = onceFor<Paths>()

const pathsIn = (text: string, probe: string): Paths => {
  const seen = new Map<string, PathInfo>()
  const hidden = new Set<string>()
  for (const line of text.split('\n').filter(Boolean)) {
    const found = /^([0-9a-f]+) (\d+) (\d+) (\d+) (\d+) (\/.*)$/.exec(line)
    if (line.startsWith('! /')) hidden.add(line.slice(2))
    else if (found !== null) seen.set(found[6]!, info(found))
    else throw unreadable(probe)
  }
  return (path) => {
    if (hidden.has(path)) throw unreadable(path)
    return seen.get(path)
  }
}

const info = ([, bits, uid, gid, links, size]: readonly string[]): PathInfo => {
  const raw = Number.parseInt(bits!, 16)
  return {
    type: TYPES[raw >> 12] ?? 'device',
    mode: (raw & 0o7777).toString(8).padStart(4, '0'),
    uid: Number(uid),
    gid: Number(gid),
    links: Number(links),
    size: Number(size),
  }
}

const unreadable = (subject: string): AutomationError =>
  new AutomationError({
    code: 'observe',
    subject,
    message: 'could not be looked at, so whether it is there is not known',
    hint: 'root must be able to see it: NFS takes no_root_squash, a FUSE mount allow_root; or exclude the user',
  })

/** The first directory above a path that others than root could exchange; undefined when there is none. */
export const unsafeParent = (path: string, at: Paths): string | undefined =>
  parentsOf(path).find((parent) => {
    const info = at(parent)
    if (info === undefined || (info.type === 'symbolic link' && info.uid === 0)) return false
    const mode = Number.parseInt(info.mode, 8)
    const openToOthers = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && info.gid !== 0)
    return info.type !== 'directory' || info.uid !== 0 || openToOthers
  })
