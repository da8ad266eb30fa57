import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Change, type FieldDiff, refuse, type Step } from '../resource/type.ts'
import { inOrder } from './accounts.ts'
import { asUser } from './as-user.ts'
import { type FileOwner, OwnFile, type SeenFile } from './own-file.ts'
import type { PathInfo } from './paths.ts'

/** `~/.kube/config`. */
export const DOT_KUBE = new OwnFile({
  directory: '.kube',
  name: 'config',
  limit: 262_144,
  probes: { paths: 'kube directories', mounts: 'mounts at kube directories', files: 'kubeconfigs' },
})

/** Refuses a file that would be lost if it were written anew; `fault` says why. */
export const notKubeconfig = (user: string, fault = 'it cannot be written anew'): Change =>
  refuse(
    `~/.kube/config cannot be read as a kubeconfig: ${fault}`,
    `mend it, or move it away as ${user}: mv ~/.kube/config ~/.kube/config.broken`,
  )

/** What differs from a directory and a file that are the user's alone. */
export const dotKubeDifferences = ({ name: user }: FileOwner, { directory, file }: SeenFile): FieldDiff[] => [
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

const TRY = String(shellFile(new URL('./scripts/try-kubeconfig.sh', import.meta.url)))

/**
 * Asks the cluster for each context's namespace with the file as it is now: whether it works, not only what it says.
 */
export const tryConfig = (
  owner: FileOwner,
  contexts: readonly { name: string; namespace: string }[],
): Step[] =>
  inOrder(
    sh`(\n${asUser(owner, TRY, [
      owner.home,
      ...contexts.map(({ name: context, namespace }) => `${context}/${namespace}`),
    ])}\n)`,
  )
