import type { ApiResource } from '../connect/connection.ts'
import type { Deed } from './question.ts'
import { type Given, hasResource, type LiveRule } from './rbac.ts'

/** The verbs that a right can be about: those of requests, and those that other rights are made of. */
export const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'escalate',
  'bind',
  'approve',
  'sign',
  'use',
  'proxy',
  'attest',
] as const

/** One right: the deed, and what grants it. */
export interface Right<G extends Given = Given> {
  deed: Deed
  grant: G
}

/** A deed in a word, the same for the same deed. */
export const keyOf = ({ verb, group, resource, subresource, namespace, name, path }: Deed): string =>
  [verb, path ?? '', group ?? '', resource ?? '', subresource ?? '', namespace ?? '', name ?? ''].join('|')

/**
 * Every right that grants come to: for each resource that the API serves, each verb, and each of these namespaces or
 * the whole cluster. Rules that no resource matches give nothing. Keyed by `keyOf`; the first grant that gives it is named.
 */
export const rightsOf = <G extends Given>(
  grants: readonly G[],
  resources: readonly ApiResource[],
  namespaces: readonly string[],
): Map<string, Right<G>> => {
  const rights = new Map<string, Right<G>>()
  const add = (deed: Deed, grant: G): void => {
    const key = keyOf(deed)
    if (!rights.has(key)) rights.set(key, { deed, grant })
  }
  for (const grant of grants)
    for (const rule of grant.rules) {
      for (const path of pathsIn(rule, grant)) for (const verb of verbsIn(rule)) add({ verb, path }, grant)
      for (const { group, resource, subresource, namespaced } of resources) {
        if (!hasResource(rule, group, resource, subresource)) continue
        for (const namespace of scopesOf(grant, namespaced || resource === 'namespaces', namespaces))
          for (const verb of verbsIn(rule))
            for (const name of rule.resourceNames?.length ? rule.resourceNames : [undefined])
              add(
                {
                  verb,
                  group,
                  resource,
                  ...(subresource !== undefined && { subresource }),
                  ...(namespace !== undefined && { namespace }),
                  ...(name !== undefined && { name }),
                },
                grant,
              )
      }
    }
  return rights
}

const pathsIn = (rule: LiveRule, { namespace }: Given) =>
  namespace === undefined ? (rule.nonResourceURLs ?? []) : []

const verbsIn = ({ verbs }: LiveRule): readonly string[] =>
  verbs.includes('*') ? VERBS : verbs.filter((verb) => (VERBS as readonly string[]).includes(verb))

/** Where a grant holds: its own namespace, or each one and the cluster as a whole. A role cannot give what lives in no namespace. */
const scopesOf = (
  { namespace }: Given,
  namespaced: boolean,
  namespaces: readonly string[],
): readonly (string | undefined)[] => {
  if (namespace !== undefined) return namespaced && namespaces.includes(namespace) ? [namespace] : []
  return namespaced ? [...namespaces, undefined] : [undefined]
}
