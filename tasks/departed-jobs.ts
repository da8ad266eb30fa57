// The jobs of somebody who left: stopped, or left to their group, as the admin says.
import { z } from 'zod'
import {
  arenaJobLabel,
  deletion,
  JOBS,
  KEEP,
  type KubeObject,
  refuse,
  resourceType,
} from '../lib/resource.ts'

const schema = z.strictObject({
  user: z.string(),
  /** Service accounts that he may have submitted them with. */
  identities: z.array(z.strictObject({ namespace: z.string(), name: z.string() })),
  /** What becomes of those that are not done; undefined while nobody has said it. */
  fate: z.enum(['stop', 'keep']).optional(),
})

type Job = KubeObject & { status?: { conditions?: { type: string; status: string }[] } }

export const departedJobs = resourceType<typeof schema, readonly Job[]>({
  kind: 'departed-jobs',
  on: 'cluster',
  schema,
  id: ({ user }) => user,

  observe: () => ({
    kinds: JOBS,
    read: (answers) => ({
      find({ identities }) {
        const labels = new Set(identities.map(({ namespace, name }) => arenaJobLabel(namespace, name)))
        return JOBS.flatMap((kind) => answers.items(kind) as Job[]).filter((job) =>
          Object.entries(job.metadata.labels ?? {}).some(([key, value]) => labels.has(`${key}=${value}`)),
        )
      },
    }),
  }),

  plan({ user, fate }, jobs = []) {
    const going = jobs.filter((job) => !isDone(job))
    if (going.length === 0) return KEEP
    const diffs = going.map((job) => ({
      field: job.kind,
      from: `${job.metadata.namespace}/${job.metadata.name}`,
    }))
    if (fate === 'keep')
      return {
        ...KEEP,
        warnings: [`${going.length} jobs of ${user} go on: ${diffs.map(({ from }) => from).join(', ')}`],
      }
    if (fate === undefined)
      return refuse(
        `${going.length} of his jobs are not done`,
        'say what becomes of them: --jobs stop, or --jobs keep to leave them to the group',
        diffs,
      )
    return {
      op: 'remove',
      reason: `${user} has left`,
      diffs,
      steps: going.flatMap(
        (job) => deletion(kindOf(job), { ...job.metadata, resourceVersion: undefined! }).steps,
      ),
    }
  },
})

const kindOf = ({ apiVersion, kind }: KubeObject) =>
  JOBS.find((one) => one.apiVersion === apiVersion && one.kind === kind)!

/** Done jobs use nothing; Kubernetes lets them lie until somebody deletes them. */
const isDone = ({ status }: Job): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status: now }) => (type === 'Succeeded' || type === 'Failed') && now === 'True',
  )
