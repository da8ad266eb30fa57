import * as z from 'zod'
import { orUndefined } from '../../base/errors.ts'

const name = z.string().max(300)

/** A line that a probe printed in a container. */
const line = z.discriminatedUnion('probe', [
  z.object({
    probe: z.literal('volume'),
    name,
    mode: name,
    uid: z.number(),
    gid: z.number(),
    written: z.boolean(),
    empty: z.boolean(),
    /** The volumes that this inventory has marked it as. */
    marks: z.array(name).max(1000),
  }),
  z.object({ probe: z.literal('mark'), name }),
  z.object({ probe: z.literal('seen'), name, files: z.array(name).max(1000) }),
  z.object({
    probe: z.literal('call'),
    id: name,
    got: z.enum(['reached', 'stopped', 'unresolved', 'untried']),
  }),
  z.object({ probe: z.literal('limits'), memory: z.number(), millicpu: z.number() }),
  z.object({
    probe: z.literal('itself'),
    uid: z.number(),
    gid: z.number(),
    token: z.boolean(),
    gpus: z.number(),
  }),
  z.object({ probe: z.literal('end'), listening: z.boolean() }),
])
type Line = z.output<typeof line>

/** What the probes of one job said. */
export interface Told {
  kind: 'told'
  lines: readonly Line[]
  /** Whether the last line came: without it, what is missing was not looked at. */
  whole: boolean
}

/** All lines of a kind. */
export const linesTold = <P extends Line['probe']>(
  { lines }: Told,
  probe: P,
): Extract<Line, { probe: P }>[] =>
  lines.filter((one): one is Extract<Line, { probe: P }> => one.probe === probe)

/** Lines about volumes by their names. */
export const byName = <L extends { name: string }>(lines: readonly L[]): ReadonlyMap<string, L> =>
  new Map(lines.map((one) => [one.name, one]))

/** What a log holds of this trial; everything else in it is passed over. */
export const readLog = (text: string, run: string): Told => {
  const lines = text.split('\n').flatMap((said) => {
    const at = said.indexOf(`{"verify":"${run}",`)
    if (at === -1) return []
    return line.safeParse(orUndefined(() => JSON.parse(said.slice(at)))).data ?? []
  })
  return { kind: 'told', lines, whole: lines.some(({ probe }) => probe === 'end') }
}
