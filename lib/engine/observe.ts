import { AutomationError, asAutomationError } from '../base/errors.ts'
import { untrusted } from '../base/printable.ts'
import type { HostConnection, KubeConnection, Reach } from '../connect/connection.ts'
import type { Kind, KubeObject } from '../kube/object.ts'
import { equipmentProbe, requireEquipment } from '../linux/equipment.ts'
import { machineProbe } from '../linux/machine.ts'
import type { Answers, Question, ResourceType, Target, View } from '../resource/type.ts'

/** The types whose wants are asked about on one target. */
export interface Subject {
  on: Target
  type: ResourceType
  wants: readonly unknown[]
}

/** What was seen on one target: a view for each type, or why the target could not be reached. */
export interface Sight {
  on: Target
  views: ReadonlyMap<ResourceType, View<unknown, unknown>>
  /** resourceVersion of each LIST, from which a WATCH can go on. */
  versions: ReadonlyMap<Kind, string>
  /** What the views were read from, for whoever wants to know more. */
  answers?: Answers
  /** Types of which the answers could not be read, although the target was reached. */
  unread?: ReadonlyMap<ResourceType, AutomationError>
  failure?: AutomationError
}

/** Asks everything about one target in one round trip: one exec for a host, one LIST per kind for the cluster. */
export const observe = async (
  on: Target,
  subjects: readonly Subject[],
  owner: string,
  reach: Reach,
  signal: AbortSignal,
): Promise<Sight> => {
  const questions = subjects.map(({ type, wants }) => [type, type.observe(wants, owner)] as const)
  const versions = new Map<Kind, string>()
  try {
    const asked = questions.map(([, question]) => question)
    const answers =
      on.type === 'host'
        ? await askHost(on, [...asked, { probes: [machineProbe] }], await reach.host(on.name), signal)
        : await askCluster(on, asked, await reach.cluster(), signal, versions)
    const unread = new Map<ResourceType, AutomationError>()
    const views = questions.map(
      ([type, question]) => [type, readView(on, type, question, answers, unread)] as const,
    )
    return { on, views: new Map(views), versions, unread, answers }
  } catch (error) {
    return { on, views: new Map(), versions, failure: asAutomationError(error, on.name) }
  }
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

/** What a question looks at. */
type Asked = Pick<Question<unknown, unknown>, 'probes' | 'kinds' | 'programs'>

/** Runs every probe in one exec; throws where the machine lacks a program that is needed. */
export const askHost = async (
  on: Target,
  questions: readonly Asked[],
  connection: HostConnection,
  signal: AbortSignal,
): Promise<Answers> => {
  const needed = equipmentProbe(questions.flatMap(({ programs = [] }) => programs))
  const probes = new Map(
    [needed, ...questions.flatMap(({ probes = [] }) => probes)].map((probe) => [probe.id, probe]),
  )
  const results = await connection.run([...probes.values()], { signal })
  const bytes = (id: string): Buffer => {
    const result = results.get(id)
    if (result?.state === 'ran' && result.code === 0) return result.stdout
    const said =
      result?.state === 'ran' ? `exit status ${result.code}: ${untrusted(result.stderr)}` : 'no answer'
    throw new AutomationError({
      code: 'observe',
      subject: `${on.name} ${id}`,
      message: `could not be read (${said})`,
      hint: 'reading needs root: log in as root or set `sudo` for this host',
    })
  }
  const none = (): never => wrongTarget(on)
  const answers: Answers = { bytes, text: (id) => bytes(id).toString('utf8'), items: none, serves: none }
  requireEquipment(answers, on.name)
  return answers
}

/** LISTs every kind once; the resourceVersion of each goes into `versions`. */
export const askCluster = async (
  on: Target,
  questions: readonly Asked[],
  connection: KubeConnection,
  signal: AbortSignal,
  versions = new Map<Kind, string>(),
): Promise<Answers> => {
  const kinds = [...new Set(questions.flatMap(({ kinds = [] }) => kinds))]
  const lists = await Promise.all(kinds.map((kind) => listOrFailure(kind, connection, signal)))
  const found = new Map(kinds.map((kind, index) => [kind, lists[index]!]))
  for (const [kind, list] of found) if (!(list instanceof Error)) versions.set(kind, list.resourceVersion)
  const listed = (kind: Kind): Exclude<Listed, Error> => {
    const list = found.get(kind)
    if (list === undefined) return wrongTarget(on)
    if (list instanceof Error) throw list
    return list
  }
  return {
    items: (kind) => listed(kind).items,
    serves: (kind) => listed(kind).resourceVersion !== '',
    bytes: () => wrongTarget(on),
    text: () => wrongTarget(on),
  }
}

type Listed = { items: KubeObject[]; resourceVersion: string } | AutomationError

/** A kind that may not be read must not hide the others: the error stands in for the list. */
const listOrFailure = async (
  kind: Kind,
  connection: KubeConnection,
  signal: AbortSignal,
): Promise<Listed> => {
  try {
    return await connection.list(kind, signal)
  } catch (error) {
    const failure = asAutomationError(error, kind.plural)
    if (failure.code !== 'api' && failure.code !== 'observe') throw failure
    return failure
  }
}

const wrongTarget = (on: Target): never => {
  throw new AutomationError({
    code: 'bug',
    subject: on.name,
    message: `a task asked a ${on.type} for what it does not have`,
  })
}
