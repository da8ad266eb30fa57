import { AutomationError } from '../lib/errors.ts'

/** What differs from the usual sandbox: this machine's own system, GNU's tools, the newest Kubernetes that it knows. */
export interface Variant {
  /** The Debian release of the client machines. */
  release?: string
  /** The tools of the client machines: coreutils and findutils in Rust, and sudo-rs, as Ubuntu ships since 25.10. */
  tools?: 'uutils'
  /** The minor version of the control plane, one of `OLDER`. */
  kubernetes?: string
}

/** Minor versions of Kubernetes that are built beside the newest, each from `tools/kubernetes-<minor>/go.mod`. */
export const OLDER: readonly string[] = ['1.34']

const PARTS = ['release', 'tools', 'kubernetes'] as const

/** The variant of a sandbox that is there, which cannot become another, or the one that is asked for. */
export const settledVariant = (asked: Variant, before: Variant | undefined): Variant => {
  const variant: Variant = {}
  for (const part of PARTS) {
    const value = asked[part] ?? before?.[part]
    if (value !== undefined) Object.assign(variant, { [part]: value })
    if (before !== undefined && value !== before[part])
      throw new AutomationError({
        code: 'usage',
        subject: 'sandbox',
        message: `it is there already, with ${part} ${before[part] ?? 'as usual'}, not ${value}`,
        hint: 'end it first: npm run sandbox -- down',
      })
  }
  return variant
}
