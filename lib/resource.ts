// All that a task may use of the engine, besides lib/shell.ts and lib/template.ts.

export { arenaJobLabel } from './arena.ts'
export * from './bound-token.ts'
export { type Device, devicesOffered, isLimited } from './devices.ts'
export { AutomationError } from './errors.ts'
export { claimingOf, type Estate, estateOf, kindsOf, namedFor, unknownKinds, type Work } from './estate.ts'
export * from './kube-object.ts'
export { accountChange, newAccount, noting } from './linux/account-change.ts'
export { accountObstacle, repeatedLine, writable } from './linux/account-obstacle.ts'
export * from './linux/accounts.ts'
export * from './linux/departed.ts'
export { filesScript } from './linux/departed-files.ts'
export {
  departedHomeObstacle,
  departedHomesProbes,
  type HomesSeen,
  readDepartedHomes,
} from './linux/departed-obstacle.ts'
export * from './linux/dot-kube.ts'
export * from './linux/home.ts'
export * from './linux/kubeconfig-entries.ts'
export { KubeconfigFile } from './linux/kubeconfig-file.ts'
export { strayKubeconfig } from './linux/kubeconfig-stray.ts'
export { wantedToken } from './linux/kubeconfig-token.ts'
export * from './linux/login-shell.ts'
export * from './linux/mounts.ts'
export { setPassword, shadowed } from './linux/password.ts'
export * from './linux/paths.ts'
export { type Release, type ReleaseSeen, readRelease, releaseProbe } from './linux/release.ts'
export { releaseChange } from './linux/release-change.ts'
export { handedOver, readScattered, type Scattered, scatteredProbe } from './linux/scattered.ts'
export { MADE_BY_LABEL } from './makers.ts'
export {
  belongsOf,
  deletion,
  GROUP_LABEL,
  labelled,
  OWNER_LABEL,
  objectType,
  ownership,
  waiting,
} from './object.ts'
export { podAnnotations } from './pods.ts'
export { DEVICES_ANNOTATION, GPU, hardLimits } from './quota.ts'
export * from './resource-type.ts'
export { Secret } from './secret.ts'
export { holdingOf } from './terminating.ts'
export * from './token-secret.ts'
