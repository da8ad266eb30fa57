import type { Secret } from '../base/secret.ts'
import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Change, type FieldDiff, type Probe, refuse, type Step } from '../resource/type.ts'
import { inOrder } from './accounts.ts'
import { asUser } from './as-user.ts'
import type { AskedOfDirectory } from './directory.ts'
import {
  type Before,
  type FileOwner,
  homesOf,
  homesOfAll,
  type IdRange,
  type OwnFile,
  ownFileObstacle,
  ownFileProbes,
  readOwnFile,
  type SeenFile,
  writeOwnFile,
} from './own-file.ts'
import type { PathInfo } from './paths.ts'

const CONFIG: OwnFile = {
  directory: '.kube',
  name: 'config',
  limit: 262_144,
  probes: { paths: 'kube directories', mounts: 'mounts at kube directories', files: 'kubeconfigs' },
  closes: true,
}

/** Reads `~/.kube` of these homes and of all members of a group. */
export const dotKubeProbes = (homes: readonly string[], group: string): Probe[] =>
  ownFileProbes(CONFIG, homesOf(homes, group), homes)

/** Reads `~/.kube` of every local account with a uid in this range, and of people of a directory. */
export const dotKubeProbesOfAll = (range: IdRange, asked: AskedOfDirectory): Probe[] =>
  ownFileProbes(CONFIG, homesOfAll(range, asked))

/** The answers to `dotKubeProbes` or `dotKubeProbesOfAll`, by home. */
export const readDotKube = (answers: Answers): ((home: string) => SeenFile) => readOwnFile(CONFIG, answers)

/** Refuses what was put there instead of a directory and a file of the user or root, or mounted there. */
export const dotKubeObstacle = (owner: FileOwner, seen: SeenFile): Change | undefined =>
  ownFileObstacle(CONFIG, owner, seen)

/** Refuses a file that would be lost if it were written anew; `fault` says why. */
export const notKubeconfig = (user: string, fault = 'it cannot be written anew'): Change =>
  refuse(
    `~/.kube/config cannot be read as a kubeconfig: ${fault}`,
    `mend it, or move it away as ${user}: mv ~/.kube/config ~/.kube/config.broken`,
  )

/** What differs from a directory and a file that are the user's alone. */
export const dotKubeDifferences = ({ user }: FileOwner, { directory, file }: SeenFile): FieldDiff[] => [
  ...(directory?.uid === 0 ? [{ field: '.kube owner', from: 'root', to: user }] : []),
  ...(directory !== undefined && directory.mode !== '0700'
    ? [{ field: '.kube mode', from: directory.mode, to: '0700' }]
    : []),
  ...(file?.uid === 0 ? [{ field: 'owner', from: 'root', to: user }] : []),
  ...(file !== undefined && file.mode !== '0600' ? [{ field: 'mode', from: file.mode, to: '0600' }] : []),
]

/** Whether the user can read the file as it lies there. */
export const isLegible = ({ uid }: FileOwner, { directory, file }: SeenFile): boolean =>
  file?.uid === uid || (forOthers(file, 4) && (directory?.uid === uid || forOthers(directory, 1)))

const forOthers = (info: PathInfo | undefined, bit: number): boolean =>
  info !== undefined && (Number.parseInt(info.mode, 8) & bit) !== 0

/** Writes the user's kubeconfig, as the user, beside the old one, and renames it; an empty text takes it away. */
export const writeConfig = (owner: FileOwner, seen: SeenFile, before: Before, text: Secret): Step[] =>
  writeOwnFile(CONFIG, owner, seen, before, text)

const TRY = String(shellFile(new URL('./scripts/try-kubeconfig.sh', import.meta.url)))

/**
 * Asks the cluster for each context's namespace with the file as it is now: whether it works, not only what it says.
 */
export const tryConfig = (
  { user: name, uid, home, accounts }: FileOwner,
  contexts: readonly { name: string; namespace: string }[],
): Step[] =>
  inOrder(
    sh`(\n${asUser({ name, uid, accounts }, TRY, [
      home,
      ...contexts.map(({ name: context, namespace }) => `${context}/${namespace}`),
    ])}\n)`,
  )
