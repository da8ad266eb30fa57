import type { Command } from 'commander'
import { oneOf } from './flags.ts'
import { LANGUAGES, type Language } from './tenants/messages.ts'

/** Adds --lang; without it the language is the one of the shell, as far as we speak it. */
export const languageFlag = (command: Command): Command =>
  command.option(
    '--lang <language>',
    `one of ${Object.keys(LANGUAGES).join(', ')} (default: as LANG says, otherwise en)`,
    oneOf(Object.keys(LANGUAGES) as Language[]),
    languageOf(process.env),
  )

/** The language that LC_ALL, LC_MESSAGES or LANG names, the first of them that is set. */
export const languageOf = (env: Readonly<Record<string, string | undefined>>): Language =>
  /^zh/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '') ? 'zh' : 'en'
