import type { Inventory } from '../inventory/schema.ts'
import { flagsOf, type Selection } from './select.ts'

/** What a plan is for, by name and in words: with any of it different, it is another plan. */
export type PlanScope = Readonly<Record<string, string>>

export interface ScopeInput {
  playbook: string
  inventory: Pick<Inventory, 'name' | 'isolation' | 'cluster' | 'hosts'>
  /** Address of the API server. */
  server: string
  selection: Selection
  prune: boolean
}

/** The scope of a run: playbook, inventory, where its targets are, and what it is narrowed to. */
export const scopeOf = ({ playbook, inventory, server, selection, prune }: ScopeInput): PlanScope => {
  const { name, isolation, cluster, hosts } = inventory
  const places = [[cluster.name, `${cluster.context} at ${server}`], ...hosts.map(placeOf)] as const
  const chosen = places.filter(([target]) => selection.limit?.includes(target!) ?? true)
  return {
    playbook,
    inventory: name,
    isolation,
    ...Object.fromEntries(chosen.map(([target, place]) => [`place of ${target}`, place!])),
    ...flagsOf(selection),
    ...(prune && { '--prune': 'given' }),
  }
}

const placeOf = ({ name, connection, user, address, port }: Inventory['hosts'][number]) => {
  const login = user === undefined ? address : `${user}@${address}`
  return [name, connection === 'local' ? 'local' : port === undefined ? login : `${login}:${port}`]
}
