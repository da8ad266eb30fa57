import { AutomationError } from '../base/errors.ts'
import { onceFor } from '../base/once-for.ts'
import { untrusted } from '../base/printable.ts'
import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** A line of /proc/self/mountinfo. */
export interface Mount {
  /** Where it is mounted, as the kernel spells it: without links. */
  point: string
  /** The directory of its file system that is seen there; not `/` for a bind mount of a part. */
  root: string
  /** `major:minor`. A bind mount of the same file system has the same one, so it tells no mounts apart. */
  device: string
  type: string
  /** The device, or server and export; `none` or the like for some types. */
  source: string
}

/** What is mounted on a host. Every path given may lead through links above its last part. */
export interface Mounts {
  /** Everything mounted at a path or below it, in the order in which it can be unmounted. */
  within(path: string): readonly Mount[]
  /** The mount that a path lies on: its own when it is a mount point. */
  of(path: string): Mount | undefined
  /** Where a path lies on its file system: equal for two paths to one directory, by a link or a bind mount. */
  place(path: string): string
  /** A path that was asked about, without links; itself when neither it nor the directory above is there. */
  real(path: string): string
}

/**
 * Looks at what is mounted, and where paths really lead. The shell goes to each path itself, without a process for
 * each, and first, so that what an automounter mounts is seen.
 */
export const mountsProbe = (id: string, paths: readonly string[]): Probe => ({
  id,
  script: MOUNTS,
  about: [...new Set(paths.flatMap((path) => [path, parentOf(path)]))],
})

const MOUNTS = sh`(
  set -f
  IFS='
'
  for path in $about; do
    cd -P "$path" 2>/dev/null && printf '%s\\0%s\\0' "$path" "$PWD"
  done
)
printf '\\0' && cat /proc/self/mountinfo`

/** The answer to a `mountsProbe`. */
export const readMounts = (answers: Answers, id: string): Mounts => {
  const bytes = answers.bytes(id)
  return readOnce(bytes, () => mountsIn(bytes.toString('utf8')))
}

const readOnce = onceFor<Mounts>()

const mountsIn = (text: string): Mounts => {
  const places = text.split('\0')
  const mounts = visible(places.pop()!.split('\n').filter(Boolean).map(readLine))
  const known = new Map(
    places.flatMap((path, index) => (index % 2 === 0 ? [[path, places[index + 1]!]] : [])),
  )
  const real = (path: string): string => known.get(path) ?? under(known.get(parentOf(path)), path)
  const of = (path: string): Mount | undefined => {
    const place = real(path)
    return mounts
      .filter(({ point }) => isWithin(place, point))
      .toSorted((one, other) => one.point.length - other.point.length)
      .at(-1)
  }
  return {
    real,
    of,
    within(path) {
      const top = real(path)
      return mounts.filter(({ point }) => isWithin(point, top)).toReversed()
    },
    place(path) {
      const { device, root, point } = of(path) ?? { device: '', root: '/', point: '/' }
      return `${device}:${bare(root)}${bare(real(path)).slice(bare(point).length)}`
    },
  }
}

interface Line extends Mount {
  id: string
  /** The mount that it is mounted on. */
  on: string
}

const readLine = (line: string): Line => {
  const found = /^(\d+) (\d+) (\d+:\d+) (\S+) (\/\S*) .* - (\S+) (\S*)/.exec(line)
  if (found === null)
    throw new AutomationError({
      code: 'observe',
      subject: '/proc/self/mountinfo',
      message: `could not be read: ${untrusted(line)}`,
      hint: 'without knowing what is mounted nothing is done to a home: see what that file holds there',
    })
  const [, id, on, device, root, point, type, source] = found.map(unescaped)
  return { id: id!, on: on!, device: device!, root: root!, point: point!, type: type!, source: source! }
}

/** Blanks, line breaks and backslashes are three octal digits in mountinfo and fstab. */
export const unescaped = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))

/** Without what nobody can reach, because something was mounted above it later. */
const visible = (lines: readonly Line[]): Mount[] => {
  const byId = new Map(lines.map((line) => [line.id, line]))
  const siblings = Map.groupBy(lines, ({ on }) => on)
  const isHidden = (line: Line): boolean => {
    const under = byId.get(line.on)
    const above = siblings
      .get(line.on)!
      .some(({ point }) => point !== line.point && isWithin(line.point, point))
    return above || (under !== undefined && under !== line && isHidden(under))
  }
  return lines.filter((line) => !isHidden(line)).map(({ id: _, on: __, ...mount }) => mount)
}

/** Whether a path is a directory, or lies in it. */
export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${bare(directory)}/`)

const bare = (path: string): string => (path === '/' ? '' : path)

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

const under = (parent: string | undefined, path: string): string =>
  parent === undefined ? path : `${bare(parent)}${path.slice(path.lastIndexOf('/'))}`

/**
 * The function `unmounted DIRECTORY` of shell: fails, and says where, when something is mounted there or below. To be
 * asked again right before a directory is deleted.
 */
export const unmountedFunction = shellFile(new URL('./scripts/unmounted.sh', import.meta.url))
