import type { Command, Option as OptionType } from 'commander'
import { Option } from 'commander'
import type { FlagDefinition, FlagDefinitions } from '../program/flags.ts'
import { oneOf, positive } from './flags.ts'
import { keysOf } from './key-file.ts'

/** Adds a playbook's flags to its command. */
export const addFlags = (command: Command, flags: FlagDefinitions): void => {
  for (const [name, definition] of Object.entries(flags)) command.addOption(optionOf(name, definition))
}

/** A flag's name on the command line: `password-file` for `passwordFile`. */
export const flagName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const optionOf = (
  name: string,
  { value, says, required, many, number, choices, keys }: FlagDefinition,
): OptionType => {
  const flag = flagName(name)
  if (value === undefined) return new Option(`--${flag}`, says)
  const option = new Option(`--${flag} ${value}`, says)
  if (required) option.makeOptionMandatory()
  if (keys)
    option
      .default([], 'none given')
      .argParser((file: string, before: string[]) => [...before, ...keysOf(file)])
  else if (many)
    option.default([], 'none given').argParser((word: string, before: string[]) => [...before, word])
  else if (number) option.argParser(positive)
  else if (choices) option.argParser(oneOf(choices))
  return option
}
