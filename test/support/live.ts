import type { Kind, KubeObject } from '../../lib/kube/object.ts'
import { ownership } from '../../lib/resource/object-type.ts'
import type { Belongs } from '../../lib/resource/type.ts'
import { OWNER } from './cases.ts'

/** An object as the API gives it back: ours, unless its labels say otherwise. */
export const live = (
  { apiVersion, kind, fieldSelector }: Kind,
  id: string,
  content: Record<string, unknown> = {},
  { belongs = {}, ...metadata }: { belongs?: Belongs; [field: string]: unknown } = {},
): KubeObject => {
  const [name, namespace] = id.split('/').reverse() as [string, string | undefined]
  const [, type] = /^type=(.+)/.exec(fieldSelector ?? '') ?? []
  return {
    apiVersion,
    kind,
    ...(kind === 'Secret' && type !== undefined && { type }),
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: `uid-${id}`,
      resourceVersion: '7',
      labels: ownership(OWNER, belongs),
      managedFields: [{ manager: 'arena-playbooks', operation: 'Apply' }],
      ...metadata,
    },
    ...content,
  } as KubeObject
}
