import { defined } from '../base/defined.ts'
import { type AutomationError, asAutomationError } from '../base/errors.ts'
import {
  type Belongs,
  type Change,
  KEEP,
  keyOf,
  type Looking,
  type Resource,
  type ResourceType,
  type Step,
  type Stray,
  type Target,
} from '../resource/type.ts'
import { withNeeds } from './graph.ts'
import { inTurn, type Turn } from './in-turn.ts'
import type { Sight } from './observe.ts'
import { type Selection, selects } from './select.ts'
import type { Values } from './values.ts'

/** Why nothing is planned for something that is in the selection. */
export type Hindrance =
  | { because: 'unreachable' | 'unknown'; error: AutomationError }
  | { because: 'needs'; needs: string; lacks: Lack }

/** What is the matter with something that another thing needs. */
export type Lack = 'unreachable' | 'unknown' | 'refused' | 'outside'

/** The same after `which`. */
export const LACKS: Record<Lack, string> = {
  unreachable: 'is unreachable',
  unknown: 'is unknown',
  refused: 'is refused',
  outside: 'is absent and outside the selection',
}

/** One line of a plan: a change to make, or to leave because something hinders it. */
export interface Action extends Turn {
  step: string
  belongs: Belongs
  type: ResourceType
  /** Absent for something that is only taken away. */
  resource?: Resource
  pruned?: true
  hindrance?: Hindrance
}

/** What people call an action. */
export const actionName = ({ id, on }: Pick<Action, 'id' | 'on'>): string => `${id} on ${on.name}`

/** Something of ours that the inventory no longer names and that this run leaves. */
export interface Leftover {
  id: string
  on: Target
  belongs: Belongs
  access?: string
  /** Whether it is for the members of a group of the inventory, and only stays because data hangs on it. */
  forMembers?: true
  /** What would take it away. */
  cure: string
}

export interface Plan {
  actions: readonly Action[]
  leftovers: readonly Leftover[]
  /** Live things of ours by kind, against which `--prune` is capped. */
  owned: ReadonlyMap<string, number>
}

/** Whom the inventory names: what they should not have is drift, what belongs to others is a leftover. */
export interface Listed {
  users: ReadonlySet<string>
  groups: ReadonlySet<string>
  retired: ReadonlySet<string>
  /** Groups among these that go with this run. */
  leaving?: ReadonlySet<string>
  /** Things that stay and are meant, such as `claim/dev1/models`. */
  trusted?: ReadonlySet<string>
}

export interface PlanInput {
  looking: Looking
  /** In the order of their needs. */
  resources: readonly Resource[]
  selection: Selection
  sights: ReadonlyMap<string, Sight>
  listed: Listed
  prune: boolean
  /** Filled with what is known already; the rest is promised. */
  values: Values
}

/** Every change of a run, computed from what was seen, before anything moves. */
export const plan = (input: PlanInput): Plan => {
  const { resources, selection } = input
  const selected = resources.filter((resource) => selects(selection, resource))
  const planned = takingTurns(planResources(input, withNeeds(selected)), selection)
  const actions = selected.map((resource) => hindered(planned.get(resource.key)!, planned, selection))
  const strays = findStrays(input)
  const removals = strays
    .filter(
      ({ stray, removal, waits, type }) =>
        stray.change.op === 'remove' && (removal || (input.prune && (!waits || seesAll(type, selection)))),
    )
    .map((found) => removalOf(found, actions))
  const removed = new Set(removals.map(({ key }) => key))
  const made = actions.filter(({ hindrance }) => hindrance === undefined)
  const emptied = new Set(made.flatMap(({ change: { empties = [] } }) => empties))
  const shut = new Set(
    made.flatMap(({ on, change: { shuts } }) => (shuts === undefined ? [] : keyOf(on, shuts))),
  )
  return {
    actions: [...actions, ...removals],
    leftovers: strays
      .filter((found) => {
        const { key } = found
        return !removed.has(key) && !shut.has(key) && !emptied.has(namespaceOf(found))
      })
      .map((found) => leftoverOf(found, input.listed)),
    owned: countOwned(planned.values(), strays),
  }
}

const leftoverOf = ({ on, type, removal, stray }: FoundStray, { leaving, trusted }: Listed): Leftover => {
  const { belongs, change } = stray
  const id = `${type.kind}/${stray.id}`
  const access = trusted?.has(id) ? undefined : stray.access
  const [group] = belongs.groups ?? []
  const forMembers = removal && belongs.user === undefined && group !== undefined && !leaving?.has(group)
  return {
    id,
    on,
    belongs,
    ...defined({ access }),
    ...(forMembers && { forMembers }),
    cure: cureOf(change, removal),
  }
}

const planResources = (input: PlanInput, wanted: ReadonlySet<Resource>): Map<string, Action> => {
  const planned = new Map<string, Action>()
  for (const resource of input.resources) {
    if (!wanted.has(resource)) continue
    const { type, want, on, key, id, step, belongs, needs } = resource
    const base = { key, id, on, step, belongs, type, resource, needs: needs.map((need) => need.key) }
    const sight = input.sights.get(on.name)!
    if (sight.failure !== undefined) {
      const because = sight.failure.lost ? 'unreachable' : 'unknown'
      planned.set(key, { ...base, change: KEEP, hindrance: { because, error: sight.failure } })
      continue
    }
    try {
      const have = sight.views.get(type)!.find(want)
      const change = type.plan(want, have, { ...input.looking, belongs })
      const value = have !== undefined && stays(change) ? type.value?.(want, have) : undefined
      if (value !== undefined) input.values.set(key, value)
      planned.set(key, { ...base, change })
    } catch (error) {
      const failure = asAutomationError(error, actionName(resource))
      planned.set(key, { ...base, change: KEEP, hindrance: { because: 'unknown', error: failure } })
    }
  }
  return planned
}

/** What is outside the selection is not changed, so nothing waits for it. */
const takingTurns = (planned: ReadonlyMap<string, Action>, selection: Selection): Map<string, Action> => {
  const actions = [...planned.values()]
  const turns = inTurn(actions.filter((action) => selects(selection, action)))
  return new Map([...planned, ...turns.map((action) => [action.key, action] as const)])
}

/** Whether what is there remains the same object, so that what it yields is known already. */
const stays = ({ op, steps }: Change): boolean =>
  op === 'keep' ||
  ((op === 'update' || op === 'adopt') && steps.every((step) => step.do === 'apply' || step.do === 'replace'))

/** A change whose needs are not met, and will not be by this run, is not made: the action says what is missing. */
const hindered = (action: Action, planned: ReadonlyMap<string, Action>, selection: Selection): Action => {
  if (action.hindrance !== undefined || action.change.op === 'keep' || action.change.op === 'refuse')
    return action
  const blocker = findBlocker(action, planned, selection, new Set())
  return blocker === undefined ? action : { ...action, hindrance: blocker }
}

const findBlocker = (
  action: Action,
  planned: ReadonlyMap<string, Action>,
  selection: Selection,
  seen: Set<string>,
): Hindrance | undefined => {
  for (const key of action.needs) {
    if (seen.has(key)) continue
    seen.add(key)
    const need = planned.get(key)!
    const lacks = missing(need, selects(selection, need))
    if (lacks !== undefined) return { because: 'needs', needs: actionName(need), lacks }
    const deeper = findBlocker(need, planned, selection, seen)
    if (deeper !== undefined) return deeper
  }
  return undefined
}

const missing = ({ change: { op }, hindrance }: Action, chosen: boolean): Lack | undefined => {
  if (hindrance !== undefined && hindrance.because !== 'needs') return hindrance.because
  if (op === 'refuse') return 'refused'
  return op === 'create' && !chosen ? 'outside' : undefined
}

interface FoundStray {
  key: string
  on: Target
  type: ResourceType
  step: string
  stray: Stray
  /** Belongs to somebody listed or retired, so that an ordinary run takes it away. */
  removal: boolean
  /** Goes once the user's new access works. Whoever left gets no new one, so theirs goes at once. */
  waits: boolean
}

const findStrays = ({ resources, sights, selection, listed }: PlanInput): FoundStray[] => {
  const steps = new Map(resources.map(({ type, step }) => [type, step]))
  // A view knows the wants of the selection; what is wanted besides may still bear the name of a group it was of.
  const wanted = new Set(resources.map(({ key }) => key))
  return [...sights.values()].flatMap(({ on, views }) =>
    [...views].flatMap(([type, view]) => {
      const step = steps.get(type) ?? 'No longer wanted'
      return (view.strays ?? []).flatMap((stray) => {
        const { belongs } = stray
        const { user } = belongs
        const key = strayKey(on, type, stray)
        if (wanted.has(key) || !selects(selection, { key, on, belongs, step })) return []
        const waits = type.revokedLast === true && !(user !== undefined && listed.retired.has(user))
        const removal = isRemoval(belongs, listed) && (!waits || seesAll(type, selection))
        return { key, on, type, step, stray, removal, waits }
      })
    }),
  )
}

const isRemoval = ({ user, groups = [] }: Belongs, { users, groups: names, retired }: Listed): boolean =>
  user === undefined ? groups.every((group) => names.has(group)) : users.has(user) || retired.has(user)

/** Old access goes once the new one works everywhere; a run limited to some targets or steps cannot know that. */
const seesAll = ({ revokedLast }: ResourceType, { limit, steps }: Selection): boolean =>
  !revokedLast || (limit === undefined && steps === undefined)

const cureOf = ({ op, hint = 'this playbook never deletes it' }: Change, removal: boolean): string => {
  if (op !== 'remove') return hint
  return removal ? 'a run without --limit and --step takes it away' : '--prune takes it away'
}

/** Of an object of the cluster that is in one, by the form of its id; empty for all else. */
const namespaceOf = ({ on, stray }: FoundStray): string =>
  on.type === 'cluster' && stray.id.includes('/') ? stray.id.slice(0, stray.id.indexOf('/')) : ''

/** Of the action that takes something away that is no longer wanted. */
export const strayKey = (on: Target, type: ResourceType, { id }: Stray): string =>
  keyOf(on, `${type.kind}/${id}`)

const removalOf = (
  { key, on, type, step, stray, removal, waits }: FoundStray,
  actions: readonly Action[],
): Action => {
  const { id, belongs, change } = stray
  const needs = waits && removal ? newAccessOf(belongs.user, actions) : []
  const hindrance = actions
    .filter(({ key }) => needs.includes(key))
    .map(waitsFor)
    .find((one) => one !== undefined)
  return {
    key,
    id: `${type.kind}/${id}`,
    on,
    step,
    belongs,
    type,
    change: { ...change, reason: change.reason ?? reasonFor(belongs, removal) },
    needs,
    ...defined({ hindrance }),
    ...(removal ? {} : { pruned: true }),
  }
}

/** Old access stays for as long as the new one cannot be known to work everywhere. */
const waitsFor = (action: Action): Hindrance | undefined => {
  const { hindrance } = action
  const lacks = hindrance?.because === 'needs' ? hindrance.lacks : missing(action, true)
  return lacks && { because: 'needs', needs: actionName(action), lacks }
}

const reasonFor = ({ user, groups = [] }: Belongs, removal: boolean): string => {
  const whose = [user, groups.length > 0 ? `group ${groups.join(', ')}` : undefined]
    .filter(Boolean)
    .join(' in ')
  if (whose === '') return 'the inventory does not ask for it'
  return removal ? `${whose} should not have it` : `${whose} is no longer in the inventory`
}

/** New access works before old access is revoked: all that this run changes for the user comes first. */
const newAccessOf = (user: string | undefined, actions: readonly Action[]): string[] =>
  user === undefined
    ? []
    : actions
        .filter(
          ({ belongs, change, hindrance }) =>
            belongs.user === user && (change.op !== 'keep' || hindrance !== undefined),
        )
        .map(({ key }) => key)

const countOwned = (actions: Iterable<Action>, strays: readonly FoundStray[]): Map<string, number> => {
  const owned = new Map<string, number>()
  const count = (kind: string): void => void owned.set(kind, (owned.get(kind) ?? 0) + 1)
  for (const { type, change } of actions) if (change.op === 'keep' || change.op === 'update') count(type.kind)
  for (const { type } of strays) count(type.kind)
  return owned
}

/** The steps of everything that would be changed. */
export const stepsOfChanges = ({ actions }: Plan): readonly Step[] =>
  actions.filter(isChange).flatMap(({ change }) => change.steps)

/** Whether anything would be changed. */
export const hasChanges = ({ actions }: Plan): boolean => actions.some(isChange)

/** Whether an action changes something when it is performed. */
export const isChange = ({ change: { op }, hindrance }: Action): boolean =>
  hindrance === undefined && op !== 'keep' && op !== 'refuse'
