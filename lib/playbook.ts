import type { Inventory } from '../inventory/schema.ts'
import type { Resource, ResourceFactory, Target } from './resource-type.ts'

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

/** Groups the resources of a step under its title, which begins with the step's number. */
export function* step(title: string, resources: () => Iterable<Resource>): Generator<Resource> {
  for (const resource of resources()) {
    resource.step = title
    yield resource
  }
}

/** Runs a playbook as a command: arguments from the command line, exit status of design §4. */
export const main = async (definition: Playbook): Promise<void> => {
  const [{ runCommand }, { playbookCommand }] = await Promise.all([
    import('./cli.ts'),
    import('./playbook-command.ts'),
  ])
  process.exitCode = await runCommand(playbookCommand(definition), process.argv.slice(2))
}
