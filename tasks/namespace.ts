// A group's namespace, with Arena's label for jobs that only their owner may see in Arena.
import { z } from 'zod'
import { NAMESPACE, objectType } from '../lib/resource.ts'

/** Arena filters its own lists by it (pkg/apis/config, v0.15.5); kubectl does not know it. */
const ISOLATE = 'arena.kubeflow.org/isolate-user'

export const namespace = objectType({
  name: 'namespace',
  kind: NAMESPACE,
  schema: z.strictObject({
    name: z.string(),
    /** `own`: Arena shows each user only his own jobs. */
    jobs: z.enum(['shared', 'own']).default('shared'),
  }),
  build: ({ name, jobs }) => ({
    metadata: { name, labels: { [ISOLATE]: jobs === 'own' ? 'true' : null } },
  }),
  protect: true,
})
