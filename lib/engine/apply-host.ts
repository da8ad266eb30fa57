import { basename } from 'node:path'
import { AutomationError, isAutomationError } from '../base/errors.ts'
import { untrusted } from '../base/printable.ts'
import type { Script } from '../base/shell.ts'
import type { Frame, FrameResult, HostConnection } from '../connect/connection.ts'
import type { AtOnce, Item } from '../resource/type.ts'
import { DONE, type Outcome, outcomeOfError, skippedAfter } from './outcome.ts'
import { type Action, actionName } from './plan.ts'

export interface BatchInput {
  connection(): Promise<HostConnection>
  /** Local copies of what is uploaded, by where it comes from. */
  files: ReadonlyMap<string, string>
  signal: AbortSignal
  /** Called once for each action, as soon as its outcome is known. */
  end(action: Action, outcome: Outcome): void
  /** Called as the bytes of a file go out. */
  sent(action: Action, file: string, sent: number, of: number): void
}

/**
 * Makes changes on one host in one exec, in their order, after one exec for each file that they bring. A change whose
 * need within the batch did not succeed is skipped.
 */
export const performBatch = async (
  on: string,
  actions: readonly Action[],
  { connection, files, signal, end, sent }: BatchInput,
): Promise<void> => {
  const ended = new Map<string, Outcome>()
  const byKey = new Map(actions.map((action) => [action.key, action]))
  const finish = (action: Action, outcome: Outcome): void => {
    ended.set(action.key, outcome)
    end(action, outcome)
  }
  try {
    const host = await connection()
    const running: Action[] = []
    const fetched = new Map(actions.map((action) => [action, fetchSecrets(action)]))
    for (const action of actions) {
      const hindered =
        skippedFor(action, ended, byKey) ??
        (await upload(action, host, { files, signal, sent })) ??
        (await fetched.get(action))
      if (hindered === undefined) running.push(action)
      else finish(action, hindered)
    }
    await runFrames(running, host, finish, signal)
  } catch (error) {
    for (const action of actions) if (!ended.has(action.key)) finish(action, outcomeOfError(error, on))
  }
}

/** Why an action is skipped after one that it needs has ended otherwise than done. */
export const skippedFor = (
  { needs }: Action,
  ended: ReadonlyMap<string, Outcome>,
  actions: ReadonlyMap<string, Action>,
): Outcome | undefined => {
  const key = needs.find((need) => ended.has(need))
  if (key === undefined) return undefined
  return skippedAfter(actionName(actions.get(key)!), ended.get(key)!)
}

/** One script of a change. */
interface Part {
  id: string
  action: Action
  script: Script
  /** How it can be done for many at once. */
  among: Item | undefined
  /** The one before it in the same change. */
  after: Part | undefined
  isLast: boolean
}

const runFrames = async (
  actions: readonly Action[],
  connection: HostConnection,
  end: (action: Action, outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> => {
  const parts = new Map(actions.flatMap(partsOf).map((part) => [part.id, part]))
  const pending = new Set(actions)
  const onFrame = (id: string, result: FrameResult): void => {
    const part = parts.get(id)
    if (part === undefined || !pending.has(part.action)) return
    const { action, isLast } = part
    const outcome = outcomeOf(action, result, parts)
    if (outcome.state === 'done' && !isLast) return
    pending.delete(action)
    end(action, outcome)
  }
  await connection.run(framesOf([...parts.values()]), { signal, onFrame, changes: true })
}

const partsOf = (action: Action): Part[] => {
  const scripts = scriptsOf(action)
  let after: Part | undefined
  return scripts.map(({ script, among }, index) => {
    const isLast = index === scripts.length - 1
    after = { id: `${action.key}#${index}`, action, script, among, after, isLast }
    return after
  })
}

const scriptsOf = ({ change: { steps } }: Action) => steps.filter((step) => step.do === 'run')

/** What a change must hold and cannot have is the failure of that change, not of the whole batch. */
const fetchSecrets = async (action: Action): Promise<Outcome | undefined> => {
  try {
    await Promise.all(scriptsOf(action).flatMap(({ script }) => script.secrets.map((one) => one.fetch())))
    return undefined
  } catch (error) {
    return outcomeOfError(error, actionName(action))
  }
}

/** Brings a change's files; only a file that cannot be brought has an outcome already. */
const upload = async (
  action: Action,
  connection: HostConnection,
  { files, signal, sent }: Pick<BatchInput, 'files' | 'signal' | 'sent'>,
): Promise<Outcome | undefined> => {
  try {
    for (const step of action.change.steps) {
      if (step.do !== 'upload') continue
      const told = (bytes: number, of: number) => sent(action, basename(step.from), bytes, of)
      await connection.upload(files.get(step.from) ?? step.from, step.to, signal, told)
    }
    return undefined
  } catch (error) {
    if (isAutomationError(error) && error.code === 'command') return outcomeOfError(error, actionName(action))
    throw error
  }
}

/** What many have in common comes before the first of them, and does what it can for all. */
const framesOf = (parts: readonly Part[]): Frame[] => {
  const last = new Map(parts.flatMap(({ id, action, isLast }) => (isLast ? [[action.key, id]] : [])))
  const needsOf = (action: Action): string[] => action.needs.flatMap((key) => last.get(key) ?? [])
  const crowds = crowdsOf(parts, needsOf)
  return parts.flatMap(({ id, action, script, after, among }): Frame[] => {
    const crowd = among && crowds.get(among.by)
    const frame = {
      id,
      title: action.id,
      script,
      needs: after === undefined ? needsOf(action) : [after.id],
    }
    if (crowd === undefined) return [frame]
    const unless = { told: among!.name, by: crowd.frame.id }
    return [...(crowd.first === id ? [crowd.frame] : []), { ...frame, unless }]
  })
}

interface Crowd {
  /** Id of the first part of it. */
  first: string
  frame: Frame
}

/** Parts that are done together, where there are enough. */
const crowdsOf = (parts: readonly Part[], needsOf: (action: Action) => string[]): Map<AtOnce, Crowd> => {
  const able = parts.flatMap(({ id, action, among }) => (among ? [{ id, action, ...among }] : []))
  return new Map(
    [...Map.groupBy(able, ({ by }) => by)]
      .filter(([{ least }, of]) => of.length >= least)
      .map(([by, of]): [AtOnce, Crowd] => {
        const title = `${by.title} (${of.length})`
        const items = of.map(({ item, action }) => ({ line: item, needs: needsOf(action) }))
        return [by, { first: of[0]!.id, frame: { id: title, title, script: by.script, items } }]
      }),
  )
}

const outcomeOf = (action: Action, result: FrameResult, parts: ReadonlyMap<string, Part>): Outcome => {
  if (result.state === 'skipped')
    return { state: 'skipped', reason: `needs ${actionName(parts.get(result.needs)!.action)}` }
  if (result.code === 0) return DONE
  const raw = `${result.stderr}\n${result.stdout.toString('utf8')}`
  const said = untrusted(raw)
  return {
    state: 'failed',
    error: new AutomationError({
      code: 'command',
      subject: actionName(action),
      message: `exit status ${result.code}${said === '' ? '' : `: ${said}`}`,
      hint: /cannot lock \/etc\//.test(raw)
        ? 'see whether /etc is mounted read-only there, or a program holds the accounts: lsof ' +
          '/etc/.pwd.lock; then run again'
        : 'mend what it says and run again: what was done stays, what is missing is done then',
      status: result.code,
    }),
  }
}
