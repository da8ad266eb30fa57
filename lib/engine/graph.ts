import { AutomationError } from '../base/errors.ts'
import type { Resource } from '../resource/type.ts'

/**
 * The resources with what they need before them. A key wanted twice, a need that no step yields and a cycle are
 * `playbook` errors that name the resources; nothing has been contacted by then.
 */
export const order = (resources: readonly Resource[]): Resource[] => {
  const byKey = new Map<string, Resource>()
  for (const resource of resources) {
    if (byKey.has(resource.key))
      throw broken(resource, 'is wanted twice', 'yield it once and let others need it')
    byKey.set(resource.key, resource)
  }
  const ordered: Resource[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (resource: Resource, path: readonly string[]): void => {
    if (state.get(resource.key) === 'done') return
    if (state.get(resource.key) === 'open')
      throw broken(
        resource,
        `needs itself: ${[...path, resource.id].join(' → ')}`,
        'break the circle of needs',
      )
    state.set(resource.key, 'open')
    for (const need of resource.needs) {
      if (byKey.get(need.key) !== need)
        throw broken(
          resource,
          `needs ${need.id} on ${need.on.name}, which no step yields`,
          'yield it in a step',
        )
      visit(need, [...path, resource.id])
    }
    state.set(resource.key, 'done')
    ordered.push(resource)
  }
  for (const resource of resources) visit(resource, [])
  return ordered
}

const broken = (resource: Resource, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'playbook', subject: `${resource.id} on ${resource.on.name}`, message, hint })

/** All that the given resources need, at any depth, themselves included. */
export const withNeeds = (resources: Iterable<Resource>): Set<Resource> => {
  const all = new Set<Resource>()
  const add = (resource: Resource): void => {
    if (all.has(resource)) return
    all.add(resource)
    resource.needs.forEach(add)
  }
  for (const resource of resources) add(resource)
  return all
}
