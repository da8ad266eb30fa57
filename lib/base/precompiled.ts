/** Templates as functions of handlebars, by name: a bundle has them in this module's place, and elsewhere are none. */
export const PRECOMPILED: Readonly<Record<string, object>> = {}
