import type { Command } from 'commander'
import { LANGUAGE_NAMES, languageOf } from '../base/language.ts'
import { oneOf } from './flags.ts'

/** Adds --lang; without it the language is the one of the shell, as far as we speak it. */
export const languageFlag = (command: Command): Command =>
  command.option(
    '--lang <language>',
    `one of ${LANGUAGE_NAMES.join(', ')} (default: as LANG says, otherwise en)`,
    oneOf(LANGUAGE_NAMES),
    languageOf(process.env),
  )
