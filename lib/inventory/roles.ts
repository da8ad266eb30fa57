import { type Rule, shown } from '../base/rules.ts'
import {
  JOB_KINDS,
  type JobKindName,
  jobKind,
  resourceOfKind,
  USUAL_KINDS,
} from '../conventions/job-kinds.ts'
import type { PodOptions } from '../conventions/pods.ts'
import { isBuiltInGroup, isKnownResource, kindOfVerb, READ_UP_TO } from '../kube/rights.ts'

/** One rule as RBAC has it. */
export interface PolicyRule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
  resourceNames?: string[]
}

export interface NamedRole {
  name: string
  rules: PolicyRule[]
}

const READ = ['get', 'list', 'watch']
const USE = [...READ, 'create', 'patch', 'delete']

/** What every command of Arena 0.15.5 asks of the namespace that it works in. */
const LOOK: PolicyRule[] = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list'] },
  { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list'] },
  {
    apiGroups: [''],
    resources: ['events', 'persistentvolumeclaims', 'resourcequotas'],
    verbs: ['get', 'list'],
  },
  // Without `--type` every kind of service is listed, also those that nobody installed: one refusal ends the command.
  { apiGroups: ['serving.kserve.io'], resources: ['inferenceservices'], verbs: ['list'] },
  { apiGroups: ['leaderworkerset.x-k8s.io'], resources: ['leaderworkersets'], verbs: ['list'] },
]

/**
 * What Arena 0.15.5 asks of the whole cluster: before any command, without which every command fails, and of the
 * priority class that a job names, here those that some group may name.
 */
export const arenaStart = ({
  groups,
  kinds,
}: {
  groups: readonly { pods?: PodOptions }[]
  kinds?: readonly JobKindName[]
}): PolicyRule[] => {
  const classes = [...new Set(groups.flatMap(({ pods }) => pods?.priorityClasses ?? []))].toSorted()
  return [
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      verbs: ['get'],
      resourceNames: listed(kinds).map((kind) => resourceOfKind(jobKind(kind))),
    },
    ...(classes.length === 0
      ? []
      : [
          {
            apiGroups: ['scheduling.k8s.io'],
            resources: ['priorityclasses'],
            verbs: ['get'],
            resourceNames: classes,
          },
        ]),
  ]
}

/**
 * The kinds that `arena list` asks for where the cluster has them: the usual ones, and those that some group may
 * submit. Each must be readable for everybody, as one refusal ends the command.
 */
const listed = (kinds: readonly JobKindName[] = []): JobKindName[] =>
  inOrder([...USUAL_KINDS, ...kinds.filter((kind) => jobKind(kind).isTraining)])

const inOrder = (kinds: readonly JobKindName[]): JobKindName[] =>
  (Object.keys(JOB_KINDS) as JobKindName[]).filter((kind) => kinds.includes(kind))

/** One rule for all kinds of an API group that get the same verbs. */
const rulesFor = (kinds: readonly JobKindName[], verbsOf: (kind: JobKindName) => string[]): PolicyRule[] => {
  const alike = Map.groupBy(inOrder(kinds), (kind) => `${jobKind(kind).group} ${verbsOf(kind)}`)
  return [...alike.values()].map((same) => ({
    apiGroups: [jobKind(same[0]!).group],
    resources: same.map((kind) => jobKind(kind).plural),
    verbs: verbsOf(same[0]!),
  }))
}

/**
 * The roles of a group that may submit these kinds, where some group may submit `all`: `member` submits and manages
 * jobs, `viewer` looks at them.
 */
export const builtInRoles = (
  kinds: readonly JobKindName[] = USUAL_KINDS,
  all: readonly JobKindName[] = kinds,
): NamedRole[] => {
  const used = (kind: JobKindName): string[] => [...USE, ...(jobKind(kind).isUpdated ? ['update'] : [])]
  const seen = inOrder([...kinds, ...listed(all)])
  return [
    {
      name: 'member',
      rules: [
        ...LOOK,
        ...rulesFor(seen, (kind) => (kinds.includes(kind) ? used(kind) : READ)),
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch', 'delete'] },
        { apiGroups: [''], resources: ['services'], verbs: USE },
        // `serve update` writes the whole Deployment.
        { apiGroups: ['apps'], resources: ['deployments'], verbs: [...USE, 'update'] },
        // Of `evaluate` and `model analyze`.
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'patch', 'delete'] },
        { apiGroups: [''], resources: ['pods'], verbs: READ },
        { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
      ],
    },
    {
      name: 'viewer',
      rules: [
        ...LOOK,
        ...rulesFor(seen, () => READ),
        { apiGroups: [''], resources: ['pods', 'services'], verbs: READ },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: READ },
      ],
    },
  ]
}

/** The roles of every group of an inventory that says nothing of kinds. */
export const BUILT_IN_ROLES: readonly NamedRole[] = builtInRoles()

/** Built-in roles with what an inventory adds to them, and the roles of its own. */
export const withOwn = (builtIn: readonly NamedRole[], own: readonly NamedRole[]): NamedRole[] => [
  ...builtIn.map(({ name, rules }) => ({
    name,
    rules: [...rules, ...own.filter((role) => role.name === name).flatMap((role) => role.rules)],
  })),
  ...own.filter(({ name }) => !builtIn.some((role) => role.name === name)),
]

/** The roles as they are in a group. */
export const rolesIn = (
  {
    groups,
    roles,
  }: { groups: readonly { name: string; roles?: readonly NamedRole[] }[]; roles: readonly NamedRole[] },
  group: string,
): readonly NamedRole[] => groups.find(({ name }) => name === group)?.roles ?? roles

/** Also a namespace: its labels say which rules hold in it. */
const GUARDED = [
  'namespaces',
  'serviceaccounts',
  'roles',
  'rolebindings',
  'resourcequotas',
  'limitranges',
  'networkpolicies',
  'bindings',
  'podcertificaterequests',
]

const ROUND = 'goes round the scheduler and what counts devices'

/** What belongs to the scheduler, kubelets, drivers of devices and load balancers, and what writing it does. */
const OPERATED: Readonly<Record<string, string>> = {
  'pods/binding': ROUND,
  'pods/status': 'takes pods that run out of what quotas count',
  'resourceclaims/status': ROUND,
  'resourceclaims/binding': ROUND,
  'resourceclaims/driver': ROUND,
  'services/status': 'takes what others send to an address',
}

/** A rule that gives no more than its words say, and no way to more: `*`, other identities, the group's own limits. */
export const policyRule: Rule<PolicyRule> = ({ apiGroups, resources, verbs }) => {
  const wild = [...apiGroups, ...resources, ...verbs].find((word) => word.includes('*'))
  if (wild !== undefined)
    return { reason: `${shown(wild)} gives what nobody has thought of yet`, hint: 'name each one' }
  const power = verbs.find((verb) => kindOfVerb(verb) === 'power')
  if (power !== undefined)
    return { reason: `the verb ${power} gives every right of others`, hint: 'leave it out' }
  const unknown = verbs.find((verb) => kindOfVerb(verb) === 'unknown')
  if (unknown !== undefined)
    return {
      reason: `the verb ${shown(unknown)} is none that Kubernetes up to ${READ_UP_TO} knows`,
      hint: 'write get, list, watch, create, update, patch, delete or deletecollection, in lower case',
    }
  const kinds = resources.map((resource) => resource.split('/')[0]!)
  if (kinds.includes('secrets'))
    return {
      reason: 'secrets are the tokens of everybody in the group: who reads them can be anyone of them',
      hint: 'leave secrets out',
    }
  const operated = resources.find((resource) => Object.hasOwn(OPERATED, resource))
  if (operated !== undefined && verbs.some((verb) => !READ.includes(verb)))
    return {
      reason: `writing ${operated} ${OPERATED[operated]}`,
      hint: 'leave it out',
    }
  const guarded = kinds.find((kind) => GUARDED.includes(kind))
  return guarded !== undefined && verbs.some((verb) => !READ.includes(verb))
    ? {
        reason: `writing ${guarded} lets its holder give themselves more`,
        hint: `give get, list, watch, or leave ${guarded} out`,
      }
    : undefined
}

/** What roles give on a resource that Kubernetes' own groups have not, each as `widgets.apps`, by role. */
export const unknownResources = (roles: readonly NamedRole[]): { role: string; resource: string }[] =>
  roles.flatMap(({ name, rules }) =>
    rules.flatMap(({ apiGroups, resources }) =>
      apiGroups.filter(isBuiltInGroup).flatMap((group) =>
        resources
          .filter((resource) => !isKnownResource(group, resource))
          .map((resource) => ({
            role: name,
            resource: group === '' ? resource : `${resource}.${group}`,
          })),
      ),
    ),
  )
