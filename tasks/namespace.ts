// A namespace, with Arena's label for jobs that only their owner may see there, the level of Pod Security, and the devices of its group.
import { z } from 'zod'
import { DEVICES_ANNOTATION, isSetByUs, NAMESPACE, objectType } from '../lib/resource.ts'

/** Arena filters its own lists by it (pkg/apis/config, v0.15.5); kubectl does not know it. */
const ISOLATE = 'arena.kubeflow.org/isolate-user'

/** What Kubernetes itself refuses of pods there. */
const ENFORCE = 'pod-security.kubernetes.io/enforce'

export const namespace = objectType({
  name: 'namespace',
  kind: NAMESPACE,
  schema: z.strictObject({
    name: z.string(),
    /** `own`: Arena shows each user only his own jobs. */
    jobs: z.enum(['shared', 'own']).default('shared'),
    /** Without it the level is whatever somebody else has set. */
    podSecurity: z.enum(['baseline', 'restricted']).exactOptional(),
    /** Names of devices that pods there may ask for, where a policy holds them to that. */
    devices: z.array(z.string()).default([]),
  }),
  build: ({ name, jobs, podSecurity, devices }) => ({
    metadata: {
      name,
      labels: { [ISOLATE]: jobs === 'own' ? 'true' : null, ...(podSecurity && { [ENFORCE]: podSecurity }) },
      annotations: { [DEVICES_ANNOTATION]: devices.length === 0 ? null : devices.toSorted().join(' ') },
    },
  }),
  mend({ podSecurity }, live) {
    if (podSecurity !== undefined || !isSetByUs(live, 'metadata', 'labels', ENFORCE)) return undefined
    const from = live.metadata.labels?.[ENFORCE]
    return {
      diffs: [{ field: `metadata.labels.${ENFORCE}`, from }],
      want: { metadata: { labels: { [ENFORCE]: null } } },
    }
  },
  protect: true,
})
