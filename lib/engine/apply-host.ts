import { basename } from 'node:path'
import { AutomationError, isAutomationError } from '../base/errors.ts'
import { untrusted } from '../base/printable.ts'
import type { Frame, FrameResult, HostConnection } from '../connect/connection.ts'
import type { Target } from '../resource/type.ts'
import { DONE, type Outcome, outcomeOfError, skippedAfter } from './outcome.ts'
import type { Action } from './plan.ts'

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
        skippedFor(action, ended) ??
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
  { needs, on }: Action,
  ended: ReadonlyMap<string, Outcome>,
): Outcome | undefined => {
  const key = needs.find((need) => ended.has(need))
  if (key === undefined) return undefined
  return skippedAfter(nameOf(key, on), ended.get(key)!)
}

/** What people call an action of this host, by its key. */
const nameOf = (key: string, on: Target): string => `${key.slice(on.name.length + 1)} on ${on.name}`

const runFrames = async (
  actions: readonly Action[],
  connection: HostConnection,
  end: (action: Action, outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> => {
  const pending = new Map(actions.map((action) => [action.key, action]))
  const last = lastFrames(actions)
  const onFrame = (id: string, result: FrameResult): void => {
    const key = id.slice(0, id.lastIndexOf('#'))
    const action = pending.get(key)
    if (action === undefined) return
    const outcome = outcomeOf(action, result)
    if (outcome.state === 'done' && last.get(key) !== id) return
    pending.delete(key)
    end(action, outcome)
  }
  await connection.run(framesOf(actions, last), { signal, onFrame, changes: true })
}

const scriptsOf = ({ change: { steps } }: Action) => steps.filter((step) => step.do === 'run')

/** What a change must hold and cannot have is the failure of that change, not of the whole batch. */
const fetchSecrets = async (action: Action): Promise<Outcome | undefined> => {
  try {
    await Promise.all(scriptsOf(action).flatMap(({ script }) => script.secrets.map((one) => one.fetch())))
    return undefined
  } catch (error) {
    return outcomeOfError(error, `${action.id} on ${action.on.name}`)
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
    if (isAutomationError(error) && error.code === 'command')
      return outcomeOfError(error, `${action.id} on ${action.on.name}`)
    throw error
  }
}

const lastFrames = (actions: readonly Action[]): Map<string, string> =>
  new Map(actions.map((action) => [action.key, `${action.key}#${scriptsOf(action).length - 1}`]))

const framesOf = (actions: readonly Action[], last: ReadonlyMap<string, string>): Frame[] =>
  actions.flatMap((action) =>
    scriptsOf(action).map(({ script }, index) => ({
      id: `${action.key}#${index}`,
      title: action.id,
      script,
      needs:
        index === 0 ? action.needs.flatMap((key) => last.get(key) ?? []) : [`${action.key}#${index - 1}`],
    })),
  )

const outcomeOf = (action: Action, result: FrameResult): Outcome => {
  if (result.state === 'skipped')
    return {
      state: 'skipped',
      reason: `needs ${nameOf(result.needs.slice(0, result.needs.lastIndexOf('#')), action.on)}`,
    }
  if (result.code === 0) return DONE
  const raw = `${result.stderr}\n${result.stdout.toString('utf8')}`
  const said = untrusted(raw)
  return {
    state: 'failed',
    error: new AutomationError({
      code: 'command',
      subject: `${action.id} on ${action.on.name}`,
      message: `exit status ${result.code}${said === '' ? '' : `: ${said}`}`,
      hint: /cannot lock \/etc\//.test(raw)
        ? 'see whether /etc is mounted read-only there, or a program holds the accounts: lsof ' +
          '/etc/.pwd.lock; then run again'
        : 'mend what it says and run again: what was done stays, what is missing is done then',
      status: result.code,
    }),
  }
}
