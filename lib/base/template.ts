import { readFileSync } from 'node:fs'
import type Handlebars from 'handlebars'
import type { TemplateDelegate } from 'handlebars'
import { AutomationError } from './errors.ts'
import { remembered } from './once-for.ts'
import { handlebars, handlebarsRuntime } from './packages.ts'
import { PRECOMPILED } from './precompiled.ts'
import { printable } from './printable.ts'
import { Secret } from './secret.ts'

const textOf = (name: string): string =>
  readFileSync(new URL(`../../templates/${name}.hbs`, import.meta.url), 'utf8')

const isPage = (name: string): boolean => name.endsWith('.html')

const optionsOf = (name: string): CompileOptions => ({
  noEscape: !isPage(name),
  strict: true,
  knownHelpers: { json: true },
  knownHelpersOnly: true,
})

const withHelpers = (engine: typeof Handlebars): typeof Handlebars => {
  engine.registerHelper('json', (value: unknown) => JSON.stringify(value))
  return engine
}

const compiled = remembered((name: string): TemplateDelegate => {
  const made = PRECOMPILED[name]
  if (made !== undefined) return withHelpers(handlebarsRuntime().create()).template(made)
  const engine = withHelpers(handlebars().create())
  if (isPage(name)) engine.registerPartial({ style: textOf('style.css'), page: textOf('page.html') })
  return engine.compile(textOf(name), optionsOf(name))
})

/** The text of JavaScript that makes an entry of `PRECOMPILED` out of `templates/<name>.hbs`, which is no page. */
export const precompile = (name: string): string =>
  String(handlebars().precompile(textOf(name), optionsOf(name)))

/**
 * The text of `templates/<name>.hbs` with the data filled in, escaped where the name says that it is HTML, with what
 * would steer a terminal as text. Secrets in the data print sealed; seal the text with `Secret.sealed` before it goes
 * anywhere. A variable that is missing, or a value that looks like a seal, is a `template` error.
 */
export const render = (name: string, data: Record<string, unknown>): string => {
  rejectSeals(name, data)
  try {
    const text = compiled(name)(data)
    return isPage(name) ? text.split('\n').map(printable).join('\n') : text
  } catch (error) {
    throw new AutomationError({
      code: 'template',
      subject: `templates/${name}.hbs`,
      message: error instanceof Error ? error.message : String(error),
      cause: error,
    })
  }
}

const rejectSeals = (name: string, value: unknown): void => {
  if (value instanceof Secret) return
  if (typeof value === 'string' && value.includes('«secret:'))
    throw new AutomationError({
      code: 'template',
      subject: `templates/${name}.hbs`,
      message: 'a value holds the text «secret:, which is kept for sealed secrets',
      hint: 'change that value',
    })
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) rejectSeals(name, item)
}
