import type { ApiResource } from '../connect/connection.ts'
import { DECISIVE } from './decisive.ts'
import type { Deed } from './question.ts'
import type { Given, LiveRule } from './rbac.ts'
import { resourceOf, wordsOf } from './words.ts'

/** What one verb of a rule gives on one resource, as the rule says it, whether or not the API serves it. */
export interface Power {
  verb: string
  group: string
  /** With its subresource. */
  resource: string
  names: readonly string[]
}

/** How many rights there are, and the worst of them in words. */
export interface Rights {
  count: number
  worst: readonly string[]
}

const SHOWN = 3

/** Checks by how much somebody gets who may do what they are about: the whole cluster first. */
const WORST = ['D3', 'D4', 'D1', 'D2', 'D9', 'D11', 'D7', 'D8', 'C4', 'C2', 'D10', 'C3', 'H6', 'C1', 'C5']

const RANKED: readonly { rank: number; deed: Deed }[] = DECISIVE.flatMap(({ id, deeds }) =>
  deeds.map((deed) => ({ rank: WORST.indexOf(id), deed })),
).toSorted((a, b) => a.rank - b.rank)

/** Rights in a nutshell; the same words count once. */
export const inANutshell = (deeds: readonly Deed[]): Rights => ({
  count: deeds.length,
  worst: deeds
    .map((deed) => ({ deed, rank: rankOf((other) => isSame(deed, other)) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map(({ deed }) => wordsOf(deed)),
})

/** Powers in a nutshell. */
export const powersInANutshell = (powers: readonly Power[]): Rights => ({
  count: powers.length,
  worst: powers
    .map((power) => ({ power, rank: rankOf((deed) => gives(power, deed)) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map(({ power }) => powerInWords(power)),
})

/** Everything that the rules of a grant say about resources. */
export const powersIn = ({ rules }: Given): Power[] =>
  rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }: LiveRule) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource, names: resourceNames }))),
    ),
  )

/** Whether a power is one of those that decide whether groups are kept apart. */
export const isDecisive = (power: Power): boolean => rankOf((deed) => gives(power, deed)) < RANKED.length

/** Whether a power reaches into a namespace when it is given in the whole cluster; what the API does not serve might. */
export const isNamespaced = ({ group, resource }: Power, served: readonly ApiResource[]): boolean => {
  const [name] = resource.split('/')
  if (name === '*' || group === '*') return true
  return served.find((one) => one.group === group && one.resource === name)?.namespaced ?? true
}

const rankOf = (matches: (deed: Deed) => boolean): number =>
  RANKED.find(({ deed }) => matches(deed))?.rank ?? RANKED.length

const isSame = (a: Deed, b: Deed): boolean =>
  a.verb === b.verb &&
  (a.group ?? '') === (b.group ?? '') &&
  a.resource === b.resource &&
  a.subresource === b.subresource &&
  a.path === b.path

const gives = ({ verb, group, resource }: Power, deed: Deed): boolean => {
  if (deed.path !== undefined) return false
  const fits = (word: string, wanted: string): boolean => word === '*' || word === wanted
  return (
    fits(verb, deed.verb) &&
    fits(group, deed.group ?? '') &&
    (fits(resource, resourceOf(deed)) ||
      (deed.subresource !== undefined && resource === `*/${deed.subresource}`))
  )
}

const powerInWords = ({ verb, group, resource, names }: Power): string => {
  const of = group === '' || group === '*' ? '' : `.${group}`
  const thing = resource === '*' ? `everything${of}` : `${resource}${of}`
  return [verb === '*' ? 'every verb on' : verb, thing, names.join(' ')].filter(Boolean).join(' ')
}
