import type { Rights } from '../../audit/check.ts'
import { type Deed, wordsOf } from '../../audit/question.ts'
import { allows, type Given } from '../../audit/rbac.ts'
import { splitOnce } from '../../audit/rights.ts'
import { defined } from '../../base/defined.ts'
import type { ApiResource } from '../../connect/connection.ts'
import type { LiveRule } from '../../kube/rbac.ts'
import { isBuiltInGroup, isKnownResource, KNOWN, kindOfVerb } from '../../kube/rights.ts'
import { DECISIVE, endlessly, isSame } from './decisive.ts'

/** What one verb of a rule gives on one resource, as the rule says it, whether or not the API serves it. */
export interface Power {
  verb: string
  group: string
  /** With its subresource. */
  resource: string
  names: readonly string[]
  /** Of requests for no resource, such as `/metrics`; group and resource are empty then. */
  path?: string
}

const SHOWN = 3

/** Checks by how much somebody gets who may do what they are about: the whole cluster first. */
const WORST = ['D3', 'D4', 'D1', 'D2', 'D9', 'D11', 'D7', 'D8', 'C4', 'C2', 'D10', 'C3', 'H6', 'C1', 'C5']

/** What is not known here may be anything. */
const UNKNOWN = WORST.indexOf('C4')

const RANKED: readonly { rank: number; deed: Deed }[] = DECISIVE.flatMap(({ id, deeds }) =>
  deeds.map((deed) => ({ rank: WORST.indexOf(id), deed })),
).toSorted((a, b) => a.rank - b.rank)

const nutshell = <T>(all: readonly T[], rankIn: (one: T) => number, words: (one: T) => string): Rights => ({
  count: all.length,
  worst: all
    .map((one) => ({ one, rank: rankIn(one) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map(({ one }) => words(one)),
})

/** Rights in a nutshell. */
export const inANutshell = (deeds: readonly Deed[]): Rights => nutshell(deeds, rankOfDeed, wordsOf)

/** Powers in a nutshell. */
export const powersInANutshell = (powers: readonly Power[]): Rights =>
  nutshell(powers, rankOfPower, powerInWords)

/** Everything that the rules of a grant say, about paths only where they hold: in the whole cluster. */
export const powersIn = ({ rules, namespace }: Given): Power[] =>
  rules.flatMap(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: LiveRule) => [
      ...(namespace === undefined ? nonResourceURLs : []).flatMap((path) =>
        verbs.map((verb) => ({ verb, group: '', resource: '', names: [], path })),
      ),
      ...apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ verb, group, resource, names: resourceNames })),
        ),
      ),
    ],
  )

/** What a power comes to in a namespace or the whole cluster, by each name. */
export const deedsOf = ({ verb, group, resource, names, path }: Power, namespace?: string): Deed[] => {
  if (path !== undefined) return [{ verb, path }]
  const [kind, subresource] = splitOnce(resource)
  const deed: Deed = { verb, group, resource: kind, ...defined({ subresource, namespace }) }
  return names.length === 0 ? [deed] : names.map((name) => ({ ...deed, name }))
}

/**
 * Whether a power is one of those that decide whether groups are kept apart, or might be, as it is not known here.
 * Counts and durations of requests, which monitoring reads, are no group's.
 */
export const isDecisive = (power: Power): boolean =>
  power.path !== '/metrics' && rankOfPower(power) < RANKED.length

/**
 * Whether a power reaches into a namespace when it is given in the whole cluster; what the API does not serve might.
 */
export const isNamespaced = ({ group, resource, path }: Power, served: readonly ApiResource[]): boolean => {
  if (path !== undefined) return false
  const [name] = resource.split('/')
  if (name === '*' || group === '*') return true
  const ofIt = [...served, ...KNOWN].filter((one) => one.group === group && one.resource === name)
  return ofIt.length === 0 || ofIt.some(({ namespaced }) => namespaced)
}

/** Whether a power is about a verb or a resource that is neither known here nor served. */
export const isUnknown = (
  { verb, group, resource, path }: Power,
  served: readonly ApiResource[] = [],
): boolean =>
  (verb !== '*' && kindOfVerb(verb) === 'unknown') ||
  (path === undefined && !isKnownResource(group, resource, served))

const rankOfPower = (power: Power): number => {
  const { verb, group, resource, path } = power
  const about =
    path === undefined ? { apiGroups: [group], resources: [resource] } : { nonResourceURLs: [path] }
  const given = { rules: [{ verbs: [verb], ...about }] }
  const rank = Math.min(
    rankOf((deed) => allows(given, deed)),
    rankByKind(deedsOf(power)[0]!),
  )
  // What is absent of a group of others is their own; of Kubernetes' groups it is what came after this was written.
  const isNew = path === undefined && (group === '*' || isBuiltInGroup(group)) && isUnknown(power)
  return isNew ? Math.min(rank, UNKNOWN) : rank
}

const rankOfDeed = (deed: Deed): number =>
  Math.min(
    rankOf((other) => isSame(deed, other)),
    rankByKind(deed),
  )

const rankByKind = (deed: Deed): number => {
  const id = endlessly(deed)
  if (id !== undefined) return WORST.indexOf(id)
  return kindOfVerb(deed.verb) === 'unknown' && deed.verb !== '*' ? UNKNOWN : RANKED.length
}

const rankOf = (matches: (deed: Deed) => boolean): number =>
  RANKED.find(({ deed }) => matches(deed))?.rank ?? RANKED.length

const powerInWords = ({ verb, group, resource, names, path }: Power): string => {
  if (path !== undefined) return `${verb === '*' ? 'every verb on' : verb} ${path}`
  const of = group === '' || group === '*' ? '' : `.${group}`
  const thing = resource === '*' ? `everything${of}` : `${resource}${of}`
  return [verb === '*' ? 'every verb on' : verb, thing, names.join(' ')].filter(Boolean).join(' ')
}
