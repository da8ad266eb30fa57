import type { Check } from '../audit/check.ts'
import type { Secret } from '../base/secret.ts'
import type { Endpoint } from '../connect/connection.ts'
import type { Selection } from '../engine/select.ts'
import type { Edit } from '../inventory/edit.ts'
import type { Inventory } from '../inventory/schema.ts'
import type { Rotation } from '../kube/rotation.ts'
import type { Resource, ResourceFactory, Target } from '../resource/type.ts'
import type { Peek } from './before.ts'
import type { Described } from './described.ts'
import type { FlagDefinitions, FlagValues } from './flags.ts'

/** Where a playbook's resources live, and how users reach the cluster. */
export interface Site {
  hosts: readonly Target[]
  cluster: Target
  /** This machine, where it keeps what API servers read from files. */
  here: Target
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
  /** The user who gets a first password by a resource of its own, once there is an account. */
  passwordFollows?: string
}

/** What every playbook can be narrowed to. */
export interface Chosen {
  group?: readonly string[]
  user?: readonly string[]
}

export interface Playbook<F extends FlagDefinitions = FlagDefinitions> extends Described {
  kind: 'playbook'
  /** The types of which leftovers of ours are looked for, also when the inventory wants none of them. */
  manages: readonly Pick<ResourceFactory<never, unknown, unknown>, 'type'>[]
  /** Flags that it takes beside those that all take. */
  flags?: F
  /** Throws what the flags have wrong, as far as that can be told with nothing contacted. */
  judges?(inventory: Inventory, flags: FlagValues<F> & Chosen): void
  /** Whose accounts and tokens its edits or proofs rest on, as machines have them before. */
  peeks?(inventory: Inventory, flags: FlagValues<F> & Chosen): readonly string[]
  /** Whether it chooses among the tokens that the cluster has, too. */
  peeksAtIssued?: true
  /**
   * What it stands for in the inventory file, before all else: the rest of the run is about the inventory as it is
   * after these edits, and the file is written once nothing speaks against the plan. Throws what the flags have
   * wrong.
   */
  edits?(inventory: Inventory, flags: FlagValues<F> & Chosen, before: Peek): readonly Edit[]
  /**
   * What to say where it edits nothing and nothing of what it is for was found, everywhere looked at; throws where that
   * can be a slip only.
   */
  nowhere?(inventory: Inventory, flags: FlagValues<F>): string
  /** Whether nothing is changed, the file neither, when a part of it is refused: a user is not added by halves. */
  allOrNothing?: true
  /** Whom the run is about. */
  narrow?(flags: FlagValues<F>): Selection
  /**
   * Makes all that an inventory asks for, of a playbook that edits it: what its edits change of this is done too,
   * whomever it belongs to.
   */
  whole?: Playbook
  /** What an admin should know about this inventory although nothing is wrong with it; told at the end of every run. */
  warnings?(inventory: Inventory, flags: FlagValues<F> & Chosen, before: Peek): readonly string[]
  /** What must hold once the run has made its changes; told at the end. */
  proves?(inventory: Inventory, flags: FlagValues<F>, before: Peek): readonly Check[]
  /** What is wanted, in steps; no I/O. */
  resources(inventory: Inventory, site: Site, flags: FlagValues<F>): Iterable<Resource>
}

/** A playbook, with the types of its flags. */
export const playbook = <const F extends FlagDefinitions>(
  definition: Omit<Playbook<F>, 'kind'>,
): Playbook<F> => ({ kind: 'playbook', ...definition })

/** Groups the resources of a step under its title, which begins with the step's number. */
export function* step(title: string, resources: () => Iterable<Resource>): Generator<Resource> {
  for (const resource of resources()) {
    resource.step = title
    yield resource
  }
}
