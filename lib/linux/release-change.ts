import { lines, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Change, type FieldDiff, KEEP, type Step } from '../resource/type.ts'
import { LISTING, linksOf, OTHER, type Release, type ReleaseSeen } from './release.ts'

const OURS = 'directory 0755 root'
const FRONT = '0755 root'
/** Fields shown of files that differ. */
const SHOWN = 10

const asideName = (path: string): string => path.slice(1).replaceAll('/', '-')

const differ = ({ from, to }: { from: string | undefined; to: string }): boolean => from !== to

/** What it takes to have the release in place; whatever stood where a link or front goes is kept and named. */
export const releaseChange = (release: Release, { paths, differing }: ReleaseSeen): Change => {
  const { root, sha256, archive } = release
  const links = Object.entries(linksOf(release))
    .map(([field, target]) => ({ field, from: paths.get(field), to: `-> ${target}` }))
    .filter(differ)
  const fronts = Object.entries(release.fronts)
    .map(([field, text]) => ({ field, from: paths.get(field), to: FRONT, text }))
    .filter(differ)
  const top = paths.get(root)
  const diffs: FieldDiff[] = [
    ...(top === undefined || top === OURS ? [] : [{ field: root, from: top, to: OURS }]),
    ...(differing === undefined ? [{ field: 'archive', to: sha256 }] : shortened(differing)),
    ...links,
    ...fronts.map(({ field, from, to }) => ({ field, from, to })),
  ]
  if (diffs.length === 0) return KEEP
  const unpacks = differing === undefined || differing.length > 0
  const incoming = `${root}/.incoming/${sha256}.tar.gz`
  const upload: Step[] = unpacks ? [{ do: 'upload', from: archive, sha256, to: incoming }] : []
  const replaced = [
    ...links.filter(({ from }) => from !== undefined && !from.startsWith('->')),
    ...fronts.filter(({ from }) => from?.endsWith(OTHER)),
  ]
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
          ...(unpacks ? [LISTING, UNPACK, sh`unpack ${sha256} ${release.contents}`] : []),
          ...links.map(({ field, to }) => sh`link ${to.slice(3)} ${field} ${asideName(field)}`),
          ...fronts.map(({ field, text }) => sh`front ${text} ${field} ${asideName(field)}`),
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

const PREPARE = shellFile(new URL('./scripts/release.sh', import.meta.url))

const UNPACK = shellFile(new URL('./scripts/unpack-release.sh', import.meta.url))
