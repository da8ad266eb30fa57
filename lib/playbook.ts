import type { Inventory } from '../inventory/schema.ts'
import type { Check } from './check/check.ts'
import type { Resource, ResourceFactory, Target } from './resource-type.ts'

export { ARENA_START } from './inventory/roles.ts'
export type { Resource, Target } from './resource-type.ts'

/** Where a playbook's resources live, and how users reach the cluster. */
export interface Site {
  hosts: readonly Target[]
  cluster: Target
  /** Address and CA certificate (PEM) of the API server, as users' kubeconfigs name them. */
  endpoint: { server: string; ca: string }
}

export interface Playbook {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  /** The types of which leftovers of ours are looked for, also when the inventory wants none of them. */
  manages: readonly Pick<ResourceFactory<never, unknown, unknown>, 'type'>[]
  /** What an admin should know about this inventory although nothing is wrong with it; told at the end of every run. */
  warnings?(inventory: Inventory): readonly string[]
  /** What is wanted, in steps; no I/O. */
  resources(inventory: Inventory, site: Site): Iterable<Resource>
}

/** The playbook as it is: only for its types. */
export const playbook = (definition: Playbook): Playbook => definition

/** Checks that are made together: nothing is wanted, something is found out. */
export interface Audit {
  name: string
  /** One sentence, shown by `--help`. */
  description: string
  checks: readonly Check[]
}

/** The audit as it is: only for its types. */
export const audit = (definition: Audit): Audit => definition

/** Groups the resources of a step under its title, which begins with the step's number. */
export function* step(title: string, resources: () => Iterable<Resource>): Generator<Resource> {
  for (const resource of resources()) {
    resource.step = title
    yield resource
  }
}

/** Runs a playbook or an audit as a command: arguments from the command line, exit status of design §4. */
export const main = async (definition: Playbook | Audit): Promise<void> => {
  const { runCommand } = await import('./cli.ts')
  const argv = process.argv.slice(2)
  if ('checks' in definition) {
    const { auditCommand } = await import('./audit-command.ts')
    process.exitCode = await runCommand(auditCommand(definition), argv)
  } else {
    const { playbookCommand } = await import('./playbook-command.ts')
    process.exitCode = await runCommand(playbookCommand(definition), argv)
  }
}
