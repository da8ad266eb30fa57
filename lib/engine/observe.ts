import { type AutomationError, asAutomationError } from '../base/errors.ts'
import { machineProbe } from '../linux/machine.ts'
import type { Answers, Question, ResourceType, Target, View } from '../resource/type.ts'
import { askAll, type Heard, type Reaching } from './ask.ts'

/** The wants of one type on a target. */
export interface WantsOfType {
  type: ResourceType
  wants: readonly unknown[]
}

/** What was seen on one target: a view for each type, or why the target could not be reached. */
export interface Sight extends Omit<Heard, 'answers'> {
  views: ReadonlyMap<ResourceType, View<unknown, unknown>>
  /** What the views were read from, for whoever wants to know more. */
  answers?: Answers
  /** Types of which the answers could not be read, although the target was reached. */
  unread?: ReadonlyMap<ResourceType, AutomationError>
}

/** Sees everything about some targets, in one round trip to each; in the order of the targets. */
export const observe = async (
  targets: readonly { on: Target; subjects: readonly WantsOfType[] }[],
  owner: string,
  options: Reaching,
): Promise<Sight[]> => {
  const asked = targets.map(({ on, subjects }) => ({
    on,
    types: subjects.map(({ type, wants }) => [type, type.observe(wants, owner)] as const),
  }))
  const heard = await askAll(
    asked.map(({ on, types }) => ({
      on,
      questions: [
        ...types.map(([, question]) => question),
        ...(on.type === 'host' ? [{ probes: [machineProbe] }] : []),
      ],
    })),
    options,
  )
  return asked.map(({ on, types }) => sightOf(types, heard.get(on.name)!))
}

/** What is seen of a target that did not answer. */
export const unsighted = (on: Target, failure: AutomationError): Sight => ({
  on,
  views: new Map(),
  versions: new Map(),
  failure,
})

type Asked = readonly (readonly [ResourceType, Question<unknown, unknown>])[]

const sightOf = (types: Asked, { on, answers, failure, versions }: Heard): Sight => {
  if (failure !== undefined) return unsighted(on, failure)
  const unread = new Map<ResourceType, AutomationError>()
  const views = types.map(
    ([type, question]) => [type, readView(on, type, question, answers, unread)] as const,
  )
  return { on, views: new Map(views), versions, unread, answers }
}

const readView = (
  on: Target,
  type: ResourceType,
  question: Question<unknown, unknown>,
  answers: Answers,
  unread: Map<ResourceType, AutomationError>,
): View<unknown, unknown> => {
  try {
    return question.read(answers)
  } catch (error) {
    const failure = asAutomationError(error, `${type.kind} on ${on.name}`)
    unread.set(type, failure)
    return {
      find() {
        throw failure
      },
    }
  }
}
