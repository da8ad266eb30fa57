// Tells which kinds of job an inventory lets groups submit and the cluster does not have; it changes nothing.
import * as z from 'zod'
import { keeping, resourceType } from '../lib/task.ts'

export const missingJobKinds = resourceType({
  kind: 'missing-job-kinds',
  on: 'cluster',
  schema: z.strictObject({
    kinds: z.array(
      z.strictObject({
        name: z.string(),
        /** As `rayjobs.ray.io`. */
        resource: z.string(),
        command: z.string(),
        operator: z.string(),
      }),
    ),
  }),
  id: () => 'groups',

  observe: () => ({ read: () => ({ find: () => undefined }) }),

  plan({ kinds }, _, { serves }) {
    return keeping(
      kinds
        .filter(({ resource }) => !serves(resource))
        .map(
          ({ name, resource, command, operator }) =>
            `the cluster has no ${resource}, which jobs.kinds allows as ${name}, so \`${command}\` fails: install ` +
            `what runs it (${operator}), or take ${name} out`,
        ),
    )
  },
})
