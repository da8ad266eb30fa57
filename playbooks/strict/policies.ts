// What the policies of isolation 'strict' take from the inventory; the policies are the YAML files beside this one.
import {
  ARENA_LISTED,
  celDocument,
  DEVICES_ANNOTATION,
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  JOB_KIND_NAMES,
  type JobKind,
  type JobKindName,
  jobKind,
  MADE_BY_LABEL,
  noPlaybook,
  PRIORITY_CLASSES_ANNOTATION,
  templatesOf,
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
 * What no pod may ask for; `identities` is the namespace of the users' service accounts. Templates are judged of what
 * Kubernetes has itself, of the usual kinds of job, and of those that the inventory names.
 */
export const podPolicy = (identities: string, named: readonly JobKindName[] = []) => {
  const { resourceRules, variables, ...others } = rules('pods', { ...usersOf(identities), ...ANNOTATIONS })
  const kinds = [...new Set([...USUAL_KINDS, ...named])]
    .map(jobKind)
    .filter(({ templates }) => templates.length > 0)
  const byGroup = Map.groupBy(kinds, ({ group }) => group)
  const inUpdates = (expression: string): string => `request.operation == 'UPDATE' ? (${expression}) : []`
  return {
    ...others,
    resourceRules: [
      ...resourceRules,
      ...[...byGroup].map(([group, of]) => ({
        apiGroups: [group],
        resources: of.map(({ plural }) => plural),
      })),
    ],
    variables: [
      { name: 'templates', expression: templatesBy(byGroup, 'object') },
      { name: 'before', expression: inUpdates(templatesBy(byGroup, 'oldObject')) },
      { name: 'priorities', expression: prioritiesOf('object') },
      { name: 'prioritiesBefore', expression: inUpdates(prioritiesOf('oldObject')) },
      ...variables,
    ],
  }
}

/** The templates of an object in CEL, by its API group: those of all kinds of one that are there. */
const templatesBy = (kinds: ReadonlyMap<string, readonly JobKind[]>, object: string): string =>
  [
    ...[...kinds].map(
      ([group, of]) =>
        `${object}.apiVersion.startsWith('${group}/') ? ${of.map((kind) => templatesOf(object, kind)).join(' + ')}`,
    ),
    `${object}.kind == 'Pod' ? [dyn(${object})]`,
    `${object}.kind == 'CronJob' ? [dyn(${object}).spec.jobTemplate.spec.template]`,
    `[?dyn(${object}).spec.?template]`,
  ].join(' : ')

/** The fields by which some kind of job names a priority class for all its pods. */
const PRIORITY_FIELDS = [
  ...new Set(
    JOB_KIND_NAMES.flatMap(
      (name) =>
        jobKind(name)
          .priority?.map((field) => `[?'${field}']`)
          .join('') ?? [],
    ),
  ),
]

/** The priority classes that an object names for all its pods, in CEL; whatever names one means it. */
const prioritiesOf = (object: string): string => {
  const each = PRIORITY_FIELDS.map((path) => `dyn(${object})${path}.orValue('')`)
  return `${object}.kind == 'Pod' ? [] : [${each.join(', ')}]`
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

if (import.meta.main) noPlaybook(import.meta.filename)
