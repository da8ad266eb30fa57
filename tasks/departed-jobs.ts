// What somebody who left runs in the cluster: stopped, or left to their group, as the admin says.
import * as z from 'zod'
import {
  claimingOf,
  counted,
  deletion,
  type Estate,
  estateOf,
  KEEP,
  kindsOf,
  MADE_BY_LABEL,
  namedFor,
  POD,
  type PodObject,
  refuse,
  resourceType,
  type Step,
  type Work,
} from '../lib/task.ts'

const names = z.array(z.string()).readonly()

const schema = z.strictObject({
  user: z.string(),
  people: names,
  namespaces: names,
  identities: z.string(),
  groups: names,
  kinds: names,
  /** What becomes of what they run; undefined while nobody has said it. */
  fate: z.enum(['stop', 'keep']).optional(),
})

export const departedJobs = resourceType<typeof schema, Estate>({
  kind: 'departed-jobs',
  on: 'cluster',
  schema,
  id: ({ user }) => user,

  observe: (wants) => ({
    kinds: [...new Set(wants.flatMap(kindsOf))],
    read: (answers) => ({ find: (want) => estateOf(want, (kind) => answers.items(kind)) }),
  }),

  plan({ user, fate }, estate) {
    const { theirs, untold, ending } = estate!
    const warnings = [...tellUntold(untold), ...(fate === 'keep' ? tellKept(user, theirs) : [])]
    const also = warnings.length > 0 && { warnings }
    const diffs = theirs.map(({ kind, object: { metadata } }) => ({
      field: kind.kind,
      from: `${metadata.namespace}/${metadata.name}`,
    }))
    if (theirs.length > 0 && fate === undefined)
      return {
        ...refuse(
          `${user} still has ${counted(theirs.length, 'thing')} in the cluster`,
          'say what becomes of them: --jobs stop, or --jobs keep to leave them to the group',
          diffs,
        ),
        ...also,
      }
    const steps =
      fate === 'stop' ? [...theirs, ...ending.filter(isEndless)].flatMap(stop) : theirs.flatMap(leave)
    if (steps.length === 0) return { ...KEEP, ...also }
    if (fate !== 'stop')
      return {
        op: 'update',
        diffs: diffs.map((diff) => ({ ...diff, to: 'left to the group' })),
        steps,
        ...also,
      }
    return { op: 'remove', reason: `made by ${user}, who leaves`, diffs, steps, ...also }
  },
})

/** In seconds: what a pod gets where it says nothing. */
const GRACE = 30

/** A thing, then what would make its pods again, then the pods that would take their time. */
const stop = ({ kind, object, below }: Work): Step[] => {
  const things = [{ kind, object }, ...below.filter((thing) => thing.kind !== POD || isSlow(thing.object))]
  return things.flatMap((thing) =>
    deletion(thing.kind, { ...thing.object.metadata, resourceVersion: undefined! }).steps.map((step) =>
      thing.kind === POD ? ({ ...step, grace: GRACE } as Step) : step,
    ),
  )
}

const isSlow = ({ spec }: PodObject): boolean => (spec?.terminationGracePeriodSeconds ?? 0) > GRACE

/** A pod of theirs that was told to end in a year. */
const isEndless = ({ kind, object: { metadata }, isTheirs }: Work): boolean =>
  isTheirs && kind === POD && (metadata.deletionGracePeriodSeconds ?? 0) > GRACE

/** Only whoever made a thing may change some of them: those become the group's. */
const leave = ({ kind, object: { metadata } }: Work): Step[] => {
  if (metadata.labels?.[MADE_BY_LABEL] === undefined) return []
  const { name, namespace, uid } = metadata
  const made = { name, namespace: namespace!, uid: uid!, labels: { [MADE_BY_LABEL]: '' } }
  return [{ do: 'apply', kind, object: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: made } }]
}

const tellKept = (user: string, theirs: readonly Work[]): string[] =>
  theirs.length === 0
    ? []
    : [`things of ${user} that stay: ${theirs.map((work) => namedFor(work).name).join(', ')}`]

/** So many are named, with what to do about each. */
const SHOWN = 20

const tellUntold = (untold: readonly Work[]): string[] => [
  ...untold.slice(0, SHOWN).map((work) => `cannot tell whose ${namedFor(work).name} is: ${claimingOf(work)}`),
  ...(untold.length > SHOWN ? [`cannot tell whose ${untold.length - SHOWN} more things are`] : []),
]
