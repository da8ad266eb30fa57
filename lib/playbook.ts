import './base/node-version.ts'
import './base/entry.ts'

export { isPlainPath } from './base/absolute-path.ts'
export { celDocument } from './base/cel-document.ts'
export { defined } from './base/defined.ts'
export { wrongFlag } from './base/errors.ts'
export { chooseFrom } from './base/rules.ts'
export { main } from './cli/main.ts'
export { noPlaybook } from './cli/no-playbook.ts'
export { ARENA_LISTED } from './conventions/arena.ts'
export {
  JOB_KIND_NAMES,
  type JobKind,
  type JobKindName,
  jobKind,
  resourceOfKind,
  USUAL_KINDS,
} from './conventions/job-kinds.ts'
export { DEVICES_ANNOTATION, MADE_BY_LABEL } from './conventions/labels.ts'
export {
  clusterWideName,
  identityNamespace,
  markerOf,
  roleBindingName,
  serviceAccountOf,
} from './conventions/names.ts'
export {
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  PRIORITY_CLASSES_ANNOTATION,
} from './conventions/pods.ts'
export { homeOf } from './conventions/presets.ts'
export type { Edit } from './inventory/edit.ts'
export { identityOf } from './inventory/identity.ts'
export { arenaStart, rolesIn, unknownResources } from './inventory/roles.ts'
export type { Inventory, InventoryInput } from './inventory/schema.ts'
export { type SecretSource, secretFrom, sourceFrom } from './inventory/secret-source.ts'
export type { KubeObject } from './kube/object.ts'
export { containerSizes, devicesIn, hardLimits, isCountable } from './kube/quota.ts'
export { READ_UP_TO } from './kube/rights.ts'
export { type Rotation, rotationOf } from './kube/rotation.ts'
export {
  ASKING_POD,
  admissionConfiguration,
  canBeStatic,
  filesOf,
  type Stamp,
  stampName,
  stampOf,
} from './kube/static-manifests.ts'
export { templatesOf } from './kube/template-path.ts'
export { userNameOf } from './kube/user-name.ts'
export { csiDriver } from './kube/volume-driver.ts'
export { audit } from './program/audit.ts'
export type { Peek } from './program/before.ts'
export type { FlagValues } from './program/flags.ts'
export { nextId } from './program/next-id.ts'
export { type Chosen, playbook, type Site, step } from './program/playbook.ts'
export { survey } from './program/survey.ts'
export { leavingOf } from './resource/estate.ts'
export { makeable } from './resource/makers.ts'
export type { Resource, Target } from './resource/type.ts'
