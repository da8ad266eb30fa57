import { defined } from '../base/defined.ts'
import type { ApiResource } from '../connect/connection.ts'
import type { LiveRule } from '../kube/rbac.ts'
import { type KnownResource, REQUEST_VERBS, UNLISTED } from '../kube/rights.ts'
import type { Deed } from './question.ts'
import { type Given, hasResource } from './rbac.ts'

/**
 * The verbs that a right on a resource of the API can be about: those of requests, and those that other rights are
 * made of.
 */
export const VERBS: readonly string[] = [
  ...REQUEST_VERBS,
  'impersonate',
  'escalate',
  'bind',
  'approve',
  'sign',
  'use',
  'proxy',
  'attest',
]

/** One right: the deed, and what grants it. */
export interface Right<G extends Given = Given> {
  deed: Deed
  grant: G
}

/** A deed in a word, the same for the same deed. */
export const deedKeyOf = ({ verb, group, resource, subresource, namespace, name, path }: Deed): string =>
  [verb, path ?? '', group ?? '', resource ?? '', subresource ?? '', namespace ?? '', name ?? ''].join('|')

/** What rights can be about: all that the API serves, and what Kubernetes asks about beside it. */
export const subjectsOfRights = (served: readonly ApiResource[]): readonly KnownResource[] => {
  const keys = new Set(served.map(pathOf))
  return [
    ...served.map(({ group, resource, subresource, namespaced }) => ({
      group,
      resource,
      ...defined({ subresource }),
      namespaced,
      verbs: VERBS,
    })),
    ...UNLISTED.filter((one) => !keys.has(pathOf(one))),
  ]
}

const pathOf = ({ group, resource, subresource = '' }: KnownResource): string =>
  `${group}|${resource}/${subresource}`

/**
 * Every right that grants come to, in each of these namespaces or the whole cluster: each verb on each resource that
 * the API serves or Kubernetes asks about, and, word for word, whatever a rule says that is none of these. Keyed by
 * `keyOf`; the first grant that gives it is named.
 */
export const rightsOf = <G extends Given>(
  grants: readonly G[],
  resources: readonly ApiResource[],
  namespaces: readonly string[],
): Map<string, Right<G>> => {
  const rights = new Map<string, Right<G>>()
  const add = (deed: Deed, grant: G): void => {
    const key = deedKeyOf(deed)
    if (!rights.has(key)) rights.set(key, { deed, grant })
  }
  const subjects = subjectsOfRights(resources)
  for (const grant of grants)
    for (const rule of grant.rules) {
      for (const path of pathsIn(rule, grant)) for (const verb of verbsIn(rule)) add({ verb, path }, grant)
      for (const { namespaced, verbs = VERBS, ...subject } of [
        ...subjects.filter((one) => hasResource(rule, one.group, one.resource, one.subresource)),
        ...asSaid(rule, subjects, grant),
      ])
        for (const namespace of scopesOf(grant, namespaced || subject.resource === 'namespaces', namespaces))
          for (const verb of verbsIn(rule, verbs))
            for (const name of rule.resourceNames?.length ? rule.resourceNames : [undefined])
              add(
                {
                  verb,
                  ...subject,
                  ...defined({ namespace, name }),
                },
                grant,
              )
    }
  return rights
}

/** What a rule names and no resource matches: a kind that is absent, or one that nobody here knows. */
const asSaid = (
  rule: LiveRule,
  subjects: readonly KnownResource[],
  { namespace }: Given,
): readonly KnownResource[] =>
  (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((path): KnownResource[] => {
      const one = { ...rule, apiGroups: [group], resources: [path] }
      if (subjects.some((of) => hasResource(one, of.group, of.resource, of.subresource))) return []
      const [resource, subresource] = splitOnce(path)
      return [
        {
          group,
          resource,
          ...defined({ subresource }),
          namespaced: namespace !== undefined,
        },
      ]
    }),
  )

/** A resource and its subresource, which may have a slash in its name, as keys of extras do. */
export const splitOnce = (path: string): [string, string?] => {
  const at = path.indexOf('/')
  return at < 0 ? [path] : [path.slice(0, at), path.slice(at + 1)]
}

const pathsIn = (rule: LiveRule, { namespace }: Given) =>
  namespace === undefined ? (rule.nonResourceURLs ?? []) : []

/** `*` gives every verb that there is to give. */
const verbsIn = ({ verbs }: LiveRule, all: readonly string[] = VERBS): readonly string[] =>
  verbs.includes('*') ? [...new Set([...all, ...verbs.filter((verb) => verb !== '*')])] : verbs

/**
 * Where a grant holds: its own namespace, or each one and the cluster as a whole. A role cannot give what lives in no
 * namespace.
 */
const scopesOf = (
  { namespace }: Given,
  namespaced: boolean,
  namespaces: readonly string[],
): readonly (string | undefined)[] => {
  if (namespace !== undefined) return namespaced && namespaces.includes(namespace) ? [namespace] : []
  return namespaced ? [...namespaces, undefined] : [undefined]
}
