import { type Rule, shown } from '../base/rules.ts'
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
const JOBS = ['tfjobs', 'pytorchjobs', 'mpijobs']

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
export const arenaStart = (groups: readonly { pods?: PodOptions }[]): PolicyRule[] => {
  const classes = [...new Set(groups.flatMap(({ pods }) => pods?.priorityClasses ?? []))].toSorted()
  return classes.length === 0
    ? START
    : [
        ...START,
        {
          apiGroups: ['scheduling.k8s.io'],
          resources: ['priorityclasses'],
          verbs: ['get'],
          resourceNames: classes,
        },
      ]
}

const START: PolicyRule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
    resourceNames: JOBS.map((job) => `${job}.kubeflow.org`),
  },
]

/** The roles of every group: `member` submits and manages jobs, `viewer` looks at them. */
export const BUILT_IN_ROLES: readonly NamedRole[] = [
  {
    name: 'member',
    rules: [
      ...LOOK,
      { apiGroups: ['kubeflow.org'], resources: JOBS, verbs: USE },
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
      { apiGroups: ['kubeflow.org'], resources: JOBS, verbs: READ },
      { apiGroups: [''], resources: ['pods', 'services'], verbs: READ },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: READ },
    ],
  },
]

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

/** What belongs to the scheduler and the drivers of devices. */
const OPERATED = ['pods/binding', 'resourceclaims/status', 'resourceclaims/binding', 'resourceclaims/driver']

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
  const operated = resources.find((resource) => OPERATED.includes(resource))
  if (operated !== undefined && verbs.some((verb) => !READ.includes(verb)))
    return {
      reason: `writing ${operated} goes round the scheduler and what counts devices`,
      hint: 'leave it out',
    }
  const guarded = kinds.find((kind) => GUARDED.includes(kind))
  return guarded !== undefined && verbs.some((verb) => !READ.includes(verb))
    ? {
        reason: `writing ${guarded} lets its holder give himself more`,
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
