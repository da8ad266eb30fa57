// All that a check may use of the engine, besides lib/base/shell.ts.

import './base/node-version.ts'

export type {
  Asking,
  AttemptsTrial,
  AttemptTrial,
  Check,
  Finding,
  Goal,
  GrantedBy,
  Judged,
  Judgement,
  Place,
  Reviewed,
  ReviewTrial,
  Trial,
  TurnsTrial,
  Verdict,
} from './audit/check.ts'
export {
  dotKubeOn,
  dotKubeProbesFor,
  kubeconfigOn,
  tokensOn,
  unreadableKubeconfig,
} from './audit/credentials.ts'
export { ofEachUser, onEachHost } from './audit/each.ts'
export type { Scene } from './audit/facts.ts'

export {
  type Actor,
  type Answer,
  type Attempt,
  attributesOf,
  byAdmission,
  type Cause,
  type Creation,
  type Deed,
  type Refused,
  type Review,
  refusalOf,
  type Taken,
  wordsOf,
} from './audit/question.ts'
export { allowing, type Grant, grantsTo, sourceOf } from './audit/rbac.ts'
export { advise, type Command, hinted, MAKE_NEW_TOKENS, type Repair, RUN_SETUP } from './audit/repair.ts'
export { deedKeyOf, type Right, rightsOf, subjectsOfRights, VERBS } from './audit/rights.ts'
export { trialKindIn } from './audit/trial-kind.ts'
export {
  broken,
  fail,
  gap,
  orPass,
  overgranted,
  pass,
  promisedByStrict,
  unknown,
  untested,
} from './audit/verdicts.ts'
export { identified } from './audit/who-asks.ts'
export { type AddressBlock, blockFrom, reachesInto } from './base/address-block.ts'
export { counted } from './base/counted.ts'
export { defined } from './base/defined.ts'
export { KILLED, LIMITED } from './base/limited.ts'
export { onceFor } from './base/once-for.ts'
export { inShort, untrusted } from './base/printable.ts'
export { quantity, readableQuantity, sameQuantity } from './base/quantity.ts'
export { Secret } from './base/secret.ts'
export { keyInShort, keyPartOf } from './base/ssh-key.ts'
export type { ApiResource } from './connect/connection.ts'
export {
  JOB_KIND_NAMES,
  type JobKindName,
  jobKind,
  resourceOfKind,
  TRIAL_KINDS,
} from './conventions/job-kinds.ts'
export { isOwnedBy, MADE_BY_LABEL, OWNER_LABEL } from './conventions/labels.ts'
export {
  type AccountsFrom,
  identityNamespace,
  limitRangeName,
  markerOf,
  quotaName,
  serviceAccountOf,
  tokenNumberOf,
} from './conventions/names.ts'
export { type PodOptions, SYSTEM_PRIORITY } from './conventions/pods.ts'
export { type Identity, identitiesOf, identityOf, serviceAccountIdentity } from './inventory/identity.ts'
export { rolesIn } from './inventory/roles.ts'
export { clientNamedBy } from './kube/client-certificate.ts'
export { type Device, devicesOffered, isLimited, unitOf } from './kube/devices.ts'
export { directory, directoryReader, holds } from './kube/nas-directory.ts'
export {
  ADMIN_NETWORK_POLICY,
  ADMISSION_POLICY,
  ADMISSION_POLICY_BINDING,
  ARENA_RECORD,
  CLUSTER_NETWORK_POLICY,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  CSI_DRIVER,
  DEPLOYMENT,
  DEVICE_CLASS,
  JOBS,
  type Json,
  type Kind,
  type KubeObject,
  known,
  LIMIT_RANGE,
  type Metadata,
  MUTATING_POLICY,
  MUTATING_POLICY_BINDING,
  MUTATING_WEBHOOK,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  type ObjectRef,
  objectId,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  PRIORITY_CLASS,
  pathOf,
  REPLICA_SET,
  RESOURCE_QUOTA,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  VALIDATING_WEBHOOK,
} from './kube/object.ts'
export {
  amountOf,
  containerSizes,
  deviceClassShare,
  deviceShare,
  GPU,
  hardLimits,
  isCountable,
  isInBytes,
  isScoped,
  isSetApart,
  SHARES,
  type Share,
  shareName,
  sharesOf,
} from './kube/quota.ts'
export { givenOf } from './kube/quota-sums.ts'
export { leftOf } from './kube/quota-use.ts'
export { subjectsOf } from './kube/rbac.ts'
export { isRemembered, newerThanRead } from './kube/rights.ts'
export { type LabelSelector, labelsOfNamespace, NAME_LABEL, selectsLabels } from './kube/selector.ts'
export { GET_MUTATING } from './kube/served.ts'
export type {
  Amounts,
  LimitRange,
  LimitRangeItem,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  PodObject,
  ResourceQuota,
  Resources,
  VolumeSpec,
  WithPhase,
} from './kube/shapes.ts'
export { ASKING_POD, canBeStatic, type Stamp } from './kube/static-manifests.ts'
export { heldTemplate, templatePlace } from './kube/template-path.ts'
export { deadBecause, isFilled, TOKEN_ACCOUNT } from './kube/token-secret.ts'
export { userNameOf } from './kube/user-name.ts'
export { attributesFor, csiDriver, type Directory } from './kube/volume-driver.ts'
export { accountObstacle } from './linux/account-obstacle.ts'
export {
  type Account,
  type Accounts,
  accountProbes,
  accountsProbe,
  type DirectoryAccount,
  directoryMembersBesides,
  isExpired,
  isInactive,
  isShut,
  readAccounts,
} from './linux/accounts.ts'
export { archivesProbe, readArchives } from './linux/archive.ts'
export {
  AUTHORIZED_KEYS,
  authorizedKeysObstacle,
  isHidden,
  isOpen,
  keysIn,
  linesOfKeys,
  notText,
  partsOf,
} from './linux/authorized-keys.ts'
export { AT_HOME, MOST_FILES, SEARCH_SECONDS } from './linux/credential-search.ts'
export { livelyProbe, readLively } from './linux/departed.ts'
export { type DirectoryGroup, directoryProbe, type NameService, readDirectory } from './linux/directory.ts'
export { directoryObstacle } from './linux/directory-account.ts'
export { missingMount } from './linux/due-mounts.ts'
export { type Ended, eachUser, readEachUser } from './linux/each-user.ts'
export { hiddenGroupsProbe, readHiddenGroups } from './linux/hidden-groups.ts'
export { homeDifferences, homesProbe, homesProbes, placeObstacle, readHomes } from './linux/home.ts'
export { DOT_KUBE, dotKubeDifferences, notKubeconfig } from './linux/kube-directory.ts'
export { differencesBySection, goneFrom, type KubeEntries, strangersIn } from './linux/kubeconfig-entries.ts'
export type { KubeconfigFile } from './linux/kubeconfig-file.ts'
export { readShells, shellObstacle, shellsProbe } from './linux/login-shell.ts'
export { loginsProbe, readLogins, type Settings } from './linux/logins.ts'
export { mountsProbe, readMounts } from './linux/mounts.ts'
export {
  MOST_OUTSIDERS,
  NO_LOGIN,
  outsiderAccountsProbe,
  readOutsiderAccounts,
} from './linux/outsider-accounts.ts'
export type { SeenFile } from './linux/own-file.ts'
export { isHalfGiven } from './linux/password.ts'
export { readPaths, statScript } from './linux/paths.ts'
export { readScattered, SHARED, scatteredProbe } from './linux/scattered.ts'
export { readSubordinateIds, type SubordinateRange, subordinateIdsProbe } from './linux/subordinate-ids.ts'
export {
  type Bearer,
  type Gets,
  type Holder,
  PRIVATE,
  readWithinReach,
  withinReachProbe,
} from './linux/within-reach.ts'
export {
  claimingOf,
  estateOf,
  kindsOf,
  type Leaving,
  namedFor,
  unknownKinds,
  type Work,
} from './resource/estate.ts'
export { belongsOf } from './resource/object-type.ts'
export type { Answers, FieldDiff, Probe } from './resource/type.ts'
