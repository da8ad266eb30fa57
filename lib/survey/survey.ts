import { type AutomationError, asAutomationError } from '../base/errors.ts'
import { askAll, reached } from '../engine/ask.ts'
import type { Sight } from '../engine/observe.ts'
import type { Plan } from '../engine/plan.ts'
import { chosenFrom } from '../engine/select.ts'
import type { Inventory } from '../inventory/schema.ts'
import {
  type Kind,
  type KubeObject,
  LIMIT_RANGE,
  NAMESPACE,
  PERSISTENT_VOLUME_CLAIM,
  RESOURCE_QUOTA,
  TOKEN_SECRET,
} from '../kube/object.ts'
import { readAccounts } from '../linux/accounts.ts'
import { readDirectory } from '../linux/directory.ts'
import { DOT_KUBE } from '../linux/kube-directory.ts'
import { KubeconfigFile } from '../linux/kubeconfig-file.ts'
import { type ExecuteOptions, executePlaybook } from '../program/execute.ts'
import type { Playbook } from '../program/playbook.ts'
import type { Answers, Target } from '../resource/type.ts'
import { type ClaimsReader, claimsOn } from './claims.ts'
import type { AccountsOfMachine } from './share.ts'
import { OFFER_KINDS, type TenantsReport, tenantKinds, tenantsReport } from './standing.ts'

type LookOptions = Required<
  Pick<ExecuteOptions, 'selection' | 'reach' | 'forks' | 'timeout' | 'stop' | 'abort'>
>

/** Looks once at each target: what the plan was made from, and jobs beside it, which a plan does not need. */
export const lookAtTenants = async (
  playbook: Playbook,
  inventory: Inventory,
  { selection, reach, forks, timeout, stop, abort }: LookOptions,
): Promise<TenantsReport> => {
  const cluster: Target = { type: 'cluster', name: inventory.cluster.name }
  /** Undefined when the cluster was not reached, which the plan says already. */
  const listsOf = async (kinds: readonly Kind[]): Promise<Answers | undefined> => {
    const asks = [{ on: cluster, questions: [{ kinds }] }]
    return reached((await askAll(asks, { reach, forks, signal: abort })).get(cluster.name)!)
  }
  const isAsked = selection.limit?.includes(cluster.name) ?? true
  let plan: Plan | undefined
  let sights: ReadonlyMap<string, Sight> = new Map()
  const [recap, jobs] = await Promise.all([
    executePlaybook(playbook, inventory, {
      mode: 'check',
      selection,
      forks,
      timeout,
      reach,
      emit() {},
      looked(made, seen) {
        plan = made
        sights = seen
      },
      stop,
      abort,
    }),
    isAsked ? listsOf(tenantKinds(inventory)) : undefined,
  ])
  const problems = new Problems(plan!)
  const { hosts, ...chosen } = chosenFrom(inventory, selection)
  const machines = hosts.flatMap(({ name }) => {
    const { answers } = sights.get(name) ?? {}
    const read = answers && problems.unless(() => ({ name, ...machineFrom(answers) }))
    return read === undefined ? [] : [read]
  })
  const seenByPlan = isAsked ? sights.get(cluster.name)?.answers : undefined
  const offers =
    seenByPlan === undefined || OFFER_KINDS.every((kind) => asksFor(plan!, kind))
      ? seenByPlan
      : await listsOf(OFFER_KINDS)
  const lists = new Map<Kind, readonly KubeObject[] | undefined>([
    ...SHARED_KINDS.map((kind) => [kind, listed(kind, seenByPlan, problems)] as const),
    ...tenantKinds(inventory).map((kind) => [kind, listed(kind, jobs, problems)] as const),
    ...OFFER_KINDS.map((kind) => [kind, listed(kind, offers, problems)] as const),
  ])
  const readers = machines.map((machine) => machine.claims)
  const claims = new Map(
    chosen.users.map((user) => [user.name, claimsOn(readers, user, (read) => problems.unless(read))]),
  )
  return tenantsReport({
    inventory,
    ...chosen,
    plan: plan!,
    items: (kind) => lists.get(kind),
    machines: new Map(machines.map((machine) => [machine.name, machine])),
    claims: ({ name }) => claims.get(name),
    now: new Date(),
    problems: problems.all,
    traffic: reach.traffic(),
    exitCode: recap!.exitCode,
  })
}

/** Whether a plan was made from a LIST of a kind. */
const asksFor = ({ actions }: Plan, kind: Kind): boolean =>
  actions.some(({ type, resource }) => resource !== undefined && type.observe([], '').kinds?.includes(kind))

/** Kinds that a plan reads too. */
const SHARED_KINDS = [NAMESPACE, LIMIT_RANGE, RESOURCE_QUOTA, PERSISTENT_VOLUME_CLAIM, TOKEN_SECRET]

const listed = (
  kind: Kind,
  answers: Answers | undefined,
  problems: Problems,
): readonly KubeObject[] | undefined => answers && problems.unless(() => answers.items(kind))

interface Machine extends AccountsOfMachine {
  claims: ClaimsReader
}

const machineFrom = (answers: Answers): Machine => {
  const dotKube = DOT_KUBE.read(answers)
  return {
    accounts: readAccounts(answers),
    directory: readDirectory(answers),
    claims({ name, home }) {
      const { content } = dotKube(home)
      return content && new KubeconfigFile(name, content.bytes).claims(name)
    },
  }
}

/** What could not be read: equal failures once. */
class Problems {
  readonly #all = new Map<string, AutomationError>()

  constructor({ actions }: Plan) {
    for (const { hindrance } of actions)
      if (hindrance !== undefined && hindrance.because !== 'needs') this.#add(hindrance.error)
  }

  get all(): AutomationError[] {
    return [...this.#all.values()]
  }

  /** What a reader makes of it; a failure is kept instead. */
  unless<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.#add(asAutomationError(error))
      return undefined
    }
  }

  #add(error: AutomationError): void {
    this.#all.set(error.message, error)
  }
}
