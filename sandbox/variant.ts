import { defined } from '../lib/base/defined.ts'
import { AutomationError } from '../lib/base/errors.ts'

/** What differs from the usual sandbox: this machine's own system, and GNU's tools. */
export interface Variant {
  /** The Debian release of the client machines. */
  release?: string
  /**
   * The tools of the client machines: coreutils and findutils in Rust, and sudo-rs, as Ubuntu ships since 25.10;
   * coreutils as Ubuntu 26.04 has it, or a newer one.
   */
  tools?: 'uutils' | 'uutils-0.12'
  /** The minor version of the cluster's control plane. */
  kubernetes?: '1.30' | '1.34'
  /** Directory with admission.yaml and the policies that the API server reads from files. */
  staticManifests?: string
  /** The client machines have an LDAP server and what asks one about accounts, of which nothing runs yet. */
  ldap?: true
  /** One node that runs pods, beside those that kwok plays. */
  worker?: true
  /** Kueue is built, for tests that start it. */
  kueue?: true
  /** The operator of MPIJobs v1alpha1 is built, for tests that start it. */
  mpi?: true
  /** An AuthorizationConfiguration that the API server reads, in place of Node and RBAC. */
  authorization?: string
}

/** The variant of a sandbox that is there, which cannot become another, or the one that is asked for. */
export const settledVariant = (asked: Variant, before: Variant | undefined): Variant => {
  const variant: Variant = { ...before, ...defined(asked) }
  for (const [part, value] of Object.entries(variant))
    if (before !== undefined && value !== before[part as keyof Variant])
      throw new AutomationError({
        code: 'usage',
        subject: 'sandbox',
        message: `it is there already, with ${part} ${before[part as keyof Variant] ?? 'as usual'}, not ${value}`,
        hint: 'end it first: npm run sandbox -- down',
      })
  if (variant.worker && variant.kubernetes !== undefined)
    throw new AutomationError({
      code: 'usage',
      subject: '--worker',
      message: `its kubelet is newer than a control plane ${variant.kubernetes}`,
      hint: 'leave one of them out',
    })
  return variant
}
