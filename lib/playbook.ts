import './node-version.ts'

import type { Inventory } from '../inventory/schema.ts'
import type { Check } from './check/check.ts'
import type { BareProgram } from './cli.ts'
import type { Endpoint } from './connect/connection.ts'
import type { Edit } from './inventory/edit.ts'
import type { Peek } from './peek.ts'
import type { FlagDefinitions, FlagValues } from './playbook-flags.ts'
import type { Resource, ResourceFactory, Target } from './resource-type.ts'
import type { Rotation } from './rotation.ts'
import type { Secret } from './secret.ts'
import type { Selection } from './select.ts'

export type { Inventory, InventoryInput } from '../inventory/schema.ts'
export { identitiesOf, identityNamespace, identityOf } from './check/identity.ts'
export { leavingOf } from './estate.ts'
export type { Edit } from './inventory/edit.ts'
export { freeId } from './inventory/free-id.ts'
export { arenaStart, unknownResources } from './inventory/roles.ts'
export { chooseFrom } from './inventory/rules.ts'
export { type SecretSource, secretFrom, sourceFrom } from './inventory/secret-source.ts'
export { READ_UP_TO } from './kubernetes-rights.ts'
export { markerOf } from './linux/accounts.ts'
export { MADE_BY_LABEL, makeable } from './makers.ts'
export type { Peek } from './peek.ts'
export { unreached, wrongFlag } from './playbook-errors.ts'
export type { FlagValues } from './playbook-flags.ts'
export {
  HOST_USERS_ANNOTATION,
  IMAGE_VOLUMES_ANNOTATION,
  PRIORITY_CLASSES_ANNOTATION,
} from './pods.ts'
export { containerSizes, DEVICES_ANNOTATION, devicesIn, hardLimits, implicitName } from './quota.ts'
export type { Resource, Target } from './resource-type.ts'
export { type Rotation, rotationOf } from './rotation.ts'

/** Where a playbook's resources live, and how users reach the cluster. */
export interface Site {
  hosts: readonly Target[]
  cluster: Target
  endpoint: Endpoint
  /**
   * A new password for a user, made when it is needed and handed to the admin before it is set: `usage` when there is
   * neither a terminal nor a file to hand it over.
   */
  newPassword(user: string): Secret
  /** What there was before, as far as the playbook asked. */
  before: Peek
  /** Tokens that give way to new ones, which are tried as their users. */
  rotation?: Pick<Rotation, 'replace'>
  /** Whoever gets his first password by a resource of its own, once he has an account. */
  passwordFollows?: string
}

/** What every playbook can be narrowed to. */
export interface Chosen {
  group?: readonly string[]
  user?: readonly string[]
}

export interface Playbook<F extends FlagDefinitions = FlagDefinitions> {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** The types of which leftovers of ours are looked for, also when the inventory wants none of them. */
  manages: readonly Pick<ResourceFactory<never, unknown, unknown>, 'type'>[]
  /** Flags that it takes beside those that all take. */
  flags?: F
  /** Whose accounts and tokens its edits or proofs rest on, as machines have them before. */
  peeks?(inventory: Inventory, flags: FlagValues<F> & Chosen): readonly string[]
  /** Whether it chooses among the tokens that the cluster has, too. */
  peeksAtIssued?: true
  /**
   * What it stands for in the inventory file, before all else: the rest of the run is about the inventory as it is after
   * these edits, and the file is written once nothing speaks against the plan. Throws what the flags have wrong.
   */
  edits?(inventory: Inventory, flags: FlagValues<F> & Chosen, before: Peek): readonly Edit[]
  /** Whether nothing is changed, the file neither, when a part of it is refused: a user is not added by halves. */
  allOrNothing?: true
  /** Whom the run is about. */
  narrow?(flags: FlagValues<F>): Selection
  /** What an admin should know about this inventory although nothing is wrong with it; told at the end of every run. */
  warnings?(inventory: Inventory, flags: FlagValues<F> & Chosen, before: Peek): readonly string[]
  /** What must hold once the run has made its changes; told at the end. */
  proves?(inventory: Inventory, flags: FlagValues<F>, before: Peek): readonly Check[]
  /** What is wanted, in steps; no I/O. */
  resources(inventory: Inventory, site: Site, flags: FlagValues<F>): Iterable<Resource>
}

/** The playbook as it is: only for its types. */
export const playbook = <const F extends FlagDefinitions>(definition: Playbook<F>): Playbook<F> => definition

/** Checks that are made together: nothing is wanted, something is found out. */
export interface Audit {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  checks: readonly Check[]
}

/** The audit as it is: only for its types. */
export const audit = (definition: Audit): Audit => definition

/** A report on how the tenants that a playbook makes stand. */
export interface Survey {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** What they are held to. */
  of: Playbook
}

/** The survey as it is: only for its types. */
export const survey = (definition: Survey): Survey => definition

/** Groups the resources of a step under its title, which begins with the step's number. */
export function* step(title: string, resources: () => Iterable<Resource>): Generator<Resource> {
  for (const resource of resources()) {
    resource.step = title
    yield resource
  }
}

/** Runs a playbook, an audit, a survey or a command of another form: arguments from the command line, exit status of design §4. */
export const main = async <F extends FlagDefinitions, G>(
  definition: Playbook<F> | Audit | Survey | BareProgram<G>,
): Promise<void> => {
  const { runCommand } = await import('./cli.ts')
  const argv = process.argv.slice(2)
  if ('takes' in definition) process.exitCode = await runCommand(definition, argv)
  else if ('checks' in definition) {
    const { auditCommand } = await import('./audit-command.ts')
    process.exitCode = await runCommand(auditCommand(definition), argv)
  } else if ('of' in definition) {
    const { surveyCommand } = await import('./survey-command.ts')
    process.exitCode = await runCommand(surveyCommand(definition), argv)
  } else {
    const { playbookCommand } = await import('./playbook-command.ts')
    process.exitCode = await runCommand(playbookCommand(definition), argv)
  }
  // An inventory may have left something open that would keep the process for ever.
  setTimeout(() => process.exit(), 1000).unref()
}
