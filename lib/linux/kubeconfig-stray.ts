import { type Change, refuse, type Stray } from '../resource-type.ts'
import { Secret } from '../secret.ts'
import type { Account } from './accounts.ts'
import { type DotKube, notKubeconfig, writeConfig } from './dot-kube.ts'
import { accessIn, currentAfter } from './kubeconfig-entries.ts'
import { KubeconfigFile } from './kubeconfig-file.ts'

/** What somebody whom the inventory does not want there can still use one of the clusters with, if anything. */
export const strayKubeconfig = (
  account: Account,
  dotKubeOf: (home: string) => DotKube,
  clusters: ReadonlySet<string>,
): Stray[] => {
  const stray = (access: string, change: Change): Stray[] => [
    { id: account.name, belongs: { user: account.name }, access, change },
  ]
  try {
    const change = takenAway(account, dotKubeOf(account.home), clusters)
    return change === undefined ? [] : stray('can use the cluster', change)
  } catch {
    return stray(
      'may still be able to use the cluster',
      refuse('~/.kube could not be looked at', `look at it as ${account.name}`),
    )
  }
}

const takenAway = (
  { name: user, uid, home }: Account,
  dotKube: DotKube,
  clusters: ReadonlySet<string>,
): Change | undefined => {
  if (dotKube.content?.uid !== uid) return undefined
  const file = new KubeconfigFile(user, dotKube.content.bytes)
  const gone = accessIn(file, user, clusters)
  if (gone === undefined) return undefined
  const text = file.merged(undefined, gone, currentAfter({ contexts: [], current: '' }, file, gone))
  if (text === undefined) return notKubeconfig(user)
  return {
    op: 'remove',
    diffs: [...gone.contexts].map((name) => ({ field: 'context', from: name })),
    steps: writeConfig({ user, uid, home }, dotKube, file.digest, new Secret(`kubeconfig of ${user}`, text)),
  }
}
