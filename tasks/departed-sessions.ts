// Nothing of somebody who left runs on a machine, and nothing would start again.
import * as z from 'zod'
import {
  endScript,
  type FieldDiff,
  KEEP,
  type Lively,
  LOGIN_NAME,
  livelyProbe,
  readLively,
  resourceType,
} from '../lib/task.ts'

const schema = z.strictObject({ name: z.string().regex(LOGIN_NAME), uid: z.int().min(1) })

export const departedSessions = resourceType<typeof schema, Lively>({
  kind: 'departed-sessions',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants) => ({
    probes: [livelyProbe(wants)],
    read: (answers) => ({ find: readLively(answers) }),
  }),

  plan(want, lively) {
    const { processes, starters } = lively!
    const diffs: FieldDiff[] = [
      ...processes.map((from) => ({ field: 'process', from })),
      ...starters.map((from) => ({ field: 'starts as the user', from })),
    ]
    if (diffs.length === 0) return KEEP
    return {
      op: 'remove',
      reason: `${want.name} has left`,
      diffs,
      steps: [{ do: 'run', script: endScript(want) }],
    }
  },
})
