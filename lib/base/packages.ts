// Large packages that not every run needs: loaded when one is first used, which takes a few hundredths of a second.
import { createRequire } from 'node:module'
import type Handlebars from 'handlebars'
import type Yaml from 'yaml'

const require = createRequire(import.meta.url)

/** The package yaml. */
export const yaml = (): typeof Yaml => require('yaml')

/** The package handlebars, from the one file that it has for browsers: as modules it is 44. */
export const handlebars = (): typeof Handlebars => require('handlebars/dist/handlebars.js')

/** What runs templates that were compiled beforehand: a third of the package. */
export const handlebarsRuntime = (): typeof Handlebars => require('handlebars/dist/handlebars.runtime.js')
