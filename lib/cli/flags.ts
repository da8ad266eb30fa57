import { type Command, InvalidArgumentError } from 'commander'
import { defined } from '../base/defined.ts'
import { type AutomationError, wrongFlag } from '../base/errors.ts'
import type { Language } from '../base/language.ts'
import { matchesList } from '../base/patterns.ts'
import type { Selection } from '../engine/select.ts'
import type { Inventory } from '../inventory/schema.ts'
import { STATIC_MANIFESTS } from '../inventory/static-manifests.ts'

const OUTPUTS = ['pretty', 'lines', 'json', 'junit'] as const
export type Output = (typeof OUTPUTS)[number]

/** What every command takes. */
export interface CommonFlags {
  check?: true
  output?: Output
  forks: number
  timeout: number
  verbose?: boolean
}

/** What every command on an inventory takes. */
export interface Flags extends CommonFlags {
  diff?: boolean
  /** Of the commands that speak more than one. */
  lang?: Language
  limit?: string[]
  group?: string[]
  user?: string[]
}

/** Adds the flags that choose from an inventory, but for those that the command has of its own. */
export const inventoryFlags = (command: Command): Command => {
  const has = (flag: string): boolean => command.options.some(({ long }) => long === flag)
  if (!has('--group')) command.option('--group <names>', 'only what belongs to these groups', names)
  return command
    .option(
      '-l, --limit <patterns>',
      'only these hosts, or the cluster: names, * and ?, and !name for all but that one',
      names,
    )
    .option('--user <names>', 'only what belongs to these users', names)
}

/** Adds the flags that every command takes. */
export const commonFlags = (command: Command): Command =>
  command
    .option('-C, --check', 'change nothing: exit 2 when something would change')
    .option(
      '--output <form>',
      `one of ${OUTPUTS.join(', ')} (default: pretty on a terminal, else lines)`,
      oneOf(OUTPUTS),
    )
    .option('--forks <count>', 'hosts worked on at once', positive, 20)
    .option('--timeout <seconds>', 'limit of one operation', positive, 180)
    .option('-v, --verbose', 'say more: what is unchanged too, each script (secrets sealed) and each request')

/** The selection that flags make in an inventory; a pattern of --limit that means none of its targets is refused. */
export const selectionOf = (
  { limit, group, user, step }: Pick<Flags, 'limit' | 'group' | 'user'> & { step?: string[] },
  inventory: Pick<Inventory, 'hosts' | 'cluster' | 'staticManifests' | 'users'>,
): Selection => {
  const { hosts, cluster, staticManifests, users } = inventory
  const chosen = users.filter(({ name }) => user?.includes(name))
  if (group && chosen.length > 0 && !chosen.some((one) => one.groups.some((of) => group.includes(of.group))))
    throw wrongFlag(
      `--user ${chosen.map(({ name }) => name).join(',')} --group ${group.join(',')}`,
      'choose nothing together',
      chosen.map(({ name, groups }) => `${name} is in ${groups.map((of) => of.group).join(', ')}`).join('; '),
    )
  return {
    ...(limit && {
      limit: targetsOf(limit, [
        ...hosts.map(({ name }) => name),
        cluster.name,
        ...(staticManifests === undefined ? [] : [STATIC_MANIFESTS]),
      ]),
    }),
    ...defined({ groups: group, users: user, steps: step }),
  }
}

/** The targets that patterns mean; `!pattern` takes some away, from all where nothing else is named. */
const targetsOf = (patterns: readonly string[], targets: readonly string[]): string[] => {
  for (const pattern of patterns.map((one) => one.replace(/^!/, '')))
    if (!matchesList([pattern], targets)) throw matchesNothing(pattern, targets)
  const list = patterns.every((pattern) => pattern.startsWith('!')) ? ['*', ...patterns] : patterns
  const chosen = targets.filter((target) => matchesList(list, [target]))
  if (chosen.length === 0) throw matchesNothing(patterns.join(','), targets)
  return chosen
}

const matchesNothing = (pattern: string, targets: readonly string[]): AutomationError =>
  wrongFlag(`--limit ${pattern}`, 'matches nothing', `choose from: ${targets.slice(0, 40).join(', ')}`)

/** Words divided by commas, Chinese ones too; a flag that is given again adds to them. */
export const names = (value: string, before: readonly string[] = []): string[] => {
  const words = value.split(/[,，]/).flatMap((word) => word.trim() || [])
  if (words.length === 0) throw new InvalidArgumentError('it names nothing.')
  return [...new Set([...before, ...words])]
}

/** Refuses flags of one value that are given twice: one of the two would be passed over without a word. */
export const oneValueEach = (command: Command): Command => {
  for (const option of command.options.filter(({ required, optional }) => required || optional)) {
    let times = 0
    command.on(`option:${option.name()}`, () => {
      const gathers = Array.isArray(command.getOptionValue(option.attributeName()))
      if (++times > 1 && !gathers) command.error(`error: option '${option.flags}' is given twice`)
    })
  }
  return command
}

/** A whole number from 1. */
export const positive = (value: string): number => {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('it takes a whole number from 1.')
  return number
}

/** One of these words. */
export const oneOf =
  <W extends string>(words: readonly W[]) =>
  (value: string): W => {
    const word = words.find((known) => known === value)
    if (word === undefined) throw new InvalidArgumentError(`it is one of ${words.join(', ')}.`)
    return word
  }
