import type { ApiResource } from '../../lib/check.ts'

/** A resource with namespaces that the API serves. */
export const served = (group: string, resource: string, kind: string): ApiResource => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
})
