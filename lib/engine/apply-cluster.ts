import type { LimitFunction } from 'p-limit'
import { defined } from '../base/defined.ts'
import { AutomationError } from '../base/errors.ts'
import type { KubeConnection, Reach } from '../connect/connection.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Step } from '../resource/type.ts'
import type { Settler } from './await-ready.ts'
import type { RunEvent } from './events.ts'
import { DONE, type Outcome, outcomeOfError, STOPPED } from './outcome.ts'
import { type Action, actionName } from './plan.ts'
import type { Values } from './values.ts'
import { vanished } from './vanish.ts'

export interface ClusterInput {
  reach: Reach
  settler(): Promise<Settler>
  values: Values
  /** How long controllers may take for one object, in seconds. */
  patience: number
  /** No new work once this aborts. */
  stop: AbortSignal
  /** Work in flight is broken off when this aborts. */
  abort: AbortSignal
  emit(event: RunEvent): void
}

/**
 * Makes one change in the cluster and waits until controllers have done their part; keeps the value it yields. `limit`
 * holds back requests, not the waiting for controllers.
 */
export const performChange = async (
  action: Action,
  input: ClusterInput,
  limit: LimitFunction,
): Promise<Outcome> => {
  const { resource, type, key } = action
  try {
    const sent = await limit(async () =>
      input.stop.aborted ? undefined : { object: await send(action, input) },
    )
    if (sent === undefined) return STOPPED
    if (resource === undefined || sent.object === undefined || type.live === undefined) return DONE
    const { kind, settled, value } = type.live
    const state = (object: KubeObject): true | string => settled(resource.want, object)
    const object =
      state(sent.object) === true
        ? sent.object
        : await (await input.settler()).settled(kind, sent.object, state, input.patience)
    input.values.set(key, value(resource.want, object))
    return DONE
  } catch (error) {
    return outcomeOfError(error, actionName(action))
  }
}

const send = async (
  action: Action,
  { reach, abort, stop, patience, emit }: ClusterInput,
): Promise<KubeObject | undefined> => {
  emit({ type: 'change:start', action })
  const kube = await reach.cluster()
  let object: KubeObject | undefined
  for (const step of action.change.steps)
    if (step.do === 'vanish')
      await vanished(kube, step.ref, { seconds: patience, signal: AbortSignal.any([abort, stop]) })
    else object = await request(step, kube, abort)
  return object
}

const request = async (
  step: Step,
  kube: KubeConnection,
  signal: AbortSignal,
): Promise<KubeObject | undefined> => {
  switch (step.do) {
    case 'apply':
    case 'replace':
    case 'create':
      return kube[step.do](step.kind, step.object, { signal })
    case 'await':
      return step.object
    case 'delete':
      await kube.remove(step.ref, { signal, ...defined({ grace: step.grace }) })
      return undefined
    default:
      throw new AutomationError({ code: 'bug', message: `a cluster cannot ${step.do}` })
  }
}
