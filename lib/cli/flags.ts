import { type Command, InvalidArgumentError } from 'commander'
import type { Selection } from '../engine/select.ts'

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
  limit?: string[]
  group?: string[]
  user?: string[]
}

/** Adds the flags that choose from an inventory, but for those that the command has of its own. */
export const inventoryFlags = (command: Command): Command => {
  const has = (flag: string): boolean => command.options.some(({ long }) => long === flag)
  if (!has('--group')) command.option('--group <names>', 'only what belongs to these groups', names)
  return command
    .option('--diff', 'show every field that changes, before → after')
    .option('--limit <names>', 'only these hosts, or the cluster', names)
    .option('--user <names>', 'only what belongs to these users', names)
}

/** Adds the flags that every command takes. */
export const commonFlags = (command: Command): Command =>
  command
    .option('--check', 'change nothing: exit 2 when something would change')
    .option(
      '--output <form>',
      `one of ${OUTPUTS.join(', ')} (default: pretty on a terminal, else lines)`,
      oneOf(OUTPUTS),
    )
    .option('--forks <count>', 'hosts worked on at once', positive, 20)
    .option('--timeout <seconds>', 'limit of one operation', positive, 180)
    .option('--verbose', 'say more')

/** The selection that flags make. */
export const selectionOf = ({
  limit,
  group,
  user,
  step,
}: Pick<Flags, 'limit' | 'group' | 'user'> & { step?: string[] }): Selection => ({
  ...(limit && { limit }),
  ...(group && { groups: group }),
  ...(user && { users: user }),
  ...(step && { steps: step }),
})

/** Words divided by commas; a flag that is given again adds to them. */
export const names = (value: string, before: readonly string[] = []): string[] => {
  const words = value.split(',').flatMap((word) => word.trim() || [])
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
