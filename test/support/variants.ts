import type { Variant } from '../../sandbox/variant.ts'

/** What `--on` of the test runner takes. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  uutils: { tools: 'uutils' },
  'uutils-0.12': { tools: 'uutils-0.12' },
  trixie: { release: 'trixie' },
  'kubernetes-1.34': { kubernetes: '1.34' },
  'kubernetes-1.30': { kubernetes: '1.30' },
  kueue: { kueue: true },
  ldap: { ldap: true },
  mpi: { mpi: true },
}

/** The variant that the test runner was asked for: the usual sandbox without. */
export const askedVariant = (): Variant => VARIANTS[process.env['ARENA_TEST_ON'] ?? ''] ?? {}

/** Live files and what they start are to be on this variant of the sandbox; false when there is none of this name. */
export const askVariant = (name: string): boolean => {
  process.env['ARENA_TEST_ON'] = name
  return name in VARIANTS
}
