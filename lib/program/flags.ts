/** A flag that one playbook takes beside those that all take. */
export interface FlagDefinition {
  /** What stands for its value in `--help`, such as `<name>`; absent for a switch. */
  value?: string
  says: string
  required?: true
  /** May be given several times. */
  many?: true
  /** A whole number from 1. */
  number?: true
  choices?: readonly string[]
  /** It names files of public keys, and their lines are what is given. */
  keys?: true
}

/** Flags by their names as TypeScript has them: `passwordFile` is `--password-file`. */
export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>

type ValueOf<D extends FlagDefinition> = D extends { value: string } ? Given<D> : true

type Given<D extends FlagDefinition> = D extends { many: true }
  ? readonly string[]
  : D extends { number: true }
    ? number
    : D extends { choices: readonly (infer C)[] }
      ? C
      : string

type Certain = { required: true } | { many: true }

/** The values of a playbook's flags; those that are not required may be absent. */
export type FlagValues<F extends FlagDefinitions> = {
  readonly [K in keyof F as F[K] extends Certain ? K : never]: ValueOf<F[K]>
} & { readonly [K in keyof F as F[K] extends Certain ? never : K]?: ValueOf<F[K]> | undefined }
