import { Secret } from '../base/secret.ts'
import { type Change, refuse, type Stray } from '../resource/type.ts'
import type { MemberAtHome } from './accounts.ts'
import { DOT_KUBE, isLegible, notKubeconfig } from './kube-directory.ts'
import { accessIn, currentAfter } from './kubeconfig-entries.ts'
import { KubeconfigFile } from './kubeconfig-file.ts'
import { isUnread, type SeenFile } from './own-file.ts'

/** What somebody whom the inventory does not want there can still use one of the clusters with, if anything. */
export const strayKubeconfig = (
  account: MemberAtHome,
  dotKubeOf: (home: string) => SeenFile,
  clusters: ReadonlySet<string>,
): Stray[] => {
  const stray = (access: string, change: Change): Stray[] => [
    { id: account.name, belongs: { user: account.name }, access, change },
  ]
  try {
    const change = takenAway(account, dotKubeOf(account.home), clusters)
    if (change === undefined) return []
    return stray(change.op === 'refuse' ? MAY : 'can use the cluster', change)
  } catch {
    return stray(MAY, refuse('~/.kube could not be looked at', `look at it as ${account.name}`))
  }
}

/** What could not be read is not taken for nothing: kubectl may read what we do not. */
const MAY = 'may still be able to use the cluster'

const takenAway = (
  owner: MemberAtHome,
  dotKube: SeenFile,
  clusters: ReadonlySet<string>,
): Change | undefined => {
  const user = owner.name
  if (dotKube.file?.type === 'file' && !isLegible(owner, dotKube)) return undefined
  if (isUnread(dotKube)) return refuse('~/.kube/config could not be read', `look at it as ${user}`)
  if (dotKube.content === undefined) return undefined
  const file = new KubeconfigFile(user, dotKube.content.bytes)
  if (file.fault !== undefined) return notKubeconfig(user, file.fault)
  const gone = accessIn(file, user, clusters)
  if (gone === undefined) return undefined
  const text = file.merged(undefined, gone, currentAfter({ contexts: [], current: '' }, file, gone))
  if (text === undefined) return notKubeconfig(user)
  const obstacle = DOT_KUBE.obstacle(owner, dotKube)
  if (obstacle !== undefined) return obstacle
  return {
    op: 'remove',
    diffs: [...gone.contexts].map((name) => ({ field: 'context', from: name })),
    steps: DOT_KUBE.write(owner, dotKube, file.digest, new Secret(`kubeconfig of ${user}`, text)),
  }
}
