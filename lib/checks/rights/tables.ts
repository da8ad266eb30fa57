import type { Scene } from '../../audit/facts.ts'
import type { Deed } from '../../audit/question.ts'
import type { Access, AccessTable, Tables } from '../../audit/tables.ts'
import { defined } from '../../base/defined.ts'
import { RESOURCE_QUOTA } from '../../kube/object.ts'
import { type QuotaUse, quotaUse } from '../../kube/quota-use.ts'
import { cellsOf, MATRIX_KINDS, namespacesOf, peersOf } from './peers.ts'

/** The place of what is in no namespace. */
const WHOLE_CLUSTER = 'cluster'

/** Every user in the selection beside every place, as RBAC gives it. */
const accessOf = (scene: Scene): AccessTable => {
  const namespaces = namespacesOf(scene)
  const rows = peersOf(scene).flatMap(({ users, expected, actual }) => {
    const count = (of: ReadonlyMap<string, { deed: Deed }>, besides: ReadonlyMap<string, unknown>) =>
      Map.groupBy(
        [...of].filter(([key]) => !besides.has(key)),
        ([, { deed }]) => deed.namespace ?? '',
      )
    const beyond = count(actual, expected)
    const missing = count(expected, actual)
    return users.map(({ name, groups }) => ({
      user: name,
      access: [...namespaces, ''].map((namespace): Access => {
        const role = groups.find(({ group }) => group === namespace)?.role
        return {
          ...defined({ role }),
          beyond: beyond.get(namespace)?.length ?? 0,
          missing: missing.get(namespace)?.length ?? 0,
        }
      }),
    }))
  })
  return { places: [...namespaces, WHOLE_CLUSTER], rows }
}

/** The use of every quota in the namespaces of the groups in the selection. */
const quotaUseOf = (scene: Scene): QuotaUse[] =>
  quotaUse(scene.items(RESOURCE_QUOTA), new Set(scene.groups.map(({ name }) => name)))

/** What an audit tells beside its findings. */
export const TABLES: Tables = {
  kinds: [...MATRIX_KINDS, RESOURCE_QUOTA],
  access: accessOf,
  quotas: quotaUseOf,
  computed: cellsOf,
}
