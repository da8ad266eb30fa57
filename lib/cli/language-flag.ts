import { type Command, Option } from 'commander'
import { LANGUAGE_NAMES, languageOf } from '../base/language.ts'
import { oneOf } from './flags.ts'

/** Adds --lang; without it the language is the one of the shell, as far as we speak it. */
export const languageFlag = (command: Command): Command =>
  command.addOption(
    new Option('--lang <language>', `one of ${LANGUAGE_NAMES.join(', ')}`)
      .argParser(oneOf(LANGUAGE_NAMES))
      .default(languageOf(process.env), 'as LANG says, otherwise en'),
  )
