// What the policies of isolation 'strict' take from the inventory; the policies are the YAML files beside this one.
import {
  ARENA_LISTED,
  celDocument,
  DEVICES_ANNOTATION,
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  type JobKind,
  type JobKindName,
  jobKind,
  MADE_BY_LABEL,
  PRIORITY_CLASSES_ANNOTATION,
  templatesIn,
  USUAL_KINDS,
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

/**
 * What no pod may ask for; `identities` is the namespace of the users' service accounts. Of kinds beside the usual ones
 * the templates are judged too.
 */
export const podPolicy = (identities: string, kinds: readonly JobKindName[] = []) => {
  const { resourceRules, variables, ...others } = rules('pods', { ...usersOf(identities), ...ANNOTATIONS })
  const more = kinds.filter((kind) => !USUAL_KINDS.includes(kind)).map(jobKind)
  const judged = more.filter(({ templates }) => templates.length > 0)
  return {
    ...others,
    resourceRules: [
      ...resourceRules,
      ...judged.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural] })),
    ],
    variables: variables.map(({ name, expression }) => ({
      name,
      expression: withKinds(name, expression, judged),
    })),
  }
}

/** Templates are found by the kind of the object. */
const withKinds = (name: string, expression: string, kinds: readonly JobKind[]): string => {
  const object = { templates: 'object', before: 'oldObject' }[name]
  if (object === undefined) return expression
  const found = kinds.map(
    ({ group, templates }) =>
      `${object}.apiVersion.startsWith('${group}/') ? ${templatesIn(object, templates)} : `,
  )
  return name === 'templates' || found.length === 0
    ? `${found.join('')}${expression}`
    : `request.operation == 'UPDATE' ? (${found.join('')}${expression}) : []`
}

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
