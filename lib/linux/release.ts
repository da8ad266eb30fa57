import { type Answers, type Change, type FieldDiff, KEEP, type Probe, type Step } from '../resource-type.ts'
import { lines, type Script, sh } from '../shell.ts'

/** A program unpacked from one archive, beside earlier ones, and reached by links through `<root>/current`. */
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
}

/** What is there of a release. */
export interface ReleaseSeen {
  /** What is at the root and at each link: `-> target` for a link, otherwise type, mode and owner. */
  paths: ReadonlyMap<string, string>
  /** Files that are not as they were unpacked; undefined when this archive was not unpacked. */
  differing: readonly FieldDiff[] | undefined
}

const OURS = 'directory 0755 root'
/** Fields shown of files that differ. */
const SHOWN = 10

const asideName = (path: string): string => path.slice(1).replaceAll('/', '-')

const targets = ({ root, sha256, links }: Release): Record<string, string> => ({
  [`${root}/current`]: sha256,
  ...Object.fromEntries(Object.entries(links).map(([path, content]) => [path, `${root}/current/${content}`])),
})

/** Every file below the working directory with mode, owner and size; a directory's size means nothing. */
const LIST = sh`find . -exec stat -c '%f %u:%g %s %n' {} + | awk '/^4/ { $3 = 0 } { print }'`

/** Looks at links and files; the list made when the archive was unpacked is compared there, so little travels. */
export const releaseProbe = (release: Release): Probe => {
  const { root, sha256 } = release
  const list = `${root}/${sha256}.list`
  return {
    id: `release ${root} ${sha256}`,
    script: sh`stat -c 'path %f %u %N' ${[root, ...Object.keys(targets(release))]} 2>/dev/null
cd ${`${root}/${sha256}`} 2>/dev/null && [ -f ${list} ] || exit 0
echo unpacked
${LIST} | awk '
{ file = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", file) }
NR == FNR { was[file] = $0; next }
{ now[file] }
!(file in was) { print "now", $0; next }
was[file] != $0 { print "now", $0; print "was", was[file] }
END { for (file in was) if (!(file in now)) print "was", was[file] }' ${list} -`,
  }
}

/** The answer to `releaseProbe`. */
export const readRelease = (answers: Answers, release: Release): ReleaseSeen => {
  const rows = answers
    .text(releaseProbe(release).id)
    .split('\n')
    .map((line) => line.split(' '))
  const paths = rows.flatMap(([key, bits, uid, ...name]) => {
    const [, path, target] = /^'?(\/[^']*)'?(?: -> '(.*)')?$/.exec(name.join(' ')) ?? []
    if (key !== 'path' || path === undefined) return []
    return [[path, target === undefined ? shown(bits!, uid!) : `-> ${target}`] as const]
  })
  const unpacked = rows.some(([key]) => key === 'unpacked')
  return { paths: new Map(paths), differing: unpacked ? filesIn(rows) : undefined }
}

const filesIn = (rows: readonly (readonly string[])[]): FieldDiff[] => {
  const files = new Map<string, { from?: string; to?: string }>()
  for (const [key, bits = '', owner = '', size, ...name] of rows) {
    if (key !== 'now' && key !== 'was') continue
    const path = name.join(' ').replace(/^\.\//, '')
    const value = `${shown(bits, owner.split(':')[0]!)} ${size} bytes`
    files.set(path, { ...files.get(path), [key === 'now' ? 'from' : 'to']: value })
  }
  return [...files].map(([field, diff]) => ({ field, ...diff }))
}

const shown = (bits: string, uid: string): string => {
  const raw = Number.parseInt(bits, 16)
  const type = { 4: 'directory ', 8: '', 10: 'link ' }[raw >> 12] ?? 'other '
  return `${type}${(raw & 0o7777).toString(8).padStart(4, '0')} ${uid === '0' ? 'root' : `uid ${uid}`}`
}

/** What it takes to have the release in place; whatever stood at a link's path is kept and named. */
export const releaseChange = (release: Release, { paths, differing }: ReleaseSeen): Change => {
  const { root, sha256, archive } = release
  const links = Object.entries(targets(release))
    .map(([field, target]) => ({ field, from: paths.get(field), to: `-> ${target}` }))
    .filter(({ from, to }) => from !== to)
  const top = paths.get(root)
  const diffs: FieldDiff[] = [
    ...(top === undefined || top === OURS ? [] : [{ field: root, from: top, to: OURS }]),
    ...(differing === undefined ? [{ field: 'archive', to: sha256 }] : shortened(differing)),
    ...links,
  ]
  if (diffs.length === 0) return KEEP
  const unpacks = differing === undefined || differing.length > 0
  const incoming = `${root}/.incoming/${sha256}.tar.gz`
  const upload: Step[] = unpacks ? [{ do: 'upload', from: archive, sha256, to: incoming }] : []
  const replaced = links.filter(({ from }) => from !== undefined && !from.startsWith('->'))
  const warnings = replaced.map(({ field }) => `what is at ${field} is kept in ${root}/replaced`)
  return {
    op: paths.has(`${root}/current`) ? 'update' : replaced.length > 0 ? 'adopt' : 'create',
    diffs,
    steps: [
      ...upload,
      {
        do: 'run',
        script: lines(
          sh`root=${root}`,
          PREPARE,
          ...(unpacks ? [unpack(release)] : []),
          ...links.map(({ field, to }) => sh`link ${to.slice(3)} ${field} ${asideName(field)}`),
        ),
      },
    ],
    ...(warnings.length > 0 && { warnings }),
  }
}

const shortened = (diffs: readonly FieldDiff[]): FieldDiff[] =>
  diffs.length <= SHOWN
    ? [...diffs]
    : [...diffs.slice(0, SHOWN), { field: 'files', from: `${diffs.length - SHOWN} more differ` }]

const PREPARE = sh`umask 022
fail() { echo "$1" >&2; exit 1; }
aside() {
  mkdir -p replaced && number= || exit
  while [ -e "replaced/$2$number" ]; do number=.$((\${number#.} + 1)); done
  mv "$1" "replaced/$2$number" || exit
}
link() {
  [ -L "$2" ] || [ ! -e "$2" ] || aside "$2" "$3"
  mkdir -p "\${2%/*}/" && rm -f "$2.new" && ln -s "$1" "$2.new" || exit
  mv -fT "$2.new" "$2" 2>/dev/null || { rm -f "$2" && mv -f "$2.new" "$2"; } || exit
}
mkdir -p "$root" && cd "$root" && chown 0:0 . && chmod 00755 . || exit`

/** Nothing of the archive is at its place before all of it is there and belongs to root. */
const unpack = ({ sha256, contents }: Release): Script => sh`sha=${sha256}
archive=.incoming/$sha.tar.gz new=
trap 'rm -rf .incoming "$new"' EXIT
[ "$(sha256sum < "$archive")" = "$sha  -" ] || fail 'the archive arrived with another checksum than wanted'
new=$(mktemp -d .new.XXXXXX) || exit
names=$(tar -xzvof "$archive" -C "$new") || fail 'the archive is not a gzipped tar file that can be unpacked'
! printf '%s\\n' "$names" | grep -qE '^/|(^|/)[.][.](/|$)' || fail 'the archive has a path that leads out of it'
set -- "$new"/*
for path in ${contents}; do
  [ $# = 1 ] && [ -e "$1/$path" ] || fail "the archive is not one directory with $path in it"
done
chown -hR 0:0 "$1" && chmod -R u=rwX,go=rX "$1" && chmod 0755 "$1"/bin/* || exit
rm -f "$sha.list" && { [ ! -e "$sha" ] || mv -T "$sha" "$new/.old"; } && mv -T "$1" "$sha" || exit
(cd "$sha" && ${LIST}) > "$new/.list" && mv "$new/.list" "$sha.list" || exit`
