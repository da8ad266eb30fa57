import { isDeepStrictEqual } from 'node:util'
import pLimit from 'p-limit'
import { AutomationError, asAutomationError } from '../base/errors.ts'
import { remembered } from '../base/once-for.ts'
import { untrusted } from '../base/printable.ts'
import { type Script, sh } from '../base/shell.ts'
import type { KubeConnection, Reach } from '../connect/connection.ts'
import type { Kind, KubeObject } from '../kube/object.ts'
import { equipmentProbe, requireEquipment } from '../linux/equipment.ts'
import type { Answers, Probe, Question, Target } from '../resource/type.ts'

/** What a question looks at. */
type Asked = Pick<Question<unknown, unknown>, 'probes' | 'kinds' | 'programs'>

/** All that one target is asked. */
export interface Ask {
  on: Target
  questions: readonly Asked[]
}

/** What was heard from one target. */
export interface Heard {
  on: Target
  /** Each part throws why it could not be read; all of them do where the target did not answer. */
  answers: Answers
  /** Why the target did not answer. */
  failure?: AutomationError
  /** resourceVersion of each LIST, from which a WATCH can go on. */
  versions: ReadonlyMap<Kind, string>
}

/** How targets are reached. */
export interface Reaching {
  reach: Reach
  /** Machines that are asked at once. */
  forks: number
  signal: AbortSignal
  /** The cluster is asked once this is fulfilled. */
  machinesFirst?: Promise<void>
}

/**
 * Asks each target everything at once: one exec for a machine, one LIST per kind for the cluster. A target that does
 * not answer hides nothing of the others, and a part that cannot be read nothing of the rest. By the target's name.
 */
export const askAll = async (asks: readonly Ask[], reaching: Reaching): Promise<Map<string, Heard>> => {
  const limit = pLimit(reaching.forks)
  const heard = asks.map((ask) =>
    ask.on.type === 'cluster'
      ? heardFrom(ask, reaching, askCluster)
      : limit(() => heardFrom(ask, reaching, askHost)),
  )
  return new Map((await Promise.all(heard)).map((one) => [one.on.name, one]))
}

/** The answers of a target; undefined where it is unreachable. Throws why else there are none. */
export const reached = ({ answers, failure }: Heard): Answers | undefined => {
  if (failure !== undefined && !failure.lost) throw failure
  return failure === undefined ? answers : undefined
}

type Asking = (ask: Ask, reaching: Reaching) => Promise<Omit<Heard, 'on'>>

const heardFrom = async (ask: Ask, reaching: Reaching, asking: Asking): Promise<Heard> => {
  const { on } = ask
  try {
    return { on, ...(await asking(ask, reaching)) }
  } catch (error) {
    const failure = asAutomationError(error, on.name)
    const none = (): never => {
      throw failure
    }
    const answers: Answers = { bytes: none, text: none, items: none, serves: none }
    return { on, answers, failure, versions: new Map() }
  }
}

/** Runs every probe in one exec; throws where the machine lacks a program that is needed. */
const askHost: Asking = async ({ on, questions }, { reach, signal }) => {
  const connection = await reach.host(on.name)
  const needed = equipmentProbe(questions.flatMap(({ programs = [] }) => programs))
  const probes = byId([needed, ...questions.flatMap(({ probes = [] }) => probes)], on.name)
  // Two that ask the same under different ids have one answer.
  const alike = [...Map.groupBy(probes.values(), ({ script }) => String(script)).values()]
  const results = await connection.run(
    alike.map((of) => ({ id: of[0]!.id, script: askedScript(of) })),
    { signal },
  )
  const answeredAs = new Map(alike.flatMap((of) => of.map(({ id }) => [id, of[0]!.id])))
  // One object for all who ask, so that what is read of it is read once.
  const partIn = remembered((printed: Buffer) => remembered((part: Probe['part']) => partOf(printed, part)))
  const bytes = (id: string): Buffer => {
    const result = results.get(answeredAs.get(id) ?? id)
    if (result?.state === 'ran' && result.code === 0) return partIn(result.stdout)(probes.get(id)?.part)
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
  return { answers, versions: new Map() }
}

/** The script of probes that share it, about all that they are about. */
export const askedScript = (probes: readonly Pick<Probe, 'script' | 'about'>[]): Script => {
  const { script, about } = probes[0]!
  const all = new Set(probes.flatMap((probe) => probe.about ?? []))
  return about === undefined ? script : sh`about=${[...all].join('\n')}\n${script}`
}

const partOf = (printed: Buffer, part: Probe['part']): Buffer => {
  if (part === undefined) return printed
  const found = printed.indexOf(0)
  const at = found === -1 ? printed.length : found
  return part === 'before NUL' ? printed.subarray(0, at) : printed.subarray(at + 1)
}

/** Each probe once; what two questions ask under one id is the same, or one of them would read the other's answer. */
const byId = (probes: readonly Probe[], subject: string): Map<string, Probe> => {
  const all = new Map<string, Probe>()
  for (const probe of probes) {
    const first = all.get(probe.id) ?? probe
    if (first !== probe && !isDeepStrictEqual(first, probe))
      throw new AutomationError({
        code: 'bug',
        subject,
        message: `two questions ask different things as ${probe.id}`,
      })
    all.set(probe.id, first)
  }
  return all
}

/** LISTs every kind once. */
const askCluster: Asking = async ({ on, questions }, { reach, signal, machinesFirst }) => {
  await machinesFirst
  const connection = await reach.cluster()
  const kinds = [...new Set(questions.flatMap(({ kinds = [] }) => kinds))]
  const lists = new Map(
    await Promise.all(
      kinds.map(async (kind) => [kind, await listOrFailure(kind, connection, signal)] as const),
    ),
  )
  const listed = (kind: Kind): Exclude<Listed, Error> => {
    const list = lists.get(kind)
    if (list === undefined) return wrongTarget(on)
    if (list instanceof Error) throw list
    return list
  }
  const none = (): never => wrongTarget(on)
  return {
    answers: {
      items: (kind) => listed(kind).items,
      serves: (kind) => listed(kind).resourceVersion !== '',
      bytes: none,
      text: none,
    },
    versions: new Map(
      [...lists].flatMap(([kind, list]) => (list instanceof Error ? [] : [[kind, list.resourceVersion]])),
    ),
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
