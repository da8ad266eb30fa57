import { defined } from '../base/defined.ts'
import { untrusted } from '../base/printable.ts'
import { readableQuantities } from '../base/quantity.ts'
import type { Secret } from '../base/secret.ts'
import type { Identity } from '../inventory/identity.ts'
import type { KubeObject, ObjectRef } from '../kube/object.ts'

/** What somebody would do, in the terms of an authorizer. */
export interface Deed {
  verb: string
  /** '' for the core group. */
  group?: string
  resource?: string
  subresource?: string
  /** Absent: in the whole cluster. */
  namespace?: string
  name?: string
  /** Of a request for no resource, such as `/metrics`; the rest is absent then. */
  path?: string
}

/** A deed as a review of access states it. */
export const attributesOf = ({ path, verb, subresource, ...deed }: Deed) =>
  path === undefined
    ? { resourceAttributes: { verb, ...deed, ...defined({ subresource }) } }
    : { nonResourceAttributes: { verb, path } }

/** A deed as a person says it: `list tfjobs.kubeflow.org in dev2`, `get /metrics`. */
export const wordsOf = ({ verb, group, resource, subresource, name, namespace, path }: Deed): string => {
  if (path !== undefined) return `${verb} ${path}`
  const kind = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group ? `.${group}` : ''}`
  const of = name === undefined ? '' : ` ${name}`
  const where = namespace === undefined ? 'in the whole cluster' : `in ${namespace}`
  return `${verb} ${kind}${of} ${where}`
}

/** Whether somebody may do something; the admin asks. */
export interface Review {
  who: Identity
  deed: Deed
  /** The user whose own credential lists all their rules in a place; without one the admin asks for each deed. */
  listedFor?: string
}

/** With whose credential something is tried: the admin's, a user's by name, a token, or none at all. */
export type Actor =
  | { kind: 'admin' | 'nobody' }
  | { kind: 'user'; user: string }
  | { kind: 'token'; token: Secret }

/** A request that stores nothing: writes go as dry runs. */
export type Attempt = { as: Actor } & (
  | { do: 'create'; create: KubeObject & { kind: string }; plural: string; subresource?: string }
  | { do: 'remove'; remove: ObjectRef }
  | { do: 'patch'; patch: ObjectRef; with: unknown; subresource?: string }
  /** `until`: again and again for a minute, until that is the status. */
  | { do: 'read'; read: string; until?: number }
)

/** One that would make an object. */
export type Creation = Extract<Attempt, { do: 'create' }>

/** The API server would have done it; `object` is what it would have stored, defaults filled in. */
export interface Taken {
  taken: true
  status: number
  object: KubeObject
}

/** Who or what refused. */
export type Cause =
  /** No or a dead credential. */
  | 'authentication'
  | 'rbac'
  | 'quota'
  /** A LimitRange: too much, too little, or too wide apart. */
  | 'limits'
  | 'pod-security'
  | 'policy'
  | 'webhook'
  /** An API server without --allow-privileged, which calls a privileged container invalid. */
  | 'privileged'
  /** A pod that a scheduling gate holds back, as Kueue's does, cannot name its node. */
  | 'gated'
  /** Another admission plugin of the API server. */
  | 'admission'
  /** The object itself is not valid: says nothing about whether a valid one would be taken. */
  | 'invalid'
  /** It, or what it names, is not there. */
  | 'absent'
  | 'other'

export interface Refused {
  taken: false
  status: number
  cause: Cause
  /** Name of the quota, policy or webhook, when it is known. */
  by?: string
  /**
   * What it names: keys of a quota or resources of a LimitRange that are too much, the field that a policy's words
   * begin with.
   */
  about: readonly string[]
  /** A quota wants something stated that was not. */
  unstated?: true
  /** The API server's own words, fit to be shown, amounts as people write them; nothing is judged by them. */
  message: string
}

/** What came of an attempt. */
export type Answer = Taken | Refused

const CAUSES: readonly [Cause, RegExp][] = [
  ['quota', /exceeded quota: ([^,\s]+)|failed quota: ([^:\s]+)|insufficient quota to match these scopes/],
  ['limits', /(?:maximum|minimum) \S+ usage per \w+ is |max limit to request ratio per \w+ is /],
  ['pod-security', /violates PodSecurity "([^"]+)"/],
  ['policy', /ValidatingAdmissionPolicy '([^']+)'/],
  ['webhook', /admission webhook "([^"]+)" denied/],
  ['privileged', /disallowed by cluster policy/],
  ['gated', /until all schedulingGates have been cleared/],
  ['rbac', /cannot \S+ resource|cannot \S+ path/],
  ['absent', /"[^"]+" not found|no PriorityClass with name \S+ was found/],
]

/** Causes that come with a status other than 403 too. */
const OF_ANY_STATUS: ReadonlySet<Cause> = new Set(['policy', 'privileged', 'gated'])

/** What the words of a quota, a LimitRange or a policy name. */
const aboutIn = (raw: string): string[] => {
  const [, requested = ''] = /exceeded quota: .*?requested: (\S+), used: /.exec(raw) ?? []
  const keys = requested.split(',').flatMap((pair) => /^(.+)=/.exec(pair)?.[1] ?? [])
  const wide = raw.matchAll(/maximum (\S+) usage per /g)
  const fields = raw.matchAll(/denied request: (\w+): /g)
  return [...keys, ...[...wide, ...fields].map(([, name]) => name!)]
}

/** What a refusal of the API server rests on, by its status and the words that Kubernetes uses. */
export const refusalOf = (status: number, raw: string): Refused => {
  const message = untrusted(readableQuantities(raw), 1000)
  const refused = (cause: Cause, by?: string): Refused => ({
    taken: false,
    status,
    cause,
    about: aboutIn(raw),
    ...(/failed quota: .*must specify/.test(raw) && { unstated: true }),
    message,
    ...(by !== undefined && { by: untrusted(by, 253) }),
  })
  if (status === 401) return refused('authentication')
  for (const [cause, pattern] of CAUSES) {
    const match = pattern.exec(raw)
    if (match !== null && (status === 403 || OF_ANY_STATUS.has(cause)))
      return refused(cause, match[1] ?? match[2])
  }
  if (status === 403) return refused('admission')
  if (status === 404) return refused('absent')
  return refused(status === 400 || status === 422 ? 'invalid' : 'other')
}

/** Whether admission stopped it: an object that was well-formed and allowed by RBAC. */
export const byAdmission = ({ cause }: Refused): boolean =>
  ['quota', 'limits', 'pod-security', 'policy', 'privileged', 'gated', 'webhook', 'admission'].includes(cause)
