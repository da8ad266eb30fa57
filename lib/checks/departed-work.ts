// Proof that nothing of somebody who left goes on in the cluster.
import {
  type ApiResource,
  type AttemptTrial,
  advise,
  type Check,
  claimingOf,
  estateOf,
  type Finding,
  fail,
  type KubeObject,
  kindsOf,
  type Leaving,
  namedFor,
  pass,
  pathOf,
  unknownKinds,
  type Work,
} from '../check.ts'
import { apiResourceName } from './workloads.ts'

/** What must be so of what somebody made; `kept` is left to the group. */
export const departedWork = (leaving: Leaving, { kept }: { kept: boolean }): Check => ({
  id: 'L7',
  goal: 3,
  title: 'Nothing that they made goes on in the cluster, but what was left to the group',
  kinds: kindsOf(leaving),
  *trials(scene): Generator<Finding | AttemptTrial> {
    const { user } = leaving
    const { theirs, untold, ending } = estateOf(leaving, scene.items)
    for (const work of theirs)
      yield kept
        ? { verdict: 'pass', subjects: [user], says: 'leaves to the group', thing: namedFor(work).name }
        : fail(user, 'still has in the cluster', namedFor(work).name, `kubectl delete ${namedFor(work).args}`)
    for (const work of untold)
      yield {
        verdict: 'unknown',
        subjects: [user],
        says: "may have made what nobody's name is on",
        thing: namedFor(work).name,
        repair: advise(claimingOf(work)),
      }
    for (const kind of passedOver(leaving, scene.resources()))
      yield {
        verdict: 'unknown',
        subjects: [user],
        says: 'may have made things of a kind that is not looked at',
        thing: kind,
        repair: advise(`kubectl get ${kind} -A, and see whose they are`),
      }
    for (const work of ending) yield ended(user, work)
    if (theirs.length + untold.length === 0) yield pass(user, 'has nothing in the cluster that goes on')
  },
})

/** Kinds that a role lets users make and that nobody looks at, of those that are installed. */
const passedOver = (leaving: Leaving, served: readonly ApiResource[]): string[] => {
  const names = new Set(unknownKinds(leaving))
  const listed = served.filter(
    ({ subresource, verbs }) => subresource === undefined && verbs.includes('list'),
  )
  return [...new Set(listed.map(apiResourceName))].filter((name) => names.has(name))
}

/** What was told to end has a minute to be gone. */
const ended = (user: string, work: Work): AttemptTrial => {
  const { metadata } = work.object
  const { name: thing, args } = namedFor(work)
  return {
    ask: 'attempt',
    attempt: {
      as: { kind: 'admin' },
      do: 'read',
      read: pathOf(work.kind, metadata.namespace, metadata.name),
      until: 404,
    },
    judge(answer) {
      const isGone = answer.taken ? answer.object.metadata.uid !== metadata.uid : answer.status === 404
      if (isGone)
        return { verdict: 'pass', subjects: [user], says: 'had it, or may have had, and it has ended', thing }
      return {
        verdict: 'unknown',
        subjects: [user],
        says: `may have made what was told to end and goes on${answer.taken ? heldBy(answer.object) : ''}`,
        thing,
        repair: advise(`kubectl delete ${args} --grace-period=30, and see its finalizers`),
      }
    },
  }
}

const heldBy = ({ metadata }: KubeObject): string => {
  if ((metadata.finalizers ?? []).length > 0) return ', held by a finalizer'
  return metadata.deletionTimestamp === undefined ? '' : `, until ${metadata.deletionTimestamp}`
}
