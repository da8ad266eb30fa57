// All that a check may use of the engine, besides lib/shell.ts.

export { readVolumeTable } from './check/arena-output.ts'
export { beyondBaseline, isBaseline, rightsIn } from './check/baseline.ts'
export * from './check/check.ts'
export { dotKubeOn, dotKubeProbesFor, kubeconfigOn, tokenIn, tokensOn } from './check/credential.ts'
export { askedByHimself, placed } from './check/decisive.ts'
export { type Directory, directory, directoryOf, holds } from './check/directory.ts'
export { ofEachUser, onEachHost } from './check/each.ts'
export { failedTry } from './check/failed-try.ts'
export { identitiesOf, identityOf, serviceAccountIdentity } from './check/identity.ts'
export { promisedByStrict } from './check/isolation.ts'
export { MATRIX_KINDS, namespacesOf, type Peers, peersOf, rbacOf } from './check/matrix.ts'
export * from './check/question.ts'
export {
  type Grant,
  grantsTo,
  keyOf,
  MAKE_NEW_TOKENS,
  type Right,
  RUN_SETUP,
  rightsOf,
  VERBS,
} from './check/rbac.ts'
export type { Scene } from './check/scene.ts'
export { gpusLeft } from './check/standing.ts'
export * from './check/verdicts.ts'
export { placeOf, resourceOf, wordsOf } from './check/words.ts'
export type { ApiResource } from './connect/connection.ts'
export * from './kube-object.ts'
export { accountObstacle } from './linux/account-obstacle.ts'
export * from './linux/accounts.ts'
export { archivesProbe, readArchives, readScattered, scatteredProbe } from './linux/archive.ts'
export { asUser } from './linux/as-user.ts'
export { livelyProbe, readLively } from './linux/departed.ts'
export * from './linux/dot-kube.ts'
export * from './linux/each-user.ts'
export * from './linux/home.ts'
export * from './linux/kubeconfig-entries.ts'
export type { KubeconfigFile } from './linux/kubeconfig-file.ts'
export * from './linux/logins.ts'
export * from './linux/mounts.ts'
export * from './linux/paths.ts'
export * from './linux/within-reach.ts'
export { OWNER_LABEL } from './object.ts'
export { untrusted } from './printable.ts'
export { quantity, sameQuantity } from './quantity.ts'
export type { Answers, FieldDiff, Probe } from './resource-type.ts'
export { Secret } from './secret.ts'
export { deadBecause, isFilled, TOKEN_ACCOUNT } from './token-secret.ts'
