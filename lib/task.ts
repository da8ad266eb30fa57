// All that a task may use of the engine.

import './base/node-version.ts'

export { PLAIN_PATH } from './base/absolute-path.ts'
export { counted } from './base/counted.ts'
export { defined } from './base/defined.ts'
export { AutomationError, orUnread } from './base/errors.ts'
export { onceFor } from './base/once-for.ts'
export { yaml } from './base/packages.ts'
export { inShort } from './base/printable.ts'
export { Secret } from './base/secret.ts'
export { lines, quote, type Script, sh } from './base/shell.ts'
export { keyInShort } from './base/ssh-key.ts'
export { render } from './base/template.ts'
export { ARENA_ISOLATION, ARENA_LISTED, ARENA_UID, arenaUid } from './conventions/arena.ts'
export {
  ANCHOR_TYPE,
  DEVICES_ANNOTATION,
  GROUP_LABEL,
  isOwnedBy,
  MADE_BY_LABEL,
  OWNER_LABEL,
} from './conventions/labels.ts'
export {
  ACCOUNT_NAME,
  GROUP_QUOTA,
  LOGIN_NAME,
  limitRangeName,
  markerOf,
  networkPolicyName,
  quotaName,
  roleBindingName,
  tokenName,
  tokenNameParts,
  tokenNumberOf,
} from './conventions/names.ts'
export { podAnnotations } from './conventions/pods.ts'
export type { BoundToken } from './kube/bound-token.ts'
export { type Device, devicesOffered, isLimited } from './kube/devices.ts'
export {
  ADMISSION_POLICY,
  ADMISSION_POLICY_BINDING,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  CSI_DRIVER,
  DEPLOYMENT,
  DEVICE_CLASS,
  isSetByUs,
  type Json,
  type Kind,
  type KubeObject,
  known,
  LIMIT_RANGE,
  type Metadata,
  MUTATING_POLICY,
  MUTATING_POLICY_BINDING,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  type ObjectRef,
  objectId,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  PRIORITY_CLASS,
  REPLICA_SET,
  RESOURCE_QUOTA,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  USERS_KINDS,
} from './kube/object.ts'
export { hardLimits } from './kube/quota.ts'
export { roleOf, type Subject, subjectsOf } from './kube/rbac.ts'
export { NAME_LABEL } from './kube/selector.ts'
export { getServed } from './kube/served.ts'
export type { PersistentVolume, PersistentVolumeClaim, PodObject, ResourceQuota } from './kube/shapes.ts'
export { holdingOf } from './kube/terminating.ts'
export {
  deadBecause,
  isFilled,
  type KnownToken,
  TOKEN_ACCOUNT,
  tokenIn,
  tokenNumber,
} from './kube/token-secret.ts'
export { userNameOf } from './kube/user-name.ts'
export {
  attributesFor,
  csiDriver,
  DEFAULT_DRIVER,
  DRIVER_WORDS,
  type VolumeDriver,
} from './kube/volume-driver.ts'
export { accountChange, newAccount, noting } from './linux/account-change.ts'
export { accountObstacle, doubtfulLine, missingGroup, writable } from './linux/account-obstacle.ts'
export {
  ACCOUNT_PROGRAMS,
  type Accounts,
  accountProbes,
  accountsProbe,
  askAccounts,
  directoryMembersBesides,
  groupProbes,
  inOrder,
  isExpired,
  isShut,
  type LinuxGroup,
  ownersBesides,
  readAccounts,
  strangerTo,
  strayAccounts,
} from './linux/accounts.ts'
export {
  AUTHORIZED_KEYS,
  authorizedKeysObstacle,
  isHidden,
  isOpen,
  keysIn,
  linesOfKeys,
  notText,
  partsOf,
  shownOfKeys,
  strayKeys,
  textWith,
  withoutRemains,
  writeAuthorizedKeys,
} from './linux/authorized-keys.ts'
export { endScript, killScript, type Lively, livelyProbe, readLively } from './linux/departed.ts'
export { filesScript } from './linux/departed-files.ts'
export {
  departedHomeObstacle,
  departedHomesProbes,
  type HomesSeen,
  readDepartedHomes,
} from './linux/departed-obstacle.ts'
export { directoryProbe, type NameService, readDirectory } from './linux/directory.ts'
export { type DirectorySeen, directoryUserChange } from './linux/directory-account.ts'
export { besideGroups, resign } from './linux/gshadow.ts'
export { type Homes, homesProbes, placeObstacle, readHomes } from './linux/home.ts'
export { DOT_KUBE, dotKubeDifferences, isLegible, notKubeconfig, tryConfig } from './linux/kube-directory.ts'
export {
  clusterSchema,
  currentAfter,
  entryDifferences,
  goneFrom,
  keptOf,
  NOTHING_GONE,
} from './linux/kubeconfig-entries.ts'
export { KubeconfigFile } from './linux/kubeconfig-file.ts'
export { wantedToken } from './linux/kubeconfig-token.ts'
export { readShells, type ShellFault, shellObstacle, shellsProbe } from './linux/login-shell.ts'
export type { Before, SeenFile } from './linux/own-file.ts'
export { givePassword, isHalfGiven, shadowed } from './linux/password.ts'
export { type Release, type ReleaseSeen, readRelease, releaseProbe } from './linux/release.ts'
export { releaseChange } from './linux/release-change.ts'
export { handedOver, readScattered, type Scattered, scatteredProbe } from './linux/scattered.ts'
export { strayKubeconfig } from './linux/stray-kubeconfig.ts'
export { claimingOf, type Estate, estateOf, kindsOf, namedFor, type Work } from './resource/estate.ts'
export {
  belongsOf,
  deletion,
  labelled,
  type ObjectDefinition,
  objectType,
  ownership,
  waiting,
} from './resource/object-type.ts'
export {
  type Answers,
  type Belongs,
  type Change,
  type FieldDiff,
  type Found,
  KEEP,
  keeping,
  type Live,
  type Look,
  type Op,
  type Probe,
  type Question,
  type Resource,
  type ResourceFactory,
  type ResourceOptions,
  type ResourceType,
  refuse,
  resourceType,
  type Serves,
  type Step,
  type Stray,
  type Target,
  tellingType,
  type View,
} from './resource/type.ts'
