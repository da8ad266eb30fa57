import { createHash } from 'node:crypto'
import { defined } from '../base/defined.ts'
import { lines, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type FieldDiff, type Probe, rowsOf } from '../resource/type.ts'

/**
 * A program unpacked from one archive, beside earlier ones, and reached through `<root>/current`: by links, or by
 * scripts that stand in front of it.
 */
export interface Release {
  /** Directory that holds one directory for each archive, named by its checksum. */
  root: string
  sha256: string
  /** Local file: a gzipped tar with one directory. */
  archive: string
  /** What that directory must have. */
  contents: readonly string[]
  /** Where links to `contents` are. */
  links: Readonly<Record<string, string>>
  /** Where scripts are, and their text. */
  fronts: Readonly<Record<string, string>>
}

/** What is there of a release. */
export interface ReleaseSeen {
  /**
   * What is at the root, links and fronts: `-> target`, or type, mode and owner, ending in OTHER if no front is
   * there.
   */
  paths: ReadonlyMap<string, string>
  /** Files that are not as they were unpacked; undefined when this archive was not unpacked. */
  differing: readonly FieldDiff[] | undefined
}

/** What `ReleaseSeen` says of a place that holds something else than its front. */
export const OTHER = ', other content'

/** Where links of a release are, and where they lead. */
export const linksOf = ({ root, sha256, links }: Release): Record<string, string> => ({
  [`${root}/current`]: sha256,
  ...Object.fromEntries(Object.entries(links).map(([path, content]) => [path, `${root}/current/${content}`])),
})

/** Lists files of a release, as they are and as they were. */
export const LISTING = shellFile(new URL('./scripts/list-release.sh', import.meta.url))

/** Says `same` of a front that has the wanted text; what is longer is not read to its end. */
const sameText = ([path, text]: [string, string]) => {
  const digest = createHash('sha256').update(text).digest('hex')
  return sh`[ ! -L ${path} ] && [ -f ${path} ] &&
  [ "$(head -c ${Buffer.byteLength(text) + 1} ${path} | sha256sum)" = ${`${digest}  -`} ] && echo ${`same ${path}`}`
}

/** Looks at links, fronts and files; what is known of them is compared there, so little travels. */
export const releaseProbe = (release: Release): Probe => {
  const { root, sha256, fronts } = release
  const list = `${root}/${sha256}.list`
  return {
    id: `release ${root} ${sha256}`,
    script: sh`${LISTING}
set --
for path in ${[root, ...Object.keys(linksOf(release)), ...Object.keys(fronts)]}; do
  if [ -L "$path" ]; then printf 'link %s %s\\n' "$path" "$(readlink "$path")"
  else set -- "$@" "$path"
  fi
done
[ $# = 0 ] || stat -c 'path %f %u %n' "$@" 2>/dev/null
${lines(...Object.entries(fronts).map(sameText))}cd ${`${root}/${sha256}`} 2>/dev/null && [ -f ${list} ] || exit 0
echo unpacked
files_changed ${list}`,
  }
}

/** The answer to `releaseProbe`. */
export const readRelease = (answers: Answers, release: Release): ReleaseSeen => {
  const rows = rowsOf(answers, releaseProbe(release).id, ' ')
  const same = new Set(rows.filter(([key]) => key === 'same').map(([, path]) => path))
  const paths = rows.flatMap(([key, ...words]): [string, string][] => {
    if (key === 'link') return [[words[0]!, `-> ${words.slice(1).join(' ')}`]]
    if (key !== 'path') return []
    const [bits = '', uid = '', path = ''] = words
    const other = path in release.fronts && !same.has(path) ? OTHER : ''
    return [[path, `${shown(bits, uid)}${other}`]]
  })
  const unpacked = rows.some(([key]) => key === 'unpacked')
  return { paths: new Map(paths), differing: unpacked ? filesIn(rows) : undefined }
}

const filesIn = (rows: readonly (readonly string[])[]): FieldDiff[] => {
  const files = new Map<string, { from?: string; to?: string }>()
  for (const [key, bits = '', owner = '', seen = '', ...name] of rows) {
    if (key !== 'now' && key !== 'was') continue
    const path = name.join(' ').replace(/^\.\//, '')
    const [size] = seen.split('@')
    const value = `${shown(bits, owner.split(':')[0]!)} ${size} bytes`
    files.set(path, { ...files.get(path), [key === 'now' ? 'from' : 'to']: value })
  }
  return [...files].map(([field, { from, to }]) =>
    from === to && from !== undefined
      ? { field, from: `${from}, written since`, to: from }
      : { field, ...defined({ from, to }) },
  )
}

const shown = (bits: string, uid: string): string => {
  const raw = Number.parseInt(bits, 16)
  const type = { 4: 'directory ', 8: '', 10: 'link ' }[raw >> 12] ?? 'other '
  return `${type}${(raw & 0o7777).toString(8).padStart(4, '0')} ${uid === '0' ? 'root' : `uid ${uid}`}`
}
