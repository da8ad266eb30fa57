/** The languages in which reports are told. */
export const LANGUAGE_NAMES = ['en', 'zh'] as const

export type Language = (typeof LANGUAGE_NAMES)[number]

/**
 * The language that LC_ALL, LC_MESSAGES or LANG names, the first of them that is set; English where we do not speak
 * it.
 */
export const languageOf = (env: Readonly<Record<string, string | undefined>>): Language =>
  /^zh/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '') ? 'zh' : 'en'
