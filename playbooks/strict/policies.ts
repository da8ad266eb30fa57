// What the policies of isolation 'strict' take from the inventory; the policies are the YAML files beside this one.
import {
  ARENA_LISTED,
  celDocument,
  DEVICES_ANNOTATION,
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  MADE_BY_LABEL,
  PRIORITY_CLASSES_ANNOTATION,
  userNameOf,
} from '../../lib/playbook.ts'
import { policyRules } from '../../tasks/admission-policy.ts'
import { policyPatches } from '../../tasks/mutating-policy.ts'

type Resources = Readonly<Record<string, readonly string[]>>

/** What users are called whose service accounts are in this namespace. */
const usersOf = (identities: string) => {
  const users = userNameOf(identities, '')
  return { users, usersLength: users.length }
}

const ANNOTATIONS = {
  devicesAnnotation: DEVICES_ANNOTATION,
  hostUsersAnnotation: HOST_USERS_ANNOTATION,
  imageVolumesAnnotation: IMAGE_VOLUMES_ANNOTATION,
  priorityClassesAnnotation: PRIORITY_CLASSES_ANNOTATION,
}

const rules = (name: string, values: Parameters<typeof celDocument>[2]) =>
  celDocument(new URL(`./${name}.yaml`, import.meta.url), policyRules, values)

const patches = (name: string, values: Parameters<typeof celDocument>[2]) =>
  celDocument(new URL(`./${name}.yaml`, import.meta.url), policyPatches, values)

/** What no pod may ask for; `identities` is the namespace of the users' service accounts. */
export const podPolicy = (identities: string) => rules('pods', { ...usersOf(identities), ...ANNOTATIONS })

/** Which priority class a pod may have. */
export const priorityPolicy = () => rules('priorities', ANNOTATIONS)

/** What no Service may ask for. */
export const servicePolicy = (identities: string) => rules('services', usersOf(identities))

/** What keeps the label true that names who made a thing. */
export const makerPolicy = (identities: string, resources: Resources) => ({
  ...rules('makers', {
    ...usersOf(identities),
    madeBy: MADE_BY_LABEL,
    lists: `^(${ARENA_LISTED}(\n|$))*$`,
  }),
  resourceRules: Object.entries(resources).map(([group, kinds]) => ({
    apiGroups: [group],
    resources: kinds.flatMap((kind) => [kind, `${kind}/status`]),
  })),
})

/** What writes that label. */
export const makerMark = (identities: string, resources: Resources) => ({
  ...patches('maker-mark', { ...usersOf(identities), madeBy: MADE_BY_LABEL }),
  resourceRules: Object.entries(resources).map(([group, kinds]) => ({
    apiGroups: [group],
    resources: [...kinds],
  })),
})

/** What puts new pods into user namespaces. */
export const ownUsers = () => patches('own-users', ANNOTATIONS)
