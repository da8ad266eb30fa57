import { defined } from '../base/defined.ts'
import { AutomationError, worstExit } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { InventoryReach } from '../connect/open.ts'
import { isNowhere } from '../engine/nowhere.ts'
import { actionName, type Plan } from '../engine/plan.ts'
import { holdTo, mustBeOf } from '../engine/plan-ceiling.ts'
import { savedFrom, writePlan } from '../engine/plan-file.ts'
import { scopeOf } from '../engine/plan-scope.ts'
import { checkSelection, knownIn, type Selection } from '../engine/select.ts'
import { unreadFiles } from '../engine/uploads.ts'
import type { InventoryChange } from '../inventory/change.ts'
import type { Inventory } from '../inventory/schema.ts'
import { type Peek, unseen } from '../program/before.ts'
import { executePlaybook, foreseen, peekFor } from '../program/execute.ts'
import type { FlagDefinitions, FlagValues } from '../program/flags.ts'
import type { Playbook } from '../program/playbook.ts'
import type { Event } from '../reporters/events.ts'
import type { Invocation } from './command.ts'
import { selectionOf } from './flags.ts'
import { type PlanFlags, planToHold, tellUnneeded } from './held-plan.ts'
import { reachOf } from './reach.ts'

/** The flags of a run of a playbook, beside those that all commands take. */
export interface Own extends PlanFlags {
  step?: string[]
  prune?: boolean | number
  passwordFile?: string
}

/** Runs a playbook as the flags say; resolves with the exit status. */
export const runPlaybook = async <F extends FlagDefinitions>(
  playbook: Playbook<F>,
  invocation: Invocation<Own & FlagValues<F>>,
): Promise<number> => {
  const { inventory, flags, reporter, interrupts } = invocation
  const emit = reporter.on.bind(reporter)
  const saved = await planToHold(flags)
  let planned: Plan | undefined
  let counts: Event | undefined
  // The flag says the same as the inventory's field, and so has a target of the same name.
  const { staticManifests = inventory.staticManifests } = flags as { staticManifests?: string }
  const selection = selectionOf(without(flags, playbook.flags), {
    ...inventory,
    ...defined({ staticManifests }),
  })
  await refuseMistakes(playbook, invocation, selection)
  await using reach = reachOf(inventory, invocation, interrupts.abort)
  try {
    const prune = flags.prune ?? false
    const scope =
      saved === undefined && flags.out === undefined
        ? {}
        : scopeOf({
            playbook: playbook.name,
            inventory,
            server: (await reach.cluster()).endpoint.server,
            selection,
            prune: prune !== false,
          })
    if (saved !== undefined) mustBeOf(saved, scope)
    const before = await peekFor(playbook, inventory, flags, {
      reach,
      forks: flags.forks,
      signal: interrupts.abort,
    })
    const change = await changeOf(playbook, invocation, before)
    const after = change?.inventory ?? inventory
    if (change !== undefined) emit({ type: 'edit', file: invocation.file, diff: change.diff })
    const recap = await executePlaybook(playbook, after, {
      mode: flags.list ? 'list' : flags.check ? 'check' : 'apply',
      selection,
      about: playbook.narrow?.(flags) ?? {},
      was: inventory,
      prune,
      forks: flags.forks,
      timeout: flags.timeout,
      flags,
      reach,
      before,
      ...defined({ passwordFile: flags.passwordFile }),
      ...(change !== undefined && {
        async prepare(plan) {
          if (playbook.allOrNothing) refuseHalves(plan)
          await change.write()
        },
      }),
      looked(plan, sights) {
        if (change !== undefined || !isNowhere(plan, sights.values(), selection)) return
        const text = playbook.nowhere?.(inventory, flags)
        if (text !== undefined) emit({ type: 'note', text })
      },
      async accept(plan) {
        if (saved !== undefined) tellUnneeded(holdTo(saved, plan, change?.diff ?? []), emit)
        if (flags.check) for (const url of await unreadFiles(plan)) emit({ type: 'note', text: unread(url) })
      },
      // The counts are the last lines, so they wait for what is proved.
      emit(event) {
        if (event.type === 'plan') planned = event.plan
        if (event.type === 'recap') counts = event
        else emit(event)
      },
      ...interrupts,
    })
    if (flags.out !== undefined && planned !== undefined) {
      await writePlan(flags.out, savedFrom(planned, scope, change?.diff))
      emit({ type: 'note', text: `Saved: the same command with --plan ${flags.out} carries it out` })
    }
    const exits = [recap?.exitCode ?? 0]
    if (change !== undefined && flags.check && !flags.list) exits.push(2)
    if (recap?.mode === 'apply' && !interrupts.stop.aborted)
      exits.push(await prove(playbook, after, invocation, before, reach))
    return worstExit(exits)
  } finally {
    if (counts !== undefined) emit(counts)
  }
}

/** Tells what is wrong with the flags, with nothing contacted yet, also where a playbook looks before it edits. */
const refuseMistakes = async <F extends FlagDefinitions>(
  playbook: Playbook<F>,
  invocation: Invocation<Own & FlagValues<F>>,
  { groups, users, steps }: Selection,
): Promise<void> => {
  const { inventory, flags } = invocation
  playbook.judges?.(inventory, flags)
  const change = await changeOf(playbook, invocation, unseen(inventory))
  const after = change?.inventory ?? inventory
  const wanted = steps === undefined ? [] : foreseen(playbook, after, flags)
  const [known, then] = [knownIn(inventory), knownIn(after)]
  checkSelection(defined({ groups, users, steps }), wanted, {
    targets: [],
    groups: [...known.groups, ...then.groups],
    users: [...known.users, ...then.users],
  })
}

/** What the playbook stands for in the inventory file, if anything. */
const changeOf = async <F extends FlagDefinitions>(
  { edits, flags: own }: Playbook<F>,
  { inventory, flags }: Invocation<Own & FlagValues<F>>,
  before: Peek,
): Promise<InventoryChange | undefined> => {
  const wanted = edits?.(inventory, flags, before) ?? []
  if (wanted.length === 0) return undefined
  const [{ changeInventory }, { broughtBy }] = await Promise.all([
    import('../inventory/change.ts'),
    import('./brought-by.ts'),
  ])
  return changeInventory(inventory.file, wanted, broughtBy(flags, own))
}

/** Looks whether that holds which the run was for; resolves with the exit status. */
const prove = async <F extends FlagDefinitions>(
  { proves }: Playbook<F>,
  inventory: Inventory,
  { flags, reporter, interrupts }: Invocation<Own & FlagValues<F>>,
  before: Peek,
  reach: InventoryReach,
): Promise<number> => {
  const checks = proves?.(inventory, flags, before) ?? []
  if (checks.length === 0) return 0
  const { examine } = await import('../audit/examine.ts')
  const { TABLES } = await import('../checks/rights/tables.ts')
  const emit = reporter.on.bind(reporter)
  const report = await examine({
    inventory,
    checks,
    tables: TABLES,
    selection: {},
    forks: flags.forks,
    reach,
    emit,
    ...interrupts,
  })
  emit({ type: 'proof', report })
  return report.exitCode
}

const unread = (url: string): string =>
  `Not read before it is needed, so nobody knows yet whether it is there and has the right sha256: ${printable(url)}`

const refuseHalves = ({ actions }: Plan): void => {
  const refused = actions.find(
    ({ change: { op }, hindrance }) => op === 'refuse' || hindrance?.because === 'unknown',
  )
  if (refused === undefined) return
  const { change, hindrance } = refused
  const error = hindrance?.because === 'unknown' ? hindrance.error : undefined
  throw new AutomationError({
    code: 'refused',
    subject: actionName(refused),
    message: `${change.reason ?? error?.reason}; nothing was changed, the inventory neither`,
    hint: change.hint ?? error?.hint ?? 'see the plan above',
  })
}

/** A flag of a playbook's own does not narrow, whatever its name. */
const without = <G extends object>(flags: G, own: FlagDefinitions = {}): G =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !(name in own))) as G
