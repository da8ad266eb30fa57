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

export type { Before } from './own-file.ts'

/** Whose `~/.kube` it is. */
export type KubeOwner = FileOwner

/** What lies on the way to a user's kubeconfig, links not followed. */
export type DotKube = Omit<SeenFile, 'file'> & { config: PathInfo | undefined }

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
export const readDotKube = (answers: Answers): ((home: string) => DotKube) => {
  const seen = readOwnFile(CONFIG, answers)
  return (home) => {
    const { file: config, ...rest } = seen(home)
    return { ...rest, config }
  }
}

/** Refuses what was put there instead of a directory and a file of the user or root, or mounted there. */
export const dotKubeObstacle = (owner: KubeOwner, { config: file, ...rest }: DotKube): Change | undefined =>
  ownFileObstacle(CONFIG, owner, { ...rest, file })

/** Refuses a file that would be lost if it were written anew; `fault` says why. */
export const notKubeconfig = (user: string, fault = 'it cannot be written anew'): Change =>
  refuse(
    `~/.kube/config cannot be read as a kubeconfig: ${fault}`,
    `mend it, or move it away as ${user}: mv ~/.kube/config ~/.kube/config.broken`,
  )

/** What differs from a directory and a file that are the user's alone. */
export const dotKubeDifferences = ({ user }: KubeOwner, { directory, config }: DotKube): FieldDiff[] => [
  ...(directory?.uid === 0 ? [{ field: '.kube owner', from: 'root', to: user }] : []),
  ...(directory !== undefined && directory.mode !== '0700'
    ? [{ field: '.kube mode', from: directory.mode, to: '0700' }]
    : []),
  ...(config?.uid === 0 ? [{ field: 'owner', from: 'root', to: user }] : []),
  ...(config !== undefined && config.mode !== '0600'
    ? [{ field: 'mode', from: config.mode, to: '0600' }]
    : []),
]

/** Whether the user can read the file as it lies there. */
export const isLegible = ({ uid }: KubeOwner, { directory, config }: DotKube): boolean =>
  config?.uid === uid || (forOthers(config, 4) && (directory?.uid === uid || forOthers(directory, 1)))

const forOthers = (info: PathInfo | undefined, bit: number): boolean =>
  info !== undefined && (Number.parseInt(info.mode, 8) & bit) !== 0

/** Writes the user's kubeconfig, as the user, beside the old one, and renames it; an empty text takes it away. */
export const writeConfig = (owner: KubeOwner, dotKube: DotKube, before: Before, text: Secret): Step[] =>
  writeOwnFile(CONFIG, owner, dotKube, before, text)

/** Runs as the user, with their kubeconfig alone, and writes nothing; `kubectl` keeps its cache where nobody can. */
const TRY = String(shellFile(new URL('./scripts/try-kubeconfig.sh', import.meta.url)))

/**
 * Asks the cluster for each context's namespace with the file as it is now: whether it works, not only what it says.
 */
export const tryConfig = (
  { user: name, uid, home, accounts }: KubeOwner,
  contexts: readonly { name: string; namespace: string }[],
): Step[] =>
  inOrder(
    sh`(\n${asUser({ name, uid, accounts }, TRY, [
      home,
      ...contexts.map(({ name: context, namespace }) => `${context}/${namespace}`),
    ])}\n)`,
  )
