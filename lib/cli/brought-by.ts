import type { Brought } from '../inventory/change.ts'
import type { FlagDefinitions } from '../program/flags.ts'
import { flagName } from './playbook-flags.ts'

/**
 * The flag, with its value, that brought a value to a place of an inventory; undefined when none of a playbook's own
 * did.
 */
export const broughtBy =
  (flags: Readonly<Record<string, unknown>>, own: FlagDefinitions = {}) =>
  (path: readonly (string | number)[], value: unknown): Brought | undefined => {
    const given = Object.keys(own).flatMap((name) =>
      [flags[name]]
        .flat()
        .flatMap((word) => (word === undefined || word === true ? [] : [{ name, word: String(word) }])),
    )
    const key = String(path.at(-1))
    const places = placesOf(path)
    const fits = given
      .map((one) => ({ ...one, by: (places.has(one.name) ? 1 : 0) + (brings(one.word, key, value) ? 2 : 0) }))
      .filter(({ by }) => by > 0)
      .toSorted((a, b) => b.by - a.by)
    const [best] = fits
    if (best === undefined) return undefined
    const flag = `--${flagName(best.name)}`
    const { value: takes, says } = own[best.name]!
    return { flag: `${flag} ${best.word}`, usage: `${flag} ${takes}: ${says}` }
  }

/** How flags are named that say something for a place: `maxGpu` for quota.max.gpu, `device` for quota.devices. */
const placesOf = (path: readonly (string | number)[]): Set<string> => {
  const words = path.filter((word): word is string => typeof word === 'string')
  const [one = '', two = ''] = [words.at(-1), words.at(-2)]
  const pair = two === 'max' ? [`max${one.charAt(0).toUpperCase()}${one.slice(1)}`] : [one, two]
  return new Set(pair.flatMap((word) => [word, word.replace(/(?<=s)es$|s$/, '')]))
}

/** Whether a word of a flag, also as `<name>=<amount>`, is what stands at a key. */
const brings = (word: string, key: string, value: unknown): boolean => {
  const [name, ...rest] = word.split('=')
  const text = String(value)
  return word === text || [key, text].includes(name!) || (rest.length > 0 && rest.join('=') === text)
}
