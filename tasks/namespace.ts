// A namespace, with Arena's label for jobs of their owner only, its level of Pod Security, and what its pods may.
import * as z from 'zod'
import {
  ARENA_ISOLATION,
  DEVICES_ANNOTATION,
  isSetByUs,
  NAMESPACE,
  objectType,
  podAnnotations,
} from '../lib/task.ts'

/** What Kubernetes itself refuses of pods there. */
const ENFORCE = 'pod-security.kubernetes.io/enforce'

export const namespace = objectType({
  name: 'namespace',
  kind: NAMESPACE,
  schema: z.strictObject({
    name: z.string(),
    /** `own`: Arena shows each user only their own jobs. */
    jobs: z.enum(['shared', 'own']).default('shared'),
    /** Without it the level is whatever somebody else has set. */
    podSecurity: z.enum(['baseline', 'restricted']).exactOptional(),
    /** Names of devices that pods there may ask for, where a policy holds them to that. */
    devices: z.array(z.string()).default([]),
    /** What else pods there may or must, where a policy holds them to that. */
    pods: z
      .strictObject({
        priorityClasses: z.array(z.string()).exactOptional(),
        imageVolumes: z.boolean().exactOptional(),
        hostUsers: z.boolean().exactOptional(),
      })
      .default({}),
  }),
  build: ({ name, jobs, podSecurity, devices, pods }) => ({
    metadata: {
      name,
      labels: {
        [ARENA_ISOLATION]: jobs === 'own' ? 'true' : null,
        ...(podSecurity && { [ENFORCE]: podSecurity }),
      },
      annotations: {
        [DEVICES_ANNOTATION]: devices.length === 0 ? null : devices.toSorted().join(' '),
        ...podAnnotations(pods),
      },
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
  protect: ({ metadata: { name } }) =>
    `remove-group --name ${name} --delete-namespace ${name} does, with its claims and jobs`,
})
